"""Into which pieces is a picture cut, so that the fewest bytes are sent, and every dot all the same?

A graphic is packed row by row. Where a symbol stands beside a text, each row is a little of both, and neither repeats;
cut apart, each repeats by itself. So a picture is cut in its widest white gaps, across or along, as long as the pieces
pack better than the whole. The pieces lie beside and below each other without a gap: white is told like black, and a
lost piece is seen. The same picture is always cut and packed alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import deflate
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    Packed = np.ndarray[tuple[int, int], np.dtype[np.uint8]]

MOST = 99_999
"""The most bytes of a graphic (ZPL II guide, ^GF)."""

_TRIED = 2  # the level of packing at which two ways of cutting are compared
_FIELD = 44  # bytes of a field beside its picture, packed in base 64
_NOT_WORTH_IT = 750  # packed bytes: a smaller piece is not cut again
_GAP = 2  # rows: a narrower gap is one within letters


class Piece(NamedTuple):
    """One piece: its upper left corner and its width in bytes, its size, and what is sent of it."""

    left: int
    top: int
    across: int
    size: int
    squeezed: bytes


class _Tile(NamedTuple):
    left: int
    top: int
    rows: Packed


_Plan = tuple[int, list[_Tile]]
"""What is sent, about, and in which tiles."""


def pieces(packed: Packed) -> Iterator[Piece]:
    """Cut and pack *packed*, eight dots a byte, into pieces of which none is greater than a graphic may be.

    A great picture, as of a printer of 600 dpi, is worth more of the machine's time: it keeps the line longer.
    """
    deepest, level = (4, 9) if packed.size <= 2 * MOST else (8, 11)
    for left, top, whole in _cut(_Tile(0, 0, packed), deepest, {})[1]:
        across = whole.shape[1]
        high = MOST // across
        for row in range(0, whole.shape[0], high):
            raw = whole[row : row + high].tobytes()
            yield Piece(left, top + row, across, len(raw), bytes(deflate.zlib_compress(raw, level)))


def _cut(tile: _Tile, depth: int, known: dict[tuple[int, ...], _Plan]) -> _Plan:
    """Return how *tile* is best sent, cut at most *depth* times; two ways of cutting often meet in the same tile."""
    key = (depth, tile.left, tile.top, *tile.rows.shape)
    if key in known:
        return known[key]
    best: _Plan = len(deflate.zlib_compress(tile.rows.tobytes(), _TRIED)) + _FIELD, [tile]
    if depth and best[0] >= _NOT_WORTH_IT:
        for halves in _halves(tile):
            (one, first), (other, second) = (_cut(half, depth - 1, known) for half in halves)
            if one + other < best[0]:
                best = one + other, first + second
    known[key] = best
    return best


def _halves(tile: _Tile) -> Iterator[tuple[_Tile, _Tile]]:
    """Cut *tile* in the middle of its widest white gap: once across, once along."""
    left, top, rows = tile
    for axis, least in ((0, _GAP), (1, 1)):
        black = np.flatnonzero(rows.any(axis=1 - axis))
        gaps = np.diff(black)
        if not gaps.size or gaps.max() <= least:
            continue
        widest = int(gaps.argmax())
        at = int(black[widest] + black[widest + 1] + 1) // 2
        if axis == 0:
            yield _Tile(left, top, rows[:at]), _Tile(left, top + at, rows[at:])
        else:
            yield _Tile(left, top, rows[:, :at]), _Tile(left + at, top, rows[:, at:])
