"""Labels that tests draw: one of each design, with worst-case words, and the readers that look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import zxingcpp

from labels import Code, LabelSpec, Line, stock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labels.precheck import Picture
    from labels.symbols import Dots
    from scanners.scan import Scan

PIECE = Code(b"7K3MXHD90BC2", "code128", "7K3M XHD9 0BC2")
COMPOUND = Code(
    b"=+05000=A99992600000100=<S1129100&>0263282359&/CHA999926000001&,20000007K3MXHD90BC2",
    "datamatrix",
    "A9999 26 000001 00 8\nS1129100\n2026-11-24 23:59\nCHA9999 26 000001\n7K3M XHD9 0BC2",
)
PATIENT = Code(b"=+02000&/CHA999926000001&,20000007K3MXHD90BC2", "datamatrix", "CHA9999 26 000001\n7K3M XHD9 0BC2")
DOSE = Code(
    b"01095060001343521726123110LOT42A\x1d21COI7\x1d2507K3MXHD90BC2",
    "gs1datamatrix",
    "(01)09506000134352\n(17)261231\n(10)LOT42A\n(21)COI7\n(250)7K3MXHD90BC2",
)
AUTOLOGOUS = "FOR AUTOLOGOUS USE ONLY"

BAG = LabelSpec(
    design="bag",
    stock=stock("bag-100x60"),
    role="LEUKAPHERESIS BAG",
    identity="CHA9999 26 000001",
    primary=COMPOUND,
    secondary=PIECE,
    lines=(
        Line("Product", "HPC, Apheresis"),
        Line("Collected", "21 NOV 2026 09:14 Europe/Berlin"),
        Line("Expires", "24 NOV 2026 23:59 Europe/Berlin"),
        Line("Volume", "212 mL"),
        Line("Store", "2 to 8 °C, do not irradiate"),
    ),
    warnings=(AUTOLOGOUS, "DO NOT FILTER"),
    mark="DEMO",
)
WRISTBAND = LabelSpec(
    design="wristband",
    stock=stock("wristband-250x25"),
    role="PATIENT WRISTBAND",
    identity="CHA9999 26 000001",
    primary=PATIENT,
    secondary=PIECE,
    lines=(
        Line("Name", "Łukasz Wiśniewski-Müller"),
        Line("Born", "03 FEB 1981"),
        Line("Order", "P-7K2M"),
        Line("Site", "Clinic Nord"),
    ),
    warnings=(AUTOLOGOUS,),
    mark="DEMO",
)
SHORT_WRISTBAND = replace(WRISTBAND, stock=stock("wristband-152x25"), lines=WRISTBAND.lines[:2])
CASSETTE = LabelSpec(
    design="cassette",
    stock=stock("cassette-60x40"),
    role="DRUG PRODUCT",
    identity="COI-7K3M XHD9 0BC2",
    primary=DOSE,
    secondary=PIECE,
    lines=(Line("Lot", "LOT42A"), Line("Expires", "31 DEC 2026"), Line("Store", "≤ −150 °C")),
    warnings=(AUTOLOGOUS,),
    mark="DEMO",
    copy="REPRINT 2",
)
ASSET = LabelSpec(
    design="asset",
    stock=stock("asset-80x40"),
    role="SHIPPER",
    identity="SHP-7K3M XHD9 0BC2",
    primary=Code(b"SHP-7K3MXHD90BC2", "datamatrix", "SHP-7K3M XHD9 0BC2"),
    secondary=Code(b"SHP-7K3MXHD90BC2", "code128", "SHP-7K3M XHD9 0BC2"),
    lines=(Line("What", "Dry vapour shipper"), Line("Owner", "Cell lab North")),
    mark="DEMO",
)

SPECS = {
    "bag": BAG,
    "wristband": WRISTBAND,
    "short-wristband": SHORT_WRISTBAND,
    "cassette": CASSETTE,
    "asset": ASSET,
}


def at(spec: LabelSpec, dpi: int) -> LabelSpec:
    """Return *spec* for a printer of *dpi*."""
    return replace(spec, stock=replace(spec.stock, dpi=dpi))


def grey(ink: Dots) -> Picture:
    """Return *ink* as a picture: black on white."""
    return np.where(ink, 0, 255).astype(np.uint8)


def reads(picture: Picture) -> set[tuple[str, bytes]]:
    """Return what zxing-cpp itself sees, of all symbologies that it knows."""
    return {(seen.symbology_identifier, bytes(seen.bytes)) for seen in zxingcpp.read_barcodes(picture)}


def asked(spec: LabelSpec) -> set[tuple[str, bytes]]:
    """Return what *spec* wants to be read."""
    return {(code.aim, code.data) for code in spec.codes}


def seen(scans: Iterable[Scan]) -> set[tuple[str, bytes]]:
    """Return what *scans* say."""
    return {(scan.aim, scan.data) for scan in scans}
