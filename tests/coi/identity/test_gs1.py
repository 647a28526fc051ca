"""A GS1 message is refused for one wrong element, one forbidden pair, one missing companion."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import zint
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import ean

from coi.errors import Malformed
from coi.identity import Gs1Message, PieceId, Unreadable, compose_gs1, gs1, gs1_lint, gs1_table, read, summary
from coi.identity.gs1 import GS, Element
from tests.coi.identity import strategies as some

GTIN = "0109506000134376"
SSCC = "00095060001343700006"
PATIENT = "8018950600013430000009"
PIECE = PieceId("7K3N9XB2CD4U")
UNKNOWN = "Expected an application identifier that we know at character {}, saw another."

WRONG = {
    "nothing": ("", "Expected at least one element, saw none."),
    "an unknown identifier": ("9", UNKNOWN.format(1)),
    "letters": ("AB", UNKNOWN.format(1)),
    "an identifier that nobody uses": (GTIN + "89", UNKNOWN.format(17)),
    "a separator in front": (GS + GTIN, UNKNOWN.format(1)),
    "two separators": (f"{GTIN}10A{GS}{GS}21B", UNKNOWN.format(21)),
    "two separators at the end": (f"{GTIN}{GS}{GS}", UNKNOWN.format(18)),
    "excluded": (f"{GTIN}37{'5'}", "Expected (01) without (37), saw both (4.14.1)."),
    "excluded from behind": (
        f"8018{'950600013430000009'}{GS}8017{'950600013430000009'}",
        "Expected (8018) without (8017), saw both (4.14.1).",
    ),
    "without its item": ("10LOT42A", "Expected (10) together with one of 01, 02, 03, 8006, 8026, saw none (4.14.2)."),
    "serial without item": ("21BAG7", "Expected (21) together with one of 01, 03, 8006, saw none (4.14.2)."),
    "day without item": (
        "17261231",
        "Expected (17) together with one of 01, 02, 03, 255, 8006, 8026, saw none (4.14.2).",
    ),
    "second serial without serial": (f"{GTIN}250X", "Expected (250) together with one of 21, saw none (4.14.2)."),
    "birth sequence without baby": (
        f"{PATIENT}{GS}72581/2",
        "Expected (7258) together with one of 8018+7259, saw none (4.14.2).",
    ),
    "signature without serial": (f"{GTIN}8030AAAA", None),
    "contradiction": (f"{GTIN}10A{GS}10B", "Expected one value of (10), saw two that differ."),
    "two items": (f"{GTIN}0109506000134352", "Expected one value of (01), saw two that differ."),
    "two days": (f"{GTIN}17261231{'7003'}2612302359", "Expected (17) and (7003) to name one day, saw two."),
    "a month's end and another day": (
        f"{GTIN}17261200{'7003'}2612302359",
        "Expected (17) and (7003) to name one day, saw two.",
    ),
}


@pytest.mark.parametrize(("text", "reason"), WRONG.values(), ids=WRONG)
def test_wrong_messages(text: str, reason: str | None) -> None:
    """Each rule of the message refuses it, and says which."""
    with pytest.raises(Malformed) as refused:
        Gs1Message.parse(text)

    assert reason is None or reason == str(refused.value)
    assert isinstance(read(text.encode(), "]d2"), Unreadable)


WRONG_VALUES = {
    "01": ["0950600013437", "095060001343760", "09506000134375", "0950600013437A", "0950600013437" + GS],
    "00": ["09506000134370000", "095060001343700005"],
    "10": ["", "A" * 21, "LOT 42", "LÖT", "A~", "A#", "A$", "A@", "A[", "A^", "A\\", "A`", "A{"],
    "17": ["261232", "261301", "260001", "260229", "26123", "2612310", "AB1231"],
    "20": ["1", "123", "A1"],
    "30": ["", "123456789", "1A"],
    "37": ["", "123456789"],
    "8018": ["950600013430000008", "95060001343000000"],
    "7003": ["2612312400", "2612312360", "2612002359", "261231235", "26123123590"],
    "7007": ["26123", "261231261", "261231261232", "2612312612310"],
    "7241": ["00", "11", "79", "1", "001"],
    "7250": ["19600200", "19600230", "1960022", "196002290"],
    "7251": ["196002002359", "196002292400"],
    "8010": ["", "950", "9506a", "9506_", "9506" + "A" * 27],
    "8011": ["", "0", "01", "1234567890123", "1A"],
    "7252": ["3", "8", "", "00"],
    "7253": ["%4", "%ZZ", ""],
    "7258": ["0/2", "3/2", "1/0", "1/22", "1-2"],
    "8003": ["19506000134376", "09506000134375", "09506000134376" + "A" * 17, "0950600013437"],
    "401": ["", "A950", "950A", "9506" + "A" * 27],
    "7023": ["", "A950", "950A", "9506" + "A" * 27],
    "8004": ["A950", "950", "9506" + "A" * 27],
    "8006": [
        "095060001343760000",
        "095060001343760201",
        "095060001343760001",
        "0950600013437601",
        "095060001343750102",
    ],
    "8008": ["26123124", "261231236", "26123123596", "2612312359600"],
    "8019": ["", "12345678901", "A"],
    "8030": ["", "A=B", "A" * 91, "AA==A", "====", "A+B"],
    "90": ["", "A" * 31],
    "91": ["", "A" * 91],
    "235": ["", "A" * 29],
    "254": ["", "A" * 21],
}


@pytest.mark.parametrize(("ai", "value"), [(ai, value) for ai, many in WRONG_VALUES.items() for value in many])
def test_wrong_values(ai: str, value: str) -> None:
    """A wrong value makes its element wrong, and says only how long it was."""
    with pytest.raises(Malformed) as refused:
        Element(ai, value)

    expected = (
        f"Expected a right value of ({ai}) {gs1_table.AIS[ai].title}: length, characters, check digit, day; "
        f"saw one of {len(value)} characters that is not."
    )
    assert expected == str(refused.value)


RIGHT_VALUES = {
    "10": ["A", "A" * 20, "!\"%&'()*+,-./:;<=>?_"],
    "17": ["261231", "261200", "240229", "000229", "760100"],
    "30": ["1", "12345678"],
    "7003": ["2612310000", "2612312359"],
    "7007": ["261231", "261231270101"],
    "7230": ["EMA", "EM" + "A" * 28],
    "7241": ["01", "10", "80", "99"],
    "7252": ["0", "1", "2", "9"],
    "7253": ["M%C3%BCller", "A" * 40],
    "7258": ["1/2", "2/2", "9/9"],
    "8003": ["09506000134376", "09506000134376A", "09506000134376" + "A" * 16],
    "8004": ["9506", "9506" + "A" * 26],
    "8006": ["095060001343760102", "095060001343760202"],
    "8008": ["26123123", "2612312359", "261231235959"],
    "8010": ["9506", "9506#-/", "9506" + "A" * 26],
    "8011": ["1", "10", "123456789012"],
    "7250": ["19600229"],
    "8030": ["A", "A" * 90, "A-_9", "AA=", "A=="],
}


@pytest.mark.parametrize(("ai", "value"), [(ai, value) for ai, many in RIGHT_VALUES.items() for value in many])
def test_right_values(ai: str, value: str) -> None:
    """The limits of a value are within it."""
    assert value == Element(ai, value).value
    assert f"Element(ai='{ai}', closed=False)" == repr(Element(ai, value))


def test_character_sets() -> None:
    """Sets 82 and 39 have as many characters as their names say, and all of them are taken (7.11)."""
    assert (82, 39) == (len(gs1_lint.CSET_82), len(gs1_lint.CSET_39))
    assert gs1_lint.cset82("".join(gs1_lint.CSET_82))
    assert gs1_lint.cset39("".join(gs1_lint.CSET_39))


def test_an_unknown_element() -> None:
    """There is no element whose identifier we do not know."""
    with pytest.raises(Malformed, match=r"^Expected an application identifier that we know, saw another.$"):
        Element("89", "1")


RIGHT = {
    "an item": GTIN,
    "a drug product": f"{GTIN}17261231{'7003'}2612312359{GS}10LOT42A{GS}21BAG7{GS}2507K3N9XB2CD4U",
    "variable before fixed": f"21BAG7{GS}{GTIN}10LOT",
    "a needless separator": f"{GTIN}{GS}10LOT",
    "a separator at the end of a variable one": f"{GTIN}10LOT{GS}",
    "a separator at the end of a predefined one": f"{GTIN}{GS}",
    "the same said twice": f"{GTIN}10A{GS}10A",
    "the same item twice": GTIN + GTIN,
    "a patient": f"{PATIENT}{GS}8019{'1'}{GS}7241{'01'}",
    "staff": "8017950600013430000009",
    "a shipping unit": f"{SSCC}403ROUTE",
    "a place": "4149506000134307254F3",
    "a returnable dewar": "800309506000134376D1",
    "a signed component": f"80109506A{GS}80111{GS}8030QUJD",
    "a signed item": f"{GTIN}21A{GS}8030QUJD",
    "a baby": f"{PATIENT}{GS}72581/2{GS}7259BABY",
    "contents of a shipping unit": f"{SSCC}0209506000134376{'37'}12",
    "month's end told by day and time": f"{GTIN}17261200{'7003'}2612310000",
    "an item in two pieces": f"8006095060001343760102{GS}21S",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("aim", ["]C1", "]d2", "]Q3", "]e0"])
def test_right_messages(text: str, aim: str) -> None:
    """A right message writes itself as it was read, in every GS1 symbology."""
    message = read(text.encode(), aim)

    assert isinstance(message, Gs1Message)
    assert text.encode() == message.wire


def test_needless_separators_are_no_content() -> None:
    """Two readings of one label are equal whether its printer closed an element or not."""
    assert Gs1Message.parse(f"{GTIN}{GS}10A{GS}") == Gs1Message.parse(f"{GTIN}10A")
    assert [True, True] == [one.closed for one in Gs1Message.parse(f"{GTIN}{GS}10A{GS}").elements]
    assert [False, False, False] == [one.closed for one in Gs1Message.parse(f"{GTIN}10A{GS}21B").elements]


@pytest.mark.parametrize("aim", ["]C0", "]d1", "]Q1", "", "]z0", None])
def test_gs1_is_read_where_the_symbol_says_so(aim: str | None) -> None:
    """The same characters in a symbol without FNC1 in front, or without word on the symbol, are no GS1 message."""
    assert isinstance(read(GTIN.encode(), aim), Unreadable)


def test_human_text() -> None:
    """Identifiers stand in brackets; what tells of a patient is not written out."""
    assert "(01)09506000134376(10)A(21)B" == Gs1Message.parse(f"{GTIN}10A{GS}21B").human
    assert "(8018)…(7241)01" == Gs1Message.parse(f"{PATIENT}{GS}724101").human
    assert "(8018)…(8019)…" == Gs1Message.parse(f"{PATIENT}{GS}80191").human
    assert {"8018", "8019", "7250", "7255", "7259"} < gs1.PERSONAL
    assert not {"7249", "7260", "8017"} & gs1.PERSONAL


EXPIRIES = {
    "none": (GTIN, None),
    "a day": (f"{GTIN}17261231", date(2026, 12, 31)),
    "a month's end": (f"{GTIN}17270200", date(2027, 2, 28)),
    "a leap month's end": (f"{GTIN}17280200", date(2028, 2, 29)),
    "a time": (f"{GTIN}7003{'2612312317'}", datetime(2026, 12, 31, 23, 17)),  # noqa: DTZ001 - by the clock of the place
    "the last year ahead": (f"{GTIN}17760101", date(2076, 1, 1)),
    "the first year behind": (f"{GTIN}17770101", date(1977, 1, 1)),
}


@pytest.mark.parametrize(("text", "expected"), EXPIRIES.values(), ids=EXPIRIES)
def test_expiries(text: str, expected: date | None) -> None:
    """Time wins over day, day 00 is the month's end, and two digits of a year lie in the window (7.12)."""
    assert expected == Gs1Message.parse(text).expires()


