"""Can a bad picture be made readable? The plain ways; ``bars`` and ``lattice`` go further.

1. Find linear codes at any angle, cut them out and turn them level (zxing-cpp alone reads none at 30 to 60 degrees).
   ``bars`` goes first; this is for what it does not find.
2. Even the light, then threshold by neighbourhood: for shadow, faded print and glare.
3. Twice the size, for few pixels per module: of a place that looks like a code, or of a small picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from scanners.blobs import Blob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.picture import Grey

_MOST_CROPS = 8
_MOST_ENLARGED = 4_000_000
_LEAST_CROP_HEIGHT = 40
_LEAST_HALVED = 480
_LIGHT, _LEAST_LIGHT, _PAPER = 31, np.uint8(8), 235
_ROUND_ABOUT = 1.25
_MOST_RESCUED = 2_400_000


def level_crops(picture: Grey) -> Iterator[tuple[Grey, Blob]]:
    """Yield each linear code that OpenCV locates, cut out with some white round it and turned level, and its place."""
    share = 0.5 if min(picture.shape) >= _LEAST_HALVED else 1.0  # half the size finds the same in a third of the time
    looked = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA) if share < 1 else picture
    found, corners = cv2.barcode.BarcodeDetector().detect(looked)
    if not found or corners is None:
        return
    for quad in corners[:_MOST_CROPS]:
        (x, y), (width, height), angle = cv2.minAreaRect(np.asarray(quad, dtype=np.float32) / share)
        if width < height:
            width, height, angle = height, width, angle + 90
        if not (width >= 1 and height >= 1):
            continue
        scale = max(1.0, _LEAST_CROP_HEIGHT / height, min(2.0, 1200 / width))
        turn = cv2.getRotationMatrix2D((x, y), angle, scale)
        across, down = int(width * scale * 1.3) + 20, int(height * scale * 1.2)
        turn[:, 2] += np.array((across / 2 - x, down / 2 - y))
        if across * down <= _MOST_ENLARGED:
            crop = cv2.warpAffine(picture, turn, (across, down), flags=cv2.INTER_CUBIC, borderValue=(255.0,))
            yield np.asarray(crop, dtype=np.uint8), Blob(x, y, width, height, angle)


def thresholded(picture: Grey) -> Grey:
    """Return *picture* in black and white, each spot judged by its neighbourhood."""
    reach = max(15, min(picture.shape) // 20) | 1
    cut = cv2.adaptiveThreshold(picture, 255.0, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, reach, 5.0)
    return np.asarray(cut, dtype=np.uint8)


def evened(picture: Grey) -> Grey:
    """Return *picture* as if the light were the same everywhere: each spot beside the lightest of its neighbourhood.

    The neighbourhood is wider than any bar or cell. A shadow's hard edge keeps its place in it, and so divides out.
    """
    light = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((_LIGHT, _LIGHT), np.uint8))
    return np.asarray(cv2.divide(picture, np.maximum(light, _LEAST_LIGHT), scale=_PAPER), dtype=np.uint8)


def smoothed(picture: Grey) -> Grey:
    """Return *picture* with its grain taken out."""
    return np.asarray(cv2.GaussianBlur(picture, (5, 5), 1.1), dtype=np.uint8)


def fitted(picture: Grey) -> tuple[Grey, float]:
    """Return *picture* no larger than its rescue is worth, and by how much it was shrunk."""
    if picture.size <= _MOST_RESCUED:
        return picture, 1.0
    share = (_MOST_RESCUED / picture.size) ** 0.5
    smaller = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8), 1 / share


def cut_out(picture: Grey, blob: Blob) -> Grey:
    """Return the surroundings of *blob*, its quiet zone included."""
    reach = float(np.hypot(blob.long, blob.short)) / 2 * _ROUND_ABOUT + 4
    top, left = max(0, int(blob.y - reach)), max(0, int(blob.x - reach))
    return picture[top : int(blob.y + reach), left : int(blob.x + reach)]


def enlarged(picture: Grey) -> Grey:
    """Return *picture* at twice its size."""
    return np.asarray(cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
