"""The last hour: conditioning, preflight, thaw, holds, and two persons' eyes (hazards.md R3, R4, R8, R14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from coi import ledger
from coi.custody import actions, verdict
from coi.custody import protocol_register as protocols
from coi.custody.checks import NAMED, spoken
from coi.custody.deed import Done, NeedsSignatures
from coi.errors import NotPermitted
from coi.quality import actions as quality
from tests import leases
from tests.world import said

if TYPE_CHECKING:
    from tests.journeys import Story
    from tests.moments import MakeStory

BASIS = "two_labels_agree"


def doubt(story: Story) -> str:
    """Let a nurse place a hold by hand on everything of the order; return it."""
    road = story.world.road
    order = road.order(story.name)
    deed = road.deed("ward_nurse", order.site("treatment"))
    place = partial(
        quality.place, chain=order.chain, order=order.id, by=deed.by, product=order.product,
        why="label_doubt", containers=(), common=deed.common(),
    )  # fmt: skip
    return story.world.database.run(place)


def test_without_a_preflight_nothing_thaws(before: MakeStory) -> None:
    """R3: retrieved is not ready."""
    story = before("h14_preflight")

    done = story.world.road.do(story.name, "h14_thaw")

    assert (done.outcome, "no_preflight" in story.world.codes(done)) == ("blocked", True)


def test_a_preflight_of_more_than_half_an_hour_ago_is_none(before: MakeStory) -> None:
    """R3: what was green then says nothing of now; a new one does."""
    story = before("h14_thaw")
    road = story.world.road
    road.clock.forward(minutes=31)

    stale = road.do(story.name, "h14_thaw")
    again = road.do(story.name, "h14_preflight")

    assert (stale.outcome, story.world.codes(stale)) == ("blocked", {"no_preflight"})
    assert again.outcome == "accepted"
    assert road.do(story.name, "h14_thaw").outcome == "accepted"
    story.world.is_whole()


@pytest.mark.parametrize("step", ["h14_retrieve", "h14_preflight", "h14_thaw"])
def test_a_hold_before_the_thaw_stops_it(before: MakeStory, step: str) -> None:
    """R3: no bag leaves its freezer, gets a preflight or is thawed under a hold."""
    story = before(step)
    doubt(story)

    done = story.world.road.do(story.name, step)

    assert (done.outcome, story.world.codes(done)) == ("blocked", {"held"})


def test_training_that_ends_within_the_window_is_no_training(before: MakeStory) -> None:
    """R3: who is trained now, and no more when the bag would be given, does not start it."""
    story = before("h14_preflight")
    road = story.world.road
    order = road.order(story.name)
    nurse = road.deed("ward_nurse", order.site("treatment"))
    soon = tuple(replace(grant, trained_until=nurse.at + timedelta(minutes=60)) for grant in nurse.by.grants)

    done = road.do(story.name, "h14_preflight", actor=replace(nurse, by=replace(nurse.by, grants=soon)))

    assert (done.outcome, story.world.codes(done)) == ("blocked", {"untrained"})


@pytest.mark.parametrize("minutes", [89, 1])
def test_a_bag_that_expires_within_the_window_is_not_thawed(before: MakeStory, minutes: int) -> None:
    """R3: the whole window must be green, not only its first minute."""
    story = before("h14_preflight")
    road = story.world.road
    expires = min(held.expires for held in road.order(story.name).dose() if held.expires is not None)
    road.clock.now = expires - timedelta(minutes=minutes)

    done = road.do(story.name, "h14_preflight")

    assert (done.outcome, "expired" in story.world.codes(done)) == ("blocked", True)


MISSING = {
    "no release": ("h11_revoke", None, {"no_certificate", "held"}),
    "a bag of the dose is gone": ("x_destroy_product_lab", None, {"not_now", "dose_incomplete"}),
    "a warm journey": (None, "-20.0", {"condition"}),
    "a hold": (None, None, {"held"}),
}


@pytest.mark.parametrize(("step", "degrees", "codes"), MISSING.values(), ids=MISSING)
def test_no_conditioning_without_cells(
    before: MakeStory, step: str | None, degrees: str | None, codes: set[str]
) -> None:
    """R4: each missing fact refuses the physician's word that lymphodepletion may start."""
    story = before("h14_condition")
    road = story.world.road
    if step is not None:
        road.do(story.name, step)
    elif degrees is not None:
        road.hand_in_traces(road.order(story.name), warm=degrees)
    else:
        doubt(story)

    done = road.do(story.name, "h14_condition")

    assert done.outcome == "blocked"
    assert story.world.codes(done) & codes
    assert done.order.fact("conditioning") is None


