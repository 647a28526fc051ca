"""Whose cells are inside? Lots, fills, benches, parcels and dates that are nearly right (hazards.md R5, R11, R12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import permutations, product
from typing import TYPE_CHECKING

import pytest

from coi.custody import actions, station
from coi.custody import protocol_register as protocols
from coi.custody.reading import Scanned
from tests.journeys import STEPS
from tests.world import said

if TYPE_CHECKING:
    from coi.custody.order import Container
    from tests.journeys import Story
    from tests.moments import MakeStory

PROTOCOL = protocols.for_product("CRYO-CAR-T")
GATES = [
    step for step in STEPS[STEPS.index("h12_pick") :]
    if any(slot.kind == "drug_product" and slot.klass == "container" for slot in PROTOCOL.checkpoint(step).slots)
]  # fmt: skip
"""Every step of the road at which a released bag is scanned."""


def scan_of(story: Story, held: Container, *, linear: bool = False) -> Scanned:
    """Return the scan of a container's label."""
    road = story.world.road
    return road.read_piece(road.piece(road.order(story.name), "container", held.id, "applied"), linear=linear)


def test_two_lots_of_one_patient(after: MakeStory) -> None:
    """R5 and 25: lot 1 failed; its bag is refused at every gate of lot 2, and its sample tells nothing of lot 2."""
    story = after("h10_close")
    world, road, name = story.world, story.world.road, story.name
    (bag,), (sample,) = (road.order(name).of_kind(kind) for kind in ("drug_product", "sample"))
    road.do(name, "x_fail")
    assert road.do(name, "x_recollect").outcome == "accepted"
    road.carry(name, "h10_close", world.patient(0))
    tried = road.do(name, "h11_test", instead={"sample": scan_of(story, sample)})
    assert (tried.outcome, "other_lot" in world.codes(tried)) == ("blocked", True)

    road.carry(name, "h11_release", world.patient(0))
    certificate = road.order(name).certificate
    assert certificate is not None
    assert bag.id not in certificate.containers
    for step in GATES:
        road.carry(name, STEPS[STEPS.index(step) - 1], world.patient(0))
        slots = [slot for slot in PROTOCOL.checkpoint(step).slots if slot.kind == "drug_product"]
        old = {
            slot.name: scan_of(story, bag, linear=slot.symbol == "linear")
            for slot in slots
            if slot.klass == "container"
        }
        if not PROTOCOL.checkpoint(step).quarantine and not PROTOCOL.checkpoint(step).records_only:
            done = road.do(name, step, instead=old, patient=world.patient(0))
            assert (step, done.outcome) == (step, "blocked")
            assert world.codes(done) & {"not_certified", "wrong_state"}, step
            assert bool(done.holds) == (
                "cassette_differs" in world.codes(done)
            )  # the wrong bag lies in a right cassette
            world.lift_holds()
            road.clock.forward(minutes=-7)
        assert road.do(name, step, patient=world.patient(0)).outcome == "accepted", step
    world.is_whole()


def test_cells_kept_in_reserve_may_lapse_while_the_product_lives(before: MakeStory) -> None:
    """R5: the second bag of the collection lapses in its refrigerator; the product is tested and released."""
    story = before("h2_schedule")
    road, name = story.world.road, story.name
    road.do(name, "h2_schedule", values={**road.said(road.order(name), "h2_schedule"), "bags": "2"})
    road.carry(name, "h11_test", story.world.patient(0))
    kept = next(held for held in road.order(name).of_kind("starting_material") if held.live)
    assert kept.expires is not None
    road.clock.now = kept.expires + timedelta(minutes=1)

    assert road.carry(name, "h11_release", story.world.patient(0)).state == "RELEASED"
    road.carry(name, "h12_pick", story.world.patient(0))


@pytest.mark.parametrize(
    "step", ["h12_pick", "h12_pack", "h12_offer", "h13_store", "h14_retrieve", "h14_preflight", "h14_thaw"]
)
def test_after_a_revocation_no_gate_opens(before: MakeStory, step: str) -> None:
    """R5: what the certificate had named is nothing's from that moment on, wherever the bag is."""
    story = before(step)
    assert story.world.road.do(story.name, "h11_revoke").outcome == "accepted"

    done = story.world.road.do(story.name, step)

    assert (done.outcome, "no_certificate" in story.world.codes(done)) == ("blocked", True)


def test_a_fill_with_every_swap_of_vessel_label_and_cassette(before: MakeStory) -> None:
    """R11: two orders at two benches; one thing of the other in any place is refused, and nothing is filled."""
    story = before("h10_fill")
    world, road, name = story.world, story.world.road, story.name
    beside = road.order(world.order(2, "h10_print"))
    bag = beside.of_kind("drug_product")[-1].id
    theirs = {
        "vessel": road.piece(beside, "container", beside.of_kind("intermediate")[-1].id, "applied"),
        "product": road.piece(beside, "container", bag, "printed"),
        "cassette": road.piece(beside, "cassette", bag, "printed"),
    }

    for swapped in product((False, True), repeat=3):
        names = [slot for slot, is_theirs in zip(theirs, swapped, strict=True) if is_theirs]
        if names:
            done = road.do(name, "h10_fill", instead={s: road.read_piece(theirs[s], linear=False) for s in names})
            assert (done.outcome, "other_order" in world.codes(done)) == ("blocked", True), names
    assert {c.state for order in (name, beside.id) for c in road.order(order).of_kind("drug_product")} == {"registered"}
    world.lift_holds()
    assert road.do(name, "h10_fill").outcome == "accepted"
    world.is_whole()


