"""The readers that are compared: zxing-cpp alone, ZBar by pyzbar, and ours, step by step."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zxingcpp
from pyzbar import pyzbar

from scanners import pipeline
from scanners.ladder import STEPS, Step

if TYPE_CHECKING:
    from bench.scan.corpus import Picture
    from bench.scan.damage import Grey

    Read = tuple[bytes, str | None]

FORMATS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCodeModel2]
)
PEERS = ("zxing-cpp", "pyzbar")
PLAIN = "plain"


def zxing(image: Grey) -> set[Read]:
    """Read with zxing-cpp as it comes, its three formats named."""
    found = zxingcpp.read_barcodes(image, formats=FORMATS)
    return {(bytes(one.bytes), str(one.symbology_identifier)) for one in found if one.valid}


def zbar(image: Grey) -> set[Read]:
    """Read with ZBar, its two formats named; it cannot tell AIM identifiers."""
    kinds = [pyzbar.ZBarSymbol.CODE128, pyzbar.ZBarSymbol.QRCODE]
    return {(bytes(one.data), None) for one in pyzbar.decode(image, symbols=kinds)}


@dataclass(slots=True)
class Outcome:
    """What one reader did with one picture: hit or not, how many of the codes, wrong payloads, processor time."""

    hit: bool
    share: float
    wrong: set[bytes]
    milliseconds: float
    at: str = ""
    spent: dict[str, float] = field(default_factory=dict)


def judged(picture: Picture, found: set[Read], milliseconds: float) -> Outcome:
    """Compare what was read with what is printed."""
    true = {(code.data, code.aim) for code in picture.codes}
    payloads = {data for data, _ in true}
    right = {(data, aim) for data, aim in found if (data, aim) in true or (aim is None and data in payloads)}
    wrong = {data for data, _ in found} - payloads
    return Outcome(bool(right), len(right) / len(true), wrong, milliseconds)


def peer(name: str, picture: Picture) -> Outcome:
    """Let one of the peers read."""
    began = time.process_time()
    found = (zxing if name == "zxing-cpp" else zbar)(picture.image)
    return judged(picture, found, 1000 * (time.process_time() - began))


def ours(picture: Picture, steps: tuple[Step, ...] = STEPS) -> Outcome:
    """Read as ``decode.read`` does, and note at which step it was read and what each step cost."""
    spent: dict[str, float] = {}
    began = last = time.process_time()
    found: set[Read] = set()
    at = ""
    for step, scans in pipeline.looks(picture.image, steps=steps):
        now = time.process_time()
        at = PLAIN if step is None else step.name
        spent[at] = 1000 * (now - last)
        last = now
        if scans:
            found = {(scan.data, scan.aim) for scan in scans}
            break
    outcome = judged(picture, found, 1000 * (time.process_time() - began))
    outcome.at, outcome.spent = at if outcome.hit else "", spent
    return outcome
