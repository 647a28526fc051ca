"""Labels that tests compose: one of each shipped template, and the readers that look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import zxingcpp

from labels import Code, Label, Record, compose, shipped
from labels.specimens import specimens

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labels.precheck import Picture
    from labels.symbols import Dots
    from scanners.scan import Scan

PIECE = Code(b"7K3MXHD90BC2", "code128", "7K3M XHD9 0BC2")
DOSE = Code(
    b"01095060001343521726123110LOT42A\x1d21COI7\x1d2507K3MXHD90BC2",
    "gs1datamatrix",
    "(01)09506000134352(17)261231(10)LOT42A(21)COI7(250)7K3MXHD90BC2",
)
NAMES = tuple(shipped())
SPECIMENS = specimens()
BAG, BAND, CASSETTE = SPECIMENS["apheresis_bag"], SPECIMENS["wristband"], SPECIMENS["cassette"]


def made(name: str, record: Record | None = None, dpi: int = 300, **changed: Any) -> Label:  # noqa: ANN401 - any part of a record
    """Compose the shipped template *name* with its specimen, or *record*, with some parts of it *changed*."""
    return compose(shipped()[name], replace(record or SPECIMENS[name], **changed), dpi)


def valued(name: str, /, **values: str) -> Record:
    """Return the specimen of *name* with other values."""
    record = SPECIMENS[name]
    return replace(record, values={**record.values, **values})


def coded(name: str, /, **codes: Code) -> Record:
    """Return the specimen of *name* with other codes."""
    record = SPECIMENS[name]
    return replace(record, codes={**record.codes, **codes})


def with_ink(label: Label, ink: Dots) -> Label:
    """Return *label* as if it had been drawn as *ink*."""
    other = Label(label.template, label.record, label.stock, label.puts)
    other.__dict__["ink"] = ink
    return other


def grey(ink: Dots) -> Picture:
    """Return *ink* as a picture: black on white."""
    return np.where(ink, 0, 255).astype(np.uint8)


def reads(picture: Picture) -> set[tuple[str, bytes]]:
    """Return what zxing-cpp itself sees, of all symbologies that it knows."""
    return {(seen.symbology_identifier, bytes(seen.bytes)) for seen in zxingcpp.read_barcodes(picture)}


def asked(label: Label) -> set[tuple[str, bytes]]:
    """Return what *label* is to be read as."""
    return {(symbol.aim, symbol.data) for symbol in label.symbols}


def seen(scans: Iterable[Scan]) -> set[tuple[str, bytes]]:
    """Return what *scans* say."""
    return {(scan.aim, scan.data) for scan in scans}
