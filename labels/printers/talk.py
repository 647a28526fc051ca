r"""How is a printer asked? One line for all questions of a kind, whatever came on it read as a whole.

* A second question follows the first on the same line, so that what does not belong stands before its answer and is
  seen: a doubled answer, a late one, noise. Then our side is closed and the rest of the line is heard as well.
* A line that breaks makes the answer worthless, even a whole one. Silence costs at most the time that was given.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from labels.printers import status as told
from labels.printers.base import Identity, Status
from labels.printers.wire import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from labels.printers.wire import Wire

    Opening = Callable[[float], AbstractContextManager[Wire]]

_STRINGS = 3
_END = b"\x03"
_QUOTE = b'"'
_MOST = 4096
_COUNTER = "odometer.total_label_count"
_SERIAL = "device.unique_id"


def status(opening: Opening, seconds: float) -> Status:
    """Ask ``~HS``, then ``~HQES``; a printer that is silent to the first may still name its errors."""
    talk = _Talk(seconds)
    try:
        with opening(talk.deadline) as wire:
            talk.ask(wire, b"~HS", lambda raw: raw.count(_END) >= _STRINGS, seconds / 2)
            ends = talk.raw.count(_END)
            if not talk.raw or ends >= _STRINGS:
                talk.ask(wire, b"~HQES", lambda raw: raw.count(_END) > ends, seconds / 4)
            talk.finish(wire)
    except BROKEN:
        return Status("unknown", bytes(talk.raw))
    return told.judged(bytes(talk.raw))


def counter(opening: Opening, seconds: float) -> int | None:
    """Ask for the odometer."""
    talk = _Talk(seconds)
    try:
        with opening(talk.deadline) as wire:
            talk.ask(wire, _getvar(_COUNTER), lambda raw: raw.count(_QUOTE) > 1, seconds)
            talk.finish(wire)
    except BROKEN:
        return None
    return told.count(bytes(talk.raw))


def identity(opening: Opening, seconds: float) -> Identity | None:
    """Ask ``~HI``, then for the serial number; a printer that has no SGD has an empty one."""
    talk = _Talk(seconds)
    try:
        with opening(talk.deadline) as wire:
            talk.ask(wire, b"~HI", lambda raw: _END in raw, seconds / 2)
            if talk.raw:
                talk.ask(wire, _getvar(_SERIAL), lambda raw: raw.count(_QUOTE) > 1, seconds / 4)
            talk.finish(wire)
    except BROKEN:
        return None
    head, quote, tail = bytes(talk.raw).partition(_QUOTE)
    model = told.model(head)
    if model is None or (quote and told.value(quote + tail) is None and quote + tail != b'"?"'):
        return None
    return Identity(model.name, model.firmware, model.dpmm, told.value(quote + tail) or "")


def _getvar(name: str) -> bytes:
    return b'! U1 getvar "%s"\r\n' % name.encode("ascii")


class _Talk:
    """One line's worth of questions, and all that came back."""

    def __init__(self, seconds: float) -> None:
        self._settle = seconds / 8
        self.deadline = monotonic() + seconds
        self.raw = bytearray()

    def ask(self, wire: Wire, question: bytes, enough: Callable[[bytearray], bool], seconds: float) -> None:
        """Ask *question* and hear until it is *enough*, the line ends, or *seconds* are over."""
        until = min(self.deadline, monotonic() + seconds)
        while question:
            question = question[wire.write(question, until) :]
        self._hear(wire, enough, until)

    def finish(self, wire: Wire) -> None:
        """Close our side and hear what still comes."""
        wire.close_our_side()
        self._hear(wire, lambda _: False, min(self.deadline, monotonic() + self._settle))

    def _hear(self, wire: Wire, enough: Callable[[bytearray], bool], until: float) -> None:
        while not enough(self.raw) and len(self.raw) < _MOST:
            try:
                part = wire.read(until)
            except TimeoutError:
                return
            if not part:
                return
            self.raw += part
