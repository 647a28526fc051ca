r"""How does IPP look on the wire? Requests written and responses read, of the few operations that a label needs.

::

    version (2) operation or status (2) request id (4)
    group tag, then attributes: value tag (1) length (2) name, length (2) value;      RFC 8010 3.1
    a further value of the same attribute has an empty name
    0x03 end of attributes, then the document

Choice: our own forty lines instead of ``pyipp``. Its client is asyncio over aiohttp, has no call that prints, and would
bring an event loop into a library of plain functions. Price: value kinds that no label needs are kept as raw bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

VERSION = b"\x01\x01"
PRINT_JOB, GET_JOB, GET_PRINTER = 0x0002, 0x0009, 0x000B
OPERATION_GROUP, JOB_GROUP, END, PRINTER_GROUP = 0x01, 0x02, 0x03, 0x04
INTEGER, BOOLEAN, ENUM, RESOLUTION = 0x21, 0x22, 0x23, 0x32
NAME, KEYWORD, URI, CHARSET, LANGUAGE, MEDIA_TYPE = 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
_LEAST_VALUE = 0x10
_DPI = 3

Value = int | bool | str | bytes
Attributes = dict[str, list[Value]]


class NotIpp(ValueError):
    """The bytes are no IPP response."""


@dataclass(frozen=True, slots=True)
class Response:
    """What the printer answered: its status code, and the attributes of every group."""

    code: int
    attributes: Attributes

    def first(self, name: str) -> Value | None:
        """Return the first value of the attribute *name*."""
        values = self.attributes.get(name)
        return values[0] if values else None

    def number(self, name: str) -> int | None:
        """Return the attribute *name* if it is a number."""
        value = self.first(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, name: str) -> list[str]:
        """Return the texts of the attribute *name*."""
        return [value for value in self.attributes.get(name, []) if isinstance(value, str)]


def request(operation: int, number: int, attributes: list[tuple[int, str, list[bytes]]]) -> bytes:
    """Write a request of *operation* with its (tag, name, values)."""
    parts = [VERSION, struct.pack(">HI", operation, number), bytes([OPERATION_GROUP])]
    for tag, name, values in attributes:
        for at, value in enumerate(values):
            told = b"" if at else name.encode("ascii")
            parts.append(struct.pack(">BH", tag, len(told)) + told + struct.pack(">H", len(value)) + value)
    return b"".join(parts) + bytes([END])


def response(raw: bytes, number: int) -> Response:
    """Read the answer to request *number*, or raise ``NotIpp``."""
    try:
        return _response(raw, number)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise NotIpp("the answer ends too early or holds bytes that are no text") from error


def _response(raw: bytes, number: int) -> Response:
    code, answered = struct.unpack_from(">HI", raw, 2)
    if raw[0] not in {1, 2} or answered != number:
        raise NotIpp(f"expected IPP 1 or 2 and the answer to request {number}, got version {raw[0]} and {answered}")
    attributes: Attributes = {}
    at, name = 8, ""
    while (tag := raw[at]) != END:
        at += 1
        if tag < _LEAST_VALUE:
            name = ""
            continue
        told, at = _counted(raw, at)
        value, at = _counted(raw, at)
        name = told.decode("ascii") or name
        if not name:
            raise NotIpp("a value stands before the first name")
        attributes.setdefault(name, []).append(_value(tag, value))
    return Response(code, attributes)


def _counted(raw: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">H", raw, at)
    end = at + 2 + size
    if end > len(raw):
        raise IndexError(end)
    return raw[at + 2 : end], end


def _value(tag: int, raw: bytes) -> Value:
    if tag in {INTEGER, ENUM}:
        return int(struct.unpack(">i", raw)[0])
    if tag == BOOLEAN:
        return raw == b"\x01"
    if tag == RESOLUTION:
        across, _, unit = struct.unpack(">iib", raw)
        return int(across) if unit == _DPI else round(across * 2.54)
    return raw.decode("utf-8") if tag in range(0x41, 0x4A) else raw