def test_nobody_is_ready_who_was_not_conditioned(before: MakeStory) -> None:
    """R4: the day's word of the physician needs the earlier one."""
    story = before("h14_condition")

    done = story.world.road.do(story.name, "h14_ready")

    assert "not_conditioned" in story.world.codes(done)


def test_a_hold_after_conditioning_calls_physician_and_quality_at_once(before: MakeStory) -> None:
    """R4: the patient has no marrow any more; the alarm stands beside the hold, in the same moment."""
    story = before("h14_retrieve")
    road = story.world.road
    order = road.order(story.name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h14_retrieve")
    own = road.scan_for(order, step.slot("product"), step)

    done = road.do(story.name, "h14_retrieve", instead={"product": [own, story.world.their_container(story.other)]})

    alarm = story.world.last(story.name, "custody.alarm")
    assert len(done.holds) == 1
    assert said(alarm)["hold"] == done.holds[0]
    assert {"physician", "qa_reviewer"} <= set(said(alarm)["to"])
    assert alarm.at == done.entry.at
    story.world.is_whole()


def test_many_foreign_scans_block_no_stranger_and_raise_one_deviation(before: MakeStory) -> None:
    """R8: curiosity or malice at one station: no stranger's order is held, and one deviation tells of it."""
    story = before("h15_accept")
    world, road = story.world, story.world.road
    theirs = world.their_container(story.other)
    before_ = len(road.entries(story.name))

    for _ in range(12):
        done = road.do(story.name, "h15_accept", instead={"product": theirs})
        assert (done.outcome, done.holds) == ("blocked", ())

    told = [entry.type for entry in road.entries(story.name)[before_:]]
    assert told.count("deviation.opened") == 1
    assert "hold.placed" not in {entry.type for entry in road.entries(story.other)}
    assert road.do(story.other, "h11_test").outcome == "accepted"
    road.clock.forward(minutes=-84)
    assert road.do(story.name, "h15_accept").outcome == "accepted"


def test_a_hold_while_cells_are_thawed_is_lifted_by_two(before: MakeStory) -> None:
    """R8: between thaw and infusion one signature of quality is not enough, nor the same person's twice."""
    story = before("h16_start")
    road = story.world.road
    hold = doubt(story)
    deed = road.deed("qa_reviewer", road.order(story.name).site("manufacturing"))
    lift = partial(actions.lift_hold, hold_id=hold, basis=BASIS, login=road.login("qa"), secret=road.secret)

    held = road.do(story.name, "h16_start", patient=story.world.patient(0))
    for second in (None, (road.login("qa"), road.secret), (road.login("nurse1"), road.secret)):
        with pytest.raises(NotPermitted, match="Expected"):
            story.world.database.run(partial(lift, deed=replace(deed, at=road.clock()), second=second))
    lifted = story.world.database.run(
        partial(lift, deed=replace(deed, at=road.clock()), second=(road.login("qp"), road.secret))
    )
    done = road.do(story.name, "h16_start", patient=story.world.patient(0))

    assert story.world.codes(held) == {"held"}
    assert len({signature["person"] for signature in lifted.sig}) == 2
    assert done.outcome == "accepted"
    story.world.is_whole()


@pytest.mark.parametrize("step", ["h3_begin", "h5_accept", "h10_fill", "h12_pick", "h14_thaw", "h16_start"])
def test_in_production_neither_a_token_nor_a_typed_code_opens_a_gate(
    before: MakeStory, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R14: a token is refused before anything is judged, and what no enrolled device signed is typed: no GO."""
    story = before(step)
    road = story.world.road
    order = road.order(story.name)
    given = protocols.pinned(order.protocol_sha256).checkpoint(step)
    scans = [replace(scan, assurance="keyed") for slot in given.slots for scan in road.scans(order, slot, given, {})]
    values, card = road.values(order, given), story.world.patient(0)
    real = story.world.database.read(ledger.installation)
    monkeypatch.setattr(ledger, "installation", lambda _session: replace(real, purpose="production"))
    try_ = partial(actions.attempt, order_id=story.name, checkpoint=step, scans=scans, values=values, patient=card)
    deed = road.actor(order, given)

    with pytest.raises(NotPermitted, match="Expected a session at an enrolled station"):
        story.world.database.run(partial(try_, deed=replace(deed, via="token")))
    typed = story.world.database.run(partial(try_, deed=replace(deed, via="session")))

    assert isinstance(typed, Done)
    assert (typed.outcome, "keyed" in story.world.codes(typed)) == ("blocked", True)


def test_in_production_no_thaw_begins_without_the_lease_of_its_bag(
    before: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R3: what the next hour needs is fetched before the thaw, or the bag stays frozen; with the lease it goes."""
    story = before("h14_thaw")
    road = story.world.road
    order = road.order(story.name)
    given = protocols.pinned(order.protocol_sha256).checkpoint("h14_thaw")
    scans = [replace(scan, assurance="signed") for slot in given.slots for scan in road.scans(order, slot, given, {})]
    at_station = leases.station(story)
    lab = road.actor(order, given)
    frame = replace(at_station.deed(), by=lab.by)
    found = at_station.ask()
    real = story.world.database.read(ledger.installation)
    monkeypatch.setattr(ledger, "installation", lambda _session: replace(real, purpose="production"))
    assert found.lease is not None
    try_ = partial(actions.attempt, order_id=story.name, checkpoint="h14_thaw", scans=scans, values={})

    leased = story.world.database.run(partial(try_, deed=replace(frame, at=road.clock())))
    later = found.lease.expires_at + timedelta(seconds=1)
    without = story.world.database.run(partial(try_, deed=replace(frame, at=later)))

    assert isinstance(leased, NeedsSignatures)
    assert isinstance(without, Done)
    assert (without.outcome, "no_lease" in story.world.codes(without)) == ("blocked", True)


def test_the_thaw_clock_starts_with_the_first_scan_and_moves_only_back(before: MakeStory) -> None:
    """23: what was scanned first began it; a later record does not give a bag more time."""
    story = before("h14_thaw")
    road = story.world.road
    order = road.order(story.name)
    given = protocols.pinned(order.protocol_sha256).checkpoint("h14_thaw")
    bath = road.scan_for(order, given.slot("bath"), given)
    bag = road.scan_for(order, given.slot("product"), given)
    road.clock.forward(minutes=9)
    deed = road.actor(order, given)

    waiting = story.world.database.run(
        lambda session: actions.attempt(session, deed, story.name, "h14_thaw", [bath, bag], {})
    )

    assert not isinstance(waiting, Done)
    (clock,) = [effect for effect in waiting.statement["effects"] if effect["do"] == "thaw_clock"]
    assert ledger.moment(clock["began"]) == bath.at


def test_what_expires_in_the_middle_of_an_infusion_is_still_recorded(after: MakeStory) -> None:
    """23: after a lawful start neither expiry nor the thaw clock stops the record of its end."""
    story = after("h16_start")
    road = story.world.road
    expires = min(held.expires for held in road.order(story.name).dose() if held.expires is not None)
    road.clock.now = expires + timedelta(minutes=1)

    done = road.do(story.name, "h17_end")

    assert (done.outcome, done.order.state) == ("accepted", "INFUSED")


def test_a_bug_that_lets_every_comparison_agree_is_stopped_by_two_persons(
    before: MakeStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """36: with every comparison always true, what both persons read from the wrong bag still stops the infusion."""
    story = before("h16_start")
    world, road = story.world, story.world.road
    monkeypatch.setattr(verdict, "ALWAYS", (spoken.tails,))
    monkeypatch.setattr(verdict, "NAMED", dict.fromkeys(NAMED, lambda _asked: ()))
    told = road.said(road.order(story.name), "h16_start")
    theirs = (road.order(story.other).coi or "")[-4:]

    for who in ("first_bag", "second_bag"):
        done = road.do(story.name, "h16_start", values={**told, who: theirs}, patient=world.patient(0))

        assert (done.outcome, world.codes(done)) == ("blocked", {"tail_differs"})


def test_four_readings_are_needed_and_each_is_compared(before: MakeStory) -> None:
    """36: wristband and bag, by each of two persons; any of the four that differs or lacks stops."""
    story = before("h16_start")
    road = story.world.road
    told = road.said(road.order(story.name), "h16_start")
    tails = [name for name, text in told.items() if text == (road.order(story.name).coi or "")[-4:]]

    assert len(tails) == 4
    for name in tails:
        for text in ("0000", ""):
            done = road.do(story.name, "h16_start", values={**told, name: text}, patient=story.world.patient(0))
            assert (done.outcome, "tail_differs" in story.world.codes(done)) == ("blocked", True)
        road.clock.forward(minutes=-14)


@pytest.mark.parametrize(
    ("moment", "step"),
    [("h12_accept", "h13_receive"), ("h14_thaw", "h15_accept"), ("h15_issue", "h16_start"), ("h5_pack", "h5_accept")],
)
def test_a_picture_of_a_label_counts_nowhere_but_where_its_bag_is(after: MakeStory, moment: str, step: str) -> None:
    """31: scanned from a telephone at the next station, before custody was offered or taken: refused."""
    story = after(moment)
    was = story.world.road.order(story.name)

    done = story.world.road.do(story.name, step, patient=story.world.patient(0))

    assert done.outcome == "blocked"
    assert story.world.codes(done) & {"not_offered", "not_now", "not_here", "wrong_state"}
    assert (done.order.custodian, done.order.state) == (was.custodian, was.state)
