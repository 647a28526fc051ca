"""Whether a label is what was asked for, to the dot, on every printer and for every foreign eye."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from labels import Code, NotForPrinting, compose, shipped, worst_case
from labels import zpl as wire
from labels.stock import DPI
from tests.labels.examples import NAMES, SPECIMENS, asked, coded, grey, made, reads
from tests.labels.foreign import zplkit_draws

if TYPE_CHECKING:
    from labels import Label
    from tests.evidence import Evidence
    from tests.labels.foreign import Zebrash

GOLDEN = Path(__file__).parent / "golden.json"

# Printable ASCII, with what ISBT 128 and ZPL find hard at hand more often.
_ISBT = st.text(st.sampled_from("=<>&;+,/%~^_\\@|\"'") | st.characters(min_codepoint=0x20, max_codepoint=0x7E))
payloads = _ISBT.filter(lambda text: 1 <= len(text) <= 60).map(lambda text: text.encode("ascii"))
with_separators = st.lists(payloads, min_size=1, max_size=2).map(b"\x1d".join)
pieces = st.text("0123456789BCDEFGHJKLNPRSTUVX", min_size=12, max_size=12).map(lambda text: text.encode("ascii"))


def size(label: Label) -> tuple[int, int]:
    """Return width and height of what is sent."""
    height, width = label.sent.shape
    return width, height


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", NAMES)
def test_every_eye_reads_every_label_as_asked(name: str, dpi: int, zebrash: Zebrash) -> None:
    """The worst label of each template, raster and native, reads alike in our dots, in zplkit and in zebrash."""
    prove(name, dpi, zebrash)


@pytest.mark.long("labels")
def test_the_finest_printer_is_read_alike(evidence: Evidence, zebrash: Zebrash) -> None:
    """At 600 dpi the worst label of each template, raster and native, reads alike in zplkit and in zebrash."""
    for name in ("vial", *(name for name in NAMES if name != "vial"))[: evidence.size(1, len(NAMES))]:
        prove(name, 600, zebrash)
        evidence.count("templates at 600 dpi, raster and native, two interpreters, all symbols read as asked")


def prove(name: str, dpi: int, zebrash: Zebrash) -> None:
    """Hold raster and native bytes of a template's worst label against two interpreters and a decoder."""
    label = compose(shipped()[name], worst_case(shipped()[name])[0], dpi)
    raster, native = label.zpl(), label.zpl("native")
    foreign = [zplkit_draws(raster, size(label), dpi), zebrash.draws(raster, size(label), dpi)]
    assert [0, 0] == [np.count_nonzero(drawn != label.sent) for drawn in foreign]
    assert 0 == np.count_nonzero(wire.read(raster) != label.sent)
    assert asked(label) == reads(grey(label.sent))
    for drawn in (zplkit_draws(native, size(label), dpi), zebrash.draws(native, size(label), dpi)):
        assert asked(label) == reads(grey(drawn))


@pytest.mark.parametrize("name", NAMES)
def test_no_word_of_a_native_label_touches_a_symbol_or_another_word(name: str, zebrash: Zebrash) -> None:
    """What a printer draws itself stays in the box of what we drew: ink outside is none, in both interpreters."""
    for record in (worst_case(shipped()[name])[0], SPECIMENS[name]):
        label = compose(shipped()[name], record)
        allowed = np.zeros((label.stock.height, label.stock.width), dtype=np.bool_)
        for put in label.puts:
            left, top, right, bottom = getattr(put, "room", put.box)
            allowed[top:bottom, left:right] = True
        allowed[1:] |= allowed[:-1].copy()  # a dot for the rounding of the other's letters
        allowed[:, 1:] |= allowed[:, :-1].copy()
        sent = allowed if label.stock.feed == "down" else np.rot90(allowed, -1)
        native = label.zpl("native")
        for drawn in (zplkit_draws(native, size(label), 300), zebrash.draws(native, size(label), 300)):
            assert 0 == np.count_nonzero(drawn & ~sent)


