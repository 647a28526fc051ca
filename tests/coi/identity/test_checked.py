"""Every slip of one character, and every swap of two neighbours, is detected in every code of ours."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings

from coi.errors import Malformed
from coi.identity import (
    Badge,
    CoiId,
    HouseCode,
    PieceId,
    Unreadable,
    badge,
    checked,
    coi_id,
    house,
    piece_id,
    plain,
    read,
)
from tests.coi.identity import strategies as some

PRINTABLE = [chr(code) for code in range(0x20, 0x7F)]
PRIMES = (piece_id.PRIME, coi_id.PRIME, badge.PRIME, plain.PRIME, *(prime for _, prime in house.PRIMES.values()))
EXAMPLES = {
    "piece": "7K3N9XB2CD4U",
    "plain chain of identity": "COI-7K3N9XB2CDL2",
    "plain label": "LBL-7K3N9XB2CDL2P100000000GB7K3N9XB2CD4U14",
    "plain label of a wristband": "LBL-7K3N9XB2CDL27K3N9XB2CD4URK",
    "badge": "BDG-7K3N9XB2CD6U",
    **{kind: str(HouseCode.from_random(kind, b"0123456789")) for kind in some.KINDS},
    **{f"zeros: {kind}": str(HouseCode.from_random(kind, bytes(10))) for kind in some.KINDS},
    **{word: word for word in house.COMMANDS},
}


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)
def test_every_single_slip_is_refused(text: str) -> None:
    """A code with one wrong, one lost or one additional character is unreadable, wherever it is."""
    for place in range(len(text)):
        slips = {text[:place] + other + text[place + 1 :] for other in PRINTABLE}
        slips |= {text[:place] + other + text[place:] for other in PRINTABLE}
        slips |= {text[:place] + text[place + 1 :], text + text[place]}
        for slip in slips - {text}:
            assert isinstance(read(slip.encode(), "]C0"), Unreadable), slip
            assert isinstance(read(slip.encode()), Unreadable), slip


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=EXAMPLES)
def test_every_swap_of_neighbours_is_refused(text: str) -> None:
    """A code with two neighbours swapped is unreadable."""
    for place in range(len(text) - 1):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        assert swapped == text or isinstance(read(swapped.encode(), "]C0"), Unreadable)


@settings(max_examples=20, deadline=None)
@given(some.random_bytes)
def test_slips_in_any_code(raw: bytes) -> None:
    """No single slip or swap inside the twelve characters keeps any kind's check right."""
    for prime in PRIMES:
        text = checked.completed(checked.body_of(raw), prime)
        for place in range(checked.LENGTH):
            for other in checked.ALPHABET:
                slip = text[:place] + other + text[place + 1 :]
                assert checked.is_complete(slip, prime) == (slip == text)
        for place in range(checked.LENGTH - 1):
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            assert checked.is_complete(swapped, prime) == (swapped == text)


def test_no_code_has_two_spellings() -> None:
    """Of the 784 pairs of check characters exactly one is right for a body: the one below the prime."""
    for prime in PRIMES:
        for body in ("0000000000", "XXXXXXXXXX", "7K3N9XB2CD"):
            pairs = [one + two for one in checked.ALPHABET for two in checked.ALPHABET]
            right = [pair for pair in pairs if checked.value(body + pair) % prime == 1]
            accepted = [pair for pair in pairs if checked.is_complete(body + pair, prime)]
            assert len(accepted) == 1
            assert accepted == right[:1]
            assert checked.value(accepted[0]) < prime


def test_a_second_spelling_exists_and_is_refused() -> None:
    """A check value of the prime or above would mean the same body; such a piece number is none."""
    body = next(
        text
        for number in range(2000)
        if checked.value(text := f"{number:010d}".replace("9", "8")) * 784 % 773 in range(774 - 10, 773)
    )
    first = checked.completed(body, 773)
    again = checked.value(first[10:]) + 773
    second = body + checked.ALPHABET[again // 28] + checked.ALPHABET[again % 28]

    assert 1 == checked.value(second) % 773
    assert PieceId(first).text == first
    with pytest.raises(Malformed):
        PieceId(second)


def test_each_kind_has_its_own_prime() -> None:
    """Kinds of codes never share a check, and each prime is one below 784 that 28 does not divide."""
    assert len(PRIMES) == len(set(PRIMES)) == 12
    for prime in PRIMES:
        assert 784 > prime > 2 * 28
        assert all(prime % divisor for divisor in range(2, 28))
    assert (773, 769, 727, 701, 761, 757, 751, 743, 739, 733, 719, 709) == PRIMES


def test_kinds_hardly_ever_share_a_code() -> None:
    """Of 2,000 codes with a prefix of another kind, fewer than one in a hundred keeps its check right."""
    source = random.Random(20261121)
    kept = 0
    for _ in range(2000):
        mine, other = source.sample(PRIMES, 2)
        kept += checked.is_complete(checked.completed(checked.body_of(source.randbytes(10)), mine), other)

    assert kept < 20


def test_the_alphabet_is_the_one_of_the_design() -> None:
    """Twenty-eight characters, none of which hands, eyes or keyboards confuse."""
    assert "0123456789BCDEFGHJKLNPRSTUVX" == checked.ALPHABET
    assert 28 == checked.BASE == len(set(checked.ALPHABET))
    assert set("AIMOQWYZ") == set(string.ascii_uppercase) - set(checked.ALPHABET)


def test_bodies_are_made_of_random_bytes() -> None:
    """Ten bytes or more make a body, given or asked of a source; the same bytes make the same body."""
    asked: list[int] = []

    def source(size: int) -> bytes:
        asked.append(size)
        return b"0123456789"

    assert "JFFE1N69G7" == checked.body_of(source) == checked.body_of(b"0123456789")
    assert [10] == asked
    assert "0000000000" == checked.body_of(bytes(10))
    assert "1000000000" == checked.body_of(bytes(9) + b"\x01")


@pytest.mark.parametrize("make", [PieceId.from_random, CoiId.plain, Badge.from_random], ids=["piece", "coi", "badge"])
def test_too_few_random_bytes_make_nothing(make: type[PieceId]) -> None:
    """Nine bytes are too few: a mistake of the caller, told as such."""
    with pytest.raises(ValueError, match=r"^Expected at least 10 random bytes, saw 9\.$"):
        make(bytes(9))  # type: ignore[arg-type]  # three makers that take bytes


def test_values() -> None:
    """Texts count in base 28 from the left; a strange character is no digit."""
    assert 0 == checked.value("")
    assert 27 * 28 + 1 == checked.value("X1")
    with pytest.raises(ValueError, match="substring not found"):
        checked.value("A")


def test_groups() -> None:
    """Groups of four are for eyes."""
    assert ["", "1234", "1234 5"] == [checked.grouped(text) for text in ("", "1234", "12345")]
