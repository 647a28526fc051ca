"""In which order are the ways of looking at a bad picture tried? What is dear is made once, when it is come to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import zxingcpp

from scanners import bars, blobs, lattice, rescue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.picture import Grey
    from scanners.scan import Quad

LINEAR = [zxingcpp.BarcodeFormat.Code128]
MATRIX = [zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.QRCodeModel2]
_ENLARGED_TO = 400_000
_ROUND_ABOUT = 1.15
_SMALL = 1200
_MOST_SQUARES = 4


class Step(Enum):
    """The steps of the ladder, in their order."""

    BARS = "rows of located bars put together"
    THRESHOLD = "light evened, threshold by neighbourhood"
    ENLARGED = "located squares at twice their size"
    LATTICE = "Data Matrix drawn anew from its lattice"
    LEVEL = "bars located by OpenCV and turned level"
    INVERTED = "light on dark"
    WHOLE = "the whole of a small picture at twice its size"


STEPS = tuple(Step)


@dataclass(frozen=True, slots=True)
class View:
    """One way of looking: a picture, what may be in it, what zxing-cpp shall try, and where it lies in the caller's."""

    picture: Grey
    formats: list[zxingcpp.BarcodeFormat]
    turn: bool = False
    shrink: bool = False
    invert: bool = False
    quad: Quad | None = None
    same: bool = False


class Ladder:
    """The rescue of one picture."""

    def __init__(self, picture: Grey, formats: list[zxingcpp.BarcodeFormat]) -> None:
        """Look for *formats* in *picture*: places in a smaller one if it is large, what is there in the large one."""
        self._large = picture
        self._picture, self.shrunk = rescue.fitted(picture)
        self._formats = formats
        self._ways = {
            Step.BARS: self._rows,
            Step.THRESHOLD: self._threshold,
            Step.ENLARGED: self._enlarged,
            Step.LATTICE: self._cells,
            Step.LEVEL: self._level,
            Step.INVERTED: self._inverted,
            Step.WHOLE: self._whole,
        }

    def climbed(self, steps: tuple[Step, ...] = STEPS) -> Iterator[Iterator[View]]:
        """Yield the views of one step after the other."""
        return (self._ways[step]() for step in steps)

    @cached_property
    def _even(self) -> Grey:
        return rescue.evened(self._picture)

    @cached_property
    def _cut(self) -> Grey:
        return rescue.thresholded(self._even)

    @cached_property
    def _places(self) -> list[blobs.Blob]:
        smooth = rescue.smoothed(self._picture)
        places = blobs.found(255 - rescue.thresholded(rescue.smoothed(self._even)))
        return [blob for blob in places if blobs.coded(smooth, blob)]

    def _quad(self, blob: blobs.Blob) -> Quad:
        return blob.times(self.shrunk).quad

    def _seen(self, blob: blobs.Blob) -> tuple[Grey, blobs.Blob]:
        """Return in which picture to look at *blob*, and where it is there: a small code of a large picture in that."""
        if blob.long * self.shrunk <= _SMALL:
            return self._large, blob.times(self.shrunk)
        return self._picture, blob

    @cached_property
    def _squares(self) -> list[blobs.Blob]:
        squares = [blob for blob in self._places if blob.square]
        return [blob for blob in squares if not any(blob.holds(other) for other in squares)][:_MOST_SQUARES]

    def _level(self) -> Iterator[View]:
        for crop, blob in rescue.level_crops(self._picture):
            quad = self._quad(blob)
            yield View(crop, LINEAR, quad=quad)
            if blob.long > blob.short:
                yield from (View(row, LINEAR, quad=quad) for row in bars.collapsed(self._picture, blob.wider(1.15)))

    def _threshold(self) -> Iterator[View]:
        yield View(self._cut, self._formats, shrink=True, same=True)

    def _inverted(self) -> Iterator[View]:
        yield View(np.asarray(255 - self._picture, np.uint8), MATRIX, turn=True, shrink=True, same=True)

    def _enlarged(self) -> Iterator[View]:
        for blob in self._squares:
            larger = rescue.enlarged(rescue.cut_out(*self._seen(blob)))
            yield View(larger, MATRIX, turn=True, shrink=True, quad=self._quad(blob))
            yield View(rescue.smoothed(larger), MATRIX, turn=True, shrink=True, quad=self._quad(blob))

    def _rows(self) -> Iterator[View]:
        for blob in self._places:
            if not blob.square:
                rows = bars.collapsed(*self._seen(blob))
                yield from (View(row, LINEAR, quad=self._quad(blob)) for row in rows)

    def _cells(self) -> Iterator[View]:
        for blob in self._squares:
            for times in (1.0, 1.02):  # a box found a hair too small or large can hide the lattice
                drawn = lattice.redrawn(*self._seen(blob.wider(times, times)))
                yield from (View(one, MATRIX[:1], quad=self._quad(blob)) for one in drawn)

    def _whole(self) -> Iterator[View]:
        if self._picture.size <= _ENLARGED_TO:
            yield View(rescue.enlarged(self._picture), self._formats, turn=True, shrink=True)
