"""An ISBT 128 structure is refused unless its identifier, length, characters and meaning are right."""

from __future__ import annotations

import string

import pytest
from hypothesis import given

from coi.errors import Malformed
from coi.identity import CoiId, DonationNumber, Isbt, ProductCode, Unreadable, isbt128_shapes, mod37, read
from tests.coi.identity import strategies as some

GRID = f"9991ABCDEFGHJKLMN{mod37.check_value('9991ABCDEFGHJKLMN'):02d}"
RIGHT = {
    "=A99992600000100": ("001", {"din": "A999926000001", "fin": "A9999", "year": "26", "flag": "00"}),
    "=%MaA0": ("002", {"group": "Ma", "phenotype": "A"}),
    "=<S1234100": ("003", {"pdc": "S1234", "collection_type": "1", "division": "00"}),
    "=<S1234xAb": ("003", {"pdc": "S1234", "collection_type": "x", "division": "Ab"}),
    "=>026326": ("004", {"century": "0", "year": "26", "day": "326"}),
    "&>0263262359": ("005", {"century": "0", "year": "26", "day": "326", "hour": "23", "minute": "59"}),
    "=*024366": ("006", {"century": "0", "year": "24", "day": "366"}),
    "&*9000010000": ("007", {"century": "9", "year": "00", "day": "001", "hour": "00", "minute": "00"}),
    "=}100365": ("008", {"century": "1", "year": "00", "day": "365"}),
    "&}0261000830": ("009", {"century": "0", "year": "26", "day": "100", "hour": "08", "minute": "30"}),
    "&(N0001": ("010", {"code": "N0001"}),
    "={" + "0" * 18: ("011", {}),
    "=\\" + "9" * 18: ("012", {}),
    "&\\" + "9" * 18: ("013", {}),
    "&{" + "A" * 18: ("014", {}),
    "=[" + "A" * 18: ("015", {}),
    '="' + "A" * 18: ("016", {}),
    "=)1XX1234567": ("017", {"container": "1", "maker": "XX", "catalog": "1234567"}),
    "&)0000LOT123": ("018", {"lot": "0000LOT123"}),
    "=;A99990000000000000042": ("019", {"fin": "A9999", "donor": "0000000000000042"}),
    "='A9999AB12C3": ("020", {"fin": "A9999", "staff": "AB12C3"}),
    "=-XX12345678": ("021", {"maker": "XX", "catalog": "12345678"}),
    "&-000LOT1234": ("022", {"lot": "000LOT1234"}),
    "=#0119601231": ("024", {"place": "01", "date": "19601231"}),
    "&#0105ABc12": ("025", {"place": "01", "told": "05", "patient": "ABc12"}),
    "=]202602": ("026", {"month": "202602"}),
    '&"' + "0" * 18: ("027", {}),
    "=$A999926123450102": (
        "028",
        {"consignment": "A99992612345", "fin": "A9999", "year": "26", "container": "01", "containers": "02"},
    ),
    "=$A999926123450002": (
        "028",
        {"consignment": "A99992612345", "fin": "A9999", "year": "26", "container": "00", "containers": "02"},
    ),
    "&$0101000100125000": ("029", {"count": "01", "dimensions": "01000100125000"}),
    "&$020100010012500001000800125000": ("029", {"count": "02", "dimensions": "0100010012500001000800125000"}),
    "&%0010000010001": ("030", {"count": "001", "antigens": "0000010001"}),
    "=(2001202611222359": (
        "031",
        {"zone": "2", "kind_of_time": "01", "date": "20261122", "hour": "23", "minute": "59"},
    ),
    "=,000012": ("032", {"division": "000012"}),
    "=,AB0000": ("032", {"division": "AB0000"}),
    "=,ABCD00": ("032", {"division": "ABCD00"}),
    "=,ABCDEF": ("032", {"division": "ABCDEF"}),
    "&+A9997XYZ100": ("033", {"facility": "A9997", "facility_code": "XYZ100"}),
    "=/A9997XYZ100T0479": ("034", {"facility": "A9997", "facility_code": "XYZ100", "pdc": "T0479"}),
    "&,1000000000000XYZ123": ("035", {"lot": "000000000000XYZ123"}),
    "&,20000007K3N9XB2CD4U": ("036", {"supplement": "0000007K3N9XB2CD4U"}),
    "&,3" + "A" * 19: ("037", {}),
    "&,4PL001499Z549917123456A00T041600320171231": (
        "038",
        {
            "country": "PL",
            "establishment": "001499",
            "donation": "Z549917123456",
            "system": "A",
            "product": "00T0416",
            "split": "003",
            "date": "20171231",
        },
    ),
    f"&:{GRID}": (
        "039",
        {
            "grid": GRID,
            "check": GRID[-2:],
        },
    ),
    "&/CHA999926000001": ("040", {"coi": "CHA999926000001", "fin": "A9999", "year": "26"}),
}