def test_the_window_moves_with_the_year_it_is_seen_from() -> None:
    """Fifty years ahead and forty-nine behind, over the turn of a century either way."""
    assert [2000, 2076, 1977, 1999] == [gs1_lint.full_year(two) for two in (0, 76, 77, 99)]
    assert [2100, 2049, 2050, 2099] == [gs1_lint.full_year(two, 2099) for two in (0, 49, 50, 99)][:1] + [
        gs1_lint.full_year(two, 2098) for two in (49, 50, 99)
    ]
    assert [1952, 2051, 2050] == [gs1_lint.full_year(two, 2001) for two in (52, 51, 50)]
    assert [2148, 2149, 2050] == [gs1_lint.full_year(two, 2099) for two in (48, 49, 50)]
    assert date(2126, 12, 31) == Gs1Message.parse(f"{GTIN}17261231").expires(2120)


def test_a_drug_product_is_composed() -> None:
    """A drug product tells item, day, lot, serial and piece, in this order."""
    data = compose_gs1(gtin="09506000134376", serial="BAG7", lot="LOT42A", expires=date(2026, 12, 31), piece=PIECE)

    assert b"01095060001343761726123110LOT42A\x1d21BAG7\x1d2507K3N9XB2CD4U" == data


def test_a_time_is_told_twice() -> None:
    """An expiry with a time stands as day in (17), for every reader, and as time in (7003)."""
    at = datetime(2026, 12, 31, 8, 5)  # noqa: DTZ001 - by the clock of the place

    assert b"01095060001343761726123170032612310805\x1d21B" == compose_gs1(gtin=GTIN[2:], serial="B", expires=at)


