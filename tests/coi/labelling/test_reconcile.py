"""Printed = applied + spoiled + destroyed + returned + unaccounted: at all times, whatever people and printers do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.labelling.pieces import MOVES, STATES, Piece, unaccounted
from coi.labelling.reconcile import Count, count, nth_copy

PIECE = Piece("7K3M0000ABCD", "O-1", "container", "C-1", "vessel", "intended", "00" * 32, sent=False)
SENT = {"printed", "uncertain"}
"""States that tell that bytes went to a printer."""


@st.composite
def lives(draw: st.DrawFn) -> list[Piece]:
    """Some pieces, each after a lawful life of any length."""
    pieces = []
    for number in range(draw(st.integers(0, 12))):
        piece = replace(PIECE, id=f"P{number}")
        for _ in range(draw(st.integers(0, 6))):
            if not MOVES[piece.state]:
                break
            state = draw(st.sampled_from(sorted(MOVES[piece.state])))
            sent = state in SENT or (piece.sent and state != "intended")
            piece = replace(piece, state=state, sent=sent)
        pieces.append(piece)
    return pieces


@given(lives())
def test_the_identity_holds_at_all_times(pieces: list[Piece]) -> None:
    """Each side is counted by itself: what may exist, and what became of it."""
    counted = count(pieces)

    assert counted.balanced
    assert counted.printed == sum(piece.sent and piece.state != "intended" for piece in pieces)
    assert counted.unaccounted == counted.unverified + counted.uncertain + counted.voided
    assert counted.unaccounted + counted.waiting == len(unaccounted(tuple(pieces)))


@given(lives())
def test_the_books_close_exactly_when_nothing_is_left(pieces: list[Piece]) -> None:
    """Zero is the limit: one label whose fate nobody told keeps the books open, whichever it is."""
    assert count(pieces).may_close == (unaccounted(tuple(pieces)) == ())


@given(lives(), lives())
def test_two_counts_make_one(some: list[Piece], others: list[Piece]) -> None:
    """A site's count is the sum of its orders' and of its days'."""
    assert count(some) + count(others) == count([*some, *others])


@given(lives(), st.sampled_from(STATES))
def test_a_label_that_is_told_leaves_the_count_of_the_untold(pieces: list[Piece], state: str) -> None:
    """Whatever became of one more printed label, printed grows by one and so does exactly one other number."""
    before, after = count(pieces), count([*pieces, replace(PIECE, state=state, sent=state != "intended")])

    assert after.printed - before.printed == (state != "intended")
    assert after.balanced


def test_an_empty_count_may_close() -> None:
    """Nothing printed: nothing is missing."""
    assert count([]) == Count()
    assert Count().may_close


def test_a_count_that_does_not_balance_closes_nothing() -> None:
    """If ever the numbers disagree, the books stay open."""
    assert not Count(printed=2, applied=1).balanced
    assert not Count(printed=2, applied=1).may_close


@pytest.mark.parametrize(("piece", "number"), [("A", 1), ("B", 2), ("C", 3), (None, 0)])
def test_which_copy_replaces_a_label(piece: str | None, number: int) -> None:
    """The first reprint is number 1, a reprint of that number 2."""
    known = [replace(PIECE, id="A"), replace(PIECE, id="B", replaces="A"), replace(PIECE, id="C", replaces="B")]

    assert number == nth_copy(next((one for one in known if one.id == piece), None), known)
    assert 2 == nth_copy(replace(PIECE, id="X", replaces="Y"), [replace(PIECE, id="Y", replaces="X")])
