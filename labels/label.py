"""A drawn label: its dots, its picture, its printer bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from labels import zpl
from labels.canvas import Canvas
from labels.designs import design
from labels.errors import NotForPrinting

if TYPE_CHECKING:
    from labels.spec import LabelSpec
    from labels.symbols import Dots


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A label in dots, as a person reads it: ``ink`` is true where it is black."""

    spec: LabelSpec
    ink: Dots

    @property
    def sent(self) -> Dots:
        """The dots as they go to the printer: turned a quarter where the stock is fed along its length."""
        return self.ink if self.spec.stock.feed == "down" else np.rot90(self.ink, -1)

    @property
    def sha256(self) -> str:
        """The SHA-256 of size, resolution and packed dots: the same drawing has the same one, whoever packs it."""
        height, width = self.sent.shape
        told = b"%d x %d dots, %d dpi\n" % (width, height, self.spec.stock.dpi)
        return hashlib.sha256(told + np.packbits(self.sent, axis=1).tobytes()).hexdigest()

    def png(self) -> bytes:
        """Return the label as a 1-bit PNG in its true size, as a person reads it."""
        return png_of(self.ink, self.spec.stock.dpi)

    def zpl(self) -> bytes:
        """Return the bytes for the printer; a preview has none."""
        if self.spec.preview:
            raise NotForPrinting("a preview is not for use and is not printed")
        return zpl.written(self.sent)


def render(spec: LabelSpec) -> Label:
    """Draw *spec*, or raise one of the ``LabelError`` family."""
    canvas = Canvas(spec.stock, preview=spec.preview)
    design(spec.design)(canvas, spec)
    return Label(spec, canvas.ink)


def png_of(ink: Dots, dpi: int) -> bytes:
    """Return *ink* as a 1-bit PNG that knows its resolution."""
    out = BytesIO()
    Image.fromarray(~np.ascontiguousarray(ink)).save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()
