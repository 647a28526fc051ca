"""Piece numbers, chains of identity, house codes and badges are right by construction and say what they are."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given

from coi.errors import Malformed
from coi.identity import Badge, CoiId, HouseCode, PieceId, house, mod37
from tests.coi.identity import strategies as some

WRONG_COIS = {
    "nothing": "",
    "too short": "CHA99992600000",
    "too long": "CHA9999260000010",
    "small letters": "cha999926000001",
    "serial of small letters": "CHA99992600000a",
    "other literal": "CIA999926000001",
    "facility with O": "CHO999926000001",
    "facility with 0 first": "CH0999926000001",
    "facility with a letter at its last place": "CHA999A26000001",
    "facility with a letter at its fourth place": "CHA99A926000001",
    "facility with O inside": "CHAO99926000001",
    "year of letters": "CHA99992A000001",
    "serial with hyphen": "CHA999926-00001",
    "other digits": "CHA9999२6000001",
    "line end": "CHA999926000001\n",
    "space in front": " CHA999926000001",
    "plain without prefix": "7K3N9XB2CDL2",
    "plain with a piece's check": "COI-7K3N9XB2CD4U",
    "plain in small letters": "coi-7k3n9xb2cdl2",
    "plain with line end": "COI-7K3N9XB2CDL2\n",
    "prefix alone": "COI-",
}


@pytest.mark.parametrize("text", WRONG_COIS.values(), ids=WRONG_COIS)
def test_what_is_no_chain_of_identity(text: str) -> None:
    """Anything but the two canonical forms is refused, whoever constructs it."""
    message = (
        "^Expected a chain-of-identity identifier, CH and 13 characters \\(ISBT 128 structure 040\\) or COI- and "
        f"12 checked characters, saw {len(text)} characters that are neither\\.$"
    )
    with pytest.raises(Malformed, match=message):
        CoiId.parse(text)


def test_a_chain_of_identity_of_isbt_128() -> None:
    """Structure 040: text, wire, human text, check character and tail."""
    coi = CoiId.isbt(fin="A9999", year=6, serial="00A7B1")

    assert ("isbt128", "CHA99990600A7B1", b"&/CHA99990600A7B1") == (coi.scheme, str(coi), coi.wire)
    assert ("CHA9999 06 00A7B1", "A7B1") == (coi.human, coi.tail)
    assert coi.check == CoiId.keyed(coi.text + coi.check).check


def test_a_plain_chain_of_identity() -> None:
    """Our own scheme: text and wire are one, groups are for eyes, and the check is inside."""
    coi = CoiId.parse("COI-7K3N9XB2CDL2")

    assert ("plain", "COI-7K3N9XB2CDL2", b"COI-7K3N9XB2CDL2") == (coi.scheme, str(coi), coi.wire)
    assert ("COI-7K3N 9XB2 CDL2", "CDL2", "") == (coi.human, coi.tail, coi.check)
    assert coi == CoiId.keyed(coi.text)
    assert "COI-JFFE1N69G73D" == str(CoiId.plain(b"0123456789"))


@given(some.isbt_cois)
def test_typing_needs_the_check_character(coi: CoiId) -> None:
    """A typed identifier counts only with its K; without it, or with another, it is refused (R6)."""
    assert coi == CoiId.keyed(coi.text + coi.check)
    for wrong in (coi.text, coi.text + "0" * 2, coi.text + ("0" if coi.check != "0" else "1"), coi.text + "a"):
        message = (
            rf"^Expected the 15 characters .* saw {len(wrong)} characters whose check character is missing or wrong\.$"
        )
        with pytest.raises(Malformed, match=message):
            CoiId.keyed(wrong)


def test_an_inner_slip_of_a_typed_plain_one() -> None:
    """A plain identifier is typed as it stands, and its own check refuses the slip."""
    with pytest.raises(Malformed):
        CoiId.keyed("COI-7K3N9XB2CDL3")


def test_a_right_check_does_not_make_a_wrong_form_right() -> None:
    """Sixteen characters with a right K are still refused when the identifier has not the form of structure 040."""
    text = "XX0999926000001"
    with pytest.raises(Malformed, match=r"^Expected a chain-of-identity identifier"):
        CoiId.keyed(text + mod37.check_character(text))


@pytest.mark.parametrize("year", [-1, 100])
def test_a_year_of_two_digits(year: int) -> None:
    """A year that two digits cannot tell makes no identifier."""
    with pytest.raises(Malformed):
        CoiId.isbt(fin="A9999", year=year, serial="000001")


def test_a_piece() -> None:
    """A piece number: text, wire, groups and tail."""
    piece = PieceId.parse("7K3N9XB2CD4U")

    assert ("7K3N9XB2CD4U", b"7K3N9XB2CD4U") == (str(piece), piece.wire)
    assert ("7K3N 9XB2 CD4U", "CD4U") == (piece.human, piece.tail)
    with pytest.raises(
        Malformed, match=r"^Expected a piece number of 12 characters .*, saw 11 characters that are none\.$"
    ):
        PieceId("7K3N9XB2CD4")


def test_a_badge_keeps_its_secret() -> None:
    """A badge shows three characters of itself in logs, and no refusal repeats what was scanned."""
    badge = Badge.parse("BDG-7K3N9XB2CD6U")

    assert "Badge(…D6U)" == repr(badge)
    assert ("BDG-7K3N9XB2CD6U", b"BDG-7K3N9XB2CD6U") == (str(badge), badge.wire)
    for text in ("BDG-7K3N9XB2CD6V", "XXX-7K3N9XB2CD6U", "7K3N9XB2CD6U", "BDG-"):
        with pytest.raises(
            Malformed, match=rf"^Expected a badge, BDG- and 12 checked characters, saw {len(text)} characters\.$"
        ):
            Badge.parse(text)


@pytest.mark.parametrize(
    ("kind", "prefix"),
    {
        "shipper": "SHP-",
        "seal": "SEA-",
        "location": "LOC-",
        "equipment": "EQP-",
        "logger": "LGR-",
        "kit": "KIT-",
        "specimen": "SPE-",
        "pack": "PAK-",
    }.items(),
)
def test_a_thing_of_the_house(kind: str, prefix: str) -> None:
    """Each kind has its prefix; the code knows its kind, its wire and its groups."""
    code = HouseCode.from_random(kind, b"0123456789")

    assert prefix == str(code)[:4]
    assert code == HouseCode.parse(str(code)) == HouseCode(kind, str(code))
    assert code.wire == code.text.encode()
    assert f"{prefix}JFFE 1N69 {code.text[-4:]}" == code.human


def test_a_kind_is_not_another() -> None:
    """A right code given out as another kind, or with another kind's prefix, is refused."""
    seal = HouseCode.from_random("seal", b"0123456789")

    with pytest.raises(Malformed, match=r"^Expected the code of a shipper, .*, saw 16 characters that are none\.$"):
        HouseCode("shipper", seal.text)
    with pytest.raises(
        Malformed, match=r"^Expected the code of a thing of the house, .*, saw 16 characters that are none\.$"
    ):
        HouseCode.parse("SHP-" + seal.text[4:])


