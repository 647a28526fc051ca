"""The loops of ordinary life (hazards.md R2): each has its lawful road and ends reconciled, nothing overridden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from tests import wanderer
from tests import world as worlds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from coi.custody.deed import Done
    from tests.conftest import MakeDatabase
    from tests.journeys import Story
    from tests.moments import MakeStory
    from tests.world import World

PATIENT = 0


def do(world: World, name: str, step: str, values: Mapping[str, str] | None = None, number: int = PATIENT) -> Done:
    """Do one step; anything but an acceptance ends the story."""
    order = world.road.order(name)
    said = None if values is None else {**world.road.said(order, step), **values}
    done = world.road.do(name, step, patient=world.patient(number), values=said)

    assert (step, done.outcome, done.reasons) == (step, "accepted", ())
    return done


def ends(world: World, name: str, until: str = "h17_reconcile", number: int = PATIENT) -> None:
    """Carry the order to its end and hold the books against each other."""
    order = world.road.carry(name, until, world.patient(number))

    assert order.state == "RECONCILED"
    world.is_whole()


@pytest.fixture(autouse=True)
def _nothing_is_overridden(request: pytest.FixtureRequest) -> Iterator[None]:
    """No story of this page needs a hold to be lifted or a stop to be passed by."""
    yield
    assert "lift" not in str(request.node.name)


class TestTwoBags:
    """A dose of two bags: each has its own retrieval, thaw and two-person check."""

    def test_the_second_bag_is_thawed_while_the_first_is_given(self, before: MakeStory) -> None:
        """Bag 2 goes its own way from the freezer to the bedside while bag 1 runs."""
        story = before("h10_print")
        world, name = story.world, story.name
        do(world, name, "h10_print", {"bags": "2"})
        do(world, name, "h10_fill")
        do(world, name, "h10_fill")
        world.road.carry(name, "h12_pick", world.patient(PATIENT))
        do(world, name, "h12_pick")
        world.road.carry(name, "h13_store", world.patient(PATIENT))
        assert world.road.order(name).state == "RECEIVED_AT_SITE"
        do(world, name, "h13_store")
        assert world.road.order(name).state == "STORED_AT_SITE"
        world.road.carry(name, "h16_start", world.patient(PATIENT))
        for step in ("h14_retrieve", "h14_preflight", "h14_thaw", "h15_issue", "h15_accept"):
            do(world, name, step)
        assert world.road.order(name).state == "INFUSING"

        first = world.road.do(name, "h17_end")
        assert first.order.state == "INFUSING"
        do(world, name, "h16_start")
        last = do(world, name, "h17_end")
        assert last.order.state == "INFUSED"
        ends(world, name)

    def test_the_second_bag_is_not_given_on_the_first_ones_check(self, after: MakeStory) -> None:
        """A bag that had no bedside check of its own cannot be recorded as given."""
        story = two_bags_until(after, "h16_start")
        second = next(c for c in story.world.road.order(story.name).dose() if c.state == "stored")
        piece = story.world.road.piece(story.world.road.order(story.name), "container", second.id, "applied")
        scan = story.world.road.read_piece(piece, linear=False)
        done = story.world.road.do(story.name, "h17_end", instead={"product": scan})

        assert (done.outcome, story.world.codes(done) >= {"wrong_state"}) == ("blocked", True)


def two_bags_until(after: MakeStory, until: str) -> Story:
    """Return a story whose product lies in two bags, carried up to a step."""
    story = after("h9_sample")
    world, name = story.world, story.name
    do(world, name, "h10_print", {"bags": "2"})
    do(world, name, "h10_fill")
    do(world, name, "h10_fill")
    world.road.carry(name, "h12_pick", world.patient(PATIENT))
    do(world, name, "h12_pick")
    world.road.carry(name, "h13_store", world.patient(PATIENT))
    do(world, name, "h13_store")
    world.road.carry(name, until, world.patient(PATIENT))
    return story


def test_an_infusion_is_postponed_and_the_bag_goes_back_unthawed(after: MakeStory) -> None:
    """Postponed: the bag returns to its freezer, and readiness is said again when the day comes."""
    story = after("h14_retrieve")
    world, name = story.world, story.name
    do(world, name, "h14_postpone")
    do(world, name, "h14_putback")
    assert world.road.order(name).state == "STORED_AT_SITE"
    ends(world, name)


def test_cells_are_collected_on_two_days(after: MakeStory) -> None:
    """A second day has its own donation, its own bag and label, and both bags travel together."""
    story = after("h4_end")
    world, name = story.world, story.name
    do(world, name, "h4_another_day")
    assert world.road.order(name).state == "SCHEDULED"
    world.road.carry(name, "h8_start", world.patient(PATIENT))
    donations = {c.key("din") for c in world.road.order(name).of_kind("starting_material")}
    assert len(donations) == 2
    do(world, name, "h8_add")
    world.road.carry(name, "h9_transfer", world.patient(PATIENT))
    do(world, name, "h9_pool")
    ends(world, name)


def test_several_bags_of_one_donation_differ_by_their_division(before: MakeStory) -> None:
    """Two bags at one chair share the donation number and carry divisions A0 and B0 (ISBT 128 product code)."""
    story = before("h2_schedule")
    world, name = story.world, story.name
    do(world, name, "h2_schedule", {"bags": "2"})
    world.road.carry(name, "h8_start", world.patient(PATIENT))
    bags = world.road.order(name).of_kind("starting_material")
    assert [(c.key("product_code") or "")[-2:] for c in bags] == ["A0", "B0"]
    assert len({c.key("din") for c in bags}) == 1
    do(world, name, "h8_add")
    do(world, name, "h9_transfer")
    do(world, name, "h9_pool")
    ends(world, name)


def test_a_collection_is_broken_off_and_begun_again(after: MakeStory) -> None:
    """What was in the bag is destroyed with a witness; the next try has a new label and a new donation."""
    story = after("h3_begin")
    world, name = story.world, story.name
    do(world, name, "h4_abort")
    assert world.road.order(name).state == "SCHEDULED"
    ends(world, name)


def test_an_infusion_is_stopped_and_goes_on(after: MakeStory) -> None:
    """Stopped for a reaction, resumed with wristband and bag scanned again, while the clock allows it."""
    story = after("h16_start")
    do(story.world, story.name, "h17_stop")
    do(story.world, story.name, "h17_resume")
    ends(story.world, story.name)


def test_an_infusion_that_is_not_finished_ends_in_part(after: MakeStory) -> None:
    """The rest is discarded before a witness, and the order says that the dose was given in part."""
    story = after("h16_start")
    do(story.world, story.name, "h17_stop")
    done = do(story.world, story.name, "h17_discard")
    assert done.order.state == "PARTIAL"
    ends(story.world, story.name)


def test_a_sample_is_tested_while_the_batch_goes_on(after: MakeStory) -> None:
    """The result of a sample comes in the middle of the batch, from the scan of its own label."""
    story = after("h9_sample")
    do(story.world, story.name, "h11_test")
    ends(story.world, story.name)


def test_cells_are_split_into_two_vessels(after: MakeStory) -> None:
    """Both vessels are of one order and one lot, and both are accounted for at the end of the batch."""
    story = after("h9_transfer")
    world, name = story.world, story.name
    do(world, name, "h9_split_print")
    do(world, name, "h9_split")
    vessels = world.road.order(name).of_kind("intermediate")
    assert vessels[1].parents == (vessels[0].id,)
    ends(world, name)


def test_a_failed_batch_is_made_again_from_the_bag_that_was_kept(before: MakeStory) -> None:
    """One of two bags went into the batch that failed; the other one makes a new lot."""
    story = before("h2_schedule")
    world, name = story.world, story.name
    do(world, name, "h2_schedule", {"bags": "2"})
    world.road.carry(name, "h9_transfer", world.patient(PATIENT))
    lot = world.road.order(name).lot
    do(world, name, "x_fail")
    do(world, name, "x_destroy_vessel_manufacturing")
    do(world, name, "x_remake")
    world.road.carry(name, "h8_start", world.patient(PATIENT))
    assert world.road.order(name).lot != lot
    ends(world, name)


def test_cells_are_collected_again_after_the_batch_failed(after: MakeStory) -> None:
    """A new donation under the same chain of identity; the old batch is destroyed, and its lot never released."""
    story = after("h9_sample")
    world, name = story.world, story.name
    coi = world.road.order(name).coi
    do(world, name, "x_fail")
    do(world, name, "x_destroy_vessel_manufacturing")
    do(world, name, "x_destroy_sample_manufacturing")
    do(world, name, "x_recollect")
    ends(world, name)
    assert world.road.order(name).coi == coi


def test_a_rejected_product_is_destroyed_and_the_cells_collected_again(after: MakeStory) -> None:
    """What quality rejected never leaves; the patient's second chance is a new donation."""
    story = after("h11_qc")
    world, name = story.world, story.name
    do(world, name, "h11_reject")
    do(world, name, "x_destroy_product_manufacturing")
    do(world, name, "x_recollect")
    ends(world, name)


