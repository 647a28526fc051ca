"""Whether a template says only what it may, and all that its class must."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from labels import BadTemplate, parse, proofs, shipped, worst_case
from labels.proofs import CASES
from tests.labels.examples import NAMES, asked, grey, reads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.evidence import Evidence

SHIPPED = {
    "apheresis_bag",
    "asset",
    "cassette",
    "command",
    "continuity_pack",
    "cryobag",
    "drug_product",
    "partial_label",
    "process_vessel",
    "shipper",
    "vial",
    "wristband",
}


def changed(change: Callable[[dict[str, Any]], object], name: str = "apheresis_bag") -> dict[str, Any]:
    """Return a shipped template after *change*."""
    plain = shipped()[name].to_json()
    change(plain)
    return plain


def first(plain: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the first element of a kind."""
    return dict.__getitem__({one["kind"]: one for one in reversed(plain["elements"])}, kind)


def without(plain: dict[str, Any], kind: str) -> bool:
    """Take the elements of a kind away."""
    plain["elements"] = [one for one in plain["elements"] if one["kind"] != kind]
    return True


def without_field(plain: dict[str, Any], name: str) -> bool:
    """Take a field away, and what shows it."""
    del plain["fields"][name]
    plain["elements"] = [one for one in plain["elements"] if one.get("field") != name]
    for one in plain["elements"]:
        if one["kind"] == "table":
            one["rows"] = [row for row in one["rows"] if row["field"] != name]
    plain["elements"] = [one for one in plain["elements"] if one["kind"] != "table" or one["rows"]]
    return True


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "raw printer commands": (lambda plain: plain.update(zpl="^XA^XZ"), "zpl: expected no such key"),
    "an expression": (lambda plain: first(plain, "text").update(when="x > 1"), ".when: expected no such key, saw one"),
    "another format": (lambda plain: plain.update(format=2), "format: expected the format 1, saw 2"),
    "no version": (lambda plain: plain.pop("version"), "version: expected int, saw nothing"),
    "a version that is none": (lambda plain: plain.update(version=0), "version: expected a number of 1 to 9999"),
    "a truth for a number": (lambda plain: plain.update(version=True), "version: expected int, saw bool"),
    "a name with a blank": (lambda plain: plain.update(name="My Label"), "name: expected a lower-case name"),
    "a class that is none": (lambda plain: plain.update({"class": "poster"}), "class: expected one of apheresis_bag"),
    "a stock that is none": (lambda plain: plain.update(stock="A4"), "stock: expected one of"),
    "an element that is none": (lambda plain: first(plain, "text").update(kind="script"), "expected one of band, text"),
    "a place off the label": (
        lambda plain: first(plain, "text").update(box=[90, 11, 20, 7]),
        "elements[2].box: expected a place on 100 x 60 mm",
    ),
    "a place of three numbers": (
        lambda plain: first(plain, "text").update(box=[1, 2, 3]),
        "[left, top, width, height]",
    ),
    "no width": (lambda plain: first(plain, "text").update(box=[2, 11, 0, 7]), "a width and a height above 0"),
    "one over another": (
        lambda plain: first(plain, "text").update(box=[2, 8, 79, 7]),
        "elements[2].box: expected ground that elements[0] does not take",
    ),
    "a field that nobody shows": (
        lambda plain: plain["fields"].update(colour={"kind": "words", "most": 9}),
        "fields.colour: expected an element that shows it",
    ),
    "a field that nobody declares": (
        lambda plain: first(plain, "text").update(field="colour"),
        "fields.colour: expected a declaration",
    ),
    "an expiry without its zone": (
        lambda plain: plain["fields"]["expires"].update(kind="date"),
        "fields.expires.kind: expected moment, saw date",
    ),
    "words and a field in one": (lambda plain: first(plain, "text").update(words="A"), "either words or a field"),
    "no second code": (
        lambda plain: plain["codes"].pop("secondary"),
        "codes: expected each of primary, secondary once",
    ),
    "a symbology that is none": (
        lambda plain: plain["codes"]["primary"].update(symbologies=["aztec"]),
        "codes.primary.symbologies: expected some of",
    ),
    "no warnings": (
        lambda plain: (
            without(plain, "warnings"),
            without_field(plain, "donor_testing"),
            without_field(plain, "reactive_for"),
        ),
        "elements: expected the warnings of a apheresis_bag",
    ),
    "no band for the mark": (lambda plain: without(plain, "band"), "elements: expected one band"),
    "no chain of identity": (lambda plain: without_field(plain, "coi"), "fields.coi: expected a required field"),
    "no expiry": (lambda plain: without_field(plain, "expires"), "fields.expires: expected the expiry"),
    "no second identifier": (
        lambda plain: [without_field(plain, name) for name in ("din", "container")],
        "fields: expected one of din, container, serial, lot as the second identifier",
    ),
    "a text too small to read beside a code": (
        lambda plain: first(plain, "symbol").update(least=1.5),
        ".least: expected at least 2.0 mm beside a code, saw 1.5",
    ),
    "a matrix that climbs": (
        lambda plain: next(one for one in plain["elements"] if one.get("code") == "primary").update(upwards=True),
        ".upwards: expected only bars that climb, saw a matrix",
    ),
}
TEXTS: dict[str, tuple[bytes | str, str]] = {
    "no JSON": (b"{", "template: expected JSON"),
    "a list": ("[]", "template: expected an object, saw list"),
    "a key twice": ('{"format": 1, "format": 1}', "template: expected each key once, saw one twice"),
    "no number": ('{"format": NaN}', "template: expected finite numbers, saw NaN"),
    "too much": (b" " * 100_001, "template: expected at most 100000 bytes, saw 100001"),
    "too deep": (b"[" * 99_000, "template: expected JSON, saw RecursionError"),
}


