"""Is this a picture that may be looked at? Asked of the header, before a single pixel is unpacked.

A PNG of 124 kB can unpack to 2 GB (scanners.md 2): size, kind and sides are checked first, and each limit is hard.

1. At most 8 MB of bytes.
2. PNG, JPEG or WebP, one frame.
3. At most 25 million pixels, no side above 20,000; at least 8 x 8.
4. It unpacks whole. Its orientation mark is applied, then it is grey.
"""

from __future__ import annotations

import os
import warnings
from io import BytesIO
from typing import Any

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", "25000000")  # MOST_PIXELS; OpenCV reads it once, when imported

import cv2
import numpy as np
from PIL import Image, ImageOps

from scanners.scan import ScanError

Grey = np.ndarray[tuple[int, int], np.dtype[np.uint8]]

MOST_BYTES = 8_000_000
MOST_PIXELS = 25_000_000
MOST_SIDE = 20_000
LEAST_SIDE = 8
KINDS = ("PNG", "JPEG", "WEBP")
_COLOURS = (1, 3, 4)
_WIDEST = 4


class NotAPicture(ScanError):
    """The bytes are no picture that may be unpacked: wrong kind, too big, torn."""


class TooLarge(NotAPicture):
    """More bytes or more pixels than may be unpacked."""


def grey(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | bytes) -> Grey:
    """Return *picture* (an encoded file, or an array in grey, BGR or BGRA) as grey, or raise ``NotAPicture``."""
    if isinstance(picture, np.ndarray):
        return _of_array(picture)
    return _of_file(bytes(picture))


def _of_array(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Grey:
    if picture.ndim not in {2, 3} or (picture.ndim == 3 and picture.shape[2] not in _COLOURS):  # noqa: PLR2004
        raise NotAPicture(f"expected a grey or colour picture, got the shape {picture.shape}")
    _check_sides(picture.shape[1], picture.shape[0])
    eight = _of_depth(picture)
    if eight.ndim == 2:  # noqa: PLR2004 - rows and columns
        return np.ascontiguousarray(eight)
    if eight.shape[2] == 1:
        return np.ascontiguousarray(eight[:, :, 0])
    flat = np.asarray(cv2.cvtColor(np.ascontiguousarray(eight[:, :, :3]), cv2.COLOR_BGR2GRAY), np.uint8)
    if eight.shape[2] == 3 or (clear := 255 - eight[:, :, 3]).max() == 0:  # noqa: PLR2004 - no glass in it
        return flat
    return np.asarray(cv2.add(cv2.multiply(flat, eight[:, :, 3], scale=1 / 255), clear), np.uint8)


def _of_depth(picture: np.ndarray[tuple[int, ...], np.dtype[Any]]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return *picture* with 8 bits per value: of 16 bits those are kept that are used."""
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == np.bool_:
        return np.where(picture, 255, 0).astype(np.uint8)
    if picture.dtype.kind not in "ui" or picture.dtype.itemsize > _WIDEST or picture.min() < 0:
        raise NotAPicture(f"expected 1, 8 or 16 bits per value, got {picture.dtype}")
    spare = max(0, int(picture.max()).bit_length() - 8)
    return (picture >> spare).astype(np.uint8)


def _of_file(data: bytes) -> Grey:
    if len(data) > MOST_BYTES:  # 1
        raise TooLarge(f"expected at most {MOST_BYTES} bytes, got {len(data)}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(data), formats=KINDS) as opened:  # 2
                _check_still(opened)
                _check_sides(*opened.size)  # 3
                opened.draft("L", opened.size)  # a JPEG then gives its brightness without making colours of it
                upright = ImageOps.exif_transpose(opened)  # 4
                if upright.mode.startswith("I"):  # 16 bits, which Pillow would cut off instead of dividing
                    return np.ascontiguousarray(_of_depth(np.asarray(upright)))
                flat = _on_white(upright).convert("L")
                return np.asarray(flat, dtype=np.uint8)
    except NotAPicture:
        raise
    except Exception as error:  # a torn file may fail in any way inside its codec
        raise NotAPicture(f"expected a whole {', '.join(KINDS)}, got {len(data)} bytes that are none") from error


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture
    coloured = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured)


def _check_still(picture: Image.Image) -> None:
    if getattr(picture, "n_frames", 1) != 1:
        raise NotAPicture("expected one picture, got a moving one")


def _check_sides(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE:
        raise NotAPicture(f"expected sides of {LEAST_SIDE} and more, got {width} x {height}")
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise TooLarge(f"expected at most {MOST_PIXELS} pixels and sides to {MOST_SIDE}, got {width} x {height}")
