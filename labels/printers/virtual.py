"""A printer made of nothing: its tray is a folder of pictures of what a real one would have printed.

It draws from the bytes that it is sent, not from the design, and like a real one it prints the same label twice when
it is told twice. It can be out of paper, and it can die in the middle of a job or just after it.

Its count of labels is the number of pictures in the tray, so that two processes on one tray agree.
"""

from __future__ import annotations

import hashlib
import os
import re
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from labels import png
from labels.errors import NotOurZpl
from labels.printers import interpreter
from labels.printers.base import DOTS_PER_MM, Capabilities, Identity, NotSent, Outcome, Sent, Status, Uncertain

if TYPE_CHECKING:
    from pathlib import Path

    from labels.symbols import Dots

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Fault(Enum):
    """What is wrong with the printer."""

    NOTHING = "nothing"
    OUT_OF_PAPER = "out of paper"
    DIES_MID_JOB = "died in the middle of the job"
    DIES_AFTER_PRINT = "died after printing, before it answered"


class VirtualPrinter:
    """Prints into a folder; a label that leaves the printer sideways lies there as a person reads it."""

    def __init__(self, tray: Path, dpi: int = 300) -> None:
        """Print into the folder *tray* with *dpi*; the folder is made when it is missing."""
        self.tray = tray
        self.dpi = dpi
        self.fault = Fault.NOTHING
        self.printed = 0

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Print *zpl*; the picture is called *name*, or *name*-2 and on when there is one already."""
        if not _NAME.fullmatch(name):
            return NotSent("the name of the job may have letters, digits, '.', '_' and '-'")
        if self.fault is Fault.OUT_OF_PAPER:
            return NotSent(self.fault.value)
        try:
            ink = interpreter.drawn(zpl)
        except NotOurZpl as error:
            return NotSent(f"the printer does not understand the job: {error}")
        if self.fault is Fault.DIES_MID_JOB:
            return Uncertain(self.fault.value)
        path = self._lay(picture(ink, self.dpi), name)
        self.printed += 1
        if self.fault is Fault.DIES_AFTER_PRINT:
            return Uncertain(self.fault.value)
        return Sent(len(zpl), path.name)

    def status(self, seconds: float = 2.0) -> Status:  # noqa: ARG002 - it answers at once
        """Say what is wrong with it; one that died answers nothing."""
        if self.fault is Fault.OUT_OF_PAPER:
            return Status("media_out", buffered=0, remaining=0)
        if self.fault is Fault.NOTHING:
            return Status("ready", buffered=0, remaining=0)
        return Status("unknown")

    def counter(self, seconds: float = 2.0) -> int | None:  # noqa: ARG002 - it answers at once
        """Count the pictures in the tray."""
        if not self.tray.is_dir():
            return 0
        return sum(path.suffix == ".png" for path in self.tray.iterdir())

    def identity(self, seconds: float = 2.0) -> Identity | None:  # noqa: ARG002 - it answers at once
        """Say that it is a virtual printer; its serial number is that of its folder."""
        folder = hashlib.sha256(str(self.tray.resolve()).encode()).hexdigest()[:10].upper()
        return Identity("VIRTUAL", "V1.0", DOTS_PER_MM.get(self.dpi, round(self.dpi / 25.4)), f"VIRTUAL-{folder}")

    def capabilities(self) -> Capabilities:
        """Say that everything can be asked."""
        return Capabilities(status=True, counter=True, identity=True, job_id=True)

    def _lay(self, png: bytes, name: str) -> Path:
        self.tray.mkdir(parents=True, exist_ok=True)
        wet = self.tray / f".{name}.{os.getpid()}.wet"
        wet.write_bytes(png)
        for number in range(1, 1000):
            dry = self.tray / (f"{name}.png" if number == 1 else f"{name}-{number}.png")
            try:
                os.link(wet, dry)
            except FileExistsError:
                continue
            wet.unlink()
            return dry
        wet.unlink()
        raise FileExistsError(f"the tray holds a thousand prints of {name}")


def picture(ink: Dots, dpi: int) -> bytes:
    """Return the picture of what left the printer, sideways (higher than wide) turned as a person picks it up."""
    height, width = ink.shape
    return png.written(ink if width >= height else np.rot90(ink), dpi)
