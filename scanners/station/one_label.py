"""Is it one label that the camera sees? The square code and the bars of two labels are two, and neither is read.

* Bars that no square code in view bears belong to another label: nothing is accepted until one of them is gone. Bars
  without the check characters of our labels are no label's: what else stands on a band or a bag is no other label.
* What was accepted waits for a moment, since the other label may only be coming into view.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scanners import pipeline
from scanners.pipeline import Looked
from scanners.stream import Reader
from scanners.symbology import family_of
from scanners.vote import FORGET_SECONDS, Verdict, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from scanners.pipeline import Picture
    from scanners.scan import Scan

SETTLES: Final = 0.3
"""So many seconds a code waits for what else comes into view."""
OWN_BARS: Final = re.compile(rb"[0-9BCDEFGHJKLNPRSTUVX]{12}")
"""What the bars of our labels hold: the label's number alone, which its square code bears too."""
_ALPHABET: Final = b"0123456789BCDEFGHJKLNPRSTUVX"
_PRIME: Final = 773


def is_own(data: bytes) -> bool:
    """Whether bars hold a label's number: twelve characters that, read in base 28, leave 1 when divided by 773.

    The last two are the check characters, below 773: of twelve digits by chance one in some 800 passes.

    >>> is_own(b"7K3N9XB2CD4U"), is_own(b"123456789012")
    (True, False)
    """
    if not OWN_BARS.fullmatch(data):
        return False
    body, pair = _value(data[:-2]), _value(data[-2:])
    return pair < _PRIME and (body * len(_ALPHABET) ** 2 + pair) % _PRIME == 1


def _value(text: bytes) -> int:
    total = 0
    for character in text:
        total = total * len(_ALPHABET) + _ALPHABET.index(character)
    return total


class OneLabel(Reader):
    """Reads the frames of one camera, and accepts only what the whole view agrees with."""

    def __init__(self, read: Callable[[Picture | bytes], Iterable[Scan]] | None = None) -> None:
        """Look at frames with *read*, or as every reader of ours does."""
        super().__init__()
        self._read = read or (lambda frame: pipeline.read(frame, looked=Looked.IDENTITY))
        self._voted = Window()
        self._seen: deque[tuple[float, tuple[Scan, ...]]] = deque()
        self._held: list[tuple[float, Verdict]] = []

    def feed(self, frame: Picture | bytes, at: float) -> Verdict:
        """Take the frame of the moment *at* (seconds, of a clock that never goes back)."""
        scans = tuple(self._read(frame))
        verdict = self._voted.add(scans, at)
        self._seen.append((at, scans))
        while at - self._seen[0][0] > FORGET_SECONDS:
            self._seen.popleft()
        against = verdict.against or self._of_another()
        if against:
            self._held.clear()
            return Verdict(conflict=True, seen=verdict.seen, against=against)
        if verdict.accepted is not None:
            self._held.append((at, verdict))
        if self._held and at - self._held[0][0] >= SETTLES:
            return self._held.pop(0)[1]
        return replace(verdict, accepted=None)

    def forget(self) -> None:
        """Begin anew."""
        self._voted.forget()
        self._seen.clear()
        self._held.clear()

    def _of_another(self) -> tuple[Scan, ...]:
        """Return what is in view, where bars of ours are there that no square code bears."""
        scans = {(one.data, one.aim): one for _, frame in self._seen for one in frame}.values()
        squares = [one for one in scans if family_of(one.aim) == "matrix"]
        bars = [one for one in scans if family_of(one.aim) == "linear" and is_own(one.data)]
        lost = [one for one in bars if not any(one.data in square.data for square in squares)]
        return (*squares, *lost) if squares and lost else ()
