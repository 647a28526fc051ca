"""What do the last frames say together? Accepted is what agrees and what nothing contradicts.

* A frame is one vote, however many ways of looking at it were tried.
* Bars (Code 128) can misread into another valid value: two frames must agree. A matrix corrects its errors: one frame
  is enough for a picture, two where the camera is live.
* A *different* label of the same kind within the window is a conflict, in one frame or in several: then nothing at all
  is accepted until the window has forgotten one of them. Never "the first wins".
* The same payload within two seconds of its last sight is one scan.

What is of one kind is told: ``told(scan)`` returns ``(kind, subject)``, or None for a code that is none of ours, which
neither votes nor contradicts. A label's matrix and bars may so be told to be one subject. Untold, each symbol family is
a kind and the payload the subject.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scanners.symbology import family_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scanners.scan import Scan

    Told = Callable[[Scan], tuple[str, bytes] | None]
    Key = tuple[bytes, str]

WINDOW = 12
AGREE_LINEAR = 2
AGREE_LIVE = 2
REPEAT_SECONDS = 2.0
FORGET_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known after a frame.

    ``accepted`` is told once a scan; ``repeated`` is the scan that would be accepted again within two seconds.
    ``conflict`` names that nothing is accepted, and ``against`` the payloads that contradict each other. ``foreign`` is
    the name of a symbology that was seen and is not wanted, for the screen alone.
    """

    accepted: Scan | None = None
    conflict: bool = False
    seen: int = 0
    agree: int = 0
    foreign: str | None = None
    against: tuple[Scan, ...] = ()
    repeated: Scan | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    at: float
    scans: tuple[Scan, ...]
    echoes: frozenset[bytes]


class Window:
    """The last frames of one camera."""

    def __init__(self, size: int = WINDOW, *, live: bool = True, told: Told | None = None) -> None:
        """Look at the last *size* frames; *live* says that a matrix needs two of them."""
        self._frames: deque[_Frame] = deque(maxlen=size)
        self._agree_matrix = AGREE_LIVE if live else 1
        self._told = told or _by_family
        self._accepted: dict[Key, float] = {}

    def add(self, scans: Iterable[Scan], at: float, *, echoes: Iterable[bytes] = ()) -> Verdict:
        """Take what one frame shows at the moment *at* (seconds); return what the window says now.

        *echoes* are payloads that a second reader saw in it: where the first saw nothing they count as this frame's
        vote, never alone, since they do not tell their symbology.
        """
        self._frames.append(_Frame(at, tuple(scans), frozenset(echoes)))
        while at - self._frames[0].at > FORGET_SECONDS:
            self._frames.popleft()
        against = self._against()
        if against:
            return Verdict(conflict=True, seen=len(self._frames), against=against)
        return self._best(at)

    def forget(self) -> None:
        """Begin anew, as after a STOP that somebody has taken note of."""
        self._frames.clear()
        self._accepted.clear()

    def _against(self) -> tuple[Scan, ...]:
        kinds: dict[str, dict[bytes, Scan]] = {}
        for frame in self._frames:
            for scan in frame.scans:
                told = self._told(scan)
                if told is not None:
                    kinds.setdefault(told[0], {}).setdefault(told[1], scan)
        return tuple(scan for subjects in kinds.values() if len(subjects) > 1 for scan in subjects.values())

    def _best(self, at: float) -> Verdict:
        votes = self._votes()
        best, most, repeated = None, 0, None
        for scan, agree in sorted(votes, key=lambda vote: (family_of(vote[0].aim) != "matrix", -vote[1])):
            most = max(most, agree)
            linear = family_of(scan.aim) == "linear"
            if agree < (AGREE_LINEAR if linear else self._agree_matrix) or (linear and self._doubted(scan)):
                continue
            key = (scan.data, scan.aim)
            if at - self._accepted.get(key, float("-inf")) <= REPEAT_SECONDS:
                self._accepted[key] = at  # still in view: one scan as long as it stays there
                repeated = repeated or scan
                continue
            self._accepted[key] = at
            best, most = scan, agree
            break
        return Verdict(best, seen=len(self._frames), agree=most, repeated=repeated)

    def _votes(self) -> Sequence[tuple[Scan, int]]:
        first: dict[Key, Scan] = {}
        for frame in self._frames:
            for scan in frame.scans:
                if self._told(scan) is not None:
                    first.setdefault((scan.data, scan.aim), scan)
        return [(scan, self._agreeing(key)) for key, scan in first.items()]

    def _agreeing(self, key: Key) -> int:
        return sum(
            any((scan.data, scan.aim) == key for scan in frame.scans)
            or (family_of(key[1]) == "linear" and not frame.scans and key[0] in frame.echoes)
            for frame in self._frames
        )

    def _doubted(self, scan: Scan) -> bool:
        # A read that is none of ours, of the same symbology and length: most likely a misread of this very symbol.
        return any(
            other.aim == scan.aim and len(other.data) == len(scan.data) and self._told(other) is None
            for frame in self._frames
            for other in frame.scans
        )


def _by_family(scan: Scan) -> tuple[str, bytes] | None:
    return family_of(scan.aim), scan.aim.encode() + scan.data
