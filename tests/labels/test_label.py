"""Whether a label is what was asked for, to the dot, on every printer."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import zplkit
import zplkit.rendering
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from labels import Code, NotForPrinting, render
from labels import zpl as wire
from labels.designs import names
from labels.stock import DPI
from tests.labels.examples import BAG, CASSETTE, SPECS, asked, at, grey, reads

GOLDEN = Path(__file__).parent / "golden"
ZPLKIT_KNOWS_NOT = (b"^MUd", b"^PQ1")

# Printable ASCII, with what ISBT 128 and ZPL find hard at hand more often.
_ISBT = st.text(st.sampled_from("=<>&;+,/%~^_\\@|\"'") | st.characters(min_codepoint=0x20, max_codepoint=0x7E))
payloads = _ISBT.filter(lambda text: 1 <= len(text) <= 90).map(lambda text: text.encode("ascii"))
with_separators = st.lists(payloads, min_size=1, max_size=3).map(b"\x1d".join)
pieces = st.text("0123456789BCDEFGHJKLNPRSTUVX", min_size=12, max_size=12).map(lambda text: text.encode("ascii"))


@pytest.mark.parametrize("dpi", DPI)
@pytest.mark.parametrize("name", SPECS)
def test_both_symbols_read_as_asked_and_nothing_else_does(name: str, dpi: int) -> None:
    """On every design and resolution a foreign reader sees exactly the two codes, whichever way the label lies."""
    label = render(at(SPECS[name], dpi))

    for quarter in range(4):
        assert asked(label.spec) == reads(grey(np.rot90(label.ink, quarter)))


@pytest.mark.parametrize("dpi", DPI)
@pytest.mark.parametrize("name", SPECS)
def test_a_printer_draws_the_very_dots_that_were_decoded(name: str, dpi: int) -> None:
    """Another ZPL interpreter and our own parser make of the sent bytes the same dots, none differing."""
    label = render(at(SPECS[name], dpi))
    sent = label.zpl()

    layout = sent
    for command in ZPLKIT_KNOWS_NOT:
        assert 1 == sent.count(command)
        layout = layout.replace(command, b"")
    height, width = label.sent.shape
    limits = zplkit.rendering.Limits(graphic_bytes=100_000)
    options = zplkit.Options(width=width, height=height, dpi=dpi)
    (scene,) = zplkit.render(layout, options=options, limits=limits).labels
    raster = scene.rasterize()
    foreign = np.frombuffer(raster.pixels, dtype=np.uint8).reshape(raster.height, raster.width) < 128
    assert 0 == np.count_nonzero(foreign != label.sent)
    assert 0 == np.count_nonzero(wire.read(sent) != label.sent)


@pytest.mark.parametrize("name", SPECS)
def test_each_label_looks_like_the_one_that_a_person_has_looked_at(name: str) -> None:
    """The golden picture and the golden printer bytes hold the same dots as today's drawing."""
    label = render(SPECS[name])

    picture = np.asarray(Image.open(GOLDEN / f"{name}.png"))
    assert np.array_equal(label.ink, ~picture)
    assert np.array_equal(label.sent, wire.read((GOLDEN / f"{name}.zpl").read_bytes()))


def test_every_design_has_a_golden_label() -> None:
    """No design is without its twin here."""
    assert set(names()) == {spec.design for spec in SPECS.values()}


@settings(max_examples=60, deadline=None)
@given(primary=with_separators, piece=pieces, dpi=st.sampled_from(DPI))
def test_any_payload_is_read_byte_for_byte(primary: bytes, piece: bytes, dpi: int) -> None:
    """Whatever printable bytes and separators a code holds, they come back unchanged, with the right AIM identifier."""
    spec = replace(at(BAG, dpi), primary=Code(primary, "datamatrix", ""), secondary=Code(piece, "code128", ""))

    assert asked(spec) == reads(grey(render(spec).ink))


@settings(max_examples=40, deadline=None)
@given(
    lot=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!%&()*+,-./:;<=>?_", min_size=1, max_size=20),
    serial=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!%&()*+,-./:;<=>?_", min_size=1, max_size=20),
    piece=pieces,
)
def test_any_gs1_elements_are_read_with_their_separators(lot: str, serial: str, piece: bytes) -> None:
    """Lot and serial of any GS1 characters come back with the separator between them, as GS1 Data Matrix."""
    data = f"010950600013435217261231{'10' + lot}\x1d{'21' + serial}\x1d".encode() + b"250" + piece
    spec = replace(CASSETTE, primary=Code(data, "gs1datamatrix", ""), secondary=Code(piece, "code128", ""))

    assert asked(spec) == reads(grey(render(spec).ink))


@pytest.mark.parametrize("name", SPECS)
def test_a_slightly_blurred_label_still_reads(name: str) -> None:
    """A blur of a third of a module, as of a cheap camera, loses neither code."""
    label = render(SPECS[name])
    photo = Image.fromarray(grey(np.pad(label.ink, 40))).filter(ImageFilter.GaussianBlur(1.0))

    assert asked(label.spec) == reads(np.asarray(photo))


@pytest.mark.parametrize("name", SPECS)
def test_a_preview_holds_no_code_and_does_not_print(name: str) -> None:
    """A preview shows the words and reads as nothing, and no printer bytes can be had of it."""
    label = render(replace(SPECS[name], preview=True))

    assert set() == reads(grey(label.ink))
    with pytest.raises(NotForPrinting, match="a preview is not for use"):
        label.zpl()


def test_the_picture_has_one_bit_and_its_true_size() -> None:
    """A PNG of a label is black and white and says how many dots make an inch."""
    picture = Image.open(BytesIO(render(BAG).png()))

    assert ("1", (1181, 709)) == (picture.mode, picture.size)
    assert pytest.approx(300, abs=0.1) == picture.info["dpi"][0]


def test_the_same_label_has_the_same_hash_and_another_one_another() -> None:
    """The hash is of the dots: it is stable, and one changed word changes it."""
    assert render(BAG).sha256 == render(replace(BAG)).sha256
    assert render(BAG).sha256 != render(replace(BAG, copy="REPRINT 2")).sha256
