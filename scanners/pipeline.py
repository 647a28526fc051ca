"""Which codes are in this picture?

* zxing-cpp reads; its ``.bytes`` count, never its ``.text``. Only the symbologies that can be an identity are looked
  for, so that a product's EAN never enters; Aztec and PDF417 are for a hospital's own wristband (``PATIENT``).
* Nothing found is an empty list. No picture is ``NotAPicture``: an exception never means "no code".
* Whatever is plainly read is returned, valid or not. A caller that is able to tell what is valid hands in ``valid``:
  then a picture without a valid read goes through the rescue ladder, and what only the rescue saw counts if valid.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import zxingcpp

from scanners import rescue
from scanners.picture import grey
from scanners.scan import Scan
from scanners.symbology import WHITELIST, name_of

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


def foreign(image: Picture | bytes) -> str | None:
    """Return what people call a code in *image* that is none of ours, such as a product's EAN: for the screen alone."""
    for barcode in zxingcpp.read_barcodes(grey(image), try_downscale=False):
        aim = str(barcode.symbology_identifier)
        if barcode.valid and aim not in WHITELIST:
            return name_of(aim)
    return None


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
