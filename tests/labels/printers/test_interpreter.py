"""Whether the virtual printer draws native labels as the guide says, and nothing that it does not understand."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from labels import compose, shipped, worst_case, zpl
from labels.errors import NotOurZpl
from labels.printers.interpreter import drawn
from tests.labels.printers.papers import ONE

HEADER = b"^XA^MUD^CI28^PW600^LL500^LH0,0^LT0^LS0^PON^FWN\n"


def label(*fields: bytes) -> bytes:
    """A native label of these fields."""
    return HEADER + b"".join(field + b"\n" for field in fields) + b"^PQ1^XZ"


def read(job: bytes) -> list[tuple[str, bytes]]:
    """What a decoder sees on the drawn label."""
    picture = np.where(drawn(job), 0, 255).astype(np.uint8)
    return [(one.symbology_identifier, bytes(one.bytes)) for one in zxingcpp.read_barcodes(picture)]


SYMBOLS = {
    "Code 128 in B": (b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>:7K3MXHD90BC2^FS", "]C0", b"7K3MXHD90BC2"),
    "Code 128 with a >": (b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>:=>0026^FS", "]C0", b"=>026"),
    "Code 128 in C, then B": (b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>;026123>6A^FS", "]C0", b"026123A"),
    "Code 128 in B, then C": (b"^BY2,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>:A>50261>6B^FS", "]C0", b"A0261B"),
    "GS1-128": (b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>;>801095060001343529>6^FS", "]C1", b"0109506000134352"),
    "Code 128, upwards": (b"^BY3,2,100^FO60,40^BCB,100,N,N,N,N^FH_^FD>:ABC_5E^FS", "]C0", b"ABC^"),
    "Code 128, downwards": (b"^BY3,2,100^FO60,40^BCR,100,N,N,N,N^FH_^FD>:ABC_7E^FS", "]C0", b"ABC~"),
    "Data Matrix": (b"^FO60,40^BXN,6,200,18,18,,@,1^FH_^FDSHP-7K3M_5EXZ^FS", "]d1", b"SHP-7K3M^XZ"),
    "Data Matrix, its escape in use": (b"^FO60,40^BXN,6,200,18,18,,|,1^FH_^FDA|d029B^FS", "]d1", b"A\x1dB"),
    "GS1 Data Matrix": (
        b"^FO60,40^BXN,6,200,24,24,,@,1^FH_^FD@1010950600013435210LOT@121COI7^FS",
        "]d2",
        b"010950600013435210LOT\x1d21COI7",
    ),
    "QR": (b"^BY2,2,10^FO60,40^BQN,2,6^FH_^FDQA,https://a.example/_5F^FS", "]Q1", b"https://a.example/_"),
}


@pytest.mark.parametrize("case", [name for name in SYMBOLS if name != "GS1-128"])
def test_a_symbol_reads_as_its_payload(case: str) -> None:
    """Hex is undone first, then the symbology's own escapes; the bytes read are those that were meant."""
    field, aim, data = SYMBOLS[case]

    assert [(aim, data)] == read(label(field))


def test_a_gs1_bar_code_begins_with_its_fnc1() -> None:
    """FNC1 behind the start character makes it a GS1-128."""
    field = b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>;>80109506000134352^FS"

    assert [("]C1", b"0109506000134352")] == read(label(field))


def test_the_mark_drops_by_the_height_that_by_told() -> None:
    """A QR code stands lower than its ^FO says, as real interpreters have it."""
    first, other = (drawn(label(b"^BY2,2,%d^FO60,%d^BQN,2,6^FH_^FDQA,A^FS" % (drop, 50 - drop))) for drop in (10, 40))
    assert np.array_equal(first, other)
    assert 50 == np.flatnonzero(first.any(axis=1))[0]


def test_boxes_and_letters_stand_where_they_are_told() -> None:
    """A frame, a bar, white letters on it, letters lying: each in its place, and nothing beside it."""
    frame = drawn(label(b"^FO10,20^GB100,50,4^FS"))
    assert (2 * 4 * 100 + 2 * 4 * 42, True, False) == (frame.sum(), frame[20, 10], frame[45, 60])

    band = drawn(label(b"^FO10,20^GB300,60,60^FS"))
    lettered = drawn(label(b"^FO10,20^GB300,60,60^FS", b"^FO20,30^A0N,40,40^FR^FH_^FDSHIPPER^FS"))
    assert band.sum() == 300 * 60
    assert 0.5 < lettered.sum() / band.sum() < 0.95
    assert not (lettered & ~band).any()

    lying, standing = (drawn(label(b"^FO50,50^A0%b,40,40^FH_^FDName_20_C3_98^FS" % turn)) for turn in (b"N", b"R"))
    assert lying.sum() == standing.sum() > 0
    rows, columns = np.flatnonzero(lying.any(axis=1)), np.flatnonzero(lying.any(axis=0))
    assert np.ptp(columns) > np.ptp(rows)


