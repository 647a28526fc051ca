"""Which codes are in this picture?

* zxing-cpp reads; its ``.bytes`` count, never its ``.text``. Only the symbologies that can be an identity are looked
  for, so that a product's EAN never enters; Aztec and PDF417 are for a hospital's own wristband (``PATIENT``).
* Nothing found is an empty list. No picture is ``NotAPicture``: an exception never means "no code".
* Whatever is plainly read is returned, valid or not. A caller that is able to tell what is valid hands in ``valid``:
  then a picture without a valid read goes through the rescue ladder, and what only the rescue saw counts if valid.
* A second, independent opinion on Code 128 comes from ZBar, where the machine has it.
"""

from __future__ import annotations

import ctypes
from enum import Enum
from typing import TYPE_CHECKING

import zxingcpp

from scanners import rescue
from scanners.picture import grey
from scanners.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from scanners.picture import Grey

    Valid = Callable[[bytes, str], bool]
    Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

_IDENTITY = [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCodeModel2]


class Looked(Enum):
    """What is looked for: the codes of labels, or also what hospitals print on wristbands."""

    IDENTITY = "identity"
    PATIENT = "patient"


_FORMATS = {
    Looked.IDENTITY: _IDENTITY,
    Looked.PATIENT: [*_IDENTITY, zxingcpp.BarcodeFormat.Aztec, zxingcpp.BarcodeFormat.PDF417],
}


def read(image: Picture | bytes, *, valid: Valid | None = None, looked: Looked = Looked.IDENTITY) -> list[Scan]:
    """Return every code in *image*, from top to bottom, or raise ``NotAPicture``."""
    picture = grey(image)
    plain = _read(picture, looked, "picture")
    good = valid or _anything
    if any(good(scan.data, scan.aim) for scan in plain):
        return plain
    seen = {(scan.data, scan.aim) for scan in plain}
    for step in _ladder(picture):
        saved = [scan for scan in _read(step, looked, "rescue") if good(scan.data, scan.aim)]
        fresh = {(scan.data, scan.aim): _placeless(scan) for scan in saved if (scan.data, scan.aim) not in seen}
        if fresh:
            return [*plain, *fresh.values()]
    return plain


def second_reader() -> str | None:
    """Name the second, independent reader with its version, or None when this machine has none (no libzbar)."""
    try:
        from pyzbar import wrapper  # noqa: PLC0415 - the import itself fails where libzbar is missing
    except ImportError:
        return None
    # Newer libzbar writes three numbers, older two; pyzbar declares two, and the third pointer would then be garbage.
    # Handing over three is safe with both: a C function that takes two does not look at the third.
    numbers = [ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()]
    wrapper.load_libzbar().zbar_version(*(ctypes.byref(number) for number in numbers))
    return "libzbar " + ".".join(str(number.value) for number in numbers[:2])


def second_opinion(image: Picture | bytes) -> list[Scan]:
    """Return the Code 128 symbols that ZBar sees in *image*; it cannot tell AIM identifiers, so ``aim`` is empty.

    Without libzbar it has no opinion: ask ``second_reader`` first.
    """
    picture = grey(image)
    if second_reader() is None:
        return []
    from pyzbar import pyzbar  # noqa: PLC0415 - see second_reader

    symbols = pyzbar.decode(picture, symbols=[pyzbar.ZBarSymbol.CODE128])
    # ZBar can give an empty payload (scanners.md 0.4): that is no read.
    return [Scan(bytes(symbol.data), "", "zbar") for symbol in symbols if symbol.data]


def _read(picture: Grey, looked: Looked, source: str) -> list[Scan]:
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats(_FORMATS[looked]))
    scans = [_scan(barcode, source) for barcode in found if barcode.valid and barcode.bytes]
    return sorted(scans, key=lambda scan: (scan.quad or ((0, 0),))[0][::-1])


def _scan(barcode: zxingcpp.Barcode, source: str) -> Scan:
    at = barcode.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    a, b, c, d = ((int(corner.x), int(corner.y)) for corner in corners)
    return Scan(bytes(barcode.bytes), str(barcode.symbology_identifier), source, (a, b, c, d))


def _placeless(scan: Scan) -> Scan:
    # The corners are those of a cut or enlarged picture and would point nowhere in the caller's.
    return Scan(scan.data, scan.aim, scan.source)


def _ladder(picture: Grey) -> Iterator[Grey]:
    yield from rescue.level_crops(picture)
    yield rescue.thresholded(picture)
    larger = rescue.enlarged(picture)
    if larger is not None:
        yield larger


def _anything(_data: bytes, _aim: str) -> bool:
    return True
