"""What others published of ISBT 128 and GS1, we read as they do."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from coi.errors import Malformed
from coi.identity import (
    CoiId,
    CompoundMessage,
    DonationNumber,
    Gs1Message,
    Isbt,
    Unreadable,
    gs1,
    gs1_lint,
    gs1_table,
    mod37,
    read,
)
from tests import vectors

pytestmark = pytest.mark.vectors

OTHERS = {
    "couponcode",
    "couponposoffer",
    "csumalpha",
    "gcppos1",
    "gcppos2",
    "hasnondigit",
    "hyphen",
    "iban",
    "importeridx",
    "iso3166",
    "iso3166999",
    "iso3166alpha2",
    "iso4217",
    "latitude",
    "longitude",
    "nonzero",
    "packagetype",
    "winding",
    "yesno",
}
"""Linters of elements that we do not read; gcppos1 and gcppos2 ask a table of company prefixes that nobody ships."""
NAMED = {"csetnumeric": "numeric"}
SETS = {"numeric", "cset82", "cset39", "cset64", "key"}
"""Checks that the dictionary writes as N, X, Y, Z and as a company prefix."""
OURS = {name for name in vars(gs1_lint) if name.islower() and name not in {"annotations", "full_year", "key"}}


def _rows(file: str) -> list[list[str]]:
    return [line.split("\t") for line in dict.fromkeys(vectors.lines(f"labels/{file}"))]


def _unescaped(text: str) -> str:
    r"""Undo the escapes of a C string."""
    return text.encode("latin-1").decode("unicode_escape")


def _wire(text: str) -> str:
    r"""Return scan data: ^ is FNC1, and a caret or backslash may be escaped by a backslash."""
    return text.replace("^", gs1.GS)


LINTED = [row for row in _rows("gs1_linters.tsv") if row[0] not in OTHERS]


def test_each_linter_case_is_ours_or_named_as_unused() -> None:
    """No linter of the published cases is left out unnoticed."""
    published = {row[0] for row in _rows("gs1_linters.tsv")}

    assert set() == published - OTHERS - OURS - set(NAMED)
    assert len(LINTED) > 1000


@pytest.mark.parametrize("linter", sorted({row[0] for row in LINTED}))
def test_linter(linter: str) -> None:
    """A check says of every published case what GS1's own check says."""
    check = getattr(gs1_lint, NAMED.get(linter, linter))

    wrong = [row for row in LINTED if row[0] == linter and check(_unescaped(row[2])) != (row[1] == "PASS")]

    assert [] == wrong


@pytest.mark.parametrize("row", _rows("gs1_process_fnc1.tsv"), ids=lambda row: row[-1] or "nothing")
def test_element_strings(row: list[str]) -> None:
    """Element strings are right or wrong as for GS1's engine, which sees each element for itself.

    Elements that we do not know are refused whatever they hold: (8001), (8111), (423).
    """
    text = row[1] if len(row) > 1 else ""
    right = row[0] == "true" and not re.match(r"\^(8001|8111|423)", text)
    if not text.startswith("^"):
        assert isinstance(read(text.encode(), "]d1"), Unreadable)
        assert not right
        return

    if right:
        assert gs1.elements(_wire(text[1:]))
    else:
        with pytest.raises(Malformed):
            Gs1Message(gs1.elements(_wire(text[1:])))


@pytest.mark.parametrize("row", _rows("gs1_parse_bracketed.tsv"), ids=lambda row: row[1])
def test_bracketed(row: list[str]) -> None:
    """Text with identifiers in brackets is read as by GS1's engine and becomes the same element string.

    Price (3900) is none of our elements.
    """
    text = row[1].replace("\\\\", "\\")
    if row[0] != "true" or "(3900)" in text:
        with pytest.raises(Malformed):
            gs1.bracketed(text)
        return

    elements = gs1.bracketed(text)

    expected = row[2].removeprefix("^").replace("^", gs1.GS)
    told = "".join(
        one.ai + one.value + ("" if gs1_table.AIS[one.ai].predefined or one is elements[-1] else gs1.GS)
        for one in elements
    )
    assert expected == told
    assert elements == gs1.elements(told)


@pytest.mark.parametrize("row", _rows("gs1_process_scandata.tsv"), ids=lambda row: row[1] or "nothing")
def test_scan_data(row: list[str]) -> None:
    """Of all that scanners send, we read GS1 element strings behind their symbology identifier and no free text."""
    aim, text = row[1][:3], _wire(row[1][3:])
    gs1_data = row[0] == "true" and aim in {"]C1", "]d2", "]Q3", "]e0"}

    value = read(text.encode(), aim)

    assert gs1_data == isinstance(value, Gs1Message)
    assert gs1_data != isinstance(value, Unreadable)
    if isinstance(value, Gs1Message):
        assert value.wire == text.encode()
        assert row[3] == "^" + text