@pytest.mark.parametrize(
    "expires",
    [
        datetime(2026, 12, 31, tzinfo=UTC),
        datetime(2026, 12, 31, 1, 1, 1),  # noqa: DTZ001 - by the clock of the place
        datetime(2026, 12, 31, 1, 1, 0, 1),  # noqa: DTZ001 - same
    ],
    ids=["zone", "second", "microsecond"],
)
def test_a_time_that_gs1_cannot_tell(expires: datetime) -> None:
    """A zone, seconds and parts of them are refused, not cut off."""
    message = "^Expected an expiry at a whole minute by the clock of the place, saw a zone or seconds.$"
    with pytest.raises(Malformed, match=message):
        compose_gs1(gtin=GTIN[2:], serial="B", expires=expires)


def test_a_year_that_two_digits_cannot_tell() -> None:
    """An expiry outside the window would be read as another year and is refused."""
    for year in (1976, 2077):
        with pytest.raises(
            Malformed, match=rf"^Expected an expiry that two digits of a year can tell, saw the year {year}.$"
        ):
            compose_gs1(gtin=GTIN[2:], serial="B", expires=date(year, 1, 1))
    for year in (1977, 2076):
        assert (
            date(year, 1, 1)
            == summary(read(compose_gs1(gtin=GTIN[2:], serial="B", expires=date(year, 1, 1)), "]d2")).expires
        )


