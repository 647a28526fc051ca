"""What of a label is the same for every piece of a batch, and what has each of its own?

Where things stand depends only on the template, the resolution, which fields are filled, which warnings follow, and how
long the codes and their texts are. That is laid out once and kept; a label then fits its own words and codes into the
lines and spots. What a piece has in common with the one before is not made again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from labels import parts
from labels.canvas import Canvas, Line, Said, Spot, Stamp, Type, Words
from labels.elements import Band, Frame, Grid, Mark, Text, Warnings
from labels.fonts import Face
from labels.laws import warnings_for
from labels.stock import stock
from labels.symbols import measured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels.canvas import Put
    from labels.record import Record
    from labels.spec import Code, Symbology
    from labels.stock import Stock
    from labels.template import Template

_FACES = {"bold": Face.BOLD, "text": Face.TEXT, "mono": Face.MONO}


class Look(NamedTuple):
    """How a code looks from afar: its kind, its columns and rows, and how wide the parts of its text are."""

    symbology: Symbology
    size: tuple[int, int]
    parts: tuple[str, ...]


class Layout:
    """What stands where on the labels of a batch."""

    def __init__(self, canvas: Canvas) -> None:
        """Take the *canvas* that everything has claimed its ground on."""
        self._canvas = canvas
        self._own = [(n, ground) for n, ground in enumerate(canvas.grounds) if isinstance(ground, Line | Spot)]
        # What stands on the label that was filled last: replaced as a whole, so that two threads do no harm.
        self._last: list[Put | None] = [
            None if isinstance(ground, Line | Spot) else ground for ground in canvas.grounds
        ]

    @property
    def stock(self) -> Stock:
        """What the labels are printed on."""
        return self._canvas.stock

    def filled(self, values: Mapping[str, str], codes: Mapping[str, Code]) -> tuple[Put, ...]:
        """Put the words and codes of one label, or raise one of ``LabelError``."""
        puts = self._last.copy()
        texts: dict[str, list[str]] = {}
        for number, ground in self._own:
            last = puts[number]
            if isinstance(ground, Spot):
                code = codes[ground.code]
                if not (isinstance(last, Stamp) and last.code == code):
                    puts[number] = Stamp(ground.box, code, ground.module, ground.upwards, ground.name, ground.room)
                continue
            of, name, first, to = ground.said
            if of == "field":
                said = values[name]
            elif to:
                if name not in texts:
                    texts[name] = parts.split(codes[name].text)
                said = parts.joined(texts[name][first:to])
            else:
                said = codes[name].text
            if not (isinstance(last, Words) and last.text == said):
                puts[number] = self._canvas.words(ground, said)
        self._last = puts
        return tuple(put for put in puts if put is not None)


def layout(template: Template, record: Record, dpi: int) -> Layout:
    """Return where everything stands on the label of a complete *record*."""
    values = record.values
    return _laid(
        template,
        dpi,
        frozenset([name for name, value in values.items() if value]),
        (values.get("donor_testing", ""), values.get("reactive_for", "")),
        (record.mark, record.copy, record.preview),
        tuple([(name, _look(code)) for name, code in record.codes.items()]),
    )


def forget() -> None:
    """Forget every layout that was kept, and the words of the labels that filled them last."""
    _laid.cache_clear()


def _look(code: Code) -> Look:
    return Look(code.symbology, measured(code), tuple(map(parts.stand_in, parts.split(code.text))))


@lru_cache(maxsize=256)
def _laid(
    template: Template,
    dpi: int,
    filled: frozenset[str],
    tested: tuple[str, str],
    said: tuple[str, str, bool],
    looks: tuple[tuple[str, Look], ...],
) -> Layout:
    canvas = Canvas(stock(template.stock, dpi))
    codes = dict(looks)
    for number, element in enumerate(template.elements):
        match element:
            case Band():
                parts.head(canvas, element, said[0], said[1], preview=said[2])
            case Text():
                how = Type(_FACES[element.face], element.most, element.least, element.align, upwards=element.upwards)
                if element.words:
                    canvas.text(element.box, element.words, how, f"words {number}")
                elif element.field in filled:
                    canvas.line(element.box, how, element.field, Said("field", element.field))
            case Grid():
                parts.table(canvas, element, filled)
            case Warnings():
                parts.warnings(canvas, element.box, warnings_for(*tested, short=element.short), most=element.most)
            case Mark():
                parts.mark(canvas, element, codes[element.code])
            case Frame():
                canvas.frame(element.box, element.thick, f"frame {number}", claims=False)
    return Layout(canvas)
