"""Whether a printer on a cable is spoken to alone, both ways, and never too long; a pseudo-terminal is the cable."""

from __future__ import annotations

import fcntl
import os
import tty
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from labels.printers import Identity, NotSent, Sent, Status, Uncertain, Usb
from labels.printers.zebra import Zebra
from tests.labels.printers.papers import ONE

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 8.0


class Cable:
    """A pseudo-terminal: our end is a device, at the other end is what *printer* is."""

    def __init__(self, printer: Zebra | None) -> None:
        """Plug *printer* in, or nothing that reads."""
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.device = Path(os.ttyname(self.near))
        self.printer = printer
        self._thread = Thread(target=self._serve, daemon=True)
        if printer is not None:
            self._thread.start()

    def _serve(self) -> None:
        assert self.printer is not None
        with suppress(OSError):
            while data := os.read(self.far, 4096):
                os.write(self.far, self.printer.feed(data))

    def pull(self) -> None:
        """Pull it out."""
        os.close(self.near)
        if self.printer is not None:
            self._thread.join(LONG)
        os.close(self.far)


@pytest.fixture
def cable() -> Iterator[Cable]:
    """A cable with a printer at its end."""
    one = Cable(Zebra(serial="USB7"))
    yield one
    one.pull()


@pytest.fixture
def loose() -> Iterator[Cable]:
    """A cable at whose other end nobody reads."""
    one = Cable(None)
    yield one
    one.pull()


def test_a_label_goes_down_the_cable_and_the_printer_is_asked_over_it(cable: Cable) -> None:
    """Send, state, count and identity, all over one device that is closed in between."""
    printer = Usb(cable.device, LONG)

    assert Sent(len(ONE)) == printer.send(ONE, "bag")
    assert ("ready", 1001) == (printer.status(2).state, printer.counter(2))
    assert Identity("ZD621-300dpi", "V93.21.26Z", 12, "USB7") == printer.identity(2)
    assert cable.printer is not None
    assert [ONE] == [label.zpl + b"\n" for label in cable.printer.labels]


def test_an_old_answer_in_the_line_is_not_ours(cable: Cable) -> None:
    """What somebody else asked for and never read is thrown away before our question."""
    os.write(cable.far, b'"999999"')

    assert 1000 == Usb(cable.device).counter(2)


def test_a_device_that_another_holds_is_waited_for_and_then_not_sent(cable: Cable) -> None:
    """Two never speak at once: whoever does not get the device in time has sent nothing."""
    fcntl.flock(cable.near, fcntl.LOCK_EX)
    printer = Usb(cable.device, 0.2)

    assert NotSent(f"bag: {cable.device} takes nothing: the time was up") == printer.send(ONE, "bag")
    assert Status("unknown") == printer.status(0.1)
    fcntl.flock(cable.near, fcntl.LOCK_UN)
    assert Sent(len(ONE)) == printer.send(ONE, "bag")


def test_a_printer_that_takes_no_more_is_uncertain(loose: Cable) -> None:
    """Some bytes went down the cable and the rest did not in time: a label may exist."""
    outcome = Usb(loose.device, 0.3).send(b"x" * 1_000_000, "bag")

    assert isinstance(outcome, Uncertain)
    assert outcome.reason.endswith("of 1000000 bytes: the time was up")


def test_a_silent_printer_is_unknown(loose: Cable) -> None:
    """No answer in time is no state, no count and no identity."""
    printer = Usb(loose.device)

    assert Status("unknown") == printer.status(0.2)
    assert printer.counter(0.2) is None
    assert printer.identity(0.2) is None


def test_what_is_no_device_takes_nothing(tmp_path: Path) -> None:
    """A missing device, a file, a folder: not a byte is sent."""
    file = tmp_path / "lp0"
    file.touch()

    for path in (tmp_path / "missing", file, tmp_path):
        outcome = Usb(path, 0.2).send(ONE, "bag")
        assert isinstance(outcome, NotSent)
        assert f"bag: {path} takes nothing" in outcome.reason
    assert b"" == file.read_bytes()
    assert "expected a device" in str(Usb(file, 0.2).send(ONE, "bag"))
