"""A logger's file gives exactly the trace that it states, or a complaint that names the line; nothing is guessed."""

from __future__ import annotations

import codecs
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coi.errors import Unknown
from coi.shipping import loggers
from coi.shipping.loggers import (
    AUTO,
    DIALECTS,
    Ambiguous,
    Dialect,
    NoDialect,
    NotReadable,
    NotStated,
    TooLarge,
    WrongRow,
    dialect,
    read,
    table,
)
from coi.shipping.trace import Sample, Trace

BEGAN = datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
"""The third of April, which read the other way round is the fourth of March."""


def trace(*cels: str, every: int = 10) -> Trace:
    """Return the trace that the files below state."""
    samples = tuple(Sample(BEGAN + timedelta(minutes=every * n), Decimal(cel)) for n, cel in enumerate(cels))
    return Trace("SN-4711", samples)


COMMA_ISO = """\
Serial Number,SN-4711
Timestamp,Temperature (°C),Status
2026-04-03T09:00:00+02:00,4.9,OK
2026-04-03T07:10:00Z,5.0,OK
2026-04-03 07:20:00 +00:00,-1.25,ALARM
"""
COMMA_TWO = """\
"Device ID","SN-4711"
Time Zone,UTC
No.,Date,Time,Ch1 [K],Status
1,2026/04/03,07:00:00,278.05,
2,2026/04/03,07:10:00,278.15,
3,2026/04/03,07:20:00,271.90,
"""
SEMICOLON = """\
sep=;
Seriennummer;SN-4711
Zeitzone;Europe/Berlin
Datum/Zeit;Temperatur [°C];Feuchte [%]
03.04.2026 09:00:00;4,9;44
03.04.2026 09:10:00;5,0;44
03.04.2026 09:20;-1,25;44
"""
SEMICOLON_TWO = """\
Seriennummer: SN-4711
Einheit: °C
Zeitzone: UTC+02:00
Nr.;Datum;Uhrzeit;Temperatur
1;03.04.2026;09:00:00;4,9
2;03.04.2026;09:10:00;5,0
3;03.04.2026;09:20:00;-1,25
"""
TAB = """\
Serial #\tSN-4711
Time zone\t-05:00
Date/Time\tTemp °F\tAlarm
04/03/2026 02:00:00 AM\t40.82\t
04/03/2026 02:10:00 AM\t41\t
04/03/2026 02:20:00 AM\t29.75\tLOW
"""
TAB_DECLARED = """\
Serial No.\tSN-4711
Date format\tDD-MM-YYYY
Timezone\tGMT
Date\tTime\tTemperature deg C
03-04-2026\t07:00\t4.9
03-04-2026\t07:10\t5.0
03-04-2026\t07:20\t-1.25
"""
SEMICOLON_DECLARED = """\
Logger-ID;SN-4711
Datumsformat;TT/MM/JJJJ
Zeitzone;UTC
Anzahl Messwerte;3
Zeitstempel;Temperatur °C
03/04/2026 07:00;4,9
03/04/2026 07:10;5,0
03/04/2026 07:20;-1,25
"""
MONTH_FIRST = """\
S/N,SN-4711
Time zone,UTC
Time,Temp(C)
04/03/2026 07:00,4.9
04/03/2026 07:10,5.0
04/03/2026 07:20,-1.25
"""
DAY_FIRST = MONTH_FIRST.replace("04/03", "03/04")

FILES = {
    "comma-iso": COMMA_ISO,
    "comma-two-columns": COMMA_TWO,
    "semicolon-day-first": SEMICOLON,
    "semicolon-two-columns": SEMICOLON_TWO,
    "tab-month-first": TAB,
    "tab-declared": TAB_DECLARED,
    "semicolon-declared": SEMICOLON_DECLARED,
    "comma-month-first": MONTH_FIRST,
    "comma-day-first": DAY_FIRST,
}


@pytest.mark.parametrize("name", FILES)
def test_each_dialect_reads_its_file(name: str) -> None:
    """Nine shapes of the same three samples give the same trace."""
    assert trace("4.9", "5.0", "-1.25") == read(FILES[name].encode(), name)


def test_every_dialect_has_a_file() -> None:
    """No dialect is there without an example."""
    assert list(FILES) == [one.name for one in DIALECTS]