def test_another_hospital_treats_the_patient(after: MakeStory) -> None:
    """Before anything is sent, the order moves by two signatures; the new hospital binds the patient anew."""
    story = after("h11_release")
    world, name = story.world, story.name
    do(world, name, "x_change_site")
    assert world.road.order(name).site("treatment") == world.road.other_hospital
    ends(world, name)


def test_a_product_goes_back_and_another_hospital_treats(after: MakeStory) -> None:
    """From the old hospital it returns by the same chain of custody, is judged by quality, and is sent again."""
    story = after("h13_store")
    world, name = story.world, story.name
    for step in ("r_bench", "r_pack", "r_offer", "r_accept", "r_deliver", "r_receive"):
        do(world, name, step)
    do(world, name, "r_restock", {"condition": "in_range"})
    assert world.road.order(name).state == "RELEASED"
    do(world, name, "x_change_site")
    ends(world, name)


def test_a_shipper_is_opened_again_because_its_seal_broke(after: MakeStory) -> None:
    """A used seal is never used again: unpacked, packed anew under another one."""
    story = after("h5_pack")
    world, name = story.world, story.name
    do(world, name, "h5_unpack")
    ends(world, name)


def test_a_shipment_passes_a_depot(after: MakeStory) -> None:
    """Courier to depot to courier: each handing over has two sides, and custody is never nobody's."""
    story = after("h5_accept")
    world, name = story.world, story.name
    for step, custodian in (
        ("h6_offer", "courier"),
        ("h6_accept", "depot"),
        ("h6_onward", "depot"),
        ("h6_pickup", "courier"),
    ):
        do(world, name, step)
        assert world.road.order(name).custodian == world.road.sites[custodian]
    ends(world, name)


