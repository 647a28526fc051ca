"""Can the error correction of a Data Matrix do more if it is told which cells are doubtful? Twice as much.

ISO/IEC 16022 (ECC 200): the modules are eight-bit codewords in a fixed pattern, Reed-Solomon over GF(256) with the
polynomial 0x12D. A wrong codeword costs two check codewords, one known to be doubtful costs one. ``mended`` tries some
counts of the most doubtful (generalised minimum distance) and always leaves ``SPARE`` check codewords unused, so that
chance satisfies it once in 2**32 at most. Symbols of one region, 10 to 26 modules a side.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    Bits = np.ndarray[tuple[int, int], np.dtype[np.int32]]
    Marks = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
    Doubts = np.ndarray[tuple[int, int], np.dtype[np.float32]]

CHECKS = {10: 5, 12: 7, 14: 10, 16: 12, 18: 14, 20: 18, 22: 20, 24: 24, 26: 28}
SPARE = 4
_POLYNOMIAL = 0x12D
_HALF = 4
_UTAH = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
_CORNERS = {
    1: ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    2: ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    3: ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    4: ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
}
_TRIED = (1.0, 0.7, 0.4)


def _tables() -> tuple[list[int], list[int]]:
    power, log, value = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        power[exponent] = power[exponent + 255] = value
        log[value] = exponent
        value <<= 1
        if value > 0xFF:  # noqa: PLR2004 - a byte
            value ^= _POLYNOMIAL
    return power, log


_POWER, _LOG = _tables()


def mended(marks: Marks, doubts: Doubts) -> Marks | None:
    """Return the symbol's modules with its errors corrected, or None; *doubts* say how doubtful each module is."""
    size = len(marks)
    checks = CHECKS.get(size)
    if checks is None:
        return None
    order = placement(size - 2)
    used = order >= 0
    count = int(order.max()) // 8 + 1
    bits = np.zeros(count * 8, np.uint8)
    doubt = np.zeros(count * 8, np.float32)
    bits[order[used]] = marks[1:-1, 1:-1][used]
    doubt[order[used]] = doubts[1:-1, 1:-1][used]
    word = [int(value) for value in np.packbits(bits)]
    per_word = doubt.reshape(count, 8)
    ranked = np.argsort(-(per_word.max(axis=1) + per_word.sum(axis=1) / 8), kind="stable")
    syndromes = _syndromes(word, checks)
    for share in _TRIED:
        erased = max(0, round(share * (checks - SPARE)))
        right = _corrected(word, syndromes, checks, [int(at) for at in ranked[:erased]])
        if right is not None:
            new = np.unpackbits(np.array(right, np.uint8))
            out = marks.copy()
            inner = out[1:-1, 1:-1]
            inner[used] = new[order[used]].astype(np.bool_)
            return out
    return None


def _syndromes(word: list[int], checks: int) -> list[int]:
    out = []
    for root in range(1, checks + 1):
        value = 0
        for part in word:
            value = (_POWER[_LOG[value] + root] if value else 0) ^ part
        out.append(value)
    return out


def _times(first: int, second: int) -> int:
    return _POWER[_LOG[first] + _LOG[second]] if first and second else 0


def _corrected(word: list[int], syndromes: list[int], checks: int, erased: list[int]) -> list[int] | None:
    """Correct *word*, its codewords at *erased* unknown; None unless ``SPARE`` checks remain (Berlekamp-Massey)."""
    if not any(syndromes):
        return word
    last = len(word) - 1
    locator = [1]
    for at in erased:
        root = _POWER[(last - at) % 255]
        locator = [a ^ b for a, b in zip([*locator, 0], [0, *(_times(root, part) for part in locator)], strict=True)]
    known, previous, length = len(erased), list(locator), len(erased)
    for step in range(known, checks):
        previous = [0, *previous]
        gap = 0
        for at, part in enumerate(locator[: step + 1]):
            gap ^= _times(part, syndromes[step - at])
        if not gap:
            continue
        long = max(len(locator), len(previous))
        grown = [a ^ _times(gap, b) for a, b in zip(_padded(locator, long), _padded(previous, long), strict=True)]
        if 2 * length <= step + known:
            length = step + 1 + known - length
            inverse = _POWER[255 - _LOG[gap]]
            previous = [_times(inverse, part) for part in locator]
        locator = grown
    while locator and not locator[-1]:
        locator.pop()
    wrong = len(locator) - 1 - known
    if len(locator) - 1 != length or wrong < 0 or known + 2 * wrong > checks - SPARE:
        return None
    return _filled(word, syndromes, locator)


def _filled(word: list[int], syndromes: list[int], locator: list[int]) -> list[int] | None:
    # Chien: where is it wrong; Forney: by how much.
    last, checks = len(word) - 1, len(syndromes)
    evaluator = [0] * checks
    for i, part in enumerate(locator):
        for j in range(checks - i):
            evaluator[i + j] ^= _times(part, syndromes[j])
    slope = [part if at % 2 else 0 for at, part in enumerate(locator)][1:]
    right, roots = list(word), 0
    for at in range(len(word)):
        inverse = (255 - (last - at)) % 255
        if _at(locator, inverse):
            continue
        roots += 1
        steep = _at(slope, inverse)
        if not steep:
            return None
        value = _at(evaluator, inverse)
        right[at] ^= _times(value, _POWER[(255 - _LOG[steep]) % 255])
    if roots != len(locator) - 1 or any(_syndromes(right, checks)):
        return None
    return right


def _at(polynomial: list[int], exponent: int) -> int:
    value = 0
    for part in reversed(polynomial):
        value = (_POWER[_LOG[value] + exponent] if value else 0) ^ part
    return value


def _padded(polynomial: list[int], length: int) -> list[int]:
    return polynomial + [0] * (length - len(polynomial))


@cache
def placement(side: int) -> Bits:
    """Return for each module which bit of the data it is (codeword * 8 + bit, highest first); -1 = none (fixed)."""
    out = np.full((side, side), -1, np.int32)
    word, row, column = 0, 4, 0
    while row < side or column < side:
        corner = _CORNERS.get(_corner(side, row, column), ())
        if corner:
            for bit, (down, over) in enumerate(corner):
                out[down % side, over % side] = word * 8 + bit
            word += 1
        for step, beside in ((-2, (1, 3)), (2, (3, 1))):
            word = _placed(out, row, column, word)
            row, column = row + step, column - step
            while (row >= 0 and column < side) if step < 0 else (row < side and column >= 0):
                word = _placed(out, row, column, word)
                row, column = row + step, column - step
            row, column = row + beside[0], column + beside[1]
    return out


def _corner(side: int, row: int, column: int) -> int:
    if column == 0 and row == side:
        return 1
    if column == 0 and row == side - 2 and side % 4:
        return 2
    if column == 0 and row == side - 2 and side % 8 == _HALF:
        return 3
    return 4 if column == 2 and row == side + 4 and not side % 8 else 0  # noqa: PLR2004 - where the fourth lies


def _placed(out: Bits, row: int, column: int, word: int) -> int:
    side = len(out)
    if not (0 <= row < side and 0 <= column < side and out[row, column] < 0):
        return word
    shift = 4 - (side + 4) % 8
    for bit, (down, over) in enumerate(_UTAH):
        y, x = row + down, column + over
        if y < 0:
            y, x = y + side, x + shift
        if x < 0:
            y, x = y + shift, x + side
        out[y, x] = word * 8 + bit
    return word + 1
