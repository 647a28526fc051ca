"""At the bedside both codes of one and the same label are scanned."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody.checks import symbols
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked, foreign, scanned

RIGHT = asked("h16_start")
BAND, HOUSE, SQUARE, BAR = (scanned(RIGHT, slot.name) for slot in RIGHT.checkpoint.slots)
assert SQUARE.piece is not None
OTHER = replace(SQUARE, piece=replace(SQUARE.piece, id="ANOTHER00001"))
OTHER_BAR = replace(OTHER, linear=True)
FOREIGN = foreign(SQUARE.piece, RIGHT.at, linear=True)


@pytest.mark.parametrize(
    ("items", "seen"),
    [
        ((BAND, HOUSE, SQUARE, BAR), None),
        ((BAR, SQUARE), None),
        ((SQUARE, SQUARE, BAR, BAR), None),
        ((BAND,), "0 square, 0 bar"),
        ((BAND, SQUARE), "1 square, 0 bar"),
        ((BAND, BAR), "0 square, 1 bar"),
        ((OTHER, BAR), "1 square, 1 bar"),
        ((SQUARE, OTHER_BAR), "1 square, 1 bar"),
        ((SQUARE, OTHER, BAR), "2 square, 1 bar"),
        ((SQUARE, OTHER, BAR, OTHER_BAR), "2 square, 2 bar"),
        ((SQUARE, BAR, OTHER_BAR), "1 square, 2 bar"),
        ((SQUARE, FOREIGN), "1 square, 0 bar"),
        ((SQUARE, replace(BAR, whose="other")), "1 square, 0 bar"),
        ((replace(SQUARE, whose="other"), BAR), "0 square, 1 bar"),
        ((SQUARE, replace(BAR, piece=None)), "1 square, 0 bar"),
        ((), "0 square, 0 bar"),
    ],
)
def test_both_codes_of_one_label(items: tuple[object, ...], seen: str | None) -> None:
    """One piece in both symbols passes; never one instead of the other, never two labels."""
    wanted = "the square code and the bar code of one label"
    expected = () if seen is None else (Reason("both_symbols", "product", wanted, seen),)

    assert expected == symbols.check(asked("h16_start", items=items))
