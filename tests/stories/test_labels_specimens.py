"""Test prints, proofs, specimens and pictures of a real order (hazards.md 26): none of them passes any gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import labels
from coi import identity
from coi.custody.reading import Scanned
from coi.identity import HouseCode
from coi.labelling import archive, trial
from coi.labelling import store as pieces
from coi.labelling.tags import tag
from coi.quality import store as quality
from scanners import decode

if TYPE_CHECKING:
    from tests.journeys import Story
    from tests.moments import MakeStory

GATES = (
    ("h3_begin", "bag"),
    ("h5_pack", "bag"),
    ("h8_start", "bag"),
    ("h10_fill", "product"),
    ("h10_fill", "cassette"),
    ("h14_retrieve", "cassette"),
    ("h16_start", "product"),
)
FACTS = {"printer": "PR-1", "step": "1", "design": "test", "name": "North, bench 2", "code": "SPE-000000000001"}


def codes() -> dict[str, tuple[bytes, str]]:
    """Return every code that stands on what is no label: of the pictures themselves, as a scanner reads them."""
    found: dict[str, tuple[bytes, str]] = {}
    specimen = str(HouseCode.from_random("specimen", bytes(range(10))))
    pictures = {"a specimen's tag": tag(specimen, "Specimen", "SPECIMEN"), "a test print": trial.draw(FACTS, 300)}
    for name, template in labels.shipped().items():
        pictures[f"a proof of {name}"] = labels.compose(template, labels.worst_case(template)[1], 300)
    for name, label in pictures.items():
        for scan in decode.read(label.png()):
            found[f"{name}, {scan.aim}"] = (scan.data, scan.aim)
    return found


@pytest.mark.parametrize(("step", "slot"), GATES)
def test_what_is_no_label_passes_no_gate(before: MakeStory, step: str, slot: str) -> None:
    """Each code of each such picture, in the place of the right label: refused, and nobody's cells are held for it."""
    story = before(step)
    road = story.world.road
    tried = codes()
    assert len(tried) > 10

    for name, (data, aim) in tried.items():
        scan = Scanned(data, aim, "picture", road.clock(), road.assurance)
        done = road.do(story.name, step, instead={slot: scan}, patient=story.world.patient(0))
        assert done.outcome == "blocked", name
        assert story.world.codes(done) & {"not_for_use", "unreadable", "unknown_code", "unexpected"}, name
    assert held(story) == 0


def held(story: Story) -> int:
    """Return how many holds are open."""
    return len(story.world.database.read(quality.open_holds))


def test_a_specimen_of_a_live_label_has_nothing_to_scan(before: MakeStory) -> None:
    """The picture for the batch record says SPECIMEN and carries no code at all; the printer gets no bytes of it."""
    story = before("h5_pack")
    known = story.world.database.read(lambda session: pieces.of_order(session, story.name))

    for piece in known:
        label = story.world.database.read(lambda session, name=piece.id: archive.specimen(session, name))  # type: ignore[misc]
        assert decode.read(label.png()) == []
        with pytest.raises(labels.NotForPrinting):
            label.zpl()


def test_no_proof_carries_the_serial_of_a_label() -> None:
    """What stands where a serial would stand is none."""
    for name, (data, aim) in codes().items():
        value = identity.read(data, aim)
        contents = None if isinstance(value, identity.Unreadable) else identity.summary(value)
        assert contents is None or contents.piece is None, name
