"""How big is the label, and how fine are the dots that print it?

* A design thinks in millimetres; a printer prints dots. The pitch is 25.4 mm / dpi, never 8, 12 or 24 to the mm.
* A label is measured as a person reads it. Where it leaves the printer sideways (``feed="along"``) only the sent
  raster is turned, so that a dead print element, a line along the feed, never cuts the bars of the Code 128.

>>> bag = stock("bag-100x60", 300)
>>> bag.width, bag.height
(1181, 709)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from labels.errors import LabelError

Feed = Literal["down", "along"]

DPI = (203, 300, 600)
_LEAST_MM, _MOST_MM = 10, 300


@dataclass(frozen=True, slots=True)
class Stock:
    """One kind of label material: its size as a person reads it, the printer's resolution, and how it is fed."""

    width_mm: float
    height_mm: float
    dpi: int
    feed: Feed = "down"

    def __post_init__(self) -> None:
        """Refuse a stock that no printer of ours can print."""
        if self.dpi not in DPI:
            raise LabelError(f"expected a resolution of {DPI} dpi, got {self.dpi}")
        if self.feed not in get_args(Feed):
            raise LabelError(f"expected a feed of {get_args(Feed)}, got {self.feed!r}")
        for side in (self.width_mm, self.height_mm):
            if not _LEAST_MM <= side <= _MOST_MM:
                raise LabelError(f"expected a side of {_LEAST_MM} to {_MOST_MM} mm, got {side}")

    def dots(self, mm: float) -> int:
        """*mm* in whole dots, halves up."""
        return int(mm * self.dpi / 25.4 + 0.5)

    def mm(self, dots: int) -> float:
        """*dots* in millimetres."""
        return dots * 25.4 / self.dpi

    @property
    def width(self) -> int:
        """Dots from left to right, as a person reads it."""
        return self.dots(self.width_mm)

    @property
    def height(self) -> int:
        """Dots from top to bottom, as a person reads it."""
        return self.dots(self.height_mm)


# No public source fixes these sizes: they are examples, and a site adds the sizes that it has qualified.
_SIZES: dict[str, tuple[float, float, Feed]] = {
    "bag-100x60": (100, 60, "down"),
    "cassette-60x40": (60, 40, "along"),
    "wristband-250x25": (250, 25, "along"),
    "wristband-152x25": (152, 25, "along"),
    "asset-80x40": (80, 40, "along"),
    "partial-96x38": (96, 38, "down"),
    "shipper-100x100": (100, 100, "down"),
    "vial-50x25": (50, 25, "down"),
}


def names() -> tuple[str, ...]:
    """The names of the sizes that come with the library."""
    return tuple(_SIZES)


def stock(name: str, dpi: int = 300) -> Stock:
    """Return the stock called *name* on a printer of *dpi*."""
    if name not in _SIZES:
        raise LabelError(f"expected a stock of {names()}, got {name!r}")
    width, height, feed = _SIZES[name]
    return Stock(width, height, dpi, feed)
