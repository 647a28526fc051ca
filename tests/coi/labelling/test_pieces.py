"""A piece lives once: intended, printed, applied; and a dead one never lives again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.labelling.pieces import ACCOUNTED, ALIVE, MOVES, STATES, Piece, may_become, unaccounted

PIECE = Piece("7K3M0000ABCD", "O-1", "container", "C-1", "vessel", "printed", "00" * 32)
NEXT = {
    "intended": {"printed", "uncertain", "voided"},
    "printed": {"applied", "voided", "spoiled"},
    "applied": {"voided"},
    "uncertain": {"voided", "spoiled"},
    "voided": set(),
    "spoiled": set(),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_a_piece_becomes_only_what_may_follow(state: str, to: str) -> None:
    """Every pair of states, word for word."""
    assert (to in NEXT[state]) == may_become(replace(PIECE, state=state), to)


def test_nothing_dead_lives_again() -> None:
    """From no dead state does any way lead to a live one."""
    reached = {"voided", "spoiled", "uncertain"}
    for _ in STATES:
        reached |= {to for state in reached for to in MOVES[state]}

    assert not reached & ALIVE


@pytest.mark.parametrize("state", STATES)
def test_what_is_alive_and_what_is_accounted_for(state: str) -> None:
    """Printed and applied count for a scan; applied, voided and spoiled have a known fate."""
    piece = replace(PIECE, state=state)

    assert piece.alive == (state in {"printed", "applied"})
    assert (unaccounted((piece,)) == ()) == (state in {"applied", "voided", "spoiled"})
    assert {"applied", "voided", "spoiled"} == ACCOUNTED


def test_only_the_last_four_are_shown_to_others() -> None:
    """The tail of a piece."""
    assert PIECE.tail == "ABCD"
    assert unaccounted((PIECE, replace(PIECE, state="applied"), replace(PIECE, id="X"))) == (
        PIECE,
        replace(PIECE, id="X"),
    )