WRONG = {
    "no identifier": "A99992600000100",
    "one character": "=",
    "identifier alone": "=<",
    "unknown identifier": "=zINVALID_DI_TEST",
    "unknown third character": "&,5000000000000XYZ123",
    "no third character": "&,",
    "donation with facility O": "=O99992600000100",
    "donation with facility 0": "=099992600000100",
    "donation too short": "=A999917123456",
    "donation too long": "=A999926000001000",
    "donation with letters in its number": "=A999926A0000100",
    "donation flag I": "=A9999260000010I",
    "donation flag O": "=A9999260000010O",
    "donation flag Q": "=A9999260000010Q",
    "donation flag Z": "=A9999260000010Z",
    "small letters": "=a99992600000100",
    "blood group phenotype in small letters": "=%Maa0",
    "product description in small letters": "=<s1234100",
    "product description of digits": "=<11234100",
    "division the wrong way round": "=<S12341aB",
    "division of two capitals": "=<S12341AB",
    "day 000": "=>026000",
    "day 366 of a common year": "=>026366",
    "day 367": "=>024367",
    "century 2": "=>226001",
    "century 8": "=>826001",
    "hour 24": "&>0263262400",
    "minute 60": "&>0263262360",
    "time missing": "&>026326",
    "time too much": "=>0263262359",
    "collection on day 0": "=*026000",
    "collection at hour 24": "&*0263262400",
    "production on day 0": "=}026000",
    "production at minute 60": "&}0261000860",
    "donor with letters": "=;A9999000000000000004A",
    "born on 31 February": "=#0119600231",
    "born in month 13": "=#0119601331",
    "patient number too short for its length": "&#0106ABC12",
    "patient number too long for its length": "&#0104ABC12",
    "patient number of no length": "&#0100",
    "patient number with a length of letters": "&#01AAABC12",
    "patient number cut in its length": "&#010",
    "month 13": "=]202613",
    "month 00": "=]202600",
    "year 0": "=]000001",
    "consignment 3 of 2": "=$A999926123450302",
    "consignment 0 of 0": "=$A999926123450000",
    "no dimensions": "&$00",
    "dimensions fewer than told": "&$0201000100125000",
    "dimensions with a reserved end": "&$0101000100125001",
    "antigens fewer than told": "&%0020000010001",
    "no antigens": "&%000",
    "flexible time of zone 3": "=(3001202611222359",
    "flexible time of zone 0": "=(0001202611222359",
    "flexible time with a reserved character": "=(2101202611222359",
    "flexible time on 31 November": "=(2001202611312359",
    "flexible time at 24 o'clock": "=(2001202611222400",
    "divisions of one letter": "=,A00000",
    "divisions with a gap": "=,AB00CD",
    "divisions small": "=,abcdef",
    "lot of 17": "&,100000000000XYZ123",
    "supplement with a hyphen": "&,2000000000000XYZ-23",
    "European code of an unknown system": "&,4PL001499Z549917123456C00T041600320171231",
    "European code without a day": "&,4PL001499Z549917123456A00T041600320171331",
    "GRID with a wrong check": "&:9991ABCDEFGHJKLMN00",
    "GRID with a letter in its first four": f"&:9A91ABCDEFGHJKLMN{mod37.check_value('9A91ABCDEFGHJKLMN'):02d}",
    "GRID with a check of letters": "&:9991ABCDEFGHJKLMNAA",
    "chain of identity without CH": "&/CGA999926000001",
    "chain of identity too long": "&/CHA9999260000010",
    "a local structure": "&aANYTHING",
    "a national donor": "&;123456",
    "a national exclusion": "&!1",
    "two structures": "=A99992600000100=<S1234100",
    "a frame alone": "=+02000",
    "other digits": "=>\N{DEVANAGARI DIGIT ZERO}26326",
    "a line end": "=>026326\n",
}


