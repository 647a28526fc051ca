"""Where could a code be that no reader found? What is dark and dense, closed over its gaps, square or long.

Closing joins the modules of one symbol and, being smaller than the quiet zone, leaves frame and words outside. The size
of a module is not known, so it is tried in some sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.picture import Grey
    from scanners.scan import Quad

_REACHES = (5, 9, 13)
_LEAST_SIDE = 12
_MOST_SHARE = 0.9
_LEAST_FILL = 0.62
_SQUARE = 1.45
_MOST = 6


@dataclass(frozen=True, slots=True)
class Blob:
    """A turned box: its middle, its longer and shorter side, the angle of the longer one in degrees."""

    x: float
    y: float
    long: float
    short: float
    angle: float

    @property
    def quad(self) -> Quad:
        """Return its corners."""
        corners = cv2.boxPoints(((self.x, self.y), (self.long, self.short), self.angle))
        a, b, c, d = ((int(x), int(y)) for x, y in corners)
        return a, b, c, d

    @property
    def square(self) -> bool:
        """Whether it may be a matrix."""
        return self.long < _SQUARE * self.short

    def near(self, other: Blob) -> bool:
        """Whether both are about the same thing."""
        reach = 0.12 * other.long + 2
        return (
            abs(self.x - other.x) < reach
            and abs(self.y - other.y) < reach
            and abs(self.long - other.long) < reach
            and abs(self.short - other.short) < reach
        )


def found(dark: Grey) -> list[Blob]:
    """Return what in the black and white picture *dark* (255 where it is dark) may be a code, the densest first."""
    told: list[tuple[float, Blob]] = []
    for reach in _REACHES:
        closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        closed = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((reach - 2, reach - 2), np.uint8))
        for weight, blob in _of(np.asarray(closed, np.uint8)):
            if not any(blob.near(other) for _, other in told):
                told.append((weight, blob))
    told.sort(key=lambda one: -one[0])
    return [blob for _, blob in told[:_MOST]]


def _of(closed: Grey) -> Iterator[tuple[float, Blob]]:
    height, width = closed.shape
    contours, _ = cv2.findContours(closed, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours:
        _, _, across, down = cv2.boundingRect(contour)
        if min(across, down) < _LEAST_SIDE or across > width * _MOST_SHARE or down > height * _MOST_SHARE:
            continue
        (x, y), (first, second), angle = cv2.minAreaRect(contour)
        if min(first, second) < _LEAST_SIDE or cv2.contourArea(contour) < _LEAST_FILL * first * second:
            continue
        if first < second:
            first, second, angle = second, first, angle + 90
        yield first * second, Blob(x, y, first, second, angle)
