"""How fast is a label composed, sent, previewed and read back, beside the libraries that others use?

``python bench/labels_speed.py [--rounds 5] [--foreign DIR] [--write]``

* ``--foreign DIR`` holds zpl-core 0.1.0, made by ``uv pip install --no-deps --target DIR zpl-core==0.1.0``; without it
  that peer is reported absent by name. zpl-renderer-js is the one of ``npm ci``, python-barcode the one of the lock.
* The label is the worst one of the cryobag template, 100 x 60 mm; every label bears another serial, so that nothing is
  taken from a cache that a day's work would not fill as well.
* zpl-renderer-js runs in a process of its own and is measured by the wall; everything else by this process's own time,
  so that other work on the machine does not count.
* What counts is the ratio within a round, run back to back; the median of the rounds with floor and ceiling.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import re
import statistics
import sys
import time
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, cast

import barcode
import zxingcpp

from labels import Code, compose, precheck, shipped, worst_case
from labels.specimens import specimens
from labels.stock import DPI
from labels.symbols import symbol
from scanners import decode
from tests.labels.examples import grey
from tests.labels.foreign import Zebrash
from tests.vectors import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labels import Label, Record

EVIDENCE = ROOT / "docs" / "evidence" / "bench.md"
TITLE = "## Labels"


def numbered(record: Record, number: int) -> Record:
    """Return *record* for another piece: its codes, lot and serial are others."""
    piece = f"SP{number:010d}"
    first = record.codes["primary"]
    codes = {
        "primary": Code(first.data[:-12] + piece.encode(), first.symbology, first.text[:-12] + piece),
        "secondary": Code(piece.encode(), "code128", piece),
    }
    return replace(record, codes=codes, values={**record.values, "serial": f"S{number:08d}", "lot": f"L{number:08d}"})


def timed(work: Callable[[int], object], times: int, clock: Callable[[], float] = time.process_time) -> float:
    """Return how many seconds of this process one call of *work* takes, or by another *clock*."""
    began = clock()
    for number in range(times):
        work(number)
    return (clock() - began) / times


class Bench:
    """The label, its numbers, and the rows that were measured."""

    def __init__(self, rounds: int) -> None:
        """Measure each thing *rounds* times."""
        self.rounds = rounds
        self.rows: list[str] = []
        self.template = shipped()["cryobag"]
        self.record = worst_case(self.template)[0]
        self.count: Iterator[int] = iter(range(10**9))

    def label(self, dpi: int) -> Label:
        """Compose the next label."""
        return compose(self.template, numbered(self.record, next(self.count)), dpi)

    def row(self, what: str, ours: list[float], peer: list[float], want: str, unit: str = "ms") -> None:
        """Note one row: ours and the peer's median, and the ratio of the peer's time to ours round by round."""
        scale = 1000.0
        ratios = [there / here for here, there in zip(ours, peer, strict=True)]
        told = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
        here, there = statistics.median(ours) * scale, statistics.median(peer) * scale
        self.rows.append(f"| {what} | {here:.3f} {unit} | {there:.3f} {unit} | {told} | {want} |")

    def native(self, build: Callable[[dict[str, object]], object] | None) -> None:
        """Criterion 20: native compose, emit and lint beside zpl-core, 12 dots to the mm."""
        if build is None:
            self.rows.append("| native label with lint | | zpl-core absent (see --foreign) | | ≥ 1.0 |")
            return
        spec = foreign_spec()
        ours, peer = [], []
        for _ in range(self.rounds):
            records = [numbered(self.record, next(self.count)) for _ in range(300)]
            ours.append(timed(partial(self.commands, records), 300))
            peer.append(timed(lambda _: build(spec), 300))
        self.row("native label: compose, emit, lint; zpl-core, 14 texts and 2 codes", ours, peer, "≥ 1.0")

    def commands(self, records: list[Record], number: int) -> bytes:
        """Compose and write one of *records* as printer commands."""
        return compose(self.template, records[number], 300).zpl("native")

    def pictures(self, zebrash: Zebrash) -> None:
        """Criteria 21 and 22: a raster label and a preview beside one rendering of zpl-renderer-js."""
        for dpi in DPI:
            sent = self.label(dpi).zpl()
            height, width = self.label(dpi).ink.shape
            size = (width, height)
            for what, want in (("raster label", "≥ 6.7"), ("preview PNG", "≥ 5")):
                work = self.raster if what == "raster label" else self.preview
                ours = [timed(partial(work, dpi), 4, time.perf_counter) for _ in range(self.rounds)]
                peer = [
                    timed(partial(self.foreign, zebrash, sent, size, dpi), 1, time.perf_counter)
                    for _ in range(self.rounds)
                ]
                usual = len(compose(self.template, specimens()["cryobag"], dpi).zpl())
                note = f", {len(sent):,} bytes, an ordinary one {usual:,}" if what == "raster label" else ""
                self.row(f"{what}, {dpi} dpi{note}; one rendering of zpl-renderer-js", ours, peer, want)

    def raster(self, dpi: int, _number: int) -> bytes:
        """Compose the next label and write its raster bytes."""
        return self.label(dpi).zpl()

    def preview(self, dpi: int, _number: int) -> bytes:
        """Compose the next label and write its picture."""
        return self.label(dpi).png()

    def foreign(self, zebrash: Zebrash, sent: bytes, size: tuple[int, int], dpi: int, _number: int) -> object:
        """Let zpl-renderer-js draw a label."""
        return zebrash.draws(sent, size, dpi)

    def symbols(self) -> None:
        """Criterion 23: symbols beside python-barcode, and reading back by two formats beside all of them."""
        elements = self.record.codes["primary"].data[:-12]

        def plain(number: int) -> object:
            return symbol(Code(b"COI-%016d" % number, "datamatrix", "-"))

        def gs1(number: int) -> object:
            return symbol(Code(elements + b"%012d" % number, "gs1datamatrix", "-"))

        def svg(number: int) -> object:
            return barcode.get("code128", f"{number:012d}").write(io.BytesIO())

        for what, matrix in (("Data Matrix of 20 bytes", plain), (f"GS1 Data Matrix of {len(elements) + 12}", gs1)):
            ours = [timed(matrix, 400) for _ in range(self.rounds)]
            peer = [timed(svg, 20) for _ in range(self.rounds)]
            self.row(f"{what}; one SVG of python-barcode", ours, peer, "≥ 50")
        label = self.label(300)
        picture = grey(label.sent)
        formats = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128))
        some = [timed(lambda _: zxingcpp.read_barcodes(picture, formats=formats), 5) for _ in range(self.rounds)]
        every = [timed(lambda _: zxingcpp.read_barcodes(picture), 5) for _ in range(self.rounds)]
        self.row("zxing-cpp, two formats; all formats", some, every, "≥ 2.9")
        fine = self.label(600)
        text = {(code.data, code.symbology): code.text for code in fine.codes}
        told = [timed(lambda _: precheck(fine, lambda *code: text[code], decode.read), 2) for _ in range(self.rounds)]
        self.rows.append(f"| whole precheck, 600 dpi | {statistics.median(told) * 1000:.0f} ms | | | ≤ 60 ms |")

    def previews(self) -> None:
        """Criterion 22: compose and picture, each alone, in this process's own time."""
        for dpi in DPI:
            told = sorted(timed(partial(self.preview, dpi), 1) * 1000 for _ in range(8 * self.rounds))
            middle, most = statistics.median(told), told[len(told) * 95 // 100]
            self.rows.append(f"| preview PNG, {dpi} dpi, p50 (p95) | {middle:.1f} ({most:.1f}) ms | | | ≤ 50 ms |")


def foreign_spec() -> dict[str, object]:
    """Return a label of 14 texts and 2 codes for zpl-core."""
    texts = [
        {"type": "text", "x_mm": 2, "y_mm": 3 * n, "size_mm": 2.5, "data": f"FIELD {n} OF A CRYOBAG"} for n in range(14)
    ]
    codes = [
        {"type": "barcode", "symbology": "code128", "x_mm": 40, "y_mm": 45, "bar_height": 80, "data": "SP0000000001"},
        {"type": "barcode", "symbology": "datamatrix", "x_mm": 70, "y_mm": 10, "data": "0109506000134352" * 4},
    ]
    return {"dpi": 300, "width_mm": 100, "height_mm": 60, "fields": texts + codes}


def builder(folder: str) -> Callable[[dict[str, object]], object] | None:
    """Return zpl-core's ``build_label``, or None where it is not."""
    if folder:
        sys.path.append(folder)
    try:
        return cast("Callable[[dict[str, object]], object]", import_module("zpl_core.builder").build_label)
    except ImportError:
        return None


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description="Labels beside the libraries that others use.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--foreign", default="", help="a folder with zpl-core 0.1.0")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/evidence/bench.md")
    asked = parser.parse_args()
    bench, zebrash = Bench(asked.rounds), Zebrash()
    load = os.getloadavg()[0]
    try:
        bench.label(300).png()
        bench.native(builder(asked.foreign))
        bench.pictures(zebrash)
        bench.previews()
        bench.symbols()
    finally:
        zebrash.stop()
    machine = (
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load average {load:.1f} before the first round. "
        "Time of the process, by the wall only beside zpl-renderer-js. The worst cryobag label, 100 × 60 mm, each with "
        "another serial. The ratio is the peer's time to ours, round by round; medians (floor-ceiling)."
    )
    words = f"python bench/labels_speed.py --rounds {asked.rounds} --foreign DIR --write"
    head = f"{TITLE}\n\n`{words}`\n\n{machine}\n\n"
    table = "| what; the peer | ours | peer | peer ÷ ours | wanted |\n| --- | ---: | ---: | ---: | ---: |\n"
    section = head + table + "\n".join(bench.rows) + "\n"
    print(section)
    if asked.write:
        page = EVIDENCE.read_text(encoding="utf-8") if EVIDENCE.exists() else "# Measured speed\n"
        others = [part for part in re.split(r"(?m)^(?=## )", page) if not part.startswith(TITLE)]
        EVIDENCE.write_text("\n\n".join(part.strip() for part in [*others, section]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
