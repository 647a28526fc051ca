"""A piece lives once: intended, printed, applied, ended; and a dead one never lives again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.labelling.pieces import ACCOUNTED, ALIVE, DEAD, MOVES, STATES, Piece, may_become, unaccounted

PIECE = Piece("7K3M0000ABCD", "O-1", "container", "C-1", "vessel", "printed", "00" * 32)
ENDS = {"spoiled", "destroyed", "returned"}
NEXT = {
    "intended": {"printed", "uncertain", "voided", *ENDS},
    "printed": {"applied", "voided", *ENDS},
    "applied": {"voided", *ENDS},
    "uncertain": {"intended", "printed", "voided", *ENDS},
    "voided": ENDS,
    **{end: set[str]() for end in ENDS},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("to", STATES)
def test_a_piece_becomes_only_what_may_follow(state: str, to: str) -> None:
    """Every pair of states, word for word."""
    assert (to in NEXT[state]) == may_become(replace(PIECE, state=state), to)


def test_nothing_dead_lives_again() -> None:
    """From no dead state does any way lead to another than a dead one."""
    assert {to for state in DEAD for to in MOVES[state]} <= DEAD
    assert not DEAD & ALIVE
    assert DEAD == {"voided", *ENDS}


@pytest.mark.parametrize("state", STATES)
def test_what_is_alive_and_what_is_accounted_for(state: str) -> None:
    """Printed and applied count for a scan; what is on its thing or was ended on record is accounted for."""
    piece = replace(PIECE, state=state)

    assert piece.alive == (state in {"printed", "applied"})
    assert piece.accounted == (unaccounted((piece,)) == ()) == (state in {"applied", *ENDS})
    assert {"applied", *ENDS} == ACCOUNTED


def test_what_was_voided_before_a_byte_was_sent_is_nowhere() -> None:
    """Only what may exist has a fate to be told; what waits to be printed still comes."""
    unsent = replace(PIECE, state="voided", sent=False)

    assert unsent.accounted
    assert not replace(unsent, sent=True).accounted
    assert not replace(unsent, state="intended").accounted


def test_only_the_last_four_are_shown_to_others() -> None:
    """The tail of a piece."""
    assert PIECE.tail == "ABCD"
    assert unaccounted((PIECE, replace(PIECE, state="applied"), replace(PIECE, id="X"))) == (
        PIECE,
        replace(PIECE, id="X"),
    )
