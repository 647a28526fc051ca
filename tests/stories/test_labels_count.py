"""Every label is counted to zero, a dead one stops wherever it is scanned, and nothing leaves under an unproven one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.custody import endings, printing
from coi.errors import Conflict, Malformed, NotPermitted
from coi.labelling import store as pieces
from coi.labelling.reconcile import count
from coi.quality import deviation_store
from tests.stories.test_reprint import able

if TYPE_CHECKING:
    from coi.labelling.pieces import Piece
    from coi.labelling.reconcile import Count
    from tests.journeys import Story
    from tests.moments import MakeStory


def known(story: Story) -> tuple[Piece, ...]:
    """Return every label of the order."""
    return story.world.database.read(lambda session: pieces.of_order(session, story.name))


def counted(story: Story) -> Count:
    """Return the order's count."""
    return count(known(story))


def tell(story: Story, piece: Piece, why: str, fate: str, role: str = "collection_operator") -> None:
    """Tell the fate of a label by its serial, before a second person."""
    place = "collection" if role == "collection_operator" else "manufacturing"
    deed = story.world.road.deed(role, story.world.road.sites[place])
    two = story.world.two(deed)
    story.world.database.run(lambda session: endings.tell_fate(session, deed, story.name, piece.id, why, fate, two))


def test_the_sum_holds_at_every_step_of_the_road(after: MakeStory) -> None:
    """Printed is what came out; at the end of the road nothing is unaccounted for, with no deed beside the road."""
    for step in ("h2_print", "h3_begin", "h9_sample_print", "h10_close", "h14_band_print"):
        story = after(step)
        now = counted(story)
        assert now.balanced
        assert now.may_close == (step in {"h3_begin", "h10_close"}), step

    end = counted(after("h17_reconcile"))
    assert (end.unaccounted, end.waiting, end.may_close) == (0, 0, True)
    assert end.destroyed == 1  # the wristband of the collection


def test_an_order_does_not_close_over_a_label_that_is_missing(before: MakeStory) -> None:
    """A wristband printed again and never bound keeps the books open; told, they close."""
    story = before("h17_reconcile")
    order = story.world.road.order(story.name)
    band = story.world.road.piece(order, "wristband", None, "applied")
    new = story.world.reprint(story.name, band, "damaged")

    refused = story.world.road.do(story.name, "h17_reconcile")
    tell_at_ward(story, new)
    done = story.world.road.do(story.name, "h17_reconcile")

    assert (refused.outcome, story.world.codes(refused)) == ("blocked", {"unaccounted_piece"})
    assert done.outcome == "accepted"
    assert counted(story).may_close
    story.world.is_whole()


def tell_at_ward(story: Story, piece: Piece) -> None:
    """Tell at the ward that a label was returned."""
    deed = story.world.road.deed("pharmacist", story.world.road.sites["treatment"])
    two = story.world.two(deed)
    story.world.database.run(
        lambda session: endings.tell_fate(session, deed, story.name, piece.id, "not_needed", "returned", two)
    )


@pytest.mark.parametrize("fate", ["spoiled", "destroyed", "returned"])
def test_a_label_whose_fate_is_told_is_stopped_where_it_is_scanned(before: MakeStory, fate: str) -> None:
    """At the gate that would put it on: STOP, an entry, and no other word than that it is dead."""
    story = before("h3_begin")
    road = story.world.road
    bag = next(piece for piece in known(story) if piece.role == "container")
    scan = road.read_piece(bag, linear=False)
    tell(story, bag, "damaged", fate)

    done = road.do(story.name, "h3_begin", instead={"bag": scan}, patient=story.world.patient(0))

    assert (done.outcome, done.entry.stmt["outcome"]) == ("blocked", "blocked")
    assert "dead_piece" in story.world.codes(done)
    with pytest.raises(Conflict, match=f"whose fate is not known yet, seen one that is {fate}"):
        tell(story, bag, "damaged", fate)


def test_an_old_label_is_stopped_at_its_own_scan_back(before: MakeStory) -> None:
    """The dialogue that puts a new label on refuses the old one, and the bag waits for quality."""
    story = before("h8_start")
    road = story.world.road
    order = road.order(story.name)
    old = road.piece(order, "container", order.of_kind("starting_material")[-1].id, "applied")
    scan = road.read_piece(old, linear=False)
    story.world.reprint(story.name, old)

    done = road.do(story.name, "relabel_starting_material", actor=road.deed(*able(story)), instead={"label": scan})

    assert "dead_piece" in story.world.codes(done)
    assert len(done.holds) == 1


