"""A printer made of nothing: its tray is a folder of pictures of what a real one would have printed.

It draws from the bytes that it is sent, not from the design, and like a real one it prints the same label twice when
it is told twice. It can be out of paper, and it can die in the middle of a job or just after it.
"""

from __future__ import annotations

import os
import re
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from labels import zpl as wire
from labels.errors import NotOurZpl
from labels.label import png_of
from labels.printers.base import NotSent, Outcome, Sent, Uncertain

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
            ink = wire.read(zpl)
        except NotOurZpl as error:
            return NotSent(f"the printer does not understand the job: {error}")
        if self.fault is Fault.DIES_MID_JOB:
            return Uncertain(self.fault.value)
        path = self._lay(png_of(_upright(ink), self.dpi), name)
        self.printed += 1
        if self.fault is Fault.DIES_AFTER_PRINT:
            return Uncertain(self.fault.value)
        return Sent(len(zpl), path.name)

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


def _upright(ink: Dots) -> Dots:
    """Turn what left the printer sideways (higher than wide) as a person picks it up."""
    height, width = ink.shape
    return ink if width >= height else np.rot90(ink)
