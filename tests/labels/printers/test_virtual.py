"""Whether the tray shows what a printer would have printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labels.printers import Fault, NotSent, Sent, Uncertain, VirtualPrinter
from scanners import decode
from tests.labels.examples import NAMES, asked, made, seen

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", NAMES)
def test_the_tray_holds_a_picture_that_reads_as_asked(name: str, tmp_path: Path) -> None:
    """The picture is drawn from the sent bytes, stands upright, and scans as the label."""
    label = made(name)
    outcome = VirtualPrinter(tmp_path).send(label.zpl(), name)

    assert Sent(len(label.zpl()), f"{name}.png") == outcome
    printed = (tmp_path / f"{name}.png").read_bytes()
    assert label.png() == printed
    assert asked(label) == seen(decode.read(printed))


def test_a_label_sent_twice_is_printed_twice(tmp_path: Path) -> None:
    """A printer does not know what it printed before: two jobs are two pieces of paper."""
    printer = VirtualPrinter(tmp_path / "tray")
    sent = made("cassette").zpl()

    receipts = [outcome.receipt for _ in range(3) if isinstance(outcome := printer.send(sent, "dose"), Sent)]
    assert ["dose.png", "dose-2.png", "dose-3.png"] == receipts
    assert ["dose-2.png", "dose-3.png", "dose.png"] == sorted(path.name for path in (tmp_path / "tray").iterdir())
    assert 3 == printer.printed


FAULTS = {
    "out of paper": (Fault.OUT_OF_PAPER, NotSent("out of paper"), 0, "media_out"),
    "dies in the middle": (Fault.DIES_MID_JOB, Uncertain("died in the middle of the job"), 0, "unknown"),
    "dies after": (Fault.DIES_AFTER_PRINT, Uncertain("died after printing, before it answered"), 1, "unknown"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_broken_printer_tells_what_is_known(case: str, tmp_path: Path) -> None:
    """Nothing sent, or uncertain; after an uncertain answer a label may lie in the tray or not."""
    fault, expected, papers, state = FAULTS[case]
    printer = VirtualPrinter(tmp_path)
    printer.fault = fault

    assert expected == printer.send(made("apheresis_bag").zpl(), "bag")
    assert papers == len(list(tmp_path.iterdir())) == printer.counter()
    assert state == printer.status().state


def test_it_answers_as_a_printer_does(tmp_path: Path) -> None:
    """Ready, with nothing in its memory; its count goes on when another process opens the same tray."""
    printer = VirtualPrinter(tmp_path / "tray", 600)
    assert (0, "ready", True) == (printer.counter(), printer.status().state, printer.status().idle)

    printer.send(made("cassette").zpl(), "dose")
    again = VirtualPrinter(tmp_path / "tray", 600)
    assert 1 == again.counter()
    assert printer.identity() == again.identity()
    seen, other = again.identity(), VirtualPrinter(tmp_path / "other").identity()
    assert seen is not None
    assert other is not None
    assert (24, 12) == (seen.dpmm, other.dpmm)
    assert seen.serial != other.serial


@pytest.mark.parametrize("name", ["", "../bag", "a/b", ".hidden", "a b", "x" * 101])
def test_a_job_stays_in_its_tray(name: str, tmp_path: Path) -> None:
    """A name that could lead out of the folder is refused before anything is written."""
    outcome = VirtualPrinter(tmp_path).send(made("apheresis_bag").zpl(), name)

    assert NotSent("the name of the job may have letters, digits, '.', '_' and '-'") == outcome
    assert [] == list(tmp_path.iterdir())


def test_bytes_that_are_no_label_print_nothing(tmp_path: Path) -> None:
    """What the printer does not understand leaves no paper."""
    outcome = VirtualPrinter(tmp_path).send(b"^XA^XZ", "bag")

    assert isinstance(outcome, NotSent)
    assert "the printer does not understand the job" in outcome.reason
    assert [] == list(tmp_path.iterdir())
