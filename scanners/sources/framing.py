r"""Where does one scan end and the next begin in a stream of bytes? ``STX? ]cm payload CR? LF``, nothing else.

What does not fit is dropped whole and said: a scan that broke off, one without AIM identifier, two that ran into each
other, bytes that no label holds. Nothing is ever put together from two scans.

>>> Framing().feed(b"]d2" + b"0109506000134352" + b"\r\n", 0.0)
[Scan(data=b'0109506000134352', aim=']d2', source='serial', quad=None)]
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from scanners.scan import Scan
from scanners.sources.base import Dropped, Why
from scanners.symbology import GS

if TYPE_CHECKING:
    from collections.abc import Callable

IDLE_SECONDS = 0.2
MOST_BYTES = 4096
_STX = 0x02
_AIM = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
_GLUED = re.compile(rb"\][CdQzL][0-9]")
_AIM_LENGTH = 3


class Framing:
    """Collects bytes until they are a scan or are known to be none."""

    def __init__(self, source: str = "serial") -> None:
        """Name what is made *source*."""
        self._source = source
        self._held = bytearray()
        self._last = 0.0
        self._over = 0

    @property
    def holding(self) -> bool:
        """Whether a scan is under way."""
        return bool(self._held or self._over)

    def feed(self, data: bytes, at: float) -> list[Scan | Dropped]:
        """Take bytes that came at the moment *at*; return what is complete with them."""
        out = self.idle(at)
        for byte in data:
            self._last = at
            if byte == 0x0A:  # noqa: PLR2004 - LF ends a scan
                out += self._ended()
            elif self._over or len(self._held) >= MOST_BYTES:
                self._over += 1
            else:
                self._held.append(byte)
        return out

    def idle(self, at: float) -> list[Scan | Dropped]:
        """Tell that nothing has come up to *at*: what broke off is dropped."""
        if not self.holding or at - self._last < IDLE_SECONDS:
            return []
        return self.broken()

    def broken(self) -> list[Scan | Dropped]:
        """Tell that the rest will never come, as when the scanner was unplugged."""
        size = len(self._held) + self._over
        self._held.clear()
        self._over = 0
        return [Dropped(Why.PARTIAL, size)] if size else []

    def _ended(self) -> list[Scan | Dropped]:
        text, over = bytes(self._held), self._over
        self._held.clear()
        self._over = 0
        if over:
            return [Dropped(Why.TOO_LONG, len(text) + over)]
        text = text.removesuffix(b"\r")
        if text[:1] == bytes([_STX]):
            text = text[1:]
        if not text:
            return []  # an empty line says nothing
        aim, data = text[:_AIM_LENGTH], text[_AIM_LENGTH:]
        why = _fault(aim, data)
        if why is not None:
            return [Dropped(why, len(text))]
        return [Scan(data, aim.decode("ascii"), self._source)]


def _fault(aim: bytes, data: bytes) -> Why | None:
    if not _AIM.fullmatch(aim):
        return Why.NO_AIM
    if not data:
        return Why.PARTIAL
    if any(not (byte == GS or 0x20 <= byte <= 0x7E) for byte in data):  # noqa: PLR2004 - printable ASCII
        return Why.NOT_TEXT
    return Why.GLUED if _GLUED.search(data) else None


def sorted_out(found: list[Scan | Dropped], dropped: Callable[[Dropped], None]) -> list[Scan]:
    """Return the scans of *found*, and tell *dropped* the rest."""
    scans = []
    for one in found:
        if isinstance(one, Scan):
            scans.append(one)
        else:
            dropped(one)
    return scans
