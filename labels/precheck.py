"""Does the drawn label say what was asked for? Asked before it is printed, of the very dots that are sent.

1. A decoder that is handed in reads exactly the codes asked for: the same bytes under the same AIM identifier, each
   once, and nothing else. A preview reads as nothing. Where every module is some times so many dots, the whole label is
   looked at with that many dots as one, and each code with all its dots at its own place, which is quicker.
2. The text beside each code is what ``reads_as`` makes of its bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import numpy as np

from labels.errors import LabelDoesNotReadBack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from labels.label import Label
    from labels.spec import Symbology
    from labels.symbols import Dots

    Picture = np.ndarray[tuple[int, int], np.dtype[np.uint8]]


class Read(Protocol):
    """What a decoder gives for each symbol that it sees."""

    @property
    def data(self) -> bytes:
        """The bytes."""

    @property
    def aim(self) -> str:
        """The AIM identifier."""


def precheck(
    label: Label,
    reads_as: Callable[[bytes, Symbology], str],
    decode: Callable[[Picture], Iterable[Read]],
) -> None:
    """Raise ``LabelDoesNotReadBack`` unless *label* says what was asked for."""
    expected = Counter((symbol.aim, symbol.data) for symbol in label.symbols)
    if not _quickly(label, decode) and (seen := _seen(label.sent, decode)) != expected:  # 1
        raise LabelDoesNotReadBack(f"expected to read {_told(expected)}, read {_told(seen)}")
    for code in label.codes:  # 2
        if reads_as(code.data, code.symbology) != code.text:
            raise LabelDoesNotReadBack(f"the text beside the {code.symbology} is not what its bytes say")


def _quickly(label: Label, decode: Callable[[Picture], Iterable[Read]]) -> bool:
    """Say whether a coarse look at all of the label and a fine one at each code see what was asked for."""
    stamps = label.stamps
    coarse = math.gcd(*(stamp.module for stamp in stamps))
    if coarse == 1 or label.record.preview:
        return False
    asked = [(stamp.code.aim, stamp.code.data) for stamp in stamps]
    fine = (label.ink[top:bottom, left:right] for left, top, right, bottom in (stamp.box for stamp in stamps))
    return _seen(label.sent[coarse // 2 :: coarse, coarse // 2 :: coarse], decode) == Counter(asked) and all(
        _seen(dots, decode) == Counter([one]) for dots, one in zip(fine, asked, strict=True)
    )


def _seen(ink: Dots, decode: Callable[[Picture], Iterable[Read]]) -> Counter[tuple[str, bytes]]:
    return Counter((read.aim, read.data) for read in decode(np.where(ink, 0, 255).astype(np.uint8)))


def _told(reads: Counter[tuple[str, bytes]]) -> str:
    return ", ".join(f"{aim} with {len(data)} bytes x {count}" for (aim, data), count in reads.items()) or "nothing"
