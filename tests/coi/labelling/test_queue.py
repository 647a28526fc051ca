"""A piece is printed once, or it is known not to be known; nothing is sent twice by itself."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

import labels
from coi.custody import actions as custody
from coi.custody import printing
from coi.labelling import queue, queue_store, store
from coi.labelling.drawing import DESIGNS, LabelFacts, draw, payload, reads_as
from labels.printers import VirtualPrinter
from labels.printers.virtual import Fault
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coi.labelling.pieces import Piece
    from coi.labelling.queue_store import Job
    from labels.printers import Outcome
    from tests.journeys import Story
    from tests.moments import MakeStory


def queued(before: MakeStory) -> Story:
    """Return a story in which wristband and bag label are queued and nothing was printed."""
    story = before("h2_print")
    road = story.world.road
    order = road.order(story.name)
    deed = road.deed("collection_operator", order.site("collection"))
    story.world.database.run(lambda session: custody.attempt(session, deed, story.name, "h2_print", [], {}))
    return story


def states(story: Story) -> list[str]:
    """Return the states of the order's pieces."""
    return sorted(piece.state for piece in pieces(story))


def pieces(story: Story) -> tuple[Piece, ...]:
    """Return the order's pieces."""
    return story.world.database.read(lambda session: store.of_order(session, story.name))


def jobs(story: Story, state: str) -> int:
    """Return how many jobs are in a state."""
    return len(story.world.database.read(lambda session: queue_store.jobs(session, state)))


def all_jobs(story: Story) -> tuple[Job, ...]:
    """Return the order's jobs, in the order in which they were asked for."""
    return story.world.database.read(lambda session: queue_store.of_order(session, story.name))


def run(story: Story, printer: VirtualPrinter | None) -> int:
    """Print what is queued."""
    return queue.print_queued(story.world.database, lambda _site: printer, story.world.road.clock)


def with_fault(tmp_path: Path, fault: Fault) -> VirtualPrinter:
    """Return a printer that fails in one way."""
    printer = VirtualPrinter(tmp_path / "tray")
    printer.fault = fault
    return printer


def test_what_is_queued_is_printed_once(before: MakeStory, tmp_path: Path) -> None:
    """Two labels, two prints, nothing left; asked again, nothing is printed again."""
    story = queued(before)
    printer = VirtualPrinter(tmp_path / "tray")

    assert (run(story, printer), run(story, printer)) == (2, 0)

    assert states(story) == ["printed", "printed"]
    assert len(list(printer.tray.glob("*.png"))) == 2
    assert (jobs(story, "queued"), jobs(story, "sending")) == (0, 0)
    story.world.is_whole()


def test_without_a_printer_it_waits(before: MakeStory) -> None:
    """No printer at the site: the jobs stay queued, and nobody pretends."""
    story = queued(before)

    assert run(story, None) == 0
    assert states(story) == ["intended", "intended"]
    assert jobs(story, "queued") == 2


def test_a_printer_without_paper_is_asked_again(before: MakeStory, tmp_path: Path) -> None:
    """Refused before the first byte: back into the queue, and printed when there is paper."""
    story = queued(before)

    assert run(story, with_fault(tmp_path, Fault.OUT_OF_PAPER)) == 0
    assert (jobs(story, "queued"), states(story)) == (2, ["intended", "intended"])
    assert run(story, VirtualPrinter(tmp_path / "tray")) == 2
    assert states(story) == ["printed", "printed"]


@pytest.mark.parametrize("fault", [Fault.DIES_MID_JOB, Fault.DIES_AFTER_PRINT])
def test_a_printer_that_dies_leaves_it_uncertain(before: MakeStory, tmp_path: Path, fault: Fault) -> None:
    """After the first byte nobody knows: never sent again, dead at every scan, and waiting to be voided."""
    story = queued(before)

    assert run(story, with_fault(tmp_path, fault)) == 0
    assert run(story, VirtualPrinter(tmp_path / "second")) == 0

    assert states(story) == ["uncertain", "uncertain"]
    assert (jobs(story, "queued"), jobs(story, "sending")) == (0, 0)
    assert not any(piece.alive for piece in pieces(story))
    story.world.is_whole()


def test_an_uncertain_label_is_replaced_and_the_order_goes_on(before: MakeStory, tmp_path: Path) -> None:
    """Never printed: each is spoiled by two persons and printed anew, and the collection begins with the new ones."""
    story = queued(before)
    run(story, with_fault(tmp_path, Fault.DIES_MID_JOB))
    road = story.world.road
    deed = road.deed("collection_operator", road.sites["collection"])
    how, two = ("never_printed", "spoiled"), story.world.two(deed)
    for piece in pieces(story):
        story.world.database.run(
            lambda session, p=piece.id: printing.reprint(session, deed, story.name, p, *how, two)  # type: ignore[misc]
        )
    road.print_queued()

    done = road.do(story.name, "h3_begin", patient=story.world.patient(0))
    assert done.outcome == "accepted", done.reasons
    assert states(story) == ["applied", "applied", "spoiled", "spoiled"]
    story.world.is_whole()


