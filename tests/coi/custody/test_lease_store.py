"""Does the house give one lease for one bag, take in what was done by it, and hold what does not fit?"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from coi.custody import gathering, lease_actions, lease_intake, lease_store
from coi.custody import lease as leases
from coi.errors import Conflict, Malformed, NotPermitted, Unknown
from coi.people import devices
from coi.people.accounts import WrongSecret
from coi.quality import store as quality
from tests.leases import WHO, Station, auths_of, here, judge, station, texts
from tests.world import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.lease import Lease
    from coi.custody.lease_actions import Preflight
    from tests.journeys import Story
    from tests.moments import MakeStory


def given(found: Preflight) -> Lease:
    """Return the lease that a preflight gave."""
    assert found.lease is not None, found.reasons
    return found.lease


def reasons(found: Preflight) -> set[str]:
    """Return the codes of everything that stands against a lease."""
    return {reason.code for reason in found.reasons}


def live(story: Story, at: datetime | None = None) -> Lease | None:
    """Return the live lease of the story's bag."""
    order = story.world.road.order(story.name)
    (bag,) = order.of_kind("drug_product")
    return story.world.database.read(
        lambda session: lease_store.live(session, bag.id, at or story.world.road.clock.now)
    )


def kinds(story: Story) -> list[str]:
    """Return the types of the entries about leases, in order."""
    return [
        entry.type
        for entry in story.world.road.entries(story.name)
        if entry.type.startswith(("custody.lease_", "custody.provisional"))
    ]


def test_a_green_preflight_gives_one_lease(before: MakeStory) -> None:
    """The lease is kept, noted on the order's chain, and moves nothing."""
    story = before("h14_thaw")
    was = story.world.road.order(story.name)

    lease = given(station(story).ask())

    assert lease == live(story)
    assert ["custody.lease_issued"] == kinds(story)
    stmt = said(story.world.last(story.name, "custody.lease_issued"))
    assert (lease.id, "noted", list(lease.persons)) == (stmt["lease"], stmt["outcome"], stmt["persons"])
    assert ["h15_issue", "h15_accept", "h16_start", "h17_end"] == stmt["deeds"]
    assert was == story.world.road.order(story.name)
    story.world.is_whole()


def test_what_is_leased_is_told_to_who_gives_up_what_is_missing(before: MakeStory) -> None:
    """The bag is lent to any station as long as its lease lives, whichever station or desk asks; then it is not."""
    story = before("h14_thaw")
    given(station(story).ask())
    order, now = story.world.road.order(story.name), story.world.road.clock.now
    (bag,) = order.of_kind("drug_product")

    lent, later = (
        story.world.database.read(
            lambda session, at=at: gathering.lent(session, order, at)  # type: ignore[misc]  # a bound value
        )
        for at in (now, now + timedelta(hours=2))
    )

    assert (frozenset({bag.id}), frozenset()) == (lent, later)


def test_of_two_stations_at_one_instant_one_wins(before: MakeStory) -> None:
    """Two stations that ask at once leave one of them with the lease, and the refusal of the other is an entry."""
    story = before("h14_thaw")
    works = [station(story).asking(proven=proven) for proven in ("nurse1", "nurse2")]
    start = threading.Barrier(len(works))

    def one(work: Callable[[Session], Preflight]) -> Preflight:
        start.wait()
        return story.world.database.run(work)

    with ThreadPoolExecutor(len(works)) as pool:
        told = list(pool.map(one, works))

    (won,) = [found.lease for found in told if found.lease is not None]
    assert won == live(story)
    assert [{"lease_taken"}] == [reasons(found) for found in told if found.lease is None]
    assert ["custody.lease_issued", "custody.lease_refused"] == kinds(story)
    story.world.is_whole()


def test_a_hold_before_the_lease_is_no_lease(before: MakeStory) -> None:
    """With an open hold the preflight is red and says so in an entry."""
    story = before("h14_thaw")
    _hold(story)

    found = station(story).ask()

    assert found.lease is None
    assert reasons(found) == {"held"}
    assert live(story) is None
    assert ["held"] == [one["code"] for one in said(story.world.last(story.name, "custody.lease_refused"))["reasons"]]
    story.world.is_whole()


