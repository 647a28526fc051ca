"""Whether a printer that draws a label itself can be made to draw another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zint

from labels import Code, LabelError, NotEncodable, NotOurZpl, compose, lint, native, parse, shipped, zpl
from labels.code128 import bars, plan
from labels.fields import refused
from labels.symbols import enlarged, symbol
from tests.labels.examples import NAMES, SPECIMENS, asked, coded, grey, made, reads, valued
from tests.labels.foreign import zplkit_draws
from tests.vectors import lines

if TYPE_CHECKING:
    import random

    from labels import Symbology
    from tests.evidence import Evidence
    from tests.labels.foreign import Profile, Zebrash

ASCII = bytes(range(0x20, 0x7F))
PROFILES: tuple[Profile, ...] = ("zd621", "specification")
NASTY = b'^~_\\>@|"`{}$#!?%&,:;<=>0123456789'
HOSTILE = (
    "^XZ^XA",
    "~JR",
    "_5E",
    "\\&",
    ">8",
    "\r\n",
    "\x00",
    "\u202e",
    "A" * 10_000,
    "^FS^FO0,0^GB9,9^FS",
    "`^CC",
    "~DY",
)


def payload(chance: random.Random, symbology: Symbology) -> bytes:
    """Return random printable bytes, with what is dangerous in ZPL hard at hand."""
    length = chance.randint(1, 18 if symbology == "code128" else 60)
    return bytes(chance.choice(NASTY if chance.random() < 0.5 else ASCII) for _ in range(length))


def field_of(code: Code, module: int) -> tuple[bytes, tuple[int, int]]:
    """Return a label with nothing but one code, and its size."""
    size = 900, 700
    match code.symbology:
        case "datamatrix" | "gs1datamatrix":
            escape, data = native.matrix_field(code.data, gs1=code.symbology == "gs1datamatrix")
            side = symbol(code).modules.shape[0]
            field = b"^FO60,60^BXN,%d,200,%d,%d,,%b,1^FH_^FD%b^FS" % (module, side, side, escape, native.field(data))
        case "qrcode":
            field = b"^BY2,2,10^FO60,50^BQN,2,%d^FH_^FDQA,%b^FS" % (module, native.field(code.data))
        case _:
            told = native.bars_field(code.data, code.symbology)
            field = b"^BY%d,2,90^FO60,60^BCN,90,N,N,N,N^FH_^FD%b^FS" % (module // 2, told)
    return zpl.HEADER % size + b"\n" + field + b"\n" + zpl.END + b"\n", size


@pytest.mark.long("labels")
@pytest.mark.parametrize("symbology", ["datamatrix", "qrcode", "code128"])
def test_no_payload_is_printed_as_another(symbology: Symbology, evidence: Evidence, zebrash: Zebrash) -> None:
    """Random printable payloads read alike in both profiles of zplkit and in zebrash, or are refused."""
    chance = evidence.random()
    for number in range(evidence.size(60, 2000)):
        code = Code(payload(chance, symbology), symbology, "")
        try:
            sent, size = field_of(code, 4)
        except NotEncodable:
            evidence.count("refused")
            continue
        lint.prove(sent)
        drawn = [zplkit_draws(sent, size, 300), zplkit_draws(sent, size, 300, "specification")]
        if number % 4 == 0 or evidence.full:
            drawn.append(zebrash.draws(sent, size, 300))
        for dots in drawn:
            assert {(code.aim, code.data)} == reads(grey(dots)), code.data
            evidence.count("readings, each as asked")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_field_can_begin_a_command(hostile: str) -> None:
    """Whatever stands in a text of a label, it is refused or the format is one, of listed commands, with no ~."""
    for values in ({"name": hostile}, {"from": hostile}, {"handling": hostile}):
        try:
            label = made("shipper", valued("shipper", **values), mark=hostile[:20], copy=hostile[:20])
            sent = label.zpl("native")
        except LabelError:
            continue
        assert () == lint.faults(sent)
        assert asked(label) == reads(grey(zplkit_draws(sent, (label.stock.width, label.stock.height), 300)))


@pytest.mark.long("labels")
def test_no_field_of_any_template_can_begin_a_command(evidence: Evidence) -> None:
    """Every hostile text in all fields of every template is refused, or the label is one format that reads as asked."""
    cases = [(name, text) for name in NAMES for text in (*HOSTILE, "é^", "\\^XZ", "^^", "~~", "%s{}", "A" * 20)]
    evidence.random().shuffle(cases)
    for name, text in cases[: evidence.size(20, len(cases))]:
        fields = shipped()[name].fields
        hostile = {
            field: text for field, told in fields.items() if told.kind in {"words", "name", "identifier", "terms"}
        }
        try:
            label = made(name, valued(name, **hostile), 203, mark=text[:12], copy=text[:12])
            sent = label.zpl("native")
        except LabelError:
            evidence.count("records refused")
            continue
        height, width = label.sent.shape
        assert () == lint.faults(sent), (name, text)
        assert asked(label) == reads(grey(zplkit_draws(sent, (width, height), 203))), (name, text)
        evidence.count("labels, each one format that reads as asked")


def test_every_visible_field_of_every_kind_was_tried() -> None:
    """Each hostile text fits a field or is refused by its length or its line ends: none is passed over in silence."""
    field = made("shipper").template.fields["name"]

    assert {"", "at most 30 characters", "one line of words"} == {refused(text, field) for text in HOSTILE}


@pytest.mark.vectors
@pytest.mark.parametrize("row", lines("labels/code128_zpl_pitfalls.tsv"))
def test_the_known_traps_are_not_ours(row: str, zebrash: Zebrash) -> None:
    """What made three interpreters print something else is encoded as intended by our own planner and escapes."""
    told, *_, intended = row.split("\t")
    if not intended.isascii():
        with pytest.raises(NotEncodable):
            symbol(Code(intended.split()[0].encode(), "datamatrix", ""))
        return
    code = Code(intended.encode(), "datamatrix" if "^BX" in told else "code128", "")
    sent, size = field_of(code, 4)

    drawn = [zplkit_draws(sent, size, 300, profile) for profile in PROFILES]
    for dots in (*drawn, zebrash.draws(sent, size, 300)):
        assert {(code.aim, code.data)} == reads(grey(dots))


@pytest.mark.parametrize("data", [b"}", b"a", b"0", b"A>B"])
def test_bars_that_one_interpreter_loses_are_refused(data: bytes) -> None:
    """A single character, and a > before the last one, go as dots only."""
    with pytest.raises(NotEncodable, match="send it as raster"):
        native.bars_field(data, "code128")


def test_a_payload_with_every_escape_character_is_refused() -> None:
    """Where no character is left to escape with, the label is refused rather than doubled up."""
    with pytest.raises(NotEncodable, match="without one of"):
        native.matrix_field(b"A" + native.ESCAPES, gs1=False)


@pytest.mark.long("labels")
def test_code_128_is_planned_as_tightly_as_zint_does(evidence: Evidence) -> None:
    """Our planner's symbols read as asked and are never wider than those of zint, which minimises them."""
    chance = evidence.random()
    for _ in range(evidence.size(150, 2000)):
        alphabet = b"0123456789" * chance.randint(0, 6) + b"AB>a~^ ="
        data = bytes(chance.choice(alphabet) for _ in range(chance.randint(1, 40)))
        foreign = zint.Symbol()
        foreign.symbology = zint.Symbology.CODE128
        foreign.encode(data)
        dots = np.pad(enlarged(symbol(Code(data, "code128", "")), 3, 60), 20)
        assert foreign.width == plan(data).modules == bars(plan(data)).shape[1]
        assert {("]C0", data)} == reads(grey(dots))
        evidence.count("plans as wide as zint's, read as asked")