def test_what_cannot_be_composed() -> None:
    """A wrong item, an empty serial or a lot with a separator make no label."""
    for gtin, serial, lot in (("09506000134375", "B", None), (GTIN[2:], "", None), (GTIN[2:], "B", "A\x1d21C")):
        with pytest.raises(Malformed):
            compose_gs1(gtin=gtin, serial=serial, lot=lot)


@given(some.gs1_messages)
def test_messages_round_trip(message: Gs1Message) -> None:
    """Every right message is read back from its own bytes."""
    assert message == read(message.wire, "]d2")
    if "(" not in "".join(one.value for one in message.elements):
        typed = "".join(f"({one.ai}){one.value}" for one in message.elements)
        assert message == Gs1Message.keyed(typed)


@pytest.mark.parametrize(
    "text", ["", "01", "(01)", "(1)2", "()1", "(01)09506000134376(", "0(01)09506000134376", "(12345)1"]
)
def test_typed_text_that_is_none(text: str) -> None:
    """Typed text is elements in brackets and nothing else."""
    with pytest.raises(Malformed):
        Gs1Message.keyed(text)
    if not text.startswith("(12345"):
        with pytest.raises(Malformed, match=r"^Expected elements as \(identifier\)value, saw text that is not\.$"):
            gs1.bracketed(text)


def test_a_bracket_in_a_value() -> None:
    """A bracket that belongs to a value is written with a backslash, and brackets are kept."""
    assert "A(B)" == Gs1Message.keyed(r"(01)09506000134376(21)A\(B)").get("21")


@given(some.text(some.DIGITS, 13))
def test_another_library_computes_the_same_check_digit(body: str) -> None:
    """python-stdnum and we agree on check digits."""
    text = some.with_check_digit(body)

    assert ean.calc_check_digit(body) == text[-1]
    assert [digit == text[-1] for digit in some.DIGITS] == [gs1_lint.csum(body + digit) for digit in some.DIGITS]


ODD = st.text(some.CSET82 + "~#$@ ", min_size=1, max_size=24)
COMPARED = ("10", "21", "240", "250", "251", "254", "400", "403", "7240", "8004", "90", "91")


@settings(max_examples=150)
@given(st.sampled_from(COMPARED), ODD)
def test_zint_takes_the_same_texts(ai: str, value: str) -> None:
    """What zint's own GS1 check lets through in a value, we take, and the other way round."""
    assert _zint_takes(f"[{ai}]{value}") == _we_take(ai, value)


DATES = st.text("0123", min_size=6, max_size=6)


@settings(max_examples=150)
@given(st.sampled_from(("11", "13", "15", "17")), DATES)
def test_zint_takes_the_same_days(ai: str, value: str) -> None:
    """Days are right or wrong as for zint."""
    assert _zint_takes(f"[{ai}]{value}") == _we_take(ai, value)


@settings(max_examples=100)
@given(st.sampled_from(("01", "02")), some.text(some.DIGITS, 14))
def test_zint_takes_the_same_items(ai: str, value: str) -> None:
    """Check digits are right or wrong as for zint."""
    assert _zint_takes(f"[{ai}]{value}") == _we_take(ai, value)


def _we_take(ai: str, value: str) -> bool:
    try:
        Element(ai, value)
    except Malformed:
        return False
    return True


def _zint_takes(text: str) -> bool:
    symbol = zint.Symbol()
    symbol.symbology = zint.Symbology.DATAMATRIX
    symbol.input_mode = zint.InputMode.GS1
    symbol.warn_level = zint.WarningLevel.FAIL_ALL
    try:
        symbol.encode(text)
    except RuntimeError:
        return False
    return True
