"""Can bars be read through frost? Every row of a bar code says the same, so the rows are asked together.

A long box is cut out and levelled. What is left of its lean is measured between its upper and lower part, piece by
piece since bars that are tilted away spread like a fan, and taken out; then the light is evened. Each column gives one
grey: a low share of its rows, since frost, glare and film are light and a bar is dark in whatever row it is still seen.
The one row that comes out, and the same sharpened, goes to zxing-cpp.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scanners import blobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.blobs import Blob
    from scanners.picture import Grey

    Row = np.ndarray[tuple[int], np.dtype[np.float32]]

SHARES = (0.5, 0.2, 0.06)
REACHES = (2.5, 4.0)
"""How far a module's light has spread out of focus, in pixels of the levelled box."""

_LIGHT = 61
_MOST_ACROSS = 1600
_TALL = 4
_LEAN = 30
_PARTS = 5
_LEAST_PARTS = 3
_LEAST_ALIKE = 0.15
_ROWS = 48


def collapsed(picture: Grey, blob: Blob) -> Iterator[Grey]:
    """Yield the bars that *blob* may be, each column's rows put together."""
    straight = _evened(_unsheared(_level(picture, blob)))
    ranks = [int(share * (len(straight) - 1)) for share in SHARES]
    ordered = np.partition(straight, ranks, axis=0)
    rows = [ordered[rank].astype(np.float32) for rank in ranks]
    for row in (*rows, *(_sharp(rows[0], reach) for reach in REACHES)):
        low, high = np.percentile(row, 3), np.percentile(row, 97)
        if high - low < 6:  # noqa: PLR2004 - grey levels: nothing is there
            continue
        stretched = np.clip((row - low) / (high - low) * 255, 0, 255).astype(np.uint8)
        padded = np.pad(stretched, 60, constant_values=255)
        yield np.asarray(np.repeat(padded[None, :], _TALL, axis=0), np.uint8)


def _evened(crop: Grey) -> Grey:
    light = cv2.morphologyEx(crop, cv2.MORPH_CLOSE, np.ones((1, _LIGHT), np.uint8))
    light = cv2.blur(light, (_LIGHT, 5), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.minimum(255, crop.astype(np.float32) * 235 / np.maximum(light, 1)), np.uint8)


def _sharp(row: Row, reach: float) -> Row:
    soft = cv2.GaussianBlur(row[None, :], (0, 0), reach)[0]
    return np.asarray(row + 2 * (row - soft), np.float32)


def _level(picture: Grey, blob: Blob) -> Grey:
    scale = min(3.0, max(2.0, 700 / blob.long), _MOST_ACROSS / blob.long)
    box = replace(blob, long=blob.long * 1.1 + 8 / scale, short=blob.short * 0.86)
    return blobs.level(picture, box, int(box.long * scale), _ROWS)


def _unsheared(crop: Grey) -> Grey:
    """Return *crop* with its bars upright: tilted away they lean, here more and there less, like a fan."""
    height, width = crop.shape
    third = height // 3
    upper, lower = _row(crop[:third]), _row(crop[-third:])
    middles, shifts = [], []
    for start in range(0, width - width // _PARTS + 1, width // (2 * _PARTS)):
        part = slice(start, start + width // _PARTS)
        fits = np.correlate(np.pad(lower[part], _LEAN), upper[part])
        best = int(fits.argmax())
        if fits[best] > _LEAST_ALIKE * float(np.dot(upper[part], upper[part])):
            middles.append(start + width / _PARTS / 2)
            shifts.append(best - _LEAN)
    if len(shifts) < _LEAST_PARTS:
        return crop
    at, lean = np.array(middles), np.array(shifts, np.float64)
    slope, middle = np.polyfit(at, lean, 1)
    near = np.abs(slope * at + middle - lean) <= 2 + np.median(np.abs(slope * at + middle - lean))
    if near.sum() >= _LEAST_PARTS:
        slope, middle = np.polyfit(at[near], lean[near], 1)
    columns = np.arange(width, dtype=np.float32)
    each = (slope * columns + middle) / (height - third)
    rows = np.arange(height, dtype=np.float32)[:, None]
    from_x = columns[None, :] + each[None, :] * (rows - height / 2)
    where = np.repeat(rows, width, axis=1)
    out = cv2.remap(crop, from_x.astype(np.float32), where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint8)


def _row(part: Grey) -> Row:
    row = part.mean(axis=0)
    slope = np.gradient(row)
    return np.asarray(slope - slope.mean(), np.float32)
