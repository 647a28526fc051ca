"""What a fake camera sees: films of our own printed labels, a row of JPEGs each, as Chromium wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import barcode
import cv2
import numpy as np
import zint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WIDTH, HEIGHT = 1280, 720
FRAMES = 8
LARGEST = (1000, 560)
"""A label that fills the drawn frame."""
SIDE_BY_SIDE = (500, 560)


def of(*labels: Path, together: bool = False) -> bytes:
    """Return a film that shows the labels: one after the other, frame by frame, or all in one picture."""
    pictures = [_read(path) for path in labels]
    if together:
        frames = [_scene(pictures, seed) for seed in range(FRAMES)]
    else:
        frames = [_scene([pictures[n % len(pictures)]], n) for n in range(max(FRAMES, len(pictures)))]
    return b"".join(jpeg(frame) for frame in frames)


def frame(label: Path) -> bytes:
    """Return one frame that shows a label."""
    return jpeg(_scene([_read(label)], 0))


def ean() -> bytes:
    """Return a film of a product's EAN-13, as it stands on a box of gloves."""
    bars = barcode.EAN13("400638133393").build()[0]
    row = np.array([0 if bit == "1" else 255 for bit in f"{'0' * 12}{bars}{'0' * 12}"], dtype=np.uint8)
    picture = np.full((300, row.size * 5, 3), 255, dtype=np.uint8)
    picture[40:260] = np.repeat(row, 5)[None, :, None]
    return b"".join(jpeg(_scene([picture], seed)) for seed in range(FRAMES))


def matrix(path: Path, text: str) -> Path:
    """Draw a Data Matrix of any text, as it stands on a badge, and return where it lies."""
    drawing = zint.Symbol()
    drawing.symbology = zint.Symbology.DATAMATRIX
    drawing.encode(text)
    rows = np.asarray(drawing.encoded_data, dtype=np.uint8)[: drawing.rows]
    modules = np.pad(np.unpackbits(rows, axis=1, bitorder="little")[:, : drawing.width], 4)
    assert cv2.imwrite(str(path), np.kron(1 - modules, np.full((12, 12), 255, dtype=np.uint8)))
    return path


def jpeg(frame: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Return one frame as a JPEG."""
    told, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert told
    return bytes(data)


def _read(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = cv2.imread(str(path))
    assert picture is not None, path
    return np.asarray(picture, dtype=np.uint8)


def _scene(
    labels: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]], seed: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Lay the labels on a grey table, as a hand does that is never quite still."""
    random = np.random.default_rng(seed)
    table = random.integers(90, 110, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    widest, highest = LARGEST if len(labels) == 1 else SIDE_BY_SIDE
    for number, label in enumerate(labels):
        scale = min(widest / label.shape[1], highest / label.shape[0])
        small = cv2.resize(label, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = small.shape[:2]
        middle = WIDTH * (2 * number + 1) // (2 * len(labels)) if len(labels) > 1 else WIDTH // 2
        if len(labels) > 1:
            middle = WIDTH // 2 + (1 if number else -1) * (widest // 2 + 8)
        left, top = middle - width // 2, (HEIGHT - height) // 2
        left, top = left + int(random.integers(-4, 5)), top + int(random.integers(-4, 5))
        table[top : top + height, left : left + width] = small
    return table