def _hold(story: Story) -> None:
    """Let quality hold the story's bag."""
    from coi.quality import actions as hold_actions  # noqa: PLC0415 - this story alone places one

    road = story.world.road
    order = road.order(story.name)
    deed = road.deed("qa_reviewer", order.site("manufacturing"))
    story.world.database.run(
        lambda session: hold_actions.hold(
            session, order.chain, order.id, kind="quality", reason="label_doubt",
            containers=[order.of_kind("drug_product")[0].id], common=deed.common(),
        )
    )  # fmt: skip


NO_LEASE: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "before it is there": ("h13_store", {}, {"not_now"}),
    "without another factor": ("h14_thaw", {"proven": ""}, {"signer_missing"}),
    "with one nurse": ("h14_thaw", {"who": WHO[:2]}, {"signer_missing"}),
    "with one person twice": ("h14_thaw", {"who": (*WHO[:2], WHO[1])}, {"signer_missing", "same_person"}),
    "with nobody": ("h14_thaw", {"who": ()}, {"signer_missing"}),
}


@pytest.mark.parametrize(("step", "asked", "wanted"), NO_LEASE.values(), ids=NO_LEASE)
def test_what_is_red_gives_no_lease(before: MakeStory, step: str, asked: dict[str, Any], wanted: set[str]) -> None:
    """What is missing for the hour is refused before it, and stands in the ledger."""
    story = before(step)

    found = station(story).ask(**asked)

    assert wanted == reasons(found)
    assert ["custody.lease_refused"] == kinds(story)


def test_another_patients_wristband_gives_no_lease(before: MakeStory) -> None:
    """The wristband of another order is refused, and its bytes do not stand in this order's entry."""
    story = before("h14_thaw")
    asking = station(story)

    found = asking.ask(wristband=asking.wristband(story.other))

    assert {"other_order"} == reasons(found)
    assert "data" not in said(story.world.last(story.name, "custody.lease_refused"))["items"][0]


def test_a_wrong_secret_writes_nothing(before: MakeStory) -> None:
    """Who is not let in is no fact of a preflight."""
    story = before("h14_thaw")
    asking = station(story)
    road = story.world.road
    deed, band = asking.deed(), asking.wristband(story.name)

    with pytest.raises(WrongSecret):
        story.world.database.run(
            lambda session: lease_actions.issue(
                session, deed, story.name, "", [(road.login("nurse1"), "wrong-password")], band
            )
        )

    assert [] == kinds(story)


def test_only_a_station_of_the_hospital_asks(before: MakeStory) -> None:
    """A token and another site get no lease; an order without a bag has none to give."""
    story = before("h14_thaw")
    asking = station(story)
    run = story.world.database.run
    elsewhere = replace(asking.deed(), site=story.world.road.sites["manufacturing"])
    token = replace(asking.deed(), via="token")

    for deed in (elsewhere, token):
        with pytest.raises(NotPermitted):
            run(lambda session, deed=deed: lease_actions.look(session, deed, story.name))  # type: ignore[misc]  # a bound value
    with pytest.raises(Unknown):
        run(lambda session: lease_actions.look(session, asking.deed(), story.name, "C-NONE"))


def test_the_checklist_shows_what_is_still_red(before: MakeStory) -> None:
    """Before anybody has signed in, only the wristband and the persons are missing."""
    story = before("h14_thaw")
    deed = station(story).deed()

    found = story.world.database.read(lambda session: lease_actions.look(session, deed, story.name))

    assert ["wristband", "persons"] == [line.name for line in found.lines if not line.green]


def test_the_same_station_renews_and_another_waits(before: MakeStory) -> None:
    """The holder is given a newer lease and the older one ends; when the time is over another station gets its own."""
    story = before("h14_thaw")
    first, second = station(story), station(story)
    older = given(first.ask())

    newer = given(first.ask())
    refused = second.ask()
    story.world.road.clock.forward(hours=2)
    others = given(second.ask())

    assert older.id != newer.id
    assert {"lease_taken"} == reasons(refused)
    assert second.id == others.device
    why = [said(one)["why"] for one in story.world.road.entries(story.name) if one.type == "custody.lease_ended"]
    assert ["replaced", "over"] == why


def test_a_lease_is_given_back_by_its_holder_when_all_is_told(before: MakeStory) -> None:
    """Another station cannot end it, nor can its own while records are missing; then it is free at once."""
    story = before("h14_thaw")
    first, second = station(story), station(story)
    lease = given(first.ask())
    run = story.world.database.run

    with pytest.raises(NotPermitted):
        run(lambda session: lease_actions.give_back(session, second.deed(), lease.id, 0))
    with pytest.raises(Conflict, match="0 of 1"):
        run(lambda session: lease_actions.give_back(session, first.deed(), lease.id, 1))
    run(lambda session: lease_actions.give_back(session, first.deed(), lease.id, 0))

    assert live(story) is None
    assert second.id == given(second.ask()).device
    with pytest.raises(Conflict):
        run(lambda session: lease_actions.give_back(session, first.deed(), lease.id, 0))