@pytest.mark.parametrize(("text", "expected"), RIGHT.items(), ids=RIGHT)
def test_right_structures(text: str, expected: tuple[str, dict[str, str]]) -> None:
    """Every structure tells its parts and writes itself as it was read."""
    structure = Isbt.parse(text)

    assert expected == (structure.number, structure.fields)
    assert (text, text.encode()) == (structure.text, structure.wire)
    assert structure.name == isbt128_shapes.BY_NUMBER[structure.number].name
    assert structure.data not in repr(structure)


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_wrong_structures(text: str) -> None:
    """Whatever is wrong is refused, by the structure and by the reader, and what was read is not repeated."""
    with pytest.raises(Malformed) as refused:
        Isbt.parse(text)

    assert isinstance(read(text.encode(), "]d1"), Unreadable)
    assert len(text) < 6 or text[2:] not in str(refused.value)


UPPER, DIGITS = set(string.ascii_uppercase), set(string.digits)
PLACES = {
    "D": DIGITS,
    "U": UPPER,
    "A": UPPER | DIGITS,
    "L": UPPER | DIGITS | set(string.ascii_lowercase),
    "l": DIGITS | set(string.ascii_lowercase),
    "a": (UPPER | DIGITS) - {"O", "0"},
    "p": (UPPER | DIGITS) - {"O"},
    "f": (UPPER | DIGITS) - {"I", "O", "Q", "Z"},
    "E": set("ABE"),
    "Z": set("12"),
    "0": set("0"),
    "C": set("C"),
    "H": set("H"),
}
"""What may stand at a place; a and p are the first characters of a facility number, f a flag (ST-001 2.4)."""
FIN = "appDD"
STRUCTURES = {
    "001": FIN + "D" * 8 + "ff",
    "002": "LLAA",
    "003": "UAAAALAl",
    **dict.fromkeys(("004", "006", "008", "026", "032"), "D" * 6),
    **dict.fromkeys(("005", "007", "009", "024"), "D" * 10),
    "010": "A" * 5,
    **dict.fromkeys(("011", "012", "013", "014", "015", "016", "027", "035", "036"), "A" * 18),
    "017": "L" + "A" * 9,
    **dict.fromkeys(("018", "021", "022"), "A" * 10),
    "019": FIN + "D" * 16,
    "020": FIN + "A" * 6,
    "025": "DDDDLLLLL",
    "028": FIN + "D" * 11,
    "029": "DD" + "D" * 12 + "00",
    "030": "D" * 13,
    "031": "Z0" + "D" * 14,
    "033": FIN + "A" * 6,
    "034": FIN + "A" * 6 + "UAAAA",
    "037": "A" * 19,
    "038": "UU" + "A" * 19 + "E" + "A" * 10 + "D" * 8,
    "039": "DDDD" + "A" * 13 + "DD",
    "040": "CH" + FIN + "DD" + "A" * 6,
}
JUDGED = {
    "001",
    "004",
    "005",
    "006",
    "007",
    "008",
    "009",
    "024",
    "025",
    "026",
    "028",
    "029",
    "030",
    "031",
    "038",
    "039",
}
"""Structures in which more is judged than the class of a character: days, counts, checks."""


