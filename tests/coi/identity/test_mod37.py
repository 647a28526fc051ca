"""The check character of ISBT 128 is the published one, and it finds every slip."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from stdnum.iso7064 import mod_37_2

from coi.identity import mod37
from tests.coi.identity import strategies as some

PUBLISHED = {  # ST-001 appendix A; JPAC Red Book annex 2; ICCBBA label figure; briandunning.com cf/2878
    "G123417654321": ("A", 10),
    "G123498654321": ("H", 17),
    "A999818123456": ("N", 23),
    "ABCDE27000069": ("C", 12),
}
COMPUTED = {  # reference/domain.md 1.1
    "W000026123456": ("*", 36),
    "A999926000001": ("8", 8),
    "CHA999926000001": ("*", 36),
    "CHA9999260000A7": ("L", 21),
}


@pytest.mark.parametrize(("text", "expected"), (PUBLISHED | COMPUTED).items(), ids=PUBLISHED | COMPUTED)
def test_published_check_characters(text: str, expected: tuple[str, int]) -> None:
    """Check character and value are those that ICCBBA and others print."""
    assert expected == (mod37.check_character(text), mod37.check_value(text))
    assert mod37.is_complete(text + expected[0])


def test_another_library_agrees() -> None:
    """python-stdnum computes the same check character of 5,000 donation numbers."""
    source = random.Random(20261121)
    for _ in range(5000):
        text = "".join(source.choices(some.UPPER, k=13))
        assert mod_37_2.calc_check_digit(text) == mod37.check_character(text)
        assert mod_37_2.is_valid(text + mod37.check_character(text))


@given(some.dins)
def test_every_slip_and_swap_is_found(din: str) -> None:
    """No single wrong character, K included, and no swap of neighbours keeps the check right."""
    text = din + mod37.check_character(din)
    for place in range(len(text)):
        for other in mod37.ALPHABET:
            slip = text[:place] + other + text[place + 1 :]
            assert mod37.is_complete(slip) == (slip == text)
    for place in range(len(text) - 1):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert mod37.is_complete(swapped) == (swapped == text)


def test_strange_characters_have_no_value() -> None:
    """Outside 0-9 and A-Z nothing is computed; the asterisk is a check character only."""
    for text in ("A9999 6", "a", "*", "Ä"):
        with pytest.raises(ValueError, match="substring not found"):
            mod37.check_value(text)
    assert not mod37.is_complete("1a")
    assert not mod37.is_complete("")
    assert mod37.is_complete("1")