def test_one_order_a_station(before: MakeStory) -> None:
    """A station that has one order's bag gets no other order's, until it has given it back."""
    story = before("h14_thaw")
    holder = station(story)
    lease = given(holder.ask())
    busy = partial(lease_store.is_busy, device=holder.id, at=lease.issued_at)

    assert not story.world.database.read(partial(busy, order=story.name))
    assert story.world.database.read(partial(busy, order=story.other))
    story.world.database.run(lambda session: lease_actions.give_back(session, holder.deed(), lease.id, 0))
    assert not story.world.database.read(partial(busy, order=story.other))


def test_two_of_its_persons_declare_a_station_lost(before: MakeStory) -> None:
    """One of them cannot, nor can strangers to the preflight; two can, and another station goes on."""
    story = before("h14_thaw")
    first, second = station(story), station(story)
    lease = given(first.ask())
    run = story.world.database.run

    def lost(*who: str) -> None:
        auths = auths_of(story, who)
        run(lambda session: lease_actions.declare_lost(session, second.deed(), lease.id, auths))

    for who in (("nurse1",), ("nurse1", "nurse1"), ("nurse1", "pharmacist")):
        with pytest.raises(NotPermitted):
            lost(*who)
    lost("nurse1", "nurse2")
    with pytest.raises(Conflict):
        lost("nurse1", "nurse2")

    assert "station_lost" == said(story.world.last(story.name, "custody.lease_ended"))["why"]
    assert second.id == given(second.ask()).device


# ------------------------------------------------------------------ what comes back


ROAD = (("h15_issue", "celllab1"), ("h15_accept", "nurse1"))


def thawed(before: MakeStory) -> tuple[Story, Station, Lease]:
    """Return a story in which the station got its lease and the thaw went through the server."""
    story = before("h14_thaw")
    holder = station(story)
    lease = given(holder.ask())
    here(story, holder, "h14_thaw")
    bag = story.world.road.order(story.name).container(lease.container)
    assert bag is not None
    assert bag.thaw_began is not None
    began = bag.thaw_began
    story.world.database.run(lambda session: lease_store.thaw_began(session, lease.container, began))
    return story, holder, lease


def test_the_thaw_clock_of_a_lease_runs_with_the_orders(before: MakeStory) -> None:
    """The holder is told when the time after thaw is over; nobody else is told anything."""
    story, holder, lease = thawed(before)
    bag = story.world.road.order(story.name).container(lease.container)
    assert bag is not None
    assert bag.thaw_began is not None
    read = story.world.database.read

    known, _ = read(lambda session: lease_actions.held_by(session, holder.deed(), lease.id))

    assert leases.thawed(lease, bag.thaw_began.replace(microsecond=0)) == live(story) == replace(known, done=lease.done)
    assert "h14_thaw" in {used.deed for used in known.done}
    with pytest.raises(NotPermitted):
        read(lambda session: lease_actions.held_by(session, replace(holder.deed(), device="D-2"), lease.id))


def test_what_was_done_alone_comes_in_and_is_judged_again(before: MakeStory) -> None:
    """In whatever order the records arrive, each is one entry and one judged deed; sent twice, they are taken once."""
    story, holder, lease = thawed(before)
    queue = texts(story, lease, *ROAD)

    taken = holder.hand_in(lease, list(reversed(queue)), judge)
    again = holder.hand_in(lease, queue, judge)

    order = story.world.road.order(story.name)
    assert [(1, "accepted"), (2, "accepted")] == [(one.number, one.outcome) for one in taken]
    assert () == again
    assert order.custodian == f"{order.site('treatment')}/ward"
    first = said(taken[0].entry)
    assert (1, "GO", "noted") == (first["number"], first["word"], first["outcome"])
    assert first["occurred_at"] < first["at"]
    assert 2 == kinds(story).count("custody.provisional")
    story.world.is_whole()


