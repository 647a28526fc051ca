"""Whether a symbol is right by its standard, or is refused."""

from __future__ import annotations

import numpy as np
import pytest

from labels import Code, NotEncodable, SymbolDoesNotFit
from labels.stock import DPI
from labels.symbols import enlarged, least_dots, measured, module_dots, scaled, square, symbol
from tests.labels.examples import DOSE, PIECE, grey, reads

REFUSED = {
    "nothing": (b"", "datamatrix", "expected 1 to 512 bytes, got 0"),
    "too much": (b"A" * 513, "datamatrix", "expected 1 to 512 bytes, got 513"),
    "a line feed": (b"AB\nC", "datamatrix", "byte 2 is 0x0A: expected printable ASCII or GS"),
    "a letter beyond ASCII": ("ż".encode(), "datamatrix", "byte 0 is 0xC5: expected printable ASCII or GS"),
    "a separator in a Code 128": (b"A\x1dB", "code128", "byte 1 is 0x1D: expected printable ASCII"),
    "a wrong check digit": (b"0109506000134353", "gs1datamatrix", "zint says Error 261"),
    "a month that is none": (b"17261331", "gs1datamatrix", "zint says Error"),
    "no element": (b"HELLO", "gs1datamatrix", "expected an application identifier at byte 0"),
    "an unknown element": (b"0509506000134352", "gs1datamatrix", "zint says Error"),
    "more than a Code 128 holds": (b"A" * 200, "code128", "expected at most 99 characters of a Code 128"),
}


def scale(code: Code, dpi: int, room: tuple[int, int]) -> tuple[int, int, int]:
    """Return the dots of a module, the width and the height that *code* takes."""
    return scaled(code.symbology, measured(code), dpi, room)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_by_the_standard_is_no_symbol(case: str) -> None:
    """Wrong characters, lengths, check digits, dates and elements are refused, and the bytes are not told."""
    data, symbology, told = REFUSED[case]

    with pytest.raises(NotEncodable) as refused:
        symbol(Code(data, symbology, ""))  # type: ignore[arg-type]  # the table holds plain strings

    assert told in str(refused.value)


@pytest.mark.parametrize("dpi", DPI)
def test_no_module_is_smaller_than_its_standard_allows(dpi: int) -> None:
    """At the true dot pitch a matrix module has 0.254 mm and more, a Code 128 module 0.170 mm and more."""
    pitch_um = 25_400 / dpi

    assert 254 <= least_dots("gs1datamatrix", dpi) * pitch_um
    assert 254 > (least_dots("gs1datamatrix", dpi) - 1) * pitch_um
    assert 170 <= least_dots("code128", dpi) * pitch_um
    assert 170 > (least_dots("code128", dpi) - 1) * pitch_um
    assert least_dots("datamatrix", dpi) <= module_dots("datamatrix", dpi)


def test_a_symbol_shrinks_to_its_least_size_and_no_further() -> None:
    """In a tight place modules get fewer dots; where the least does not fit, the symbol is refused."""
    drawn = symbol(DOSE)
    side = drawn.modules.shape[0] + 2 * drawn.quiet

    assert (4, side * 4, side * 4) == scale(DOSE, 300, (500, 500))
    assert (3, side * 3, side * 3) == scale(DOSE, 300, (side * 4 - 1, 500))
    assert (side * 3, side * 3) == enlarged(drawn, 3).shape
    with pytest.raises(SymbolDoesNotFit, match=f"needs {side * 3} dots, its place has {side * 3 - 1} x 500"):
        scale(DOSE, 300, (side * 3 - 1, 500))


def test_a_code_128_is_never_finer_than_its_least_at_the_true_pitch() -> None:
    """At 300 dpi two dots are 0.169 mm, below 0.170: where three do not fit, the symbol is refused."""
    with pytest.raises(SymbolDoesNotFit, match="with 3 dots each"):
        scale(PIECE, 300, (3 * (symbol(PIECE).modules.shape[1] + 20) - 1, 100))


def test_the_quiet_zone_is_white() -> None:
    """Ten modules before and after the bars of a Code 128, two round a matrix."""
    bars, matrix = enlarged(symbol(PIECE), 3, 100), enlarged(symbol(DOSE), 4)

    assert not bars[:, :30].any()
    assert not bars[:, -30:].any()
    assert bars[:, 30].all()
    assert not np.concatenate([matrix[:8].ravel(), matrix[-8:].ravel(), matrix[:, :8].ravel()]).any()


def test_a_matrix_has_room_for_its_plainest_writing() -> None:
    """A printer that writes less tightly than zint still gets by with the size that it is told."""
    data = b"SHP-7K3MXHD90BC2"

    assert 18 == square(data, "datamatrix") == symbol(Code(data, "datamatrix", "")).modules.shape[0]


@pytest.mark.parametrize("symbology", ["qrcode", "gs1code128"])
def test_what_no_shipped_label_uses_reads_too(symbology: str) -> None:
    """A QR code and a GS1-128 read as their AIM identifiers say."""
    data = b"0109506000134352" + b"10LOT42A\x1d" + b"217K3M" if symbology == "gs1code128" else b"SHP-^~_7K3MXHD90BC2"
    code = Code(data, symbology, "")  # type: ignore[arg-type]  # the table holds plain strings
    dots = np.pad(enlarged(symbol(code), 4, 120), 20)

    assert {(code.aim, data)} == reads(grey(dots))
