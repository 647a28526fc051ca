"""Would a printer make exactly one label of these bytes, and nothing else? The gate that every native label passes.

1. Printable ASCII and line feeds only, and no ``~`` at all: ``~`` begins a command of its own.
2. Exactly one ``^XA`` at the beginning and one ``^XZ`` at the end.
3. Only commands of the list, each with its parameters written in full; the geometry is pinned in the first line.
4. A field's data stand after ``^FH_``, hold no ``^``, and every ``_`` in them is followed by two hex digits.
5. A Code 128 is in mode N and begins with its own start character; a Data Matrix is ECC 200 and names an escape
   character; a QR code names its error level and mode; a graphic has the length and checksum that it says.

>>> [fault.rule for fault in faults(b"^XA^FO1,1^A0N,20,20^FDO'Brien^XZ^XA^FS^XZ")]
[2, 3]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labels import zpl
from labels.errors import NotOurZpl

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = rb"[\x20-\x5B\x5D\x60-\x7D]"
_DATA = rb"(?:" + _PLAIN + rb"|_[0-9A-F]{2})" + _PLAIN + rb"*(?:_[0-9A-F]{2}" + _PLAIN + rb"*)*"  # one or more
_AT = rb"\^FO\d{1,5},\d{1,5}"
_TEXT = _AT + rb"\^A0[NRB],\d{1,5},\d{1,5}(?:\^FR)?\^FH_\^FD" + _DATA + rb"\^FS"
_RULE = _AT + rb"\^GB\d{1,5},\d{1,5},\d{1,5}\^FS"
_BARS = rb"\^BY\d{1,2},2,\d{1,5}" + _AT + rb"\^BC[NRB],\d{1,5},N,N,N,N\^FH_\^FD>[:;]" + _DATA + rb"\^FS"
_MATRIX = _AT + rb"\^BX[NRB],\d{1,2},200,\d{2,3},\d{2,3},,[@|`{}$#!?],1\^FH_\^FD" + _DATA + rb"\^FS"
_QR = rb"\^BY2,2,10" + _AT + rb"\^BQN,2,\d{1,2}\^FH_\^FDQA," + _DATA + rb"\^FS"
_GRAPHIC = _AT + rb"\^GFA,\d{1,5},\d{1,5},\d{1,4},:Z64:[A-Za-z0-9+/=]+:[0-9A-F]{4}\^FS"
_HEADER = rb"\^XA\^MUD\^CI28\^PW\d{1,5}\^LL\d{1,5}\^LH0,0\^LT0\^LS0\^PON\^FWN"

_FIELD = re.compile(b"|".join((_TEXT, _RULE, _BARS, _MATRIX, _QR, _GRAPHIC)))
_WHOLE = re.compile(
    _HEADER + rb"\n(?:(?:" + b"|".join((_TEXT, _RULE, _BARS, _MATRIX, _QR, _GRAPHIC)) + rb")\n)*\^PQ1\^XZ\n"
)
_FIRST = re.compile(_HEADER)
_GRAPHICS = re.compile(rb"\^GFA,(\d+),(\d+),(\d+),:Z64:([^:]+):([0-9A-F]{4})")
_COMMAND = re.compile(rb"\^[A-Z][A-Z0-9@]?|\^")

ALLOWED = frozenset(
    b"^XA ^MU ^CI ^PW ^LL ^LH ^LT ^LS ^PO ^FW ^FO ^A0 ^FR ^FH ^FD ^FS ^GB ^GF ^BY ^BC ^BX ^BQ ^PQ ^XZ".split()
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where, and by which of the rules above."""

    rule: int
    at: int
    what: str


def prove(sent: bytes) -> None:
    """Raise ``NotOurZpl`` unless *sent* is one label of the safe profile."""
    if b"~" in sent or not _WHOLE.fullmatch(sent) or any(_graphic_faults(sent)):
        raise NotOurZpl("; ".join(f"byte {fault.at}: {fault.what}" for fault in faults(sent)) or "no label of ours")


def faults(sent: bytes) -> tuple[Fault, ...]:
    """Return every fault of *sent* by rule and place; none means that it is one label of ours."""
    found = [*_bytes(sent), *_frame(sent), *_commands(sent), *_graphic_faults(sent)]
    if not found and not _WHOLE.fullmatch(sent):
        found += _lines(sent)
    return tuple(sorted(set(found), key=lambda fault: (fault.rule, fault.at)))


def _bytes(sent: bytes) -> Iterator[Fault]:
    for at, byte in enumerate(sent):
        if byte == 0x7E:  # noqa: PLR2004 - a tilde
            yield Fault(1, at, "expected no ~, which begins a command of its own")
        elif not (0x20 <= byte <= 0x7E or byte == 0x0A):  # noqa: PLR2004 - printable ASCII, line feed
            yield Fault(1, at, f"expected printable ASCII, got 0x{byte:02X}")


def _frame(sent: bytes) -> Iterator[Fault]:
    begins, ends = sent.count(b"^XA"), sent.count(b"^XZ")
    if begins != 1 or ends != 1 or not sent.startswith(b"^XA") or not sent.rstrip(b"\n").endswith(b"^XZ"):
        yield Fault(2, 0, f"expected one ^XA at the beginning and one ^XZ at the end, got {begins} and {ends}")


def _commands(sent: bytes) -> Iterator[Fault]:
    for found in _COMMAND.finditer(sent):
        if found[0] not in ALLOWED:
            yield Fault(3, found.start(), f"expected a command of the list, got {found[0].decode()}")
    if not _FIRST.match(sent):
        yield Fault(3, 0, "expected the first line to pin units, code page, size, home, offsets and direction")


def _lines(sent: bytes) -> Iterator[Fault]:
    at = 0
    lines = sent.split(b"\n")
    for number, line in enumerate(lines):
        if number and line not in (b"^PQ1^XZ", b"") and not _FIELD.fullmatch(line):
            rule = 4 if b"^FD" in line and not re.search(rb"\^B[CXQ]", line) else 5
            yield Fault(rule, at, "expected a field of the safe profile, each parameter written in full")
        at += len(line) + 1
    if lines[-2:] != [b"^PQ1^XZ", b""]:
        yield Fault(2, len(sent), "expected ^PQ1^XZ as the last line")


def _graphic_faults(sent: bytes) -> Iterator[Fault]:
    for found in _GRAPHICS.finditer(sent):
        try:
            raw = zpl.unpacked(found[4], int(found[1]), int(found[5], 16))
        except NotOurZpl as error:
            yield Fault(5, found.start(), str(error))
            continue
        if int(found[1]) != int(found[2]) or not int(found[3]) or len(raw) % int(found[3]):
            yield Fault(5, found.start(), "expected a graphic of whole rows that says its length twice")