LINT = {
    "an injected label": (b"^FDSHIPPER", b"^FDSHIPPER^XZ^XA", 2),
    "a reset": (b"^FDSHIPPER", b"^FD~JR", 1),
    "a byte above ASCII": (b"^FDSHIPPER", b"^FDM\xc3\xbc", 1),
    "a stored format": (b"^FDSHIPPER", b"^DFR:A.ZPL^FDS", 3),
    "another home": (b"^LH0,0", b"^LH9,9", 3),
    "no code page": (b"^CI28", b"", 3),
    "a half escape": (b"^FDSHIPPER", b"^FD_5", 4),
    "text without ^FH": (b"^FR^FH_^FDSHIPPER", b"^FR^FDSHIPPER", 4),
    "Code 128 in automatic mode": (b"190,N,N,N,N", b"190,N,N,N,A", 5),
    "two copies": (b"^PQ1", b"^PQ2", 2),
}


def test_our_own_labels_pass_the_gate() -> None:
    """A native and a raster label have no fault."""
    label = made("shipper")

    assert () == lint.faults(label.zpl("native")) == lint.faults(label.zpl())


@pytest.mark.parametrize("case", LINT)
def test_the_gate_stops_what_is_no_label_of_ours(case: str) -> None:
    """Each rule of the lint finds its fault, and nothing with a fault is proved."""
    seen, put, rule = LINT[case]
    sent = made("shipper").zpl("native")
    if case.startswith("Code 128"):
        seen = b",N,N,N,N^FH"
        put = b",N,N,N,A^FH"
    assert seen in sent
    spoiled = sent.replace(seen, put, 1)

    assert rule in {fault.rule for fault in lint.faults(spoiled)}
    with pytest.raises(NotOurZpl):
        lint.prove(spoiled)


def test_the_gate_stops_a_graphic_that_lies() -> None:
    """A wrong checksum in a graphic of an else good label is a fault."""
    sent = made("wristband").zpl("native")
    place = sent.index(b":Z64:") + 9
    spoiled = sent[:place] + (b"A" if sent[place : place + 1] != b"A" else b"B") + sent[place + 1 :]

    assert {5} == {fault.rule for fault in lint.faults(spoiled)}
    with pytest.raises(NotOurZpl, match="checksum"):
        lint.prove(spoiled)


def test_a_band_with_foreign_letters_is_sent_as_dots() -> None:
    """Where font 0 cannot write the mark, the whole band goes as one graphic, and the label still reads."""
    label = made("shipper", mark="ÜBUNG")
    sent = label.zpl("native")

    dots = zplkit_draws(sent, (label.stock.width, label.stock.height), 300)
    assert 0 == np.count_nonzero(dots[20:160] != label.ink[20:160])
    assert asked(label) == reads(grey(dots))


def test_a_qr_code_and_a_gs1_128_are_told_as_commands(zebrash: Zebrash) -> None:
    """A template with other symbologies prints natively too, and reads alike in both interpreters."""
    record = SPECIMENS["shipper"]
    first, second = record.codes["primary"], record.codes["secondary"]
    template = made("shipper").template
    plain = template.to_json()
    plain["codes"]["primary"]["symbologies"] = ["qrcode"]
    plain["codes"]["primary"]["sample"]["symbology"] = "qrcode"
    codes = {"primary": replace(first, symbology="qrcode"), "secondary": second}
    label = compose(parse(plain), replace(coded("shipper"), codes=codes))

    for dots in (label.ink, zebrash.draws(label.zpl("native"), (label.stock.width, label.stock.height), 300)):
        assert asked(label) == reads(grey(dots))