ORDERS = sorted(set(permutations("AABB")))


@pytest.mark.parametrize("turns", ORDERS, ids=["".join(turns) for turns in ORDERS])
def test_two_packs_at_one_bench_in_every_order(before: MakeStory, turns: tuple[str, ...]) -> None:
    """20: the next order's packing begins only when the one before is sealed; in between nothing of it goes in."""
    story = before("h12_bench")
    road = story.world.road
    road.carry(story.other, "h12_pick", story.world.patient(1))
    bench = road.plain(road.benches[road.sites["manufacturing"]][0])
    names = {"A": story.name, "B": story.other}
    at_bench, packed = "", ""

    for turn in turns:
        step = "h12_pack" if turn in {at_bench, *packed} else "h12_bench"
        done = road.do(names[turn], step, instead={"bench": bench} if step == "h12_bench" else None)
        if step == "h12_pack":
            assert done.outcome == "accepted"
            at_bench, packed = "", packed + turn
        elif at_bench:
            assert (done.outcome, story.world.codes(done)) == ("blocked", {"bench_taken"})
            refused = road.do(names[turn], "h12_pack")
            assert (refused.outcome, "no_bench" in story.world.codes(refused)) == ("blocked", True)
        else:
            assert done.outcome == "accepted"
            at_bench = turn
    assert road.order(names[turns[0]]).shipment() is not None or turns[0] == at_bench


def test_a_slow_pack_is_no_pack(before: MakeStory) -> None:
    """20: from the bag to the seal within a minute, or the bag is scanned again."""
    story = before("h12_pack")
    road = story.world.road
    order = road.order(story.name)
    step = PROTOCOL.checkpoint("h12_pack")
    scans = [scan for slot in step.slots for scan in road.scans(order, slot, step, {})]
    scans[0] = replace(scans[0], at=scans[0].at - timedelta(seconds=61))
    deed = road.actor(order, step)

    done = story.world.database.run(lambda s: actions.attempt(s, deed, story.name, "h12_pack", scans, {}))

    assert story.world.codes(done) == {"pack_window"}  # type: ignore[arg-type]


def test_two_parcels_with_their_papers_swapped(before: MakeStory) -> None:
    """21: the shipper is refused while it is closed, at its first scan; nothing of either is received or held."""
    story = before("h13_receive")
    world, road = story.world, story.world.road
    road.carry(story.other, "h13_deliver", world.patient(1))
    parcel = road.order(story.other).shipments[-1]
    deed = road.deed("pharmacist", road.sites["treatment"])

    world.database.run(partial(station.begin, deed=deed, order_id=story.name, checkpoint="h13_receive"))
    stop = world.database.run(
        partial(station.scan, deed=replace(deed, at=road.clock()), scanned=road.plain(parcel.shipper))
    )

    assert stop.verdict is not None
    assert said(stop.verdict)["outcome"] == "blocked"
    assert [reason["code"] for reason in said(stop.verdict)["reasons"]][0:1]
    assert "other_order" in {reason["code"] for reason in said(stop.verdict)["reasons"]}
    assert (stop.holds, stop.acknowledged) == ((), False)
    for name, number in ((story.name, 0), (story.other, 1)):
        done = road.do(name, "h13_receive", patient=world.patient(number))
        assert done.outcome == "accepted"
    world.is_whole()


def test_a_deed_of_yesterday_cannot_be_entered(before: MakeStory) -> None:
    """R12: no step takes a time from whoever does it: what was missed is done now, or stays missing."""
    story = before("h12_pick")
    road = story.world.road
    last = road.order(story.name).done[-1].at

    done = road.do(story.name, "h12_pick")

    assert done.entry.at > last
    assert "at" not in {value.name for step in PROTOCOL.checkpoints for value in step.values}


def test_a_skipped_scan_is_not_made_good_by_a_later_one(before: MakeStory) -> None:
    """R12: with one code of a step missing every step after it is refused, whatever is scanned there."""
    story = before("h13_store")
    world, road = story.world, story.world.road
    missed = road.do(story.name, "h13_store", instead={"place": []})

    later = [road.do(story.name, step, patient=world.patient(0)) for step in ("h14_band_print", "h14_condition")]

    assert (missed.outcome, "missing" in world.codes(missed)) == ("blocked", True)
    assert all("not_now" in world.codes(done) for done in later)
    assert road.order(story.name).protocol_sha256 == PROTOCOL.sha256


@pytest.mark.parametrize(
    ("gtin", "code"),
    [("09506000134352", "unknown_code"), ("", "unexpected")],
    ids=["another sponsor's", "our own, from paper"],
)
def test_equal_serials_of_two_sponsors(before: MakeStory, gtin: str, code: str) -> None:
    """33: a serial counts only with its issuer's number, and never without the piece that is on the bag."""
    story = before("h12_pick")
    road = story.world.road
    held = road.order(story.name).of_kind("drug_product")[-1]
    text = f"01{gtin or held.key('gtin')}21{held.key('serial')}"

    done = road.do(
        story.name, "h12_pick", instead={"product": Scanned(text.encode(), "]d2", "p", road.clock(), "token")}
    )

    assert (done.outcome, code in story.world.codes(done)) == ("blocked", True)
    assert done.holds == ()
