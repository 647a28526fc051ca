"""The whole road of every product, and ways beside it, walked by programs; and what they read on the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from coi import ledger
from coi.custody import protocol_register as protocols
from tests import web_road
from tests.coi.custody.api.asking import BOTH
from tests.programs import problem

if TYPE_CHECKING:
    from tests.web_road import WebWorld
    from tests.world import World

PRODUCTS = tuple(sorted(protocol.product["code"] for protocol in protocols.shipped().values()))


@pytest.fixture
def walked(world: World) -> WebWorld:
    """A world whose people all work through programs."""
    return web_road.serve(world)


@dataclass(slots=True)
class Reader:
    """Somebody who reads one order."""

    world: WebWorld
    name: str

    def read(self) -> dict[str, Any]:
        """Return the order as a program of the hospital is told it now."""
        told: dict[str, Any] = self.world.town.program("physician", "treatment").get(f"/orders/{self.name}").get_json()
        return told

    def gates(self) -> dict[str, Any]:
        """Return the gates that stand open, by checkpoint."""
        return {gate["checkpoint"]: gate for gate in self.read()["next"]}

    def carry(self, until: str) -> dict[str, Any]:
        """Walk on, and read."""
        self.world.road.carry(self.name, until, self.world.patient(0))
        return self.read()

    def do(self, step: str, **values: str) -> dict[str, Any]:
        """Do one step with other values than usual, and read."""
        road = self.world.road
        said = {**road.said(road.order(self.name), step), **values}
        done = road.do(self.name, step, patient=self.world.patient(0), values=said)
        assert (step, done.outcome, done.reasons) == (step, "accepted", ())
        return self.read()


def opened(world: WebWorld, product: str = "CRYO-CAR-T") -> Reader:
    """Open an order; return who reads it."""
    return Reader(world, world.road.open(world.patient(0), product))


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_product_is_carried_to_its_end(walked: WebWorld, product: str) -> None:
    """From the order to the reconciled books every gate is passed by programs, each at the head that it has read."""
    reader = opened(walked, product)
    told = reader.carry("h17_reconcile")

    assert (told["state"], told["custodians"], told["offers"], told["next"]) == ("RECONCILED", [], [], [])
    assert {"consumed", "administered", "tested"} <= {held["state"] for held in told["containers"]}
    assert all(one["temperature"] == "in_range" for one in told["shipments"])
    walked.is_whole()


@BOTH
def test_printed_labels_are_what_programs_scan(world: World) -> None:
    """Up to the courier every code is read back from the picture of a printed label, on both databases."""
    walked = web_road.serve(world, drawn=True)
    told = opened(walked).carry("h5_accept")

    assert told["custodian"] == walked.town.site("courier")
    walked.is_whole()


def test_what_a_program_reads_on_the_way(walked: WebWorld) -> None:
    """Containers with their keepers, offers, shipments with loggers, the dose n of m and the thaw clock are told."""
    reader, site = opened(walked), walked.town.site
    reader.carry("h1_submit")
    reader.do("h2_schedule", bags="2")
    reader.carry("h2_print")
    bags = next(slot for slot in reader.gates()["h3_begin"]["scans"] if slot["what"] == "container")
    assert (bags["many"], bags["kind"], bags["states"]) == (True, "starting_material", ["registered"])
    assert [slot["slot"] for slot in reader.gates()["h3_begin"]["scans"] if slot["optional"]] == ["band"]
    two = [held["id"] for held in reader.carry("h5_offer")["containers"]]

    offered = reader.read()
    (sent,) = offered["shipments"]
    assert [(one["to"], one["containers"]) for one in offered["offers"]] == [(site("courier"), two)]
    assert (sent["state"], sent["containers"], sent["temperature"]) == ("sealed", two, "no_data")
    assert sent["logger"].startswith("LGR-")
    assert {gate["checkpoint"] for gate in offered["next"] if gate["side"]} >= {"x_cancel", "x_withdraw"}
    assert reader.gates()["h5_accept"]["takes"]

    reader.carry("h9_sample")
    reader.do("h10_print", bags="2")
    reader.do("h10_fill")
    reader.do("h10_fill")
    released = reader.carry("h11_release")
    assert (released["certificate"]["oos"], released["dose"]) == (False, {"given": 0, "of": 2})
    reader.carry("h12_pick")
    reader.do("h12_pick")
    reader.carry("h13_store")
    reader.do("h13_store")
    thawing = reader.carry("h14_thaw")
    (warm,) = [held for held in thawing["containers"] if held["thaw_began"]]
    assert warm["thaw_began"] < warm["thaw_ends"]
    assert warm["custodian"].startswith(site("treatment"))
    half = reader.carry("h17_end")
    assert half["dose"] == {"given": 1, "of": 2}
    whole = [gate for gate in half["next"] if not gate["side"]]
    assert "h14_retrieve" in {gate["checkpoint"] for gate in whole}


class TestBeside:
    """Steps beside the road are deeds like any other."""

    def test_a_parcel_is_unpacked_lost_and_found(self, walked: WebWorld) -> None:
        """Declined it is unpacked and packed anew; lost it is held, and found and let go it travels on."""
        reader = opened(walked)
        reader.carry("h5_offer")
        declined = walked.town.program("courier", "courier").post(f"/orders/{reader.name}/decline", {"why": "damaged"})
        assert (declined.status_code, reader.read()["offers"]) == (201, [])
        again = reader.do("h5_unpack")
        assert [one["state"] for one in again["shipments"]] == ["opened"]
        reader.carry("h5_accept")
        lost = reader.do("x_lost")
        assert (lost["state"], [one["kind"] for one in lost["holds"]]) == ("LOST", ["lost"])
        reader.do("x_found")
        assert walked.lift_holds() == 1
        arrived = reader.carry("h7_receive")

        assert (arrived["state"], arrived["custodian"]) == ("RECEIVED_AT_MFG", walked.town.site("manufacturing"))
        assert [one["state"] for one in arrived["shipments"]] == ["opened", "received"]
        walked.is_whole()

    def test_a_cancelled_order_is_cleared_up(self, walked: WebWorld) -> None:
        """What was collected for an order that is cancelled is destroyed, signed, and the order is closed."""
        reader = opened(walked)
        reader.carry("h4_end")
        cancelled = reader.do("x_cancel")
        assert cancelled["state"] == "CANCELLED"
        assert not [gate for gate in cancelled["next"] if not gate["side"]]
        reader.do("x_destroy_bag_collection")
        closed = reader.do("x_close")

        assert (closed["state"], [held["state"] for held in closed["containers"]]) == ("RECONCILED", ["destroyed"])
        walked.is_whole()

    def test_a_product_out_of_specification_says_so_for_its_life(self, walked: WebWorld) -> None:
        """Released at the physician's request, certificate and order say that it is out of specification."""
        reader = opened(walked)
        reader.carry("h11_test")
        reader.do("h11_qc", qc_result="fail")
        for step in ("h11_oos_request", "h11_oos_risk"):
            reader.do(step)
        told = reader.do("h11_oos_release")

        assert (told["state"], told["out_of_specification"]) == ("RELEASED", True)
        assert told["certificate"]["oos"]

    def test_while_cells_stand_thawed_two_persons_lift(self, walked: WebWorld) -> None:
        """A hold on thawed cells has a quarter of an hour and wants two signatures of quality; one is refused."""
        reader = opened(walked)
        reader.carry("h14_thaw")
        nurse, quality = (
            walked.town.program("ward_nurse", "treatment"),
            walked.town.program("qa_reviewer", "manufacturing"),
        )
        hold = nurse.post(f"/orders/{reader.name}/identity-review", {"change": "merged"}).get_json()["hold"]
        told = quality.get(f"/holds/{hold}").get_json()
        first, second = walked.town.auths("qa", "qp")
        body: dict[str, Any] = {"basis": "label_and_record_agree", **first}
        problem(quality.post(f"/holds/{hold}/lift", body), 403, "not-permitted")
        problem(quality.post(f"/holds/{hold}/lift", {**body, "second": first}), 403, "not-permitted")
        lifted = quality.post(f"/holds/{hold}/lift", {**body, "second": second})

        assert (told["care"]["signers"], told["kind"], told["care"]["escalation"]) == (2, "review", 0)
        deadline, placed = (ledger.moment(told["care"]["deadline"]), ledger.moment(told["placed_at"]))
        assert deadline - placed == timedelta(minutes=15)
        assert 201 == lifted.status_code, lifted.get_json()
        assert 2 == len(walked.town.entries(reader.name)[-1].sig)
        assert quality.get(f"/holds/{hold}").get_json()["care"] is None
