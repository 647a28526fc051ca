"""Which codes are in this picture?

* zxing-cpp reads; its ``.bytes`` count, never its ``.text``. Only the symbologies that can be an identity are looked
  for, so that a product's EAN never enters; Aztec and PDF417 are for a hospital's own wristband (``PATIENT``).
* Nothing found is an empty list. No picture is ``NotAPicture``: an exception never means "no code".
* Whatever is plainly read is returned, valid or not. A caller that is able to tell what is valid hands in ``valid``:
  then a picture without a valid read goes through the rescue ladder, and what only the rescue saw counts if valid.
* The ladder is short, since each further step costs time and adds misreads of bars (scanners.md 1.5). What each step
  gains and costs is measured by ``python -m bench.scan``. All views of one picture together are one vote.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import zxingcpp

from scanners.ladder import LINEAR, MATRIX, STEPS, Ladder, Step, View
from scanners.picture import grey
from scanners.scan import Scan
from scanners.symbology import WHITELIST, family_of, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from scanners.picture import Grey

    Valid = Callable[[bytes, str], bool]
    Picture = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]

_IDENTITY = [*MATRIX, *LINEAR]


class Looked(Enum):
    """What is looked for: the codes of labels, or also what hospitals print on wristbands."""

    IDENTITY = "identity"
    PATIENT = "patient"


_FORMATS = {
    Looked.IDENTITY: _IDENTITY,
    Looked.PATIENT: [*_IDENTITY, zxingcpp.BarcodeFormat.Aztec, zxingcpp.BarcodeFormat.PDF417],
}


def read(
    image: Picture | bytes,
    *,
    valid: Valid | None = None,
    looked: Looked = Looked.IDENTITY,
    steps: tuple[Step, ...] = STEPS,
) -> list[Scan]:
    """Return every code in *image*, from top to bottom, or raise ``NotAPicture``."""
    good = valid or _anything
    plain: list[Scan] = []
    seen: set[tuple[bytes, str]] = set()
    for step, scans in looks(grey(image), looked, steps):
        if step is None:
            plain, seen = scans, {(scan.data, scan.aim) for scan in scans}
            if any(good(scan.data, scan.aim) for scan in plain):
                return plain
            continue
        fresh: dict[tuple[bytes, str], Scan] = {}
        for scan in scans:
            if (scan.data, scan.aim) not in seen and good(scan.data, scan.aim):
                fresh.setdefault((scan.data, scan.aim), scan)
        if fresh:
            return [*plain, *fresh.values()]
    return plain


def looks(
    picture: Grey, looked: Looked = Looked.IDENTITY, steps: tuple[Step, ...] = STEPS
) -> Iterator[tuple[Step | None, list[Scan]]]:
    """Yield what each way of looking sees, the plain one (None) first; a step is gone only when it is asked for."""
    formats = _FORMATS[looked]
    yield None, _read(View(picture, formats, turn=True, shrink=True, same=True), "picture")
    ladder = Ladder(picture, formats)
    for step, views in zip(steps, ladder.climbed(steps), strict=True):
        scans = [scan for view in views for scan in _read(view, "rescue", ladder.shrunk)]
        yield step, [scan for scan in scans if not any(_contradicts(scan, other) for other in scans)]


def foreign(image: Picture | bytes) -> str | None:
    """Return what people call a code in *image* that is none of ours, such as a product's EAN: for the screen alone."""
    for barcode in zxingcpp.read_barcodes(grey(image), try_downscale=False):
        aim = str(barcode.symbology_identifier)
        if barcode.valid and aim not in WHITELIST:
            return name_of(aim)
    return None


def _contradicts(scan: Scan, other: Scan) -> bool:
    """Whether two views of the same bars say two things: then neither is believed."""
    if scan.data == other.data or not (family_of(scan.aim) == family_of(other.aim) == "linear"):
        return False
    if scan.quad is None or other.quad is None:
        return True
    (x, y), (u, v) = (tuple(sum(axis) / 4 for axis in zip(*one, strict=True)) for one in (scan.quad, other.quad))
    (a, b), (c, d) = scan.quad[0], scan.quad[2]
    return float((x - u) ** 2 + (y - v) ** 2) < ((a - c) ** 2 + (b - d) ** 2) / 9


def _read(view: View, source: str, shrunk: float = 1.0) -> list[Scan]:
    found = zxingcpp.read_barcodes(
        view.picture,
        formats=zxingcpp.BarcodeFormats(view.formats),
        try_rotate=view.turn,
        try_downscale=view.shrink,
        try_invert=view.invert,
    )
    scans = [_scan(barcode, source, view, shrunk) for barcode in found if barcode.valid and barcode.bytes]
    return sorted(scans, key=lambda scan: (scan.quad or ((0, 0),))[0][::-1])


def _scan(barcode: zxingcpp.Barcode, source: str, view: View, shrunk: float) -> Scan:
    corners = view.quad
    if view.same:
        at = barcode.position
        a, b, c, d = ((point.x, point.y) for point in (at.top_left, at.top_right, at.bottom_right, at.bottom_left))
        a, b, c, d = ((round(x * shrunk), round(y * shrunk)) for x, y in (a, b, c, d))
        corners = (a, b, c, d)
    return Scan(bytes(barcode.bytes), str(barcode.symbology_identifier), source, corners)


def _anything(_data: bytes, _aim: str) -> bool:
    return True
