"""What arrives wrong: refused with custody left behind, or taken into quarantine until quality has settled it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi.custody import actions
from coi.custody import protocol_register as protocols
from coi.custody.deed import Done

if TYPE_CHECKING:
    from tests.moments import MakeStory

RECEIPTS = {"h7_receive": "h7_accept", "h13_receive": "h13_store"}
LAST = "h17_reconcile"


@pytest.mark.parametrize(("receipt", "then"), RECEIPTS.items())
@pytest.mark.parametrize("condition", ["no_data", "out_of_range"])
def test_without_a_good_temperature_record_it_waits_for_quality(
    before: MakeStory, receipt: str, then: str, condition: str
) -> None:
    """Custody passes into quarantine, the next step is held, quality lifts the hold by signature, and it goes on."""
    story = before(receipt)
    road, name = story.world.road, story.name

    received = road.do(name, receipt, values={"condition": condition})
    held = road.do(name, then)
    lifted = story.world.lift_holds()
    order = road.carry(name, then, story.world.patient(0))

    assert received.outcome == "quarantined"
    assert [(reason.code, reason.seen) for reason in received.reasons] == [("condition", condition)]
    assert received.order.custodian == received.checkpoint.point(received.order)
    assert len(received.holds) == 1
    assert held.outcome == "blocked"
    assert [(reason.code, reason.seen) for reason in held.reasons] == [("held", f"condition hold {received.holds[0]}")]
    assert held.holds == ()
    assert lifted == 1
    assert order.refused == 1
    placed = story.world.last(name, "hold.placed")
    assert placed.stmt["cause"] == {"chain": received.entry.chain, "seq": received.entry.seq}
    story.world.is_whole()


def test_after_a_quarantine_the_order_is_carried_to_its_end(before: MakeStory) -> None:
    """The quarantine road ends where the straight one does."""
    story = before("h7_receive")
    story.world.road.do(story.name, "h7_receive", values={"condition": "no_data"})
    story.world.lift_holds()

    order = story.world.road.carry(story.name, LAST, story.world.patient(0))

    assert order.state == "RECONCILED"
    story.world.is_whole()


@pytest.mark.parametrize("receipt", RECEIPTS)
@pytest.mark.parametrize("what", ["shipper", "seal"])
def test_a_wrong_shipper_or_seal_stays_with_the_courier(before: MakeStory, receipt: str, what: str) -> None:
    """Refused; nothing was opened, nothing is held, and the right one is received right after."""
    story = before(receipt)
    road, name = story.world.road, story.name
    was = road.order(name)
    code = road.free_shipper() if what == "shipper" else road.new_seal()

    done = road.do(name, receipt, instead={what: road.plain(code)})

    now = road.order(name)
    assert [(reason.code, reason.seen) for reason in done.reasons] == [(f"wrong_{what}", code)]
    assert (now.custodian, now.state, now.offer, now.shipments) == (was.custodian, was.state, was.offer, was.shipments)
    assert done.holds == ()
    assert road.do(name, receipt).outcome == "accepted"
    story.world.is_whole()


@pytest.mark.parametrize("receipt", RECEIPTS)
def test_a_bag_that_expired_on_the_way_is_received_into_quarantine(before: MakeStory, receipt: str) -> None:
    """The courier is not left with it, and it goes nowhere, for the hold may be lifted but the expiry stays."""
    story = before(receipt)
    road, name = story.world.road, story.name
    expires = max(held.expires for held in road.order(name).containers if held.expires is not None)
    road.clock.now = expires + timedelta(minutes=1)

    received = road.do(name, receipt)
    story.world.lift_holds()
    then = road.do(name, RECEIPTS[receipt])

    assert received.outcome == "quarantined"
    assert story.world.codes(received) == {"expired"}
    assert "expired" in story.world.codes(then)
    assert then.outcome == "blocked"


@pytest.mark.parametrize("step", ["h5_pack", "h7_accept", "h8_start", "h12_pick", "h12_pack", "h14_retrieve"])
def test_what_has_expired_is_refused(before: MakeStory, step: str) -> None:
    """A minute after its expiry nothing that moves it is accepted."""
    story = before(step)
    road, name = story.world.road, story.name
    expires = min(held.expires for held in road.order(name).containers if held.expires and held.state != "consumed")
    road.clock.now = expires + timedelta(minutes=1)

    done = road.do(name, step)

    assert done.outcome == "blocked"
    assert "expired" in story.world.codes(done)
    assert road.order(name).state == done.checkpoint.states[0]


def test_the_bag_of_another_patient_inside_a_right_shipper(before: MakeStory) -> None:
    """Both orders are told: ours is held, theirs gets a notice, and neither entry names the other order."""
    story = before("h7_receive")
    road, name, other = story.world.road, story.name, story.other

    done = road.do(name, "h7_receive", instead={"bag": story.world.their_container(other)})

    assert done.outcome == "quarantined"
    assert story.world.last(name, "hold.placed").stmt["kind"] == "identity"
    assert other.encode() not in done.entry.body
    told = [entry for entry in road.entries(other) if entry.type in {"custody.notice", "hold.placed"}]
    assert len(told) == 1
    assert told[0].stmt["cause"] == {"chain": done.entry.chain, "seq": done.entry.seq}
    assert name.encode() not in told[0].body
    story.world.is_whole()


def test_an_old_scan_is_no_scan_of_now(before: MakeStory) -> None:
    """At the bedside the codes must have been scanned within two minutes of each other."""
    story = before("h16_start")
    road, name = story.world.road, story.name
    order = road.order(name)
    step = protocols.pinned(order.protocol_sha256).checkpoint("h16_start")
    scans = [scan for slot in step.slots for scan in road.scans(order, slot, step, {})]
    scans[0] = replace(scans[0], at=scans[0].at - timedelta(seconds=121))
    deed, said, card = road.actor(order, step), road.values(order, step), story.world.patient(0)

    done = story.world.database.run(lambda session: actions.attempt(session, deed, name, step.id, scans, said, card))

    assert isinstance(done, Done)
    assert done.outcome == "blocked"
    assert [reason.code for reason in done.reasons] == ["window"]
    assert done.holds == ()


def test_an_hour_after_the_thaw_the_bag_is_not_infused(before: MakeStory) -> None:
    """At every step between thaw and infusion, the end of the hour is the end."""
    for step in ("h15_issue", "h15_accept", "h16_start"):
        story = before(step)
        story.world.road.clock.forward(minutes=61)

        done = story.world.road.do(story.name, step, patient=story.world.patient(0))

        assert done.outcome == "blocked"
        assert story.world.codes(done) == {"thaw_over"}
