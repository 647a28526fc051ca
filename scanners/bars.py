"""Can bars be read through frost? Every row of a bar code says the same, so the rows are asked together.

A long box is cut out and levelled; what is left of its lean is measured between its upper and lower part and taken out.
Then each column gives one grey: a low share of its rows, since frost, glare and film are light and a bar is dark in
whatever row it is still seen. The one row that comes out is drawn tall and handed to zxing-cpp.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.blobs import Blob
    from scanners.picture import Grey

    Row = np.ndarray[tuple[int], np.dtype[np.float32]]

SHARES = (0.5, 0.2)
_MOST_ACROSS = 1600
_TALL = 24
_LEAN = 12


def collapsed(picture: Grey, blob: Blob) -> Iterator[Grey]:
    """Yield the bars that *blob* may be, each column's rows put together."""
    crop = _level(picture, blob)
    straight = _unsheared(crop)
    for share in SHARES:
        row = np.percentile(straight, 100 * share, axis=0).astype(np.float32)
        low, high = np.percentile(row, 3), np.percentile(row, 97)
        if high - low < 6:  # noqa: PLR2004 - grey levels: nothing is there
            continue
        stretched = np.clip((row - low) / (high - low) * 255, 0, 255).astype(np.uint8)
        padded = np.pad(stretched, 40, constant_values=255)
        yield np.asarray(np.repeat(padded[None, :], _TALL, axis=0), np.uint8)


def _level(picture: Grey, blob: Blob) -> Grey:
    scale = min(3.0, max(2.0, 700 / blob.long), _MOST_ACROSS / blob.long)
    across, down = int(blob.long * 1.04 * scale) + 8, int(blob.short * 0.86 * scale)
    turn = cv2.getRotationMatrix2D((blob.x, blob.y), blob.angle, scale)
    turn[:, 2] += np.array((across / 2 - blob.x, down / 2 - blob.y))
    crop = cv2.warpAffine(picture, turn, (across, max(8, down)), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def _unsheared(crop: Grey) -> Grey:
    height = crop.shape[0]
    third = max(2, height // 3)
    upper, lower = _row(crop[:third]), _row(crop[-third:])
    shifts = range(-_LEAN, _LEAN + 1)
    fits = [float((upper[_LEAN:-_LEAN] * np.roll(lower, shift)[_LEAN:-_LEAN]).sum()) for shift in shifts]
    shift = shifts[int(np.argmax(fits))]
    if not shift:
        return crop
    lean = shift / (height - third)
    matrix = np.array([[1.0, lean, -lean * height / 2], [0.0, 1.0, 0.0]])
    out = cv2.warpAffine(crop, matrix, (crop.shape[1], height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint8)


def _row(part: Grey) -> Row:
    row = part.mean(axis=0)
    return np.asarray(np.gradient(row), np.float32)
