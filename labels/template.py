"""Is this JSON a label that may be printed, and which one?

A template says what stands where in millimetres. It holds no code, no expression, no condition but "has a value", and
no printer command. Its name, version and every byte of its meaning are in one hash.

    {"format": 1, "name": "vial", "version": 1, "class": "vial", "title": "Vial or segment", "stock": "vial-50x25",
     "fields": {"coi": {"kind": "identifier", "most": 24, "required": true}, …},
     "codes": {"primary": {"symbologies": ["datamatrix"], "sample": {"symbology": …, "data": …, "text": …}}, …},
     "elements": [{"kind": "band", "box": [0.8, 0.8, 48.4, 4.0], "words": "SAMPLE"}, …]}

What is unknown, twice there, off the label or over something else is refused by its path; so is a template that lacks
what its class must show (``labels.laws``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, get_args

from labels import proving
from labels.elements import Align, Band, FaceName, Frame, Grid, Mark, Row, Side, Text, Warnings
from labels.fields import KINDS, FieldType
from labels.laws import LAWS
from labels.spec import AIM, Code, Symbology
from labels.stock import names as stock_names
from labels.strict import Part, canonical, plain_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels.elements import Element

FORMAT = 1

_MOST_VERSION = 9999


@dataclass(frozen=True, slots=True)
class CodeRule:
    """Which symbologies a code may have, and the longest that it is proved with."""

    symbologies: tuple[Symbology, ...]
    sample: Code


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A template that is right by construction: ``parse`` makes it. Two of one hash are one."""

    name: str
    version: int
    klass: str
    title: str
    stock: str
    elements: tuple[Element, ...]
    fields: Mapping[str, FieldType]
    codes: Mapping[str, CodeRule]
    sha256: str
    """Over the canonical JSON: sorted keys, no blanks, the version included."""
    _source: str = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: what ``parse`` takes."""
        return dict(json.loads(self._source))


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Template]:
    """Return the templates that come with the library, by name."""
    folder = files("labels") / "templates"
    found = sorted(path.name for path in folder.iterdir() if path.name.endswith(".json"))
    return {name.removesuffix(".json"): parse((folder / name).read_bytes()) for name in found}


def parse(data: bytes | str | Mapping[str, Any]) -> Template:
    """Return the template that *data* is, or raise ``BadTemplate`` with the path of the first fault."""
    plain = plain_of(data)
    top = Part(plain, "")
    top.is_(top.take("format", int), "format", lambda seen: seen == FORMAT, f"the format {FORMAT}")
    name = top.word("name")
    version = top.whole("version", 1, _MOST_VERSION)
    klass = top.one_of("class", tuple(LAWS))
    title = top.take("title", str)
    at = top.one_of("stock", stock_names())
    fields = {key: _field(part) for key, part in top.parts("fields")}
    codes = {key: _code(part) for key, part in top.parts("codes")}
    elements = tuple(_element(part) for part in top.listed("elements"))
    top.end()
    proving.placed(elements, at)
    proving.known(elements, fields, codes)
    proving.lawful(klass, elements, fields, codes)
    proving.legible(klass, elements, {name: rule.symbologies for name, rule in codes.items()})
    source = canonical(plain)
    digest = hashlib.sha256(source.encode("utf-8")).hexdigest()
    return Template(name, version, klass, title, at, elements, fields, codes, digest, source)


def _field(part: Part) -> FieldType:
    kind = part.one_of("kind", KINDS)
    made = FieldType(kind, part.whole("most", 1, 200), bool(part.take("required", bool, default=False)))  # type: ignore[arg-type]  # one_of has proved it
    part.end()
    return made


def _code(part: Part) -> CodeRule:
    told = part.take("symbologies", list)
    good = bool(told) and set(map(str, told)) <= set(AIM)
    part.is_(told, "symbologies", lambda _: good, f"some of {', '.join(AIM)}")
    sample = Part(part.take("sample", dict), part.at("sample"))
    symbology = sample.one_of("symbology", tuple(told))
    data = sample.take("data", str)
    sample.is_(data, "data", lambda seen: seen.isascii() and bool(seen), "ASCII")
    code = Code(data.encode("ascii"), symbology, sample.take("text", str))  # type: ignore[arg-type]  # one_of has proved it
    sample.end()
    part.end()
    return CodeRule(tuple(told), code)


_LEAST, _MOST = 1.0, 30.0


def _element(part: Part) -> Element:
    kind = part.one_of("kind", ("band", "text", "table", "warnings", "symbol", "frame"))
    box = part.box()
    made: Element
    match kind:
        case "band":
            made = Band(box, part.take("words", str), part.mm("share", 0.2, 0.8, 0.5))
        case "text":
            words, shown = str(part.take("words", str, "")), str(part.take("field", str, ""))
            part.is_((words, shown), "words", lambda seen: bool(seen[0]) != bool(seen[1]), "either words or a field")
            made = Text(
                box,
                words,
                shown,
                part.one_of("face", get_args(FaceName), "bold"),  # type: ignore[arg-type]  # one_of has proved it
                part.mm("most", _LEAST, _MOST),
                part.mm("least", _LEAST, _MOST, 1.5),
                part.one_of("align", get_args(Align), "left"),  # type: ignore[arg-type]  # same
                bool(part.take("upwards", bool, default=False)),
            )
        case "table":
            rows = tuple(_row(one) for one in part.listed("rows"))
            part.is_(rows, "rows", bool, "at least one row")
            per_column = part.whole("per_column", 1, 20)
            caption = part.mm("caption", 0, 40, 0)
            most, least = part.mm("most", _LEAST, _MOST, 2.2), part.mm("least", 1.5, _MOST, 1.5)
            made = Grid(box, rows, per_column, caption, most, least)
        case "warnings":
            made = Warnings(box, part.mm("most", 1.5, _MOST, 3.2), bool(part.take("short", bool, default=False)))
        case "symbol":
            made = Mark(
                box,
                part.take("code", str),
                part.one_of("side", get_args(Side), "right"),  # type: ignore[arg-type]  # same
                part.mm("text", 1.5, 200),
                part.mm("most", 1.5, _MOST, 2.2),
                part.mm("least", 1.5, _MOST, 1.5),
                bool(part.take("upwards", bool, default=False)),
            )
        case _:
            made = Frame(box, part.mm("thick", 0.1, 5, 0.45))
    part.end()
    return made


def _row(part: Part) -> Row:
    row = Row(part.take("caption", str), part.take("field", str))
    part.end()
    return row
