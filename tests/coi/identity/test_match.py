"""Only exactly the expected codes are accepted, and nothing to check is never "checked"."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.identity import (
    Accepted,
    CoiId,
    DonationNumber,
    Foreign,
    HouseCode,
    Missing,
    NothingExpected,
    PieceId,
    ProductCode,
    Refused,
    Unreadable,
    compare,
)
from tests.coi.identity import strategies as some

BAG, OTHER = PieceId.from_random(b"0123456789"), PieceId.from_random(bytes(10))
BAND = CoiId("CHA999926000001")
STRANGERS: tuple[CoiId | HouseCode | PieceId, ...] = (
    CoiId("COI-7K3N9XB2CDL2"),
    *sorted(HouseCode.from_random("kit", bytes([*b"0123456789", n])) for n in range(3)),
    *sorted([OTHER, *(PieceId.from_random(bytes([*b"0123456789", n])) for n in range(6))]),
)
SMUDGED, TORN = Unreadable("smudged", 3, "]C0"), Unreadable("torn", 1)

VERDICTS = {
    "the right ones": ({BAG, BAND}, {BAND, BAG}, Accepted(frozenset({BAG, BAND}))),
    "another patient's bag": ({BAG}, {OTHER}, Refused((Foreign(OTHER), Missing(BAG)))),
    "both patients' bags": ({BAG}, {BAG, OTHER}, Refused((Foreign(OTHER),))),
    "one is missing": ({BAG, BAND}, {BAG}, Refused((Missing(BAND),))),
    "nothing scanned": ({BAG}, set(), Refused((Missing(BAG),))),
    "a smudged label as well": ({BAG}, {BAG, SMUDGED}, Refused((SMUDGED,))),
    "several reasons, always in one order": (
        {BAG, BAND},
        {OTHER, TORN, SMUDGED},
        Refused((SMUDGED, TORN, Foreign(OTHER), Missing(BAND), Missing(BAG))),
    ),
    "reasons of one kind by class and text": (
        {BAG},
        {BAG, *STRANGERS},
        Refused((*(Foreign(code) for code in STRANGERS),)),
    ),
    "nothing expected": (set(), {BAG}, Refused((NothingExpected(),))),
    "nothing at all": (set(), set(), Refused((NothingExpected(),))),
    "a donation by any flags": (
        {DonationNumber("A999926000001")},
        {DonationNumber("A999926000001", "68")},
        Accepted(frozenset({DonationNumber("A999926000001")})),
    ),
    "another product of the donation": (
        {DonationNumber("A999926000001"), ProductCode("S1234100")},
        {DonationNumber("A999926000001"), ProductCode("S12341A0")},
        Refused((Foreign(ProductCode("S12341A0")), Missing(ProductCode("S1234100")))),
    ),
    "a shipper for a seal": (
        {HouseCode.from_random("seal", bytes(10))},
        {HouseCode.from_random("shipper", bytes(10))},
        Refused(
            (Foreign(HouseCode.from_random("shipper", bytes(10))), Missing(HouseCode.from_random("seal", bytes(10))))
        ),
    ),
}


@pytest.mark.parametrize(("expected", "scanned", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_verdicts(
    expected: set[PieceId | CoiId], scanned: set[PieceId | CoiId | Unreadable], verdict: Accepted | Refused
) -> None:
    """Each situation has its verdict, with every reason at once."""
    assert verdict == compare(expected, scanned)


CODES = st.sets(st.one_of(some.pieces, some.isbt_cois, some.house_codes), max_size=4)


@given(CODES, CODES)
def test_different_sets_are_never_accepted(expected: set[PieceId], scanned: set[PieceId]) -> None:
    """Accepted if and only if something was expected and exactly that was scanned."""
    verdict = compare(expected, scanned)

    assert isinstance(verdict, Accepted) == (bool(expected) and expected == scanned)
    match verdict:
        case Accepted(codes):
            assert expected == codes
        case Refused(reasons):
            assert scanned - expected == {one.code for one in reasons if isinstance(one, Foreign)} or not expected


@given(CODES)
def test_an_unreadable_scan_is_never_accepted(codes: set[PieceId]) -> None:
    """One unreadable scan among the right ones refuses them all."""
    assert isinstance(compare(codes, codes | {SMUDGED}), Refused)


def test_verdicts_cannot_be_empty() -> None:
    """Nobody can accept no code or refuse for no reason."""
    with pytest.raises(ValueError, match=r"^Expected at least one code to accept, saw none\.$"):
        Accepted(frozenset())
    with pytest.raises(ValueError, match=r"^Expected at least one reason to refuse, saw none\.$"):
        Refused(())


def test_an_unreadable_read_holds_nothing_by_itself() -> None:
    """No length, no symbology: what is not said is empty."""
    assert Unreadable("reason") == Unreadable("reason", 0, "")