def slips(one: str, two: str) -> int:
    """Return how many letters must be changed, put in or left out to make one word of another."""
    row = list(range(len(two) + 1))
    for at, letter in enumerate(one, start=1):
        before, row = row, [at]
        for place, other in enumerate(two, start=1):
            row.append(min(before[place] + 1, row[-1] + 1, before[place - 1] + (letter != other)))
    return row[-1]


def test_commands_are_listed() -> None:
    """A command is a known word; none is made at random, and no two are one slip apart."""
    words = [word.removeprefix("CMD-") for word in house.COMMANDS]
    numbers = ["ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE"]
    assert ["CONFIRM", "CANCEL", "SECOND", "HELP", "NEXT", "YES", "NO", *numbers] == words
    assert [(one, two) for one, two in combinations(words, 2) if slips(one, two) < 2] == []
    kinds = ("shipper", "seal", "location", "equipment", "logger", "kit", "specimen", "pack")
    assert (*kinds, "command") == house.KINDS
    for word in house.COMMANDS:
        assert ("command", word, word) == (
            HouseCode.parse(word).kind,
            HouseCode.parse(word).human,
            str(HouseCode.parse(word)),
        )
    with pytest.raises(Malformed):
        HouseCode.parse("CMD-RELEASE")
    with pytest.raises(Malformed, match=rf"^Expected one of {', '.join(kinds)}, saw 'command'.$"):
        HouseCode.from_random("command", bytes(10))


def test_order_and_place_in_sets() -> None:
    """Codes are values: equal texts are one, and they sort by their text."""
    one, other = PieceId.from_random(bytes(10)), PieceId.from_random(b"0123456789")

    assert 2 == len({one, other, PieceId(one.text)})
    assert [one, other] == sorted([other, one])