@pytest.mark.parametrize("name", FILES)
def test_auto_takes_the_only_dialect_that_fits(name: str) -> None:
    """Where the columns are those of one dialect, it need not be named; where two have them, nobody guesses."""
    data = FILES[name].encode()
    if name.startswith("comma-") and name.endswith("-first"):
        with pytest.raises(Ambiguous, match="seen comma-month-first and comma-day-first"):
            read(data, AUTO)
    else:
        assert read(data, name) == read(data)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("other", FILES)
def test_the_wrong_dialect_never_gives_a_wrong_trace(name: str, other: str) -> None:
    """A file read as another dialect is refused; only the order of a date can be said wrongly, and only by a person."""
    pair = {name, other}
    if name == other or pair == {"comma-month-first", "comma-day-first"}:
        return
    with pytest.raises(NotReadable):
        read(FILES[name].encode(), other)


BYTES = {
    "UTF-8 with its mark": codecs.BOM_UTF8 + SEMICOLON.encode(),
    "UTF-16, low byte first": codecs.BOM_UTF16_LE + SEMICOLON.encode("utf-16-le"),
    "UTF-16, high byte first": codecs.BOM_UTF16_BE + SEMICOLON.encode("utf-16-be"),
    "one byte a sign": SEMICOLON.encode("cp1252"),
    "line breaks of Windows": SEMICOLON.replace("\n", "\r\n").encode(),
    "line breaks of an old Mac": SEMICOLON.replace("\n", "\r").encode(),
    "blank last rows": (SEMICOLON + "\n;;\n  \n;;\n").encode(),
    "no line break at the end": SEMICOLON.rstrip("\n").encode(),
    "quotation marks": SEMICOLON.replace("4,9", '"4,9"').encode(),
}


@pytest.mark.parametrize("data", BYTES.values(), ids=BYTES)
def test_how_the_bytes_may_come(data: bytes) -> None:
    """Byte order marks, sets of signs, line breaks, blank last rows and quotation marks change nothing."""
    assert trace("4.9", "5.0", "-1.25") == read(data)


