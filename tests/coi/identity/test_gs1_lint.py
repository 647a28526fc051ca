"""Each check of the GS1 dictionary judges by itself, whatever stands beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.identity import gs1_lint as lint

if TYPE_CHECKING:
    from collections.abc import Callable

RIGHT = {
    "no signature": (lint.cset64, ""),
    "a signature without filling": (lint.cset64, "aZ09_-"),
    "a signature whose length needs no filling": (lint.cset64, "aZ09"),
    "a signature filled up by one": (lint.cset64, "aZ0_-="),
    "a signature filled up by two": (lint.cset64, "aZ0-=="),
    "a check digit": (lint.csum, "09506000134376"),
    "the last day of a leap year's February": (lint.yyyymmd0, "20240229"),
    "the end of a month": (lint.yyyymmd0, "20260200"),
    "the last of the greatest birth that is told": (lint.posinseqslash, "999/999"),
    "a percent sign in small letters": (lint.pcenc, "J%c3%bcrgen"),
    "a percent sign in capital letters": (lint.pcenc, "J%C3%BCrgen"),
}
WRONG = {
    "a signature with a filling that does not fill": (lint.cset64, "aZ09="),
    "a signature filled up by three": (lint.cset64, "aZ0==="),
    "a signature of filling only": (lint.cset64, "==="),
    "no digits to check": (lint.csum, ""),
    "letters to check": (lint.csum, "0950600013437A"),
    "digits of another script to check": (lint.csum, "0950600013437٦"),
    "another check digit": (lint.csum, "09506000134375"),
    "a day of letters": (lint.yyyymmd0, "2026AA01"),
    "a day of seven digits": (lint.yyyymmd0, "2026021"),
    "a day that this year has not": (lint.yyyymmd0, "20260229"),
    "more births at once than are told": (lint.posinseqslash, "1/1000"),
    "a percent sign at the end": (lint.pcenc, "100%"),
    "a percent sign before other letters": (lint.pcenc, "100%gg"),
    "a percent sign before one digit": (lint.pcenc, "100%a "),
}


@pytest.mark.parametrize(("check", "text"), RIGHT.values(), ids=RIGHT)
def test_what_a_check_lets_pass(check: Callable[[str], bool], text: str) -> None:
    """What the standard allows is right."""
    assert check(text)


@pytest.mark.parametrize(("check", "text"), WRONG.values(), ids=WRONG)
def test_what_a_check_refuses(check: Callable[[str], bool], text: str) -> None:
    """What the standard does not allow is wrong, and is said so without an exception."""
    assert not check(text)
