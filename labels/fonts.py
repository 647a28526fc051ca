"""How is a text drawn in dots, and what when no font has a letter?

* The fonts come with Python packages, never from the system: the same text is the same dots everywhere. A text that
  the wished face cannot write is written whole in the first of the others that can (Han, Kana and Hangul, Arabic,
  Hebrew, Devanagari), shaped and turned as its script wants.
* A size is the height of a capital in dots. Text is drawn smooth, then cut at half: 1 bit, no grey.
* A character without a drawing, one that steers (bidi, control), a mark that its script does not know and two
  directions in one line are refused: never tofu, never a name that reads other than it is written.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont, features

from labels.errors import GlyphMissing, TextDoesNotFit

if TYPE_CHECKING:
    from labels.symbols import Dots


class Face(Enum):
    """The faces of a label: words, captions, identifiers where 0 and O, 8 and B must differ, and other scripts."""

    BOLD = ("ttf_opensans", "ttf/OpenSans-Bold.ttf")
    TEXT = ("ttf_opensans", "ttf/OpenSans-SemiBold.ttf")
    MONO = ("barcode", "fonts/DejaVuSansMono.ttf")
    HAN = ("noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf")
    ARABIC = ("fontpkg_noto_sans_arabic", "files/NotoSansArabic[wdth,wght].ttf")
    HEBREW = ("pylopdf_fonts_he", "NotoSansHebrew-Variable.ttf")
    DEVANAGARI = ("fontpkg_noto_sans_devanagari", "files/NotoSansDevanagari[wdth,wght].ttf")

    __hash__ = object.__hash__  # each is there once; caches ask for it at every word


_OTHERS = (Face.MONO, Face.HAN, Face.ARABIC, Face.HEBREW, Face.DEVANAGARI)
# These want a shaping engine: letters join, change their form or their order.
_SHAPED = frozenset({Face.ARABIC, Face.HEBREW, Face.DEVANAGARI})

# Stands where a letter was lost on the way; it has a drawing, but it is never meant.
_LOST = "\N{REPLACEMENT CHARACTER}"

# Thickens the strokes of identifiers, in parts of the capital's height: thermal print thins them.
_STROKE = {Face.MONO: 0.035}

# A font unpacks a table when it is first asked for, and two threads that ask at once trip over each other.
_ONE_READER = RLock()

_BOLD_WEIGHT = 700
_UNIT = 400  # the capital height at which the reach of a letter is measured


def written(text: str, wished: Face) -> tuple[str, Face]:
    """Return *text* in its composed form and the face that writes all of it; else ``GlyphMissing``."""
    if text.isascii() and text.isprintable():
        return text, wished
    composed = unicodedata.normalize("NFC", text)
    _steers(composed)
    for face in (wished, *(other for other in _OTHERS if other is not wished)):
        if _writes(face, composed):
            if face in _SHAPED and not features.check_feature("raqm"):
                raise GlyphMissing(f"{face.name.title()} wants a shaping engine (libfribidi), and there is none here")
            return composed, face
    known = _coverage(wished).union(*(_coverage(face) for face in _OTHERS))
    for place, letter in enumerate(composed):
        if ord(letter) not in known or letter == _LOST:
            raise GlyphMissing(f"character {place} is U+{ord(letter):04X}: no face has a drawing for it")
    raise GlyphMissing(f"no one face writes all of these {len(composed)} characters")


def fitted(text: str, wished: Face, most: int, least: int, room: tuple[int, int]) -> int:
    """Return the greatest height of capitals, *most* to *least* dots, at which *text* fits *room* (width, height)."""
    return _fitted(text, wished, most, least, room[0], room[1])


@lru_cache(maxsize=4096)
def _fitted(text: str, wished: Face, most: int, least: int, width: int, height: int) -> int:
    line, face = written(text, wished)
    above, below = _reach_of(line, face)
    capital = min(most, int((height - 1) / (above + below)))
    # Where the greatest size is much too wide, begin near the one that fits.
    capital = min(capital, int(capital * 1.04 * width / max(1.0, width_of(line, face, max(1, capital)))) + 1)
    while capital >= least:
        if width_of(line, face, capital) <= width - 1:
            return capital
        capital -= 1
    raise TextDoesNotFit(f"{len(line)} characters need more room than {width} x {height} dots at {least} dots")


@lru_cache(maxsize=256)  # the labels of a batch have most of their words in common
def drawn(text: str, face: Face, capital: int) -> tuple[Dots, int]:
    """Return the ink of *text*, cut to its edges, and the row in it where capitals begin (may be negative)."""
    line, face = written(text, face)
    font = _font(face, capital)
    mask, (_, top) = font.getmask2(
        line,
        mode="L",
        stroke_width=_stroke(face, capital),
        stroke_filled=True,
        anchor="ls",
        direction=_direction(line) if face in _SHAPED else None,
    )
    grey = Image.new("L", mask.size)
    grey.im.paste(mask, (0, 0, *mask.size))
    ink = np.asarray(grey) >= 128  # noqa: PLR2004 - half of a grey
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return np.zeros((0, 0), dtype=np.bool_), 0
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    cut.flags.writeable = False
    return cut, -capital - (int(top) + int(rows[0]))


def width_of(text: str, face: Face, capital: int) -> float:
    """How many dots wide *text* is, with the strokes that thicken it; *face* must be the one that writes it."""
    if face in _SHAPED:
        left, _, right, _ = _font(face, capital).getbbox(text, anchor="ls", direction=_direction(text))
        return float(right - left)
    return sum(map(_advances(face, capital).__getitem__, text)) + 2 * _stroke(face, capital)


def _reach_of(line: str, face: Face) -> tuple[float, float]:
    """How far *line* reaches above and below its base line, in heights of a capital."""
    if face in _SHAPED:
        _, top, _, bottom = _font(face, _UNIT).getbbox(line, anchor="ls", direction=_direction(line))
        return max(1.0, -top / _UNIT), max(0.0, bottom / _UNIT)
    reached = [*map(_reaches(face).__getitem__, set(line) or {" "})]
    return max(1.0, *[top for top, _ in reached]), max(0.0, *[bottom for _, bottom in reached])


class _Reaches(dict[str, tuple[float, float]]):
    """How far each letter of a face reaches above and below the base line; measured when it is first asked for."""

    def __init__(self, face: Face) -> None:
        self.face = face

    def __missing__(self, letter: str) -> tuple[float, float]:
        stroke = _stroke(self.face, _UNIT)
        _, top, _, bottom = _font(self.face, _UNIT).getbbox(letter, anchor="ls", stroke_width=stroke)
        reached = self[letter] = -top / _UNIT, bottom / _UNIT
        return reached


class _Advances(dict[str, float]):
    """How wide each letter is at one size; measured when it is first asked for."""

    def __init__(self, face: Face, capital: int) -> None:
        self.face, self.capital = face, capital

    def __missing__(self, letter: str) -> float:
        width = self[letter] = float(_font(self.face, self.capital).getlength(letter))
        return width


@lru_cache(maxsize=len(Face))
def _reaches(face: Face) -> _Reaches:
    return _Reaches(face)


@lru_cache(maxsize=512)
def _advances(face: Face, capital: int) -> _Advances:
    return _Advances(face, capital)


def _steers(line: str) -> None:
    """Refuse what steers instead of showing, and two directions of writing in one line."""
    directions = set()
    for place, letter in enumerate(line):
        if unicodedata.category(letter)[0] in "CZ" and letter != " ":
            raise GlyphMissing(f"character {place} is U+{ord(letter):04X}: a control or space that cannot be shown")
        directions.add({"L": "ltr", "R": "rtl", "AL": "rtl"}.get(unicodedata.bidirectional(letter), ""))
    if {"ltr", "rtl"} <= directions:
        raise GlyphMissing("two directions of writing in one line: whoever reads it could order it otherwise")


def _direction(line: str) -> str:
    return "rtl" if any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in line) else "ltr"


def _writes(face: Face, line: str) -> bool:
    known = _coverage(face)
    marks = face in _SHAPED
    simple = _direction(line) == "ltr"
    return (marks or simple) and all(
        ord(letter) in known and letter != _LOST and (marks or not unicodedata.category(letter).startswith("M"))
        for letter in line
    )


def _stroke(face: Face, capital: int) -> float:
    return _STROKE.get(face, 0.0) * capital


@lru_cache(maxsize=len(Face))
def _file(face: Face) -> bytes:
    package, path = face.value
    return files(package).joinpath(path).read_bytes()


@lru_cache(maxsize=len(Face))
def _coverage(face: Face) -> frozenset[int]:
    with _ONE_READER:
        return frozenset(_tables(face).getBestCmap())


@lru_cache(maxsize=len(Face))
def _em_per_capital(face: Face) -> float:
    with _ONE_READER:
        return _measured(face, _tables(face))


def _measured(face: Face, tables: TTFont) -> float:
    if face in {Face.BOLD, Face.TEXT, Face.MONO}:
        return float(tables["head"].unitsPerEm / tables["glyf"][tables.getBestCmap()[ord("H")]].yMax)
    return float(tables["head"].unitsPerEm / tables["OS/2"].sCapHeight)


@lru_cache(maxsize=len(Face))
def _tables(face: Face) -> TTFont:
    return TTFont(BytesIO(_file(face)), lazy=True)


@lru_cache(maxsize=512)
def _font(face: Face, capital: int) -> ImageFont.FreeTypeFont:
    # The basic layout wherever letters only follow each other: the same dots with and without a shaping engine.
    size = capital * _em_per_capital(face)
    engine = ImageFont.Layout.RAQM if face in _SHAPED else ImageFont.Layout.BASIC
    font = ImageFont.truetype(BytesIO(_file(face)), size, layout_engine=engine)
    if face in _SHAPED:
        axes = font.get_variation_axes()
        weights = ["eight" in str(axis["name"]) for axis in axes]
        font.set_variation_by_axes(
            [float(_BOLD_WEIGHT if heavy else axis["default"] or 0) for axis, heavy in zip(axes, weights, strict=True)]
        )
    return font