@pytest.mark.parametrize("name", NAMES)
def test_each_label_is_the_one_that_a_person_has_looked_at(name: str) -> None:
    """Dots, raster and native bytes of the specimen of each version of a template stay what they were, to the bit."""
    known = json.loads(GOLDEN.read_text(encoding="ascii"))
    template = shipped()[name]

    assert known[f"{name}.{template.version}"] == {
        "template": template.sha256,
        **{str(dpi): made(name, dpi=dpi).sha256 for dpi in DPI},
    }


@settings(max_examples=40, deadline=None)
@given(primary=with_separators, piece=pieces, dpi=st.sampled_from(DPI))
def test_any_payload_is_read_byte_for_byte(primary: bytes, piece: bytes, dpi: int) -> None:
    """Whatever printable bytes and separators a code holds, they come back unchanged, with the right AIM identifier."""
    codes = {"primary": Code(primary, "datamatrix", "A"), "secondary": Code(piece, "code128", "B")}
    label = made("shipper", coded("shipper", **codes), dpi)

    assert asked(label) == reads(grey(label.ink))


@settings(max_examples=30, deadline=None)
@given(
    lot=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!%&()*+,-./:;<=>?_", min_size=1, max_size=20),
    serial=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!%&()*+,-./:;<=>?_", min_size=1, max_size=20),
    piece=pieces,
)
def test_any_gs1_elements_are_read_with_their_separators(lot: str, serial: str, piece: bytes) -> None:
    """Lot and serial of any GS1 characters come back with the separator between them, as GS1 Data Matrix."""
    data = f"010950600013435217261231{'10' + lot}\x1d{'21' + serial}\x1d".encode() + b"250" + piece
    codes = {"primary": Code(data, "gs1datamatrix", "A"), "secondary": Code(piece, "code128", "B")}
    label = made("cassette", coded("cassette", **codes))

    assert asked(label) == reads(grey(label.ink))


@pytest.mark.parametrize("name", NAMES)
def test_a_slightly_blurred_label_still_reads(name: str) -> None:
    """A blur of a third of a module, as of a cheap camera, loses neither code, whichever way the label lies."""
    label = made(name)
    photo = Image.fromarray(grey(np.pad(label.ink, 40))).filter(ImageFilter.GaussianBlur(1.0))

    for quarter in (0, 1):
        assert asked(label) == reads(np.ascontiguousarray(np.rot90(np.asarray(photo), quarter)))


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_holds_no_code_and_does_not_print(name: str) -> None:
    """A preview shows the words and reads as nothing, and no printer bytes can be had of it."""
    label = made(name, preview=True)

    assert set() == reads(grey(label.ink))
    assert () == label.symbols
    for mode in ("raster", "native"):
        with pytest.raises(NotForPrinting, match="a preview is not for use"):
            label.zpl(mode)


def test_the_pictures_have_their_true_size() -> None:
    """A PNG of a label is black and white and says how many dots make an inch; an SVG has its millimetres."""
    label = made("apheresis_bag")
    picture = Image.open(BytesIO(label.png()))

    assert ("1", (1181, 709)) == (picture.mode, picture.size)
    assert pytest.approx(300, abs=0.1) == picture.info["dpi"][0]
    assert b'width="100mm" height="60mm" viewBox="0 0 1181 709"' in label.svg()


def test_the_svg_holds_the_very_dots() -> None:
    """Every black dot of the label stands in the SVG's path once, and no other."""
    label = made("vial")
    drawn = np.zeros(label.ink.shape, dtype=np.int64)
    path = label.svg().split(b'<path d="')[1].split(b'"')[0].decode()
    for bar in path.split("M")[1:]:
        place, _, rest = bar.partition("h")
        left, top = map(int, place.split())
        width, _, rest = rest.partition("v")
        height = int(rest.partition("h")[0])
        drawn[top : top + height, left : left + int(width)] += 1

    assert np.array_equal(label.ink.astype(np.int64), drawn)


def test_the_same_label_has_the_same_hash_and_another_one_another() -> None:
    """The hash is of the dots: it is stable, and one changed word changes it."""
    assert made("vial").sha256 == made("vial").sha256
    assert made("vial").sha256 != made("vial", copy="REPRINT 2").sha256