@pytest.mark.parametrize("row", _rows("gs1_generate_scandata.tsv"), ids=lambda row: row[2])
def test_generated_scan_data(row: list[str]) -> None:
    """Scan data of symbols without FNC1 in front are no GS1, even when they begin with the sign for it."""
    assert isinstance(read(row[2][3:].encode(), row[2][:3]), Unreadable)


@pytest.mark.parametrize("row", _rows("isbt128_examples.tsv"), ids=lambda row: f"{row[0]} {row[1]}")
def test_isbt_128(row: list[str]) -> None:
    """Published ISBT 128 examples read as published."""
    kind, given, expected = row
    match kind:
        case "check_k":
            assert expected == DonationNumber(given).check
            assert DonationNumber(given) == DonationNumber.keyed(given + expected)
        case "flag_type3":
            assert expected == DonationNumber(given).checked_flag
        case "din_flag_ok":
            assert DonationNumber.parse(given).flag == DonationNumber.parse(given).checked_flag
        case "din_flag_bad" | "compound_bad_count" | "bad_truncated" | "bad_di":
            assert isinstance(read(given.encode(), "]d1"), Unreadable)
        case "ppic":
            parts = Isbt.parse(given).fields
            assert expected == f"fin={parts['facility']};fpc={parts['facility_code']};pdc={parts['pdc']}"
        case "compound_unspecified" | "compound_specified" | "compound_udi":
            _compound(given, expected)
        case "pid":
            assert expected == f"patientId={Isbt.parse(given).fields['patient']}"
        case "basic_udi_di":  # no structure of ST-001: its check characters alone, by the same rule
            assert int(expected) == mod37.check_value(given)
        case "sec_text":  # the printed text of structure 038: the same 40 characters without spaces
            written = given.removeprefix("SEC:").replace(" ", "")
            parts = Isbt("038", written).fields
            day = parts["date"]
            told = f"donation={parts['donation']};exp={day[:4]}-{day[4:6]}-{day[6:]}"
            assert expected == told
        case _:
            pytest.fail(f"Nobody reads {kind}.")


def _compound(given: str, expected: str) -> None:
    message = read(given.encode(), "]d1")
    assert isinstance(message, CompoundMessage)
    told = {
        "count": str(len(message.structures)),
        "order": ",".join(structure.number for structure in message.structures),
        "seq": message.sequence,
        "lot": structure.data if (structure := message.get("035")) else "",
    }
    for fact in expected.split(";"):
        name, _, value = fact.partition("=")
        assert value == told[name]


def _format(spec: str) -> list[tuple[bool, int, int]]:
    """Return of each part of a format, ``N13,csum [X..17]``, whether it is optional, its shortest and its longest."""
    found = re.findall(r"(\[?)[NXYZ](\.\.)?([0-9]+)", spec)
    return [(bool(optional), 1 if variable else int(size), int(size)) for optional, variable, size in found]


def _dictionary() -> dict[str, tuple[str, str, set[str], set[str]]]:
    """Return flags, format, needs and exclusions of every identifier of the syntax dictionary."""
    entries = {}
    for line in vectors.lines("labels/gs1-syntax-dictionary.txt"):
        words = line.split("#")[0].split()
        flags = words.pop(1) if re.fullmatch(r"[*?]+", words[1]) else ""
        first, _, last = words[0].partition("-")
        kept = [word for word in words[1:] if "=" not in word and word != "dlpkey"]
        needs = {word[4:] for word in words if word.startswith("req=")}
        never = {ai for word in words if word.startswith("ex=") for ai in word[3:].split(",")}
        for ai in range(int(first), int(last or first) + 1):
            entries[f"{ai:0{len(first)}d}"] = (flags, " ".join(kept), needs, never)
    return entries


def test_our_table_is_the_dictionary() -> None:
    """Every identifier we read has the length, the checks, the needs and the exclusions that GS1 publishes."""
    published = _dictionary()
    for ai, row in gs1_table.AIS.items():
        flags, spec, needs, never = published[ai]
        needed = {",".join("+".join(group) for group in need) for need in row.needs}
        checks = [name for name in re.findall(r",([a-z0-9]+)", spec) if not name.startswith("gcppos")]
        ours = [check.__name__ for part in row.parts for check in part.checks if check.__name__ not in SETS]
        lengths = [(part.optional, part.shortest, part.longest) for part in row.parts]
        assert ("*" in flags) == row.predefined, ai
        assert _format(spec) == lengths, ai
        assert checks == ours, ai
        assert needs == needed, ai
        assert never == set(row.never_with), ai


def test_identifiers_have_one_beginning() -> None:
    """No identifier is the beginning of another, so that where one ends is never a question."""
    assert not [(one, other) for one, other in pairwise(sorted(gs1_table.AIS)) if other.startswith(one)]


def test_a_chain_of_identity_has_a_check_character() -> None:
    """The character K of structure 040 counts all fifteen characters (domain.md 1.1, computed)."""
    assert ["*", "L"] == [CoiId(text).check for text in ("CHA999926000001", "CHA9999260000A7")]