def test_a_graphic_anywhere_and_over_the_edge() -> None:
    """A graphic is laid dot by dot where it is told; what stands over the edge is lost, as on paper."""
    ink = np.ones((16, 24), dtype=np.bool_)
    strip = zpl.written(ink).split(b"\n")[1]
    whole = drawn(label(strip.replace(b"^FO0,0", b"^FO100,50")))
    cut = drawn(label(strip.replace(b"^FO0,0", b"^FO590,50")))

    assert whole[50:66, 100:124].all()
    assert (16 * 24, 16 * 10) == (whole.sum(), cut.sum())
    assert np.array_equal(zpl.read(ONE), drawn(ONE))


WRONG = {
    "no header": b"^XA^FO1,1^A0N,30,30^FH_^FDA^FS\n^PQ1^XZ",
    "no size": HEADER.replace(b"PW600", b"PW0") + b"^PQ1^XZ",
    "no end": HEADER,
    "more behind": label() + b"^XA",
    "a stored format": label(b"^DFR:A.ZPL^FS"),
    "a Code 128 that the printer plans": label(b"^BY3,2,100^FO60,40^BCN,100,N,N,N,A^FH_^FDABC^FS"),
    "no start character": label(b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FDABC^FS"),
    "an invocation that is none": label(b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>:A>9^FS"),
    "half a pair": label(b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>;123^FS"),
    "a letter in C": label(b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>;1A^FS"),
    "a > in C": label(b"^BY3,2,100^FO60,40^BCN,100,N,N,N,N^FH_^FD>;12>0^FS"),
    "an old Data Matrix": label(b"^FO60,40^BXN,6^FH_^FDA^FS"),
    "a matrix too small": label(b"^FO60,40^BXN,6,200,10,10,,@,1^FH_^FDABCDEFGHIJ^FS"),
    "a matrix of no size": label(b"^FO60,40^BXN,6,200,11,11,,@,1^FH_^FDA^FS"),
    "a matrix that is not square": label(b"^FO60,40^BXN,6,200,10,12,,@,1^FH_^FDA^FS"),
    "an escape that is none": label(b"^FO60,40^BXN,6,200,18,18,,@,1^FH_^FDA@zB^FS"),
    "a wrong check digit": label(b"^FO60,40^BXN,6,200,24,24,,@,1^FH_^FD@10109506000134353^FS"),
    "a QR code without a level": label(b"^BY2,2,10^FO60,40^BQN,2,6^FH_^FDHELLO^FS"),
    "half a hex": label(b"^FO1,1^A0N,30,30^FH_^FDA_5^FS"),
    "bytes that are no UTF-8": label(b"^FO1,1^A0N,30,30^FH_^FDA_FF^FS"),
    "a letter without a size": label(b"^FO1,1^A0N,0,30^FH_^FDA^FS"),
    "a control character": label(b"^FO1,1^A0N,30,30^FH_^FDA_07^FS"),
    "an element that is none": label(b"^FO60,40^BXN,6,200,24,24,,@,1^FH_^FD@1A5ABC^FS"),
    "a box without a line": label(b"^FO1,1^GB10,10,0^FS"),
    "a wrong checksum": ONE[: ONE.index(b"^FS") - 4] + b"0000" + ONE[ONE.index(b"^FS") :],
    "a tilde": label(b"^FO1,1^A0N,30,30^FH_^FDA~JRB^FS"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_it_does_not_understand_it_does_not_print(case: str) -> None:
    """No guess: the label is refused whole."""
    with pytest.raises(NotOurZpl):
        drawn(WRONG[case])


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_label_reads_as_asked_when_drawn_from_its_commands(name: str) -> None:
    """The virtual printer and the library that wrote the commands agree on every symbol, in two resolutions."""
    template = shipped()[name]
    asked = worst_case(template)[0]
    for dpi in (203, 300):
        made = compose(template, asked, dpi)
        native, raster = made.zpl("native").strip(), made.zpl().strip()

        assert {(one.aim, one.data) for one in made.symbols} <= set(read(native))
        assert np.array_equal(made.sent, drawn(raster))
        assert made.sent.shape == drawn(native).shape


PIECES = (*(field for field, _, _ in SYMBOLS.values()), b"^FO10,20^GB100,50,4^FS", b"^FO9,9^A0N,40,40^FH_^FDName^FS")


@given(st.sampled_from(PIECES), st.integers(0, 60), st.binary(min_size=1, max_size=3))
def test_no_bytes_break_it(field: bytes, at: int, noise: bytes) -> None:
    """A damaged field is drawn or refused; never another exception."""
    try:
        assert (500, 600) == drawn(label(field[:at] + noise + field[at + 1 :])).shape
    except NotOurZpl:
        assert at <= len(field) + 60
