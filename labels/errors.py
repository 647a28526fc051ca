"""Why can a label not be drawn, trusted or printed?

Every refusal of this library is one of these, so a caller catches ``LabelError`` and nothing else.
A message never quotes a text of the label: it may be a patient's name. It names the field, the lengths and the box.
"""

from __future__ import annotations


class LabelError(ValueError):
    """The root of the family: the label as asked for cannot be made, trusted or printed."""


class NotEncodable(LabelError):
    """The bytes cannot stand in this symbology: wrong characters, too long, or wrong by the standard's own check."""


class SymbolDoesNotFit(LabelError):
    """The symbol with its quiet zone is bigger than its place, even at the least module size that may be printed."""


class TextDoesNotFit(LabelError):
    """The text is wider or higher than its box, even at the least legible size."""


class GlyphMissing(LabelError):
    """The font has no drawing for a character, or the character steers instead of showing."""


class Overprint(LabelError):
    """Two things of the label touch each other, or one stands off the label."""


class NotForPrinting(LabelError):
    """A preview was asked for its printer bytes: what must not be used must not come out of a printer."""


class LabelDoesNotReadBack(LabelError):
    """What a decoder reads from the drawn label is not what was asked for, so it must not be printed."""


class NotOurZpl(LabelError):
    """The bytes are no label that this library wrote: wrong framing, unknown command, wrong size or checksum."""


class BadTemplate(LabelError):
    """A template is not well made: it says where, what was expected and what was seen."""

    def __init__(self, path: str, expected: str, seen: str) -> None:
        """Tell the *path* inside the template, what was *expected* there, and what was *seen*."""
        super().__init__(f"{path}: expected {expected}, saw {seen}")
        self.path = path
        self.expected = expected
        self.seen = seen


class BadRecord(LabelError):
    """The values for a template are incomplete, unknown to it, or of the wrong kind."""