def test_a_product_out_of_specification_is_released_for_this_patient(after: MakeStory) -> None:
    """Request, risk and the patient's word, each signed; every screen says so for the life of the product."""
    story = after("h11_test")
    world, name = story.world, story.name
    do(world, name, "h11_qc", {"qc_result": "fail"})
    refused = world.road.do(name, "h11_release")
    assert world.codes(refused) == {"qc_failed"}
    for step in ("h11_oos_request", "h11_oos_risk", "h11_oos_release"):
        do(world, name, step)
    certificate = world.road.order(name).certificate
    assert certificate is not None
    assert certificate.oos is True
    ends(world, name)


@pytest.mark.parametrize("step", ["x_cancel", "x_withdraw", "x_deceased"])
def test_an_order_is_stopped_and_its_product_destroyed(after: MakeStory, step: str) -> None:
    """Cancelled, withdrawn, died: nothing moves forward any more, the product is destroyed, the books close."""
    story = after("h13_store")
    world, name = story.world, story.name
    done = do(world, name, step)
    assert done.order.state in {"CANCELLED", "WITHDRAWN", "DECEASED"}
    refused = world.road.do(name, "h14_band_print")
    assert "not_now" in world.codes(refused)
    do(world, name, "x_destroy_product_lab")
    assert do(world, name, "x_close").order.state == "RECONCILED"
    world.is_whole()


def test_the_cells_of_a_stopped_order_come_back_from_the_road(after: MakeStory) -> None:
    """The patient withdraws while the courier drives: the shipper is still delivered, received and destroyed."""
    story = after("h5_accept")
    world, name = story.world, story.name
    for step in ("x_withdraw", "r_deliver", "r_receive_bag", "x_destroy_bag_manufacturing"):
        do(world, name, step)
    assert do(world, name, "x_close").order.state == "RECONCILED"
    world.is_whole()


def test_what_was_lost_and_found_is_held_until_it_is_identified_anew(after: MakeStory) -> None:
    """A parcel that nobody had seen is received into quarantine, and goes on only after quality has signed."""
    story = after("h12_accept")
    world, name = story.world, story.name
    do(world, name, "x_lost")
    assert (world.road.order(name).state, world.road.order(name).custodian) == ("LOST", world.road.sites["courier"])
    do(world, name, "x_found")
    assert world.road.order(name).state == "IN_TRANSIT_TO_SITE"
    do(world, name, "h13_deliver")
    received = world.road.do(name, "h13_receive", patient=world.patient(PATIENT))
    assert received.outcome == "quarantined"
    assert "held" in world.codes(world.road.do(name, "h13_store"))
    world.lift_holds()
    ends(world, name)


def test_what_was_lost_in_a_depot_is_found_there(after: MakeStory) -> None:
    """The depot has it after all: the courier takes it, finds it again, and it goes on as any found parcel."""
    story = after("h12_accept")
    world, name = story.world, story.name
    for step in ("h6_offer", "h6_accept", "x_lost"):
        do(world, name, step)
    assert (world.road.order(name).state, world.road.order(name).custodian) == ("LOST", world.road.sites["depot"])
    by_the_courier = world.road.do(name, "x_found")
    assert "not_here" in world.codes(by_the_courier)
    for step in ("h6_onward", "h6_pickup", "x_found", "h13_deliver"):
        do(world, name, step)
    assert world.road.do(name, "h13_receive", patient=world.patient(PATIENT)).outcome == "quarantined"
    world.lift_holds()
    ends(world, name)


