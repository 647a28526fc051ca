"""Where could a code be that no reader found? What is dark and dense, closed over its gaps, square or long.

Closing joins the modules of one symbol and, being smaller than the quiet zone, leaves frame and words outside. The size
of a module is not known, so it is tried in some sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.picture import Grey
    from scanners.scan import Quad

_REACHES = (5, 11)
_LEAST_SIDE = 12
_MOST_SHARE = 0.9
_LEAST_FILL = 0.62
_SQUARE = 1.45
_MOST = 10
_LOOK, _LOOK_ALONG, _LOOK_LIGHT = 56, 640, (61, 1)
_LEAST_CHANGES, _LEAST_CONTRAST = 3.0, 3.0
_LEAST_SAME, _LEAST_BARS = 0.12, 16


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

    def wider(self, times: float, aside: float = 1.0) -> Blob:
        """Return the same box, *times* as long and *aside* times as high."""
        return replace(self, long=self.long * times, short=self.short * aside)

    def times(self, scale: float) -> Blob:
        """Return the box as it lies in the same picture *scale* times as large."""
        return Blob(self.x * scale, self.y * scale, self.long * scale, self.short * scale, self.angle)

    def holds(self, other: Blob) -> bool:
        """Whether the other lies well within this one: then that one is the code, and this one its label."""
        reach = 0.25 * self.short
        inside = abs(self.x - other.x) < reach and abs(self.y - other.y) < reach
        return other.square and inside and 0.35 * self.short < other.long < 0.9 * self.short

    def near(self, other: Blob) -> bool:
        """Whether both are about the same thing."""
        reach = 0.12 * other.long + 2
        return (
            abs(self.x - other.x) < reach
            and abs(self.y - other.y) < reach
            and abs(self.long - other.long) < reach
            and abs(self.short - other.short) < reach
        )


def coded(picture: Grey, blob: Blob) -> bool:
    """Whether what lies in *blob* changes as a code does: bars along it alone, or cells both ways. Cheap."""
    if blob.square:
        crop = level(picture, blob, _LOOK, _LOOK)
        _, cut = cv2.threshold(crop, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        across = (cut[:, 1:] != cut[:, :-1]).sum(axis=1).mean()
        down = (cut[1:] != cut[:-1]).sum(axis=0).mean()
        return bool(min(across, down) >= _LEAST_CHANGES and crop.std() >= _LEAST_CONTRAST)
    crop = level(picture, blob, int(min(_LOOK_ALONG, max(2 * _LOOK, blob.long))), 12)
    rows = crop.reshape(3, 4, -1).mean(axis=1)
    rows = rows - cv2.blur(rows, _LOOK_LIGHT, borderType=cv2.BORDER_REPLICATE)
    even = crop - cv2.blur(crop.astype(np.float32), _LOOK_LIGHT, borderType=cv2.BORDER_REPLICATE)
    same = float(rows.var()) / max(1e-6, float(even.var()))
    changes = ((rows[:, 1:] > 0) != (rows[:, :-1] > 0)).sum(axis=1).mean()
    return bool(same >= _LEAST_SAME and changes >= _LEAST_BARS)


def level(picture: Grey, blob: Blob, across: int, down: int) -> Grey:
    """Return what lies in *blob*, turned level, *across* x *down* pixels."""
    turn = np.radians(blob.angle)
    along, aside = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    back = np.column_stack([along * blob.long / across, aside * blob.short / down, (0.0, 0.0)])
    back[:, 2] = (blob.x, blob.y) - back[:, :2] @ ((across - 1) / 2, (down - 1) / 2)
    flags = (cv2.INTER_CUBIC if across > blob.long else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(picture, back, (across, down), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
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
        if min(across, down) < _LEAST_SIDE or (across > width * _MOST_SHARE and down > height * _MOST_SHARE):
            continue
        (x, y), (first, second), angle = cv2.minAreaRect(contour)
        if min(first, second) < _LEAST_SIDE or cv2.contourArea(contour) < _LEAST_FILL * first * second:
            continue
        if first < second:
            first, second, angle = second, first, angle + 90
        yield first * second, Blob(x, y, first, second, angle)
