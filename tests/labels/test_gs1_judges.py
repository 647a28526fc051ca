"""Whether zint, BWIPP and we call the same GS1 messages right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from coi.errors import Malformed
from coi.identity import Gs1Message
from labels import Code, NotEncodable
from labels.gs1_elements import bracketed
from labels.symbols import symbol
from tests.labels import gs1_sets
from tests.labels.foreign import Bwipp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence import Evidence

_IDENTIFIER = re.compile(r"\[([0-9]+)\]")


@pytest.fixture(scope="module")
def bwipp() -> Iterator[Bwipp]:
    """Return BWIPP, started once."""
    made = Bwipp()
    yield made
    made.stop()


def ours(wire: bytes) -> bool:
    """Say whether our own reader takes the message."""
    try:
        Gs1Message.parse(wire.decode("ascii"))
    except Malformed:
        return False
    return True


def drawn(wire: bytes) -> bool:
    """Say whether it becomes a symbol on a label: zint, every warning fatal."""
    try:
        symbol(Code(wire, "gs1datamatrix", "-"))
    except NotEncodable:
        return False
    return True


def foreign(wire: bytes, bwipp: Bwipp) -> bool:
    """Say whether BWIPP takes it; what does not even split into elements it cannot be asked."""
    try:
        text = bracketed(wire).decode("ascii")
    except NotEncodable:
        return False
    return not bwipp.judges(_IDENTIFIER.sub(r"(\1)", text))


@pytest.mark.long("labels")
def test_three_judges_agree_on_every_value(evidence: Evidence, bwipp: Bwipp) -> None:
    """Random sets of elements, whole or with one value spoiled, are taken by zint, BWIPP and us alike, or by none."""
    chance = evidence.random()
    for number in range(evidence.size(150, 1000)):
        elements = gs1_sets.whole(chance)
        if number % 2:
            elements = gs1_sets.spoiled(elements, chance)
        wire = gs1_sets.wire(elements)
        if gs1_sets.without_prefix(elements):  # BWIPP looks at the length of a company prefix only
            assert not ours(wire), wire
            assert not drawn(wire), wire
            evidence.count("company prefixes that are none, refused by zint and us")
            continue

        assert [ours(wire)] * 3 == [ours(wire), drawn(wire), foreign(wire, bwipp)], wire
        assert ours(wire) or number % 2, wire
        evidence.count("sets taken by all three" if ours(wire) else "sets refused by all three")


@pytest.mark.long("labels")
def test_elements_in_wrong_company_are_refused_before_a_label_is_made(evidence: Evidence, bwipp: Bwipp) -> None:
    """An element too many or too few is judged by BWIPP and us alike; zint looks at each value alone."""
    chance = evidence.random()
    for _ in range(evidence.size(100, 1000)):
        wire = gs1_sets.wire(gs1_sets.ill_matched(gs1_sets.whole(chance), chance))
        if {"7003", "17"} <= set(_IDENTIFIER.findall(bracketed(wire).decode("ascii"))):
            continue  # that both name one day is our own rule

        assert ours(wire) == foreign(wire, bwipp), wire
        evidence.count("sets taken by both" if ours(wire) else "sets refused by both")