def test_after_a_crash_what_was_being_sent_is_uncertain(before: MakeStory) -> None:
    """The process died between taking the job and telling: told once, and never sent again."""
    story = queued(before)
    for job in all_jobs(story):
        assert story.world.database.run(partial(queue_store.take, number=job.number))

    assert run(story, story.world.road.printer) == 0
    assert queue.recover(story.world.database, story.world.road.clock) == 2
    assert queue.recover(story.world.database, story.world.road.clock) == 0

    assert states(story) == ["uncertain", "uncertain"]
    assert jobs(story, "sending") == 0
    story.world.is_whole()


def test_a_job_is_taken_by_one(before: MakeStory) -> None:
    """Two printing threads: the second finds it taken."""
    story = queued(before)
    take = partial(queue_store.take, number=all_jobs(story)[0].number)

    assert [story.world.database.run(take) for _ in range(2)] == [True, False]


class Slow(VirtualPrinter):
    """A printer during whose work something else happens."""

    meanwhile: Callable[[], None] | None = None

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Print, and let it happen."""
        outcome = super().send(zpl, name)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return outcome


def test_a_label_that_is_voided_while_it_is_printed_stays_dead(before: MakeStory, tmp_path: Path) -> None:
    """The print is noted, the piece stays spoiled, and the labels after it in the queue are printed all the same."""
    story = queued(before)
    road = story.world.road
    deed = road.deed("collection_operator", road.sites["collection"])
    first = all_jobs(story)[0].piece
    printer = Slow(tmp_path / "tray")

    def reprint() -> None:
        two = story.world.two(deed)
        story.world.database.run(
            lambda session: printing.reprint(session, deed, story.name, first, "lost", "spoiled", two)
        )

    printer.meanwhile = reprint
    printed = run(story, printer)

    found = {piece.id: piece for piece in pieces(story)}
    assert found[first].state == "spoiled"
    assert printed == 1
    run(story, printer)
    assert sorted(piece.state for piece in found.values() if piece.id != first) == ["intended", "printed"]
    assert states(story) == ["printed", "printed", "spoiled"]
    late = [entry for entry in road.entries(story.name) if entry.type == "label.too_late"]
    assert [(entry.stmt["piece"], entry.stmt["told"], entry.stmt["outcome"]) for entry in late] == [
        (first, "printed", "noted")
    ]
    story.world.is_whole()


FACTS = LabelFacts(
    design="collection_bag", coi="CHA9990260000011", piece="000000000001", container="C-1", din="A999026000001",
    product_code="S1128100", mark="DEMO", copy="REPRINT",
)  # fmt: skip


def test_what_a_label_says_comes_back_from_the_queue(before: MakeStory) -> None:
    """Through JSON and back, with its expiry to the microsecond."""
    story = before("h2_print")
    facts = LabelFacts("vessel", "COI-X", "P", expires=story.world.road.clock())

    assert LabelFacts.from_json(json.loads(json.dumps(facts.to_json()))) == facts
    assert LabelFacts.from_json(json.loads(json.dumps(FACTS.to_json()))) == FACTS


def test_every_printed_label_reads_back_as_it_was_meant(before: MakeStory) -> None:
    """Of each design the dots are decoded: both symbols are there, and each says its human text."""
    story = before("h12_pack")
    road = story.world.road
    designs = set()
    for piece in pieces(story):
        reads = decode.read(road.picture(piece).read_bytes())
        designs.add(piece.design)
        assert {scan.aim[:2] for scan in reads} == {"]C", "]d"}
        assert {scan.data for scan in reads if scan.aim.startswith("]C")} == {piece.id.encode()}
    assert designs == set(DESIGNS)
    assert draw is not None
    assert payload is not None
    assert reads_as(b"000000000001", "code128")


def test_a_label_that_cannot_be_drawn_is_voided_and_told(before: MakeStory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not printable is not printed: the piece dies with its reason, and the next label is printed."""
    story = queued(before)
    calls: list[object] = []

    def precheck(*words: object) -> None:
        calls.append(words)
        if len(calls) == 1:
            raise labels.LabelDoesNotReadBack("broken on purpose")
        labels.precheck(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(queue, "precheck", precheck)
    assert run(story, story.world.road.printer) == 1

    assert states(story) == ["printed", "voided"]
    voided = [entry for entry in story.world.road.entries(story.name) if entry.type == "label.voided"]
    assert [entry.stmt["why"] for entry in voided] == ["not printable: LabelDoesNotReadBack"]
    story.world.is_whole()
