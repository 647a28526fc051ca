"""A hold is lifted by quality alone, by signature, and hits only what was really in the act."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.custody.deed import Done
from coi.errors import Malformed, NotAuthenticated, NotPermitted
from coi.quality import store as quality
from tests.world import said

if TYPE_CHECKING:
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory

BASIS = "condition_evidence"


def held(before: MakeStory) -> tuple[Story, str]:
    """Return a story in which the bag was received without temperature data, and its hold."""
    story = before("h7_receive")
    done = story.world.road.do(story.name, "h7_receive", values={"condition": "no_data"})
    return story, done.holds[0]


def lift(story: Story, hold: str, role: str = "qa_reviewer", *, basis: str = BASIS, **sign: str) -> Entry:
    """Lift a hold as who has *role*, with that person's login and secret unless others are given."""
    road = story.world.road
    site = next(site for found, site in road.cast if found == role)
    deed = road.deed(role, site)
    login = sign.get("login", road.login(road.cast[role, site][0]))
    secret = sign.get("secret", road.secret)
    return story.world.database.run(lambda session: actions.lift_hold(session, deed, hold, basis, login, secret))


@pytest.mark.parametrize("role", ["qa_reviewer", "qa_releaser"])
def test_quality_lifts_a_hold_by_signature(before: MakeStory, role: str) -> None:
    """One entry with the basis and the signature, and the order goes on."""
    story, hold = held(before)

    entry = lift(story, hold, role)

    assert (entry.type, entry.stmt["basis"], entry.stmt["hold"]) == ("hold.lifted", BASIS, hold)
    assert [(sig["person"], sig["meaning"]) for sig in entry.sig] == [(entry.stmt["actor"], "approved")]
    assert story.world.road.do(story.name, "h7_accept").outcome == "accepted"
    with pytest.raises(Malformed, match=r"Expected an open hold, seen one that was lifted\."):
        lift(story, hold)
    story.world.is_whole()


REFUSED: dict[str, tuple[str, dict[str, str], type[Exception], str]] = {
    "an operator": ("mfg_operator", {}, NotPermitted, "Expected qa_reviewer or qa_releaser at a site of this order"),
    "a physician": ("physician", {}, NotPermitted, "Expected qa_reviewer or qa_releaser at a site of this order"),
    "an administrator": ("system_admin", {}, NotPermitted, "Expected qa_reviewer or qa_releaser at a site of this"),
    "another's signature": (
        "qa_reviewer",
        {"login": "qp@demo.example"},
        NotPermitted,
        "Expected the signatures of who",
    ),
    "a wrong secret": ("qa_reviewer", {"secret": "guess"}, NotAuthenticated, "."),
    "a basis of luck": ("qa_reviewer", {"basis": "luck"}, Malformed, "Expected one of"),
}


@pytest.mark.parametrize(("role", "how", "error", "told"), REFUSED.values(), ids=REFUSED)
def test_nobody_else_lifts_it(
    before: MakeStory, role: str, how: dict[str, str], error: type[Exception], told: str
) -> None:
    """Another role, another's signature, a wrong secret, no basis: the hold stays."""
    story, hold = held(before)

    with pytest.raises(error, match=told):
        lift(story, hold, role, **how)

    assert story.world.database.read(lambda session: quality.hold(session, hold)).is_open
    assert "held" in story.world.codes(story.world.road.do(story.name, "h7_accept"))


def test_another_container_of_ones_own_is_put_down_and_scanned_again(before: MakeStory) -> None:
    """Picking up the bag for the vessel is refused and holds nothing (R8)."""
    story = before("h10_print")
    road = story.world.road
    order = road.order(story.name)
    bag = road.piece(order, "container", order.of_kind("starting_material")[-1].id, "applied")

    done = road.do(story.name, "h10_print", instead={"vessel": road.read_piece(bag, linear=False)})

    assert {"wrong_container", "missing"} == story.world.codes(done)
    assert done.holds == ()
    assert road.do(story.name, "h10_print").outcome == "accepted"


def test_another_orders_shipper_holds_nobodys_cells(before: MakeStory) -> None:
    """Two shippers stand on the bench: the wrong one is refused, and no bag is held for it (R8)."""
    story = before("h12_pack")
    road, world = story.world.road, story.world
    road.carry(story.other, "h12_pack", world.patient(1))
    taken = road.order(story.other).shipments[-1]

    done = road.do(story.name, "h12_pack", instead={"shipper": road.plain(taken.shipper)})

    assert "other_order" in world.codes(done)
    assert done.holds == ()
    assert taken.shipper.encode() not in done.entry.body
    assert [entry.type for entry in road.entries(story.other)][-1] == "custody.notice"
    assert road.do(story.name, "h12_pack").outcome == "accepted"
    world.is_whole()


def test_a_stop_holds_nothing_where_nobody_elses_cells_were_seen(before: MakeStory) -> None:
    """Unreadable, unknown, missing: stop and scan again, and no hold (R8)."""
    story = before("h7_accept")
    road = story.world.road
    step = protocols.for_product("CRYO-CAR-T").checkpoint("h7_accept")
    slot = step.slots[0]
    right = road.scan_for(road.order(story.name), slot, step)
    for data in (b"", b"\xff\xfe", b"hello", right.data[:-1], b"7K3M0000ABCD"):
        done = road.do(story.name, "h7_accept", instead={slot.name: replace(right, data=data)})

        assert done.outcome == "blocked"
        assert story.world.codes(done) & {"unreadable", "unknown_code"}
        assert done.holds == ()
    assert road.do(story.name, "h7_accept").outcome == "accepted"
    story.world.is_whole()


def test_both_of_two_swapped_bags_are_held(before: MakeStory) -> None:
    """Two orders lie in one freezer; the other's bag is scanned beside ours: each order is held, in its own chain."""
    story = before("h12_pack")
    road, world = story.world.road, story.world
    order = road.order(story.name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h12_pack")
    held = road.order(story.other).of_kind("drug_product")[-1].id
    scans = [road.scan_for(order, slot, step) for slot in step.slots]
    scans.append(world.their_container(story.other))
    deed = road.actor(order, step)

    done = world.database.run(lambda session: actions.attempt(session, deed, story.name, step.id, scans, {}))

    assert isinstance(done, Done)
    assert "other_order" in world.codes(done)
    holds = {hold.order: hold for hold in world.database.read(quality.open_holds)}
    assert set(holds) == {story.name, story.other}
    assert holds[story.other].containers == (held,)
    assert said(world.last(story.other, "hold.placed"))["cause"]["chain"] == order.chain
    world.is_whole()
