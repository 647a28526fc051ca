"""Why was a logger's file not read? Each complaint names the line, what was expected there and what was seen.

What is quoted of a file is its shape alone (letters as x): somebody may have typed a name into a header.
"""

from __future__ import annotations

import re

from coi.errors import Malformed

_BARE = re.compile(r"[0-9 .,:/+\-]{0,40}")
_LONGEST = 40


class NotReadable(Malformed):
    """The root of the family: the file gives no trace."""

    slug = "trace-not-readable"
    title = "The logger's file cannot be read"

    def __init__(self, line: int, expected: str, seen: str) -> None:
        """Keep where it happened; line 0 means the file as a whole."""
        self.line = line
        self.expected = expected
        self.seen = seen
        where = f"Line {line}: expected" if line else "Expected"
        super().__init__(f"{where} {expected}, seen {seen}.")


class TooLarge(NotReadable):
    """More bytes or more lines than a logger can have for one leg."""


class NoDialect(NotReadable):
    """The file has no columns that the dialect knows."""


class Ambiguous(NotReadable):
    """Two readings are possible, and nobody said which one is meant."""


class NotStated(NotReadable):
    """The file lacks what no reader may assume: a serial number, a unit, a date order, a time zone."""


class WrongRow(NotReadable):
    """A row is not of the shape that the dialect promises."""


def shape(text: str) -> str:
    """Return what may be quoted of a cell: digits and marks as they are; beside letters, only its shape.

    >>> shape("03/04/2026"), shape("Erika M. 1961"), shape("")
    ('03/04/2026', 'xxxxx x. 9999', 'nothing')
    """
    if not text:
        return "nothing"
    if _BARE.fullmatch(text):
        return text
    masked = re.sub(r"[0-9]", "9", re.sub(r"[^\W\d_]", "x", text))
    plain = "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in masked)
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}… ({len(plain)} characters)"
