"""One patient's cells, from the order to the infusion and the closing of the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody import protocol as protocols
from coi.labelling import store as pieces

if TYPE_CHECKING:
    from tests.world import World


def test_the_whole_road_is_walked_by_scanning_printed_labels(world: World) -> None:
    """Every checkpoint accepts the right codes read from printed labels.

    And the order closes with nothing unaccounted.
    """
    name = world.order(0, "h17_reconcile")

    order = world.road.order(name)
    protocol = protocols.pinned(order.protocol_sha256)
    assert order.state == "RECONCILED"
    assert [deed.checkpoint for deed in order.done] == [step.id for step in protocol.checkpoints]
    assert {held.state for held in order.containers} == {"consumed", "administered"}
    assert order.refused == 0
    world.is_whole()


def test_every_label_has_its_own_serial_and_is_scanned_back(world: World) -> None:
    """Four labels are printed, each with a serial of its own, and each is applied by a scan of the very piece."""
    name = world.order(0, "h10_fill")

    printed = world.database.read(lambda session: pieces.of_order(session, name))
    assert len({piece.id for piece in printed}) == 4
    assert {piece.state for piece in printed} == {"applied"}
    assert len({piece.payload_sha256 for piece in printed}) == 4


def test_custody_has_no_gap_from_the_collection_on(world: World) -> None:
    """At every moment from the collection to the infusion exactly one custodian holds the cells."""
    name = world.order(0)
    custodians = []
    for step in protocols.pinned(world.road.order(name).protocol_sha256).checkpoints:
        order = world.road.carry(name, step.id, world.patient(0))
        custodians.append((step.id, order.custodian))

    began = [step for step, _ in custodians].index("h3_begin")
    assert all(custodian is None for _, custodian in custodians[:began])
    assert all(custodian is not None for _, custodian in custodians[began:])
    assert len({custodian for _, custodian in custodians[began:]}) == 5


def test_nothing_of_the_patient_stands_in_the_ledger(world: World) -> None:
    """Neither name nor birth date nor record number of a patient stands in any entry of the order."""
    name = world.order(0, "h17_reconcile")

    text = b"".join(entry.body for entry in world.road.entries(name)).decode()
    facts = world.patient(0)
    for canary in (facts.name, facts.birth_date, facts.record_number, facts.name.split()[0]):
        assert canary not in text
