"""The printer puts out two identical labels with one live serial (hazards.md 24): neither is accepted anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.custody import printing
from coi.labelling import fates
from coi.labelling import store as pieces

if TYPE_CHECKING:
    from coi.labelling.pieces import Piece
    from tests.journeys import Story
    from tests.moments import MakeStory


def twin(story: Story, role: str) -> Piece:
    """Let the printer be seen to have put out two of one label, as its count says; return the label."""
    found = story.world.database.read(lambda session: pieces.of_order(session, story.name))
    piece = next(one for one in found if (one.role, one.state) == (role, "printed"))
    common = {
        "actor": "printer", "site": story.world.road.sites["collection"], "order": story.name, "printer": "PR-1",
    }  # fmt: skip
    at = story.world.road.clock()
    story.world.database.run(lambda session: fates.spoil(session, piece.id, common=common, why="twin", at=at))
    return piece


@pytest.mark.parametrize(("role", "slot"), [("container", "bag"), ("wristband", "wristband")])
def test_neither_of_two_twins_is_accepted(before: MakeStory, role: str, slot: str) -> None:
    """Both say the same, so both are dead; a label with another serial takes their place, and the order goes on."""
    story = before("h3_begin")
    road = story.world.road
    piece = twin(story, role)
    scan = road.read_piece(piece, linear=False)

    for _ in range(2):
        done = road.do(story.name, "h3_begin", instead={slot: scan}, patient=story.world.patient(0))
        assert (done.outcome, "dead_piece" in story.world.codes(done)) == ("blocked", True)

    story.world.lift_holds()
    deed = road.deed("collection_operator", road.sites["collection"])
    two = story.world.two(deed)
    story.world.database.run(
        lambda session: printing.reprint(session, deed, story.name, piece.id, "damaged", "spoiled", two)
    )
    road.print_queued()
    done = road.do(story.name, "h3_begin", patient=story.world.patient(0))

    assert done.outcome == "accepted", done.reasons
    assert story.world.last(story.name, "label.replaced").sig
    story.world.is_whole()