REFUSED = {
    "nothing": (b"", AUTO, None, NotReadable, "Expected a header and rows, seen an empty file."),
    "blank": (b"\n;;;\n\n", AUTO, None, NotReadable, "Expected a header and rows, seen an empty file."),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00", AUTO, None, NotReadable, "Line 1: expected printable text"),
    "another table": (b"a,b\n1,2\n", AUTO, None, NoDialect, "Expected the columns of one of 9 dialects, seen those of"),
    "half of UTF-16": (b"\xff\xfea", AUTO, None, NotReadable, "Expected text in utf-16-le, as its mark says"),
    "an unknown unit": (
        COMMA_ISO.replace("(°C)", "(bar)"),
        "comma-iso",
        None,
        NoDialect,
        "columns named date/time and",
    ),
    "no unit": (COMMA_ISO.replace(" (°C)", ""), AUTO, None, NotStated, "Line 2: expected a unit of °C, °F or K"),
    "two units": (
        "Unit,°F\n" + COMMA_ISO,
        AUTO,
        None,
        Ambiguous,
        "Line 3: expected the unit F of the header, seen C.",
    ),
    "a unit that is none": ("Unit,bar\n" + COMMA_ISO, AUTO, None, Ambiguous, "Line 1: expected a unit of °C, °F or K"),
    "no serial number": (
        COMMA_ISO.replace("Serial Number", "Remark"),
        AUTO,
        None,
        NotStated,
        "Expected a line of the header that names the serial number, seen none.",
    ),
    "two serial numbers": (
        "Serial,SN-1\n" + COMMA_ISO,
        AUTO,
        None,
        Ambiguous,
        "Line 2: expected serial number as in line 1, seen another text.",
    ),
    "one serial number, said in two ways": (
        "Serial Number,SN-1\n" + COMMA_ISO,
        AUTO,
        None,
        Ambiguous,
        "said once, as in line 1, seen another text.",
    ),
    "a name in place of the serial number": (
        COMMA_ISO.replace("SN-4711", "Erika Mustermann"),
        AUTO,
        None,
        WrongRow,
        "Line 1: expected a serial number of 2 to 40 letters and digits, seen xxxxx xxxxxxxxxx.",
    ),
    "no zone": (
        SEMICOLON.replace("Zeitzone", "Ort"),
        AUTO,
        None,
        NotStated,
        "Line 5: expected a time zone in the row, in the header, or told with the file, seen none.",
    ),
    "a zone in the file, and one told": (SEMICOLON, AUTO, "UTC", Ambiguous, "Line 3: expected the zone said once"),
    "a zone in the row, and one told": (COMMA_ISO, AUTO, "UTC", Ambiguous, "Line 3: expected the zone said once"),
    "a zone that is none": (
        SEMICOLON.replace("Europe/Berlin", "CET"),
        AUTO,
        None,
        Ambiguous,
        "Line 3: expected a zone such as UTC, +01:00 or Europe/Berlin, seen xxx.",
    ),
    "a region that is none": (SEMICOLON.replace("Berlin", "Atlantis"), AUTO, None, Ambiguous, "a zone such as UTC"),
    "a told zone that is none": (DAY_FIRST.replace("Time zone", "x"), "comma-day-first", "Mars", Ambiguous, "a zone"),
    "an offset beyond the world": (SEMICOLON.replace("Europe/Berlin", "+19:00"), AUTO, None, Ambiguous, "a zone such"),
    "03/04 without a declared order": (
        TAB_DECLARED.replace("Date format", "x"),
        AUTO,
        None,
        NotStated,
        "Expected a line of the header that names the date format, seen none.",
    ),
    "an order that is none": (
        TAB_DECLARED.replace("DD-MM-YYYY", "DD-DD-YYYY"),
        AUTO,
        None,
        Ambiguous,
        "Line 2: expected an order of the date such as DD/MM/YYYY, seen xx-xx-xxxx.",
    ),
    "an order against the dialect's": (
        "Date format;MM.DD.YYYY\n" + SEMICOLON,
        AUTO,
        None,
        Ambiguous,
        "Line 1: expected dates in the order dmy, as semicolon-day-first has them",
    ),
    "a month that there is not": (
        TAB.replace("04/03/2026 02:10", "13/03/2026 02:10"),
        AUTO,
        None,
        WrongRow,
        "Line 5: expected a day and time that there are",
    ),
    "a year of two digits": (
        SEMICOLON.replace("03.04.2026 09:10", "03.04.26 09:10"),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected a date in the order dmy, the year with four digits, seen 03.04.26.",
    ),
    "a slash among dots": (
        SEMICOLON.replace("03.04.2026 09:10", "03/04/2026 09:10"),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected a date in the order dmy with .",
    ),
    "an hour that there is twice": (
        SEMICOLON.replace("03.04.2026 09:", "25.10.2026 02:"),
        AUTO,
        None,
        Ambiguous,
        "Line 5: expected an hour that the zone has exactly once (export UTC), seen 25.10.2026 02:00:00.",
    ),
    "an hour that there is not": (
        SEMICOLON.replace("03.04.2026 09:", "29.03.2026 02:"),
        AUTO,
        None,
        Ambiguous,
        "Line 5: expected an hour that the zone has exactly once",
    ),
    "thirteen o'clock in the morning": (TAB.replace("02:10", "13:10"), AUTO, None, WrongRow, "an hour of 1 to 12"),
    "no time": (
        SEMICOLON.replace("09:10:00", "noon"),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected a time such as 08:00:00",
    ),
    "an offset beyond a day": (
        COMMA_ISO.replace("+02:00", "+99:00"),
        AUTO,
        None,
        WrongRow,
        "Line 3: expected a time such as 08:00:00, seen 09:00:00+99:00.",
    ),
    "a point among commas": (
        SEMICOLON.replace("5,0", "5.0"),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected a temperature with the decimal mark ,, seen 5.0.",
    ),
    "thousands": (SEMICOLON.replace("5,0", "1.005,0"), AUTO, None, WrongRow, "Line 6: expected a temperature"),
    "digits of another script": (
        SEMICOLON.replace("5,0", "\u0665"),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected a temperature",
    ),
    "a fault of the sensor": (SEMICOLON.replace("5,0", "ERR"), AUTO, None, WrongRow, "decimal mark ,, seen xxx."),
    "colder than nothing": (
        SEMICOLON.replace("5,0", "-273,2"),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected a temperature of -273.15 to 1000 Cel, seen -273,2.",
    ),
    "a story in place of a temperature": (
        SEMICOLON.replace("5,0", "the door of the refrigerator was left open by Erika"),
        AUTO,
        None,
        WrongRow,
        "seen xxx xxxx xx xxx xxxxxxxxxxxx xxx xxxx xx… (51 characters).",
    ),
    "a cell too many": (SEMICOLON.replace("5,0", "5;0"), AUTO, None, WrongRow, "Line 6: expected 3 cells, seen 4."),
    "a blank row in between": (
        SEMICOLON.replace("03.04.2026 09:10:00;5,0;44", ""),
        AUTO,
        None,
        WrongRow,
        "Line 6: expected 3 cells, seen ",
    ),
    "a row cut off": (SEMICOLON[:-8], AUTO, None, WrongRow, "Line 7: expected 3 cells, seen 2."),
    "an open quotation mark": (SEMICOLON.replace("4,9", '"4,9'), AUTO, None, WrongRow, "cells with closed quotation"),
    "two columns of temperatures": (
        COMMA_ISO.replace("Status", "Temp (°C)"),
        "comma-iso",
        None,
        Ambiguous,
        "Line 2: expected one column of temperatures, seen 2.",
    ),
    "a column that nobody knows": (
        COMMA_ISO.replace("Status", "Patient"),
        "comma-iso",
        None,
        NoDialect,
        "Line 2: expected no column but those of comma-iso, seen xxxxxxx.",
    ),
    "fewer rows than said": (
        SEMICOLON_DECLARED.replace("werte;3", "werte;4"),
        AUTO,
        None,
        WrongRow,
        "Line 4: expected 4 rows, as this line says, seen 3.",
    ),
    "too many bytes": (b"x" * 8_000_001, AUTO, None, TooLarge, "Expected at most 8000000 bytes, seen 8000001 bytes."),
    "too many lines": (b"\n" * 1_000_001, AUTO, None, TooLarge, "Expected at most 1000000 lines, seen 1000002 lines."),
    "too long a line": (b"x" * 2_001, AUTO, None, TooLarge, "Line 1: expected at most 2000 characters, seen 2001"),
}