def test_the_wrong_label_at_the_scan_back_is_a_stop_and_a_deviation(before: MakeStory) -> None:
    """Another order's label on this bag: nothing is put on, the bag is held, and a deviation is open."""
    story = before("h10_fill")
    road = story.world.road
    theirs = story.world.their_container(story.other)

    done = road.do(story.name, "h10_fill", instead={"product": theirs})

    opened = [entry for entry in road.entries(story.name) if entry.type == "deviation.opened"]
    assert (done.outcome, "other_order" in story.world.codes(done)) == ("blocked", True)
    assert done.holds
    assert opened
    assert "printed" in {piece.state for piece in known(story) if piece.design == "product_bag"}


def test_what_was_printed_and_never_scanned_back_is_not_shipped(before: MakeStory) -> None:
    """A bag whose new label nobody has scanned back cannot be packed: not under the new, not under the old label."""
    story = before("h5_pack")
    road = story.world.road
    order = road.order(story.name)
    old = road.piece(order, "container", order.of_kind("starting_material")[-1].id, "applied")
    dead = road.read_piece(old, linear=False)
    new = story.world.reprint(story.name, old)

    by_new = road.do(story.name, "h5_pack", instead={"bag": road.read_piece(new, linear=False)})
    by_old = road.do(story.name, "h5_pack", instead={"bag": dead})

    assert "not_applied" in story.world.codes(by_new)
    assert "dead_piece" in story.world.codes(by_old)
    assert road.order(story.name).did("h5_pack") is None


def test_what_nobody_finds_is_spoiled_by_two_and_looked_into(before: MakeStory) -> None:
    """Lost is no fate but spoiled; it opens a deviation, and nobody does it alone."""
    story = before("h3_begin")
    band = next(piece for piece in known(story) if piece.role == "wristband")
    with pytest.raises(Malformed, match="as the fate of a label that is lost, seen 'destroyed'"):
        tell(story, band, "lost", "destroyed")
    with pytest.raises(Malformed, match="Expected one of"):
        tell(story, band, "bored", "destroyed")

    tell(story, band, "lost", "spoiled")

    found = story.world.database.read(
        lambda session: deviation_store.untaken(session, story.name, band_site(story), "unaccounted_piece")
    )
    assert found is not None
    assert counted(story).spoiled == 1


def band_site(story: Story) -> str:
    """Return where the wristband was printed."""
    return story.world.road.sites["collection"]


def test_a_label_on_its_thing_is_ended_by_a_reprint_alone(before: MakeStory) -> None:
    """Nobody tells away the label of a bag that is in use; and not everybody tells."""
    story = before("h4_end")
    bag = next(piece for piece in known(story) if piece.role == "container")

    with pytest.raises(Malformed, match="Expected a piece of this order that is on nothing"):
        tell(story, bag, "not_needed", "destroyed")
    deed = story.world.road.deed("physician", story.world.road.sites["treatment"])
    with pytest.raises(NotPermitted, match="Expected one of"):
        story.world.database.run(
            lambda session: endings.tell_fate(session, deed, story.name, bag.id, "not_needed", "destroyed", [])
        )


def test_a_label_that_was_never_sent_needs_no_fate(before: MakeStory) -> None:
    """Cancelled before a byte went out: it is voided, it is nowhere, and the sum does not know it."""
    story = before("h3_begin")
    road = story.world.road
    deed = road.deed("collection_operator", road.sites["collection"])
    bag = next(piece for piece in known(story) if piece.role == "container")
    two = story.world.two(deed)
    story.world.database.run(
        lambda session: printing.reprint(session, deed, story.name, bag.id, "damaged", "destroyed", two)
    )
    waiting = next(piece for piece in known(story) if piece.state == "intended")
    assert (counted(story).waiting, counted(story).printed) == (1, 2)

    tell(story, waiting, "not_needed", "destroyed")

    assert next(piece for piece in known(story) if piece.id == waiting.id).state == "voided"
    assert (counted(story).waiting, counted(story).printed) == (0, 2)
    assert road.print_queued() == 0
