"""Can a damaged Data Matrix be drawn anew? We find its lattice, ask each cell alone, and hand on a clean symbol.

Frost, glare and dead print elements mostly kill the *finder* (the L and the dotted sides), not the data: Reed-Solomon
would mend those. So:

1. Where the grey changes along x and along y tells the lattice: a comb of n + 1 teeth is laid over it, for every size.
2. Each cell is asked for its grey. Damage of a label is nearly always white, so a cell with some dark in it counts as
   dark in one of the views.
3. The turn that agrees best with an L and two dotted sides is taken, and these are drawn whole.
4. The clean symbol goes to zxing-cpp: only what its Reed-Solomon code accepts is a read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from scanners import ecc200

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scanners.blobs import Blob
    from scanners.ecc200 import Doubts, Marks
    from scanners.picture import Grey

    Index = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
    Values = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

SIZES = (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40)
_SLACKS = 13
_SIDE = 240
_MARGIN = 24
_CELL = 6
_LEAST_FINDER = 0.66
_LINE = 0.12
_SIZES_TRIED = 2
_LEAST_COMB = 0.9
_LEAST_DRAWN = 14
"""Smaller symbols have so few checks that chance may satisfy them: these go through ``mended``, which spares some."""


@dataclass(frozen=True, slots=True)
class _Comb:
    fit: float
    start: float
    end: float


def redrawn(picture: Grey, blob: Blob) -> Iterator[Grey]:
    """Yield clean drawings of the Data Matrix that *blob* may be, the likeliest first."""
    crop = _level(picture, blob)
    down, across = _changes(crop, 0), _changes(crop, 1)
    combs = sorted(
        ((_comb(across, size), _comb(down, size), size) for size in SIZES), key=lambda one: -(one[0].fit + one[1].fit)
    )
    for over, along, size in combs[:_SIZES_TRIED]:
        if over.fit + along.fit < _LEAST_COMB:
            return
        cells = _cells(crop, size, over, along)
        for marks, doubts in _views(cells):
            turned = _upright(marks, doubts)
            if turned is None:
                continue
            if size >= _LEAST_DRAWN:
                yield _drawing(turned[0])
            mended = ecc200.mended(*turned)
            if mended is not None:
                yield _drawing(mended)


def _level(picture: Grey, blob: Blob) -> Grey:
    scale_x, scale_y = _SIDE / blob.long, _SIDE / blob.short
    turn = np.radians(blob.angle)
    cos, sin = np.cos(turn), np.sin(turn)
    middle = _SIDE / 2 + _MARGIN
    matrix = np.array([[cos * scale_x, sin * scale_x, 0.0], [-sin * scale_y, cos * scale_y, 0.0]])
    matrix[:, 2] = np.array([middle, middle]) - matrix[:, :2] @ np.array([blob.x, blob.y])
    whole = _SIDE + 2 * _MARGIN
    crop = cv2.warpAffine(picture, matrix, (whole, whole), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def _changes(crop: Grey, axis: int) -> Values:
    inner = crop[_MARGIN:-_MARGIN, :] if axis == 1 else crop[:, _MARGIN:-_MARGIN].T
    values = cv2.GaussianBlur(np.ascontiguousarray(inner).astype(np.float32), (0, 0), 1.5)
    steps = np.abs(np.diff(values, axis=1)).mean(axis=0)
    return np.asarray(np.concatenate([steps, steps[-1:]]), np.float32)


@cache
def _teeth(size: int) -> tuple[Index, Values, Values]:
    cell = _SIDE / size
    slack = np.linspace(-0.9, 0.9, _SLACKS) * cell
    starts, ends = np.meshgrid(_MARGIN + slack, _MARGIN + _SIDE + slack, indexing="ij")
    share = np.arange(2 * size + 1) / (2 * size)
    at = starts[..., None] * (1 - share) + ends[..., None] * share - 0.5
    index = np.clip(np.rint(at).astype(np.intp), 0, _SIDE + 2 * _MARGIN - 1).reshape(-1, 2 * size + 1)
    return index, starts.ravel().astype(np.float32), ends.ravel().astype(np.float32)


def _comb(changes: Values, size: int) -> _Comb:
    index, starts, ends = _teeth(size)
    seen = changes[index]
    between = seen[:, 1::2].sum(axis=1) / size
    score = seen[:, 0::2].sum(axis=1) / (size + 1) - between
    best = int(score.argmax())
    return _Comb(float(score[best]) / (float(changes.std()) + 1e-6), float(starts[best]), float(ends[best]))


def _cells(crop: Grey, size: int, across: _Comb, down: _Comb) -> Values:
    whole = size * _CELL
    scale_x, scale_y = whole / (across.end - across.start), whole / (down.end - down.start)
    matrix = np.array([[scale_x, 0, -across.start * scale_x], [0, scale_y, -down.start * scale_y]])
    flat = cv2.warpAffine(crop, matrix, (whole, whole), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    blocks = flat.reshape(size, _CELL, size, _CELL).transpose(0, 2, 1, 3)[:, :, 1:-1, 1:-1]
    return np.asarray(blocks.reshape(size, size, -1), np.float32)


def _views(cells: Values) -> Iterator[tuple[Marks, Doubts]]:
    ordered = np.sort(cells, axis=2)
    count = ordered.shape[2]
    mean = np.ascontiguousarray(cells.mean(axis=2))
    mixed = cells.std(axis=2) / max(8.0, float(mean.std()))
    for share, lean in ((0.5, 0.5), (0.12, 0.6)):
        yield _judged(ordered[:, :, int(share * (count - 1))], lean, mixed)
    # Out of focus a cell bears some light of its neighbours: take as much away again.
    yield _judged(mean + 1.5 * (mean - cv2.GaussianBlur(mean, (0, 0), 0.8)), 0.5)
    low, high = (cv2.blur(change(mean, np.ones((7, 7), np.uint8)), (7, 7)) for change in (cv2.erode, cv2.dilate))
    yield _judged((mean - low) / np.maximum(high - low, 8), 0.5)


def _judged(grey: Values, lean: float, mixed: Values | float = 0.0) -> tuple[Marks, Doubts]:
    dark, light = np.percentile(grey, 8), np.percentile(grey, 92)
    share = (grey - dark) / max(1e-6, float(light - dark))
    marks = np.asarray(share < lean, np.bool_)
    unsure = np.clip(1 - 2 * np.abs(share - lean), 0, 1)
    return marks, np.asarray(unsure + np.minimum(mixed, 1.5) + _patches(marks), np.float32)


def _patches(marks: Marks) -> Values:
    """Say where a spot is of one colour alone, which data are not: glare, frost, tape, a dead element's line."""
    ink = marks.astype(np.float32)
    near = cv2.blur(ink, (3, 3), borderType=cv2.BORDER_REPLICATE)
    one_colour = ((near < 0.01) | (near > 0.99)).astype(np.uint8)  # noqa: PLR2004 - none or all of nine
    patch = cv2.dilate(one_colour, np.ones((3, 3), np.uint8)).astype(np.float32)
    line = (ink.mean(axis=0, keepdims=True) < _LINE) | (ink.mean(axis=1, keepdims=True) < _LINE)
    return np.asarray(2 * patch + 2 * line, np.float32)


def _upright(marks: Marks, doubts: Doubts) -> tuple[Marks, Doubts] | None:
    size = len(marks)
    dots = np.arange(size) % 2 == 0
    best, turn = 0.0, 0
    for quarter in range(4):
        seen = np.rot90(marks, quarter)
        solid = (seen[:, 0].mean() + seen[-1, :].mean()) / 2
        dotted = ((seen[0, :] == dots).mean() + (seen[:, -1] == ~dots).mean()) / 2
        if solid + dotted > best:
            best, turn = float(solid + dotted), quarter
    if best < 2 * _LEAST_FINDER:
        return None
    clean = np.rot90(marks, turn).copy()
    clean[0, :], clean[:, -1] = dots, ~dots
    clean[:, 0], clean[-1, :] = True, True
    return clean, np.rot90(doubts, turn)


def _drawing(marks: Marks) -> Grey:
    picture = np.where(np.pad(marks, 2), 0, 255).astype(np.uint8)
    return np.asarray(np.repeat(np.repeat(picture, 4, axis=0), 4, axis=1), np.uint8)