def test_the_shipped_templates_are_these() -> None:
    """Every label that the house prints comes with the library."""
    assert SHIPPED == set(shipped())


@pytest.mark.parametrize("case", FAULTS)
def test_a_template_with_a_fault_is_refused_by_its_path(case: str) -> None:
    """What is unknown, misplaced or missing is named by where it is, what was expected and what was seen."""
    change, told = FAULTS[case]

    with pytest.raises(BadTemplate) as refused:
        parse(changed(change))

    assert told in str(refused.value)


@pytest.mark.parametrize("case", TEXTS)
def test_what_is_no_json_of_ours_is_refused(case: str) -> None:
    """Doubled keys, endless numbers and bombs do not pass."""
    text, told = TEXTS[case]

    with pytest.raises(BadTemplate, match=told):
        parse(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_comes_back_from_its_own_json(name: str) -> None:
    """The hash is of the meaning: another order of keys and other blanks keep it, another version changes it."""
    template = shipped()[name]
    plain = template.to_json()
    shuffled = json.dumps(dict(reversed(plain.items())), indent=3)

    assert template == parse(plain) == parse(shuffled)
    assert template.sha256 == parse(shuffled).sha256
    assert template.sha256 != parse({**plain, "version": 2}).sha256


@pytest.mark.parametrize("name", NAMES)
def test_every_worst_case_has_a_proof(name: str) -> None:
    """Longest, widest, every script and every warning fit at the coarsest resolution, and read; or nothing ships."""
    template = shipped()[name]
    made = [(dpi, case, label) for dpi, case, label in _coarsest(template)]

    assert list(CASES) == [case for _, case, _ in made]
    assert len(CASES) == len(worst_case(template))
    label = made[0][2]
    assert asked(label) == reads(grey(label.ink))
    assert {"PROOF"} == {label.record.mark for _, _, label in made}


def _coarsest(template: Any) -> list[Any]:  # noqa: ANN401 - a slice of what proofs gives
    return [found for found, _ in zip(proofs(template), CASES, strict=False)]


@pytest.mark.long("labels")
def test_every_proof_reads_at_every_resolution(evidence: Evidence) -> None:
    """Every worst record of every template at 203, 300 and 600 dpi reads as exactly its two codes."""
    for name in NAMES[: evidence.size(1, len(NAMES))]:
        for dpi, _, label in proofs(shipped()[name]):
            if evidence.full or dpi == 300:
                assert asked(label) == reads(grey(label.ink))
                evidence.count("proofs, both symbols read and nothing else")