@pytest.mark.parametrize(
    ("until", "kind", "where"),
    [("h5_accept", "starting_material", "bag_manufacturing"), ("h12_accept", "drug_product", "product_lab")],
)
def test_what_was_given_up_and_turns_up_is_destroyed_before_a_witness(
    after: MakeStory, until: str, kind: str, where: str
) -> None:
    """A parcel that arrives after it was written off is scanned and destroyed where it arrives, and nothing else."""
    story = after(until)
    world, name = story.world, story.name
    for step in ("x_lost", "x_written_off"):
        do(world, name, step)
    bag = world.road.order(name).of_kind(kind)[-1]
    late = {"h7_receive" if kind == "starting_material" else "h13_receive", "x_found"}
    for step in sorted(late):
        assert world.road.do(name, step, patient=world.patient(PATIENT)).outcome == "blocked"
    do(world, name, "x_cancel")
    said = {**world.road.said(world.road.order(name), f"x_destroy_{where}"), "why": "turned_up"}
    done = world.road.do(name, f"x_destroy_{where}", values=said)
    assert (done.outcome, world.codes(done)) == ("accepted", set())
    assert (bag.state, next(c for c in done.order.containers if c.id == bag.id).state) == ("lost", "destroyed")
    world.is_whole()


def test_what_turns_up_after_the_closing_is_destroyed_under_an_entry_that_names_the_closing(after: MakeStory) -> None:
    """The order stays closed, its closing stands, and the bag is destroyed before a witness."""
    story = after("h5_accept")
    world, name = story.world, story.name
    for step in ("x_lost", "x_written_off", "x_cancel", "x_unused_collection", "x_close"):
        do(world, name, step)
    closing = world.last(name, "custody.x_close")
    assert {"h7_receive", "x_found"} == {
        step for step in ("h7_receive", "x_found") if world.road.do(name, step).outcome == "blocked"
    }

    done = do(world, name, "x_destroy_bag_manufacturing", {"why": "turned_up"})

    assert (done.order.state, done.order.containers[-1].state) == ("RECONCILED", "destroyed")
    assert done.entry.stmt["amends"] == {"chain": closing.chain, "seq": closing.seq}
    assert len(done.entry.sig) == 2
    assert "amends" not in closing.stmt
    assert world.road.do(name, "x_destroy_bag_manufacturing").outcome == "blocked"
    world.is_whole()


def test_what_nobody_finds_in_the_house_is_given_up_by_its_label(hospital: World) -> None:
    """Made where it is given, nothing is shipped; a bag missing at a handover has its end, and the order too."""
    name = hospital.road.open(hospital.patient(PATIENT), "HOSPITAL-CAR-T")
    hospital.road.carry(name, "h13_receive", hospital.patient(PATIENT))
    wrong = {**hospital.road.said(hospital.road.order(name), "x_written_off"), "missing": "0" * 12}
    refused = hospital.road.do(name, "x_written_off", values=wrong)
    assert (refused.outcome, hospital.codes(refused)) == ("blocked", {"not_missing"})

    done = do(hospital, name, "x_written_off")

    assert (done.order.state, done.order.of_kind("drug_product")[-1].state) == ("LOST", "lost")
    assert done.order.offers == ()
    do(hospital, name, "x_close")
    found = do(hospital, name, "x_destroy_product_lab", {"why": "turned_up"})
    assert (found.order.state, found.order.of_kind("drug_product")[-1].state) == ("RECONCILED", "destroyed")
    hospital.is_whole()


@pytest.fixture
def hospital(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world whose labels need not be drawn."""
    return wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))


def test_a_certificate_taken_back_stops_every_gate(after: MakeStory) -> None:
    """After the revocation nothing that the certificate named passes any gate, wherever it is."""
    story = after("h14_ready")
    world, name = story.world, story.name
    do(world, name, "h11_revoke")
    refused = world.road.do(name, "h14_retrieve")
    assert {"no_certificate", "held"} <= world.codes(refused)


def test_an_infusion_done_against_the_stop_is_recorded_and_never_green(after: MakeStory) -> None:
    """It can be written down, by a physician and a witness; it is marked for ever and opens a critical deviation."""
    story = after("h15_accept")
    world, name = story.world, story.name
    done = do(world, name, "h16_unverified")
    assert done.order.fact("infused_without_verification") == "yes"
    opened = world.last(name, "deviation.opened")
    assert opened.stmt["severity"] == "critical"
    ends(world, name)
