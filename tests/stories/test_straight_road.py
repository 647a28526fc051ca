"""One patient's cells, from the order to the infusion and the closing of the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody import fold as orders
from coi.custody import protocol_register as protocols
from coi.labelling import store as pieces
from tests.canaries import sings

if TYPE_CHECKING:
    from tests.moments import MakeStory


def test_the_whole_road_is_walked_by_scanning_printed_labels(after: MakeStory) -> None:
    """Every checkpoint accepts the right codes read from printed labels.

    And the order closes with nothing unaccounted.
    """
    story = after("h17_reconcile")

    order = story.world.road.order(story.name)
    protocol = protocols.pinned(order.protocol_sha256)
    assert order.state == "RECONCILED"
    assert [deed.checkpoint for deed in order.done] == [step.id for step in protocol.checkpoints if not step.side]
    assert {held.state for held in order.containers} == {"consumed", "tested", "administered"}
    assert order.refused == 0
    story.world.is_whole()


def test_every_label_has_its_own_serial_and_is_scanned_back(after: MakeStory) -> None:
    """Six labels are printed, each with a serial of its own, and each is applied by a scan of the very piece."""
    story = after("h10_fill")

    printed = story.world.database.read(lambda session: pieces.of_order(session, story.name))
    assert len({piece.id for piece in printed}) == 6
    assert {piece.state for piece in printed} == {"applied"}
    assert len({piece.payload_sha256 for piece in printed}) == 6


def test_custody_has_no_gap_from_the_collection_on(after: MakeStory) -> None:
    """At every entry from the collection to the infusion each container with cells in it has exactly one custodian."""
    story = after("h17_reconcile")
    entries = story.world.road.entries(story.name)
    folds = [orders.replay(entries[:length]) for length in range(2, len(entries) + 1)]
    held = [[c for c in fold.containers if c.live and c.state != "registered"] for fold in folds if fold is not None]

    assert all(container.custodian for containers in held for container in containers)
    assert len({container.custodian for containers in held for container in containers}) == 5
    assert held[-1] == []


def test_nothing_of_the_patient_stands_in_the_ledger(after: MakeStory) -> None:
    """Neither name nor birth date nor record number of a patient stands in any entry of the order."""
    story = after("h17_reconcile")

    text = b"".join(entry.body for entry in story.world.road.entries(story.name)).decode()
    facts = story.world.patient(0)
    for canary in (facts.name, facts.birth_date, facts.record_number, facts.name.split()[0]):
        assert not sings(canary, text)


def test_an_order_folds_from_its_chain_to_what_its_table_says(after: MakeStory) -> None:
    """The picture that spares the fold is the fold, at every moment of the road."""
    for step in ("h3_begin", "h5_offer", "h7_receive", "h11_release", "h14_thaw", "h17_reconcile"):
        story = after(step)

        assert orders.replay(story.world.road.entries(story.name)) == story.world.road.order(story.name)