@pytest.mark.parametrize("number", STRUCTURES)
def test_every_place_takes_its_characters(number: str) -> None:
    """At each place of a structure exactly the standard's characters are taken; one more or less is refused."""
    text = next(text for text, (told, parts) in RIGHT.items() if told == number and parts.get("division") != "AB0000")
    data, places = Isbt.parse(text).data, STRUCTURES[number]
    assert len(data) == len(places)
    for at, place in enumerate(places):
        taken = {other for other in map(chr, range(256)) if _takes(number, data[:at] + other + data[at + 1 :])}
        assert data[at] in taken
        assert taken <= PLACES[place]
        assert taken == PLACES[place] or number in JUDGED
    assert not _takes(number, data[:-1])
    assert not _takes(number, data + data[-1])


def _takes(number: str, data: str) -> bool:
    try:
        Isbt(number, data)
    except Malformed:
        return False
    return True


def test_all_structures_of_the_standard_are_known() -> None:
    """Numbers 001 to 040 are known, but for 023, which frames a message; every one has a right example here."""
    assert {f"{number:03d}" for number in range(1, 41)} - {"023"} == set(isbt128_shapes.BY_NUMBER)
    assert set(isbt128_shapes.BY_NUMBER) == {number for number, _ in RIGHT.values()}


def test_retired_structures_are_recognised() -> None:
    """Four structures are retired: read, and named as such (R7)."""
    assert {"011", "015", "016", "037"} == {
        number for number, shape in isbt128_shapes.BY_NUMBER.items() if shape.retired
    }
    assert Isbt.parse("=[" + "A" * 18).retired
    assert not Isbt.parse("=>026326").retired


@given(some.structures)
def test_structures_round_trip(structure: Isbt) -> None:
    """Every right structure is read back from its own characters, alone and within other characters."""
    assert structure == Isbt.parse(structure.text)
    assert (structure, 3 + len(structure.text)) == Isbt.take(f"xyz{structure.text}=+!", 3)


REASONS = {
    "=A99992600000": "Expected 15 characters of Donation Identification Number [001], saw 12.",
    "=>026326X": "Expected one structure of 8 characters, saw 9.",
    "=>02632X": "Expected only characters that Expiration Date [004] allows, saw others.",
    "=>026366": "Expected a day of the calendar in Expiration Date [004], saw another.",
    "&>0263262400": "Expected a time from 0000 to 2359 in Expiration Date and Time [005], saw another.",
    "&>0263662400": "Expected a day of the calendar in Expiration Date and Time [005], saw another.",
    "=A99992600000161": (
        "Expected flag characters that are 60 + check value of the number in Donation Identification Number [001], "
        "saw another."
    ),
    "=$A999926123450302": "Expected container n of m with n not above m in Product Consignment [028], saw another.",
    "&:9991ABCDEFGHJKLMN00": (
        "Expected a right check value in Global Registration Identifier for Donors [039], saw another."
    ),
    "&aX": "Expected a structure that ICCBBA defines, saw a local or national one (ST-001 2.5).",
    "?": "Expected an ISBT 128 data identifier at character 1, saw none that is known.",
}


@pytest.mark.parametrize(("text", "reason"), REASONS.items(), ids=REASONS)
def test_reasons(text: str, reason: str) -> None:
    """A refusal says what was expected and what was seen."""
    with pytest.raises(Malformed) as refused:
        Isbt.parse(text)

    assert reason == str(refused.value)


def test_an_unknown_number() -> None:
    """There is no structure 041, and 023 is no structure of its own."""
    for number in ("041", "023"):
        with pytest.raises(Malformed, match=rf"^Expected the number of a structure, 001 to 040, saw '{number}'.$"):
            Isbt(number, "")


@pytest.mark.parametrize("shown", range(60, 97))
def test_type_3_flags_are_verified(shown: int) -> None:
    """Of the flags 60 to 96 exactly the number's own is right (ST-001 A.2)."""
    right = isinstance(read(f"=A999926000001{shown}".encode(), "]C0"), Isbt)

    assert right == (shown == 68)


