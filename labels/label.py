"""A composed label: its dots, its picture, its printer bytes, and what its symbols hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from labels import native, png, svg, zpl
from labels.canvas import Canvas, Stamp, painted
from labels.errors import NotForPrinting

if TYPE_CHECKING:
    from labels.canvas import Put
    from labels.elements import Place
    from labels.record import Record
    from labels.spec import Code
    from labels.stock import Stock
    from labels.symbols import Dots
    from labels.template import Template

Mode = Literal["raster", "native"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One symbol of a label: what a scanner is to read, the text beside it, where it stands with its quiet zone."""

    name: str
    aim: str
    data: bytes
    text: str
    place: Place


@dataclass(frozen=True, eq=False)
class Label:
    """A label as a person reads it; ``record.compose`` makes it."""

    template: Template
    record: Record
    stock: Stock
    puts: tuple[Put, ...]

    @cached_property
    def ink(self) -> Dots:
        """The dots as a person reads them: true is black."""
        return painted(self.puts, (self.stock.width, self.stock.height), preview=self.record.preview)

    @property
    def sent(self) -> Dots:
        """The dots as they go to the printer: turned a quarter where the stock is fed along its length."""
        return self.ink if self.stock.feed == "down" else np.rot90(self.ink, -1)

    @property
    def symbols(self) -> tuple[Seen, ...]:
        """Return what a scanner is to read, in the order of the template; nothing of a preview."""
        if self.record.preview:
            return ()
        place = Canvas(self.stock).place
        return tuple(Seen(put.name, put.code.aim, put.code.data, put.code.text, place(put.box)) for put in self.stamps)

    @property
    def codes(self) -> tuple[Code, ...]:
        """Return the codes, drawn or struck out, in the order of the template."""
        return tuple(put.code for put in self.stamps)

    @property
    def stamps(self) -> tuple[Stamp, ...]:
        """Return where and how big the codes stand, drawn or struck out, in the order of the template."""
        return tuple(put for put in self.puts if isinstance(put, Stamp))

    @property
    def sha256(self) -> str:
        """The SHA-256 of size, resolution and packed dots: the same drawing has the same one, whoever packs it."""
        height, width = self.sent.shape
        told = b"%d x %d dots, %d dpi\n" % (width, height, self.stock.dpi)
        return hashlib.sha256(told + np.packbits(self.sent, axis=1).tobytes()).hexdigest()

    def png(self) -> bytes:
        """Return the label as a 1-bit PNG in its true size, as a person reads it."""
        return png.written(self.ink, self.stock.dpi)

    def svg(self) -> bytes:
        """Return the label as an SVG in its true size: the very dots of the PNG as shapes."""
        return svg.written(self.ink, self.stock.width_mm, self.stock.height_mm)

    def zpl(self, mode: Mode = "raster") -> bytes:
        """Return the bytes for the printer; a preview has none.

        ``raster`` sends the very dots that were decoded; ``native`` sends the same marks as printer commands.
        """
        if self.record.preview:
            raise NotForPrinting("a preview is not for use and is not printed")
        return zpl.written(self.sent) if mode == "raster" else native.written(self)
