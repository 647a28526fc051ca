"""How is a value written so that everybody hashes the same bytes? JSON with sorted keys, no blanks, no fractions.

A small part of RFC 8785: objects with string keys, lists, strings, whole numbers to 2**53, true, false, null. What is
outside that part is refused, since two programs might write it in two ways.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Plain = None | bool | int | str | Sequence["Plain"] | Mapping[str, "Plain"]

MOST = 2**53 - 1


class NotCanonical(ScanError):
    """A value or a text that has no single way to be written."""


def written(value: Plain) -> bytes:
    r"""Return the one way to write *value*, or raise ``NotCanonical``.

    >>> written({"b": [1, None], "a": "ü"})
    b'{"a":"\xc3\xbc","b":[1,null]}'
    """
    _check(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as lone:
        raise NotCanonical("expected text that is whole Unicode, seen half a character") from lone


def parsed(data: bytes) -> dict[str, Plain]:
    """Return the object that *data* is, or raise ``NotCanonical`` unless it is written in just that one way."""
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as broken:
        raise NotCanonical(f"expected JSON, seen {len(data)} bytes that are none") from broken
    if not isinstance(value, dict):
        raise NotCanonical(f"expected an object, seen {type(value).__name__}")
    if written(value) != data:
        raise NotCanonical("expected sorted keys and no blanks, seen another way of writing the same")
    return value


def _check(value: object) -> None:
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if abs(value) > MOST:
            raise NotCanonical(f"expected a number to {MOST}, seen {value}")
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise NotCanonical(f"expected a key in ASCII, seen {key!r}")
            _check(inner)
        return
    if isinstance(value, list | tuple):
        for inner in value:
            _check(inner)
        return
    raise NotCanonical(f"expected text, whole numbers, lists and objects, seen {type(value).__name__}")