def test_a_stop_comes_in_and_moves_nothing(before: MakeStory) -> None:
    """Another patient's bag, refused while the server was away, is told; its bytes do not stand in the entry."""
    story, holder, lease = thawed(before)

    (taken,) = holder.hand_in(lease, texts(story, lease, ROAD[0], word="STOP", other=True), judge)

    assert "noted" == taken.outcome
    assert "data" not in said(taken.entry)["items"][0]
    assert story.world.road.order(story.name).did("h15_issue") is None


CONFLICTS: dict[str, dict[str, Any]] = {
    "another patient's bag": {"other": True},
    "by nobody of the preflight": {"steps": (("h15_issue", "pharmacist"),)},
    "the second step alone": {"steps": (ROAD[1],)},
}


@pytest.mark.parametrize("change", CONFLICTS.values(), ids=CONFLICTS)
def test_what_does_not_fit_is_held(before: MakeStory, change: dict[str, Any]) -> None:
    """A GO that the rules do not give puts the bag on hold, moves nothing, and is told with its reasons."""
    story, holder, lease = thawed(before)
    steps = change.get("steps", (ROAD[0],))

    (taken,) = holder.hand_in(lease, texts(story, lease, *steps, other=change.get("other", False)), judge)

    holds = story.world.database.read(lambda session: quality.of_order(session, story.name))
    assert "held" == taken.outcome
    assert [lease.container] == [name for hold in holds for name in hold.containers]
    assert "lease_differs" in {one["code"] for one in said(taken.entry)["reasons"]}
    assert story.world.road.order(story.name).did("h15_issue") is None
    story.world.is_whole()


def test_a_deed_that_the_server_had_done_is_never_merged(before: MakeStory) -> None:
    """When an answer was lost and the step was done again by lease, both stand in the ledger and the bag is held."""
    story, holder, lease = thawed(before)
    here(story, holder, "h15_issue")

    (taken,) = holder.hand_in(lease, texts(story, lease, ROAD[0]), judge)

    assert "held" == taken.outcome
    assert {"lease_differs", "lease_used"} == {one["code"] for one in said(taken.entry)["reasons"]}


def test_a_gate_that_does_not_accept_is_a_hold(before: MakeStory) -> None:
    """A record that fits, but whose gate refuses now or still waits for signatures, is held."""
    story, holder, lease = thawed(before)
    _hold(story)

    (taken,) = holder.hand_in(lease, texts(story, lease, ROAD[0]), judge)

    assert "held" == taken.outcome
    assert [] == said(taken.entry)["reasons"]


def test_a_station_that_was_suspended_meanwhile_is_held(before: MakeStory) -> None:
    """What a station did before it was suspended is taken in, and quality looks at it."""
    story, holder, lease = thawed(before)
    admin = story.world.road.persons["admin"]
    at = story.world.road.clock()
    queue = texts(story, lease, ROAD[0])
    story.world.database.run(lambda session: devices.suspend(session, holder.id, by=admin, at=at))

    (taken,) = holder.hand_in(lease, queue, judge)

    assert ("held", {"no_device"}) == (taken.outcome, {one["code"] for one in said(taken.entry)["reasons"]})


def test_what_the_station_did_not_sign_is_not_taken(before: MakeStory) -> None:
    """A changed text, another's signature and another lease's record are refused whole, and nothing is written."""
    story, holder, lease = thawed(before)
    (text,) = texts(story, lease, ROAD[0])
    stranger = ec.generate_private_key(ec.SECP256R1())
    deed = holder.deed()
    sent: dict[str, Sequence[tuple[str, bytes]]] = {
        "changed": [(text.replace('"GO"', '"STOP"'), holder.sign(text))],
        "another's": [(text, Station(story, stranger, "D-2").sign(text))],
        "none": [(text, b"")],
    }

    for records in sent.values():
        with pytest.raises(Malformed):
            story.world.database.run(
                partial(lease_intake.take_in, deed=deed, lease_id=lease.id, records=records, judge=judge)
            )
    other = given(holder.ask())
    with pytest.raises(Malformed):
        holder.hand_in(other, [text], judge)

    assert "custody.provisional" not in kinds(story)


def test_the_thaw_is_over_when_it_is_over(before: MakeStory) -> None:
    """The lease keeps others away until the time after thaw is over, and not a second longer."""
    story, _, lease = thawed(before)
    kept = live(story)
    assert kept is not None
    assert kept.thaw_ends_at is not None
    last = max(kept.thaw_ends_at, lease.expires_at)

    assert kept == live(story, last - timedelta(seconds=1))
    assert live(story, last) is None
