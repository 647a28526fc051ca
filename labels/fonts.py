"""How is a text drawn in dots, and what when the font lacks a letter?

* The fonts come with Python packages (Open Sans from ``ttf-opensans``, DejaVu Sans Mono from ``python-barcode``), never
  from the system: the same text is the same dots everywhere.
* A size is the height of a capital in dots. Text is drawn smooth, then cut at half: 1 bit, no grey.
* A character without a drawing, a combining mark or one that steers (bidi, control) is refused: never tofu, never
  a name that reads other than it is written.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from fontTools.ttLib import TTFont
from PIL import ImageFont

from labels.errors import GlyphMissing

if TYPE_CHECKING:
    from labels.symbols import Dots


class Face(Enum):
    """The faces of a label: words, captions, and identifiers where 0 and O, 8 and B must differ at a glance."""

    BOLD = ("ttf_opensans", "ttf/OpenSans-Bold.ttf")
    TEXT = ("ttf_opensans", "ttf/OpenSans-SemiBold.ttf")
    MONO = ("barcode", "fonts/DejaVuSansMono.ttf")


# Stands where a letter was lost on the way; it has a drawing, but it is never meant.
_LOST = "\N{REPLACEMENT CHARACTER}"

# Thickens the strokes of identifiers, in parts of the capital's height: thermal print thins them.
_STROKE = {Face.MONO: 0.035}


def drawn(text: str, face: Face, capital: int) -> tuple[Dots, int]:
    """Return the ink of *text*, cut to its edges, and the row in it where capitals begin (may be negative)."""
    written = checked(text, face)
    font = _font(face, capital)
    mask, (_, top) = font.getmask2(
        written, mode="L", stroke_width=_stroke(face, capital), stroke_filled=True, anchor="ls"
    )
    width, height = mask.size
    grey = np.frombuffer(bytes(mask), dtype=np.uint8).reshape(height, width)
    ink = grey >= 128  # noqa: PLR2004 - half of a grey
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return np.zeros((0, 0), dtype=np.bool_), 0
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cut, -capital - (int(top) + int(rows[0]))


def width_of(text: str, face: Face, capital: int) -> float:
    """About how many dots wide *text* is: an upper guess for choosing a size, cheaper than drawing."""
    return float(_font(face, capital).getlength(text)) + 2 * _stroke(face, capital)


def checked(text: str, face: Face) -> str:
    """*text* in its composed form, every character of which *face* can show; else ``GlyphMissing``."""
    written = unicodedata.normalize("NFC", text)
    known = _coverage(face)
    for place, letter in enumerate(written):
        if unicodedata.category(letter)[0] in "CMZ" and letter != " ":
            raise GlyphMissing(
                f"character {place} is U+{ord(letter):04X}: a control, mark or space that cannot be shown"
            )
        if unicodedata.bidirectional(letter) in {"R", "AL"}:
            raise GlyphMissing(f"character {place} is U+{ord(letter):04X}: right-to-left writing cannot be drawn yet")
        if letter == _LOST or ord(letter) not in known:
            raise GlyphMissing(f"character {place} is U+{ord(letter):04X}: {face.name} has no drawing for it")
    return written


def _stroke(face: Face, capital: int) -> float:
    return _STROKE.get(face, 0.0) * capital


@lru_cache(maxsize=len(Face))
def _file(face: Face) -> bytes:
    package, path = face.value
    return files(package).joinpath(path).read_bytes()


@lru_cache(maxsize=len(Face))
def _coverage(face: Face) -> frozenset[int]:
    return frozenset(_tables(face).getBestCmap())


@lru_cache(maxsize=len(Face))
def _em_per_capital(face: Face) -> float:
    tables = _tables(face)
    return float(tables["head"].unitsPerEm / tables["glyf"][tables.getBestCmap()[ord("H")]].yMax)


def _tables(face: Face) -> TTFont:
    return TTFont(BytesIO(_file(face)), lazy=True)


@lru_cache(maxsize=512)
def _font(face: Face, capital: int) -> ImageFont.FreeTypeFont:
    # The basic layout: the same dots whether or not the machine has a shaping engine.
    size = capital * _em_per_capital(face)
    return ImageFont.truetype(BytesIO(_file(face)), size, layout_engine=ImageFont.Layout.BASIC)