@pytest.mark.parametrize(("data", "name", "zone", "kind", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(data: bytes | str, name: str, zone: str | None, kind: type[NotReadable], says: str) -> None:
    """Every refusal is of its kind and names the line, what was expected and what was seen, but no word of the file."""
    raw = data.encode() if isinstance(data, str) else data

    with pytest.raises(NotReadable) as told:
        read(raw, name, zone)

    assert kind is type(told.value), str(told.value)
    assert says in str(told.value)


def test_a_zone_may_be_told_where_the_file_has_none() -> None:
    """A person may name the zone in place of the file, as an offset or as a region."""
    bare = SEMICOLON.replace("Zeitzone", "Ort").encode()

    assert trace("4.9", "5.0", "-1.25") == read(bare, AUTO, "Europe/Berlin") == read(bare, AUTO, "+02:00")
    assert BEGAN + timedelta(hours=2) == read(bare, AUTO, "UTC").samples[0].at


def test_the_same_date_said_both_ways() -> None:
    """What a person declares is what is read: the third of April, or the fourth of March."""
    data = DAY_FIRST.encode()

    assert BEGAN == read(data, "comma-day-first").samples[0].at
    assert datetime(2026, 3, 4, 7, 0, tzinfo=UTC) == read(data, "comma-month-first").samples[0].at


def test_what_the_logger_did_not_measure_is_missing() -> None:
    """An empty cell or three dashes is no sample, and never the one before."""
    got = read(SEMICOLON.replace("5,0", "---").encode())

    assert ([Decimal("4.9"), Decimal("-1.25")], 1) == ([one.cel for one in got.samples], got.missing)


def test_a_temperature_that_may_be_cut_is_missing() -> None:
    """Where the last line is not ended, 51,2 may have become 5: such a cell is not taken for a temperature."""
    whole = SEMICOLON_TWO.replace("5,0", "5,00").replace("-1,25", "51,2")
    for text, samples in (("51,2", 2), ("51,25", 3), ("51", 2), ("5", 2), ("", 2)):
        got = read(whole.replace("51,2\n", text).encode())
        assert (samples, 3 - samples) == (len(got.samples), got.missing)
    with pytest.raises(WrongRow):
        read(whole.replace("51,2\n", "51,").encode() + b"\n")


def test_fahrenheit_is_not_rounded() -> None:
    """A limit is judged on the number itself: 46.4 °F is 8 °C, and 46.41 is more."""
    rows = [TAB.replace("40.82", text).encode() for text in ("46.4", "46.41", "-238")]
    first = [read(row).samples[0].cel for row in rows]

    assert Decimal(8) == first[0] < first[1]
    assert Decimal(-150) == first[2]


def test_when_it_was_read_out() -> None:
    """The header's time of read-out is kept, in the file's own zone."""
    got = read(("Ausgelesen;03.04.2026 10:00:00\n" + SEMICOLON).encode())

    assert BEGAN + timedelta(hours=1) == got.read_out_at


def test_noon_and_midnight() -> None:
    """Twelve in the morning begins the day; twelve past noon does not."""
    got = read(TAB.replace("02:00:00 AM", "12:00:00 AM").replace("02:20:00 AM", "12:20:00 p.m.").encode())

    assert [5, 17] == [got.samples[0].at.hour, got.samples[2].at.hour]


def test_an_unknown_dialect_is_none() -> None:
    """Only what stands in the list is a dialect."""
    with pytest.raises(Unknown, match="Expected a dialect of comma-iso, "):
        dialect("excel")
    assert "comma-iso" == dialect("comma-iso").name


@given(st.binary(max_size=400), st.sampled_from(["", *FILES.values()]), st.data())
@example(b"\x00", COMMA_ISO, None)
def test_rubbish_gives_a_complaint_never_another_error(junk: bytes, base: str, data: st.DataObject | None) -> None:
    """Whatever bytes come, there is a trace or a typed complaint."""
    raw = base.encode()
    place = 0 if data is None else data.draw(st.integers(0, len(raw)))
    for name in (AUTO, *FILES):
        try:
            got = read(raw[:place] + junk + raw[place:], name)
        except NotReadable:
            continue
        assert all(one.at.tzinfo is UTC and one.cel.is_finite() for one in got.samples)


cel_ = st.integers(-20000, 9000).map(lambda hundredths: Decimal(hundredths).scaleb(-2))
rows_ = st.lists(st.tuples(st.datetimes(datetime(1999, 1, 1), datetime(2099, 1, 1)), cel_), max_size=20)  # noqa: DTZ001  the zone is put beside


def written(shape: Dialect, rows: list[tuple[datetime, Decimal]]) -> str:
    """Write a file of a dialect, by other code than the reader's."""
    mark = shape.marks[0]
    order = "dmy" if shape.order == "declared" else shape.order
    date = mark.join({"y": "%Y", "m": "%m", "d": "%d"}[part] for part in order)
    names = [shape.instant[0]] if shape.instant else [shape.date[0], shape.time[0]]
    lines = [["serial", "SN-4711"], ["time zone" if shape.decimal == "." else "Zeitzone", "UTC"]]
    lines += [["date format", mark.join(("DD", "MM", "YYYY"))]] if shape.order == "declared" else []
    lines += [[*names, shape.temperature[0] + " C"]]
    for at, cel in rows:
        text = [at.strftime(date), at.strftime("%H:%M:%S.%f")]
        cells = [" ".join(text)] if shape.instant else text
        lines.append([*cells, str(cel).replace(".", shape.decimal)])
    return "".join(shape.delimiter.join(line) + "\n" for line in lines)


@given(st.sampled_from(DIALECTS), rows_)
def test_what_is_written_is_read(shape: Dialect, rows: list[tuple[datetime, Decimal]]) -> None:
    """In each dialect every instant and temperature comes back as it was, in the order of the file."""
    rows = [(at.replace(year=max(at.year, 1000)), cel) for at, cel in rows]

    got = read(written(shape, rows).encode(), shape.name)

    assert tuple(Sample(at.replace(tzinfo=UTC), cel) for at, cel in rows) == got.samples


@given(st.sampled_from(sorted(FILES)), st.integers(0, 400), st.characters(codec="utf-8"))
def test_one_sign_changed_is_seen_or_changes_what_it_says(name: str, place: int, sign: str) -> None:
    """A file with one sign changed is refused, or it states that very sample or serial: nothing else in it moves."""
    text = FILES[name]
    place %= len(text)
    try:
        got = read((text[:place] + sign + text[place + 1 :]).encode(), name)
    except NotReadable:
        return
    right = read(text.encode(), name)
    same = [one == other for one, other in zip(got.samples, right.samples, strict=False)]

    assert len(right.samples) >= len(got.samples)
    header = text[:place].count("\n") < text.count("\n") - 3
    assert header or same.count(False) <= 1 or got.missing


def test_the_library_says_what_it_hands_out() -> None:
    """The reader's limits are those of the documents."""
    assert (8_000_000, 1_000_000) == (table.LARGEST, table.LONGEST)
    assert set(loggers.__all__) <= set(dir(loggers))
    assert replace(DIALECTS[0], name="x") != DIALECTS[0]