@pytest.mark.parametrize("flag", ["00", "01", "19", "20", "59", "97", "99", "6A", "A6", "RY"])
def test_other_flags_are_not_checked(flag: str) -> None:
    """Flags outside 60 to 96 tell of the process and are read as they are."""
    assert flag == DonationNumber.parse(f"=A999926000001{flag}").flag


def test_a_donation_number() -> None:
    """Two labels of one donation are one number, whatever their flags; the number tells K and its groups."""
    number = DonationNumber.parse("=G12349865432177")

    assert ("G123498654321", "77", "H") == (str(number), number.flag, number.check)
    assert ("77", "G1234 98 654321 H", b"=G12349865432177") == (number.checked_flag, number.human, number.wire)
    assert number == DonationNumber("G123498654321") == DonationNumber.keyed("G123498654321H")
    assert {number} == {DonationNumber("G123498654321", "01"), number}


@pytest.mark.parametrize(
    "text", ["G123498654321", "G123498654321A", "G12349865432H", "g123498654321H", "G123498654321H "]
)
def test_a_typed_donation_number_needs_its_check_character(text: str) -> None:
    """Without its K, or with another, a typed number is refused (R6)."""
    message = (
        rf"^Expected the 13 characters of the donation number and its check character K, saw {len(text)} characters"
    )
    with pytest.raises(Malformed, match=message):
        DonationNumber.keyed(text)


def test_a_typed_donation_number_has_the_form_of_one() -> None:
    """A right K does not make fourteen other characters a donation number."""
    with pytest.raises(Malformed, match=r"^Expected only characters that Donation Identification Number"):
        DonationNumber.keyed("O999926000001" + mod37.check_character("O999926000001"))


def test_a_product_code() -> None:
    """A product code tells its description, whether it is autologous, and where its division stands."""
    codes = [ProductCode.parse(f"=<S1234{rest}") for rest in ("100", "XA0", "A99", "099")]

    assert ["S1234100", "S1234XA0", "S1234A99", "S1234099"] == [str(code) for code in codes]
    assert [True, True, False, False] == [code.autologous for code in codes]
    assert [False, False, True, True] == [code.divided_elsewhere for code in codes]
    assert ("S1234", b"=<S1234100") == (codes[0].description, codes[0].wire)
    with pytest.raises(Malformed):
        ProductCode("S12341")


def test_the_wrong_structure_at_a_prompt() -> None:
    """What asks for a donation number or a product code refuses any other structure (R1)."""
    with pytest.raises(Malformed, match=r"^Expected structure 001, a donation number, saw structure 003.$"):
        DonationNumber.parse("=<S1234100")
    with pytest.raises(Malformed, match=r"^Expected structure 003, a product code, saw structure 001.$"):
        ProductCode.parse("=A99992600000100")


def test_antigens_are_no_blood_group() -> None:
    """ICCBBA's own example: a structure misread as a blood group has the wrong length (R1)."""
    assert isinstance(read(b"=%6200000000000000000", "]C0"), Unreadable)
    assert isinstance(read(b"=\\620000000000000000", "]C0"), Isbt)


@given(some.isbt_cois)
def test_a_chain_of_identity_is_read_as_one(coi: CoiId) -> None:
    """Structure 040 alone is a chain of identity."""
    assert coi == read(coi.wire, "]d1")


def test_a_shape_has_no_parts_of_what_is_not_of_it() -> None:
    """What does not look like a structure has none of its parts, and asking for them raises nothing."""
    for shape in isbt128_shapes.BY_NUMBER.values():
        assert {} == shape.parts("?")


def test_the_last_container_of_a_consignment() -> None:
    """The last of two containers is one of them."""
    parts = Isbt.parse("=$A999926123450202").fields

    assert ("02", "02") == (parts["container"], parts["containers"])
