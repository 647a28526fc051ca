"""How far is one read to be trusted? Derived here from what the server knows, and never told by a client.

=============================================  =======================
How it was read                                What it is worth
=============================================  =======================
A square code, signed by a qualified station   full
A bar code with its AIM identifier, likewise   lower: routine steps
Aztec or PDF417                                full as the patient's own band, none as anything else
By a camera, in fewer than two frames          none
By a scanner that failed its challenge card    none
By a scanner whose check is due                none, where checks are asked for
Typed by two persons, with a photo             lower: steps that allow it, never where two persons sign
Typed, unsigned, not enrolled                  none
=============================================  =======================

>>> of(Read("]d2", "wedge", "signed"))
<Trust.FULL: 'full'>
>>> of(Read("]C0", "wedge", "signed")), of(Read("]d2", "wedge", "keyed"))
(<Trust.LOWER: 'lower'>, <Trust.NONE: 'none'>)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SCANNED: Final = frozenset({"signed", "token"})
"""How a code may have come to count as scanned; whatever else somebody calls it is typed."""
ATTESTED: Final = "attested"
"""How a code comes that two persons typed blind, with a photo of it."""
PAGES: Final = frozenset({"wedge", "web_serial", "camera", "serial"})
"""How a code comes to a page: by keys, by a line or a camera of the browser, or over the bridge of its station."""
CAMERAS: Final = frozenset({"camera", "camera_station"})
FEWEST_FRAMES: Final = 2
SQUARE: Final = ("]d", "]Q")
BANDS: Final = ("]z", "]L")
BARS: Final = "]C"
_SEEN: Final = re.compile(r".+ (\d+)/(\d+)")


class Trust(StrEnum):
    """What a read is worth."""

    FULL = "full"
    LOWER = "lower"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Read:
    """What the server knows of one read, apart from its bytes."""

    aim: str
    source: str
    assurance: str
    seen: str = ""
    """The decoder and its frames, such as ``zxing-wasm/3.1.4 2/3``; signed with the read."""
    scanner: str = ""
    """What stands against the scanner: failed, due, or nothing."""
    klass: str = ""
    """What the code was found to be: a hospital's own band may be Aztec or PDF417."""


def counts(source: str, aim: str, *, production: bool) -> bool:
    """Say whether a read that a browser's station signed is a scan at all: how it was made is a client's own word.

    In production the word must be one that a page of ours can truly say, since checks are kept by it, and the symbol
    must have told its AIM identifier. In a demonstration or a training pictures and pasted codes count as well.
    """
    return not production or (source in PAGES and bool(aim))


def of(read: Read) -> Trust:
    """Return what a read is worth, by the table above."""
    if read.assurance == ATTESTED:
        return Trust.LOWER
    if fault(read):
        return Trust.NONE
    return Trust.LOWER if read.aim.startswith(BARS) else Trust.FULL


def fault(read: Read) -> str:
    """Return the code of what makes a read worth nothing, or nothing."""
    if read.assurance == ATTESTED:
        return ""
    if read.assurance not in SCANNED:
        return "keyed"
    if read.scanner:
        return f"scanner_{read.scanner}"
    if read.source in CAMERAS and frames(read.seen)[0] < FEWEST_FRAMES:
        return "few_frames"
    if read.aim.startswith(BANDS) and read.klass != "band":
        return "symbology"
    return ""


def frames(seen: str) -> tuple[int, int]:
    """Return in how many frames of how many a camera's read was seen.

    >>> frames("zxing-wasm/3.1.4 2/3"), frames("")
    ((2, 3), (0, 0))
    """
    told = _SEEN.fullmatch(seen)
    return (int(told.group(1)), int(told.group(2))) if told else (0, 0)
