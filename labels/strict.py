"""How is an object of a JSON read when nothing unknown, doubled or of another kind may pass?

Every key is asked for once, and none may be left over; a fault is told by its path.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from labels.elements import Place
from labels.errors import BadTemplate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_BYTES = 100_000
_NAME = 40


def canonical(plain: Mapping[str, Any]) -> str:
    """Return the one way to write *plain*: sorted keys, no blanks."""
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Part:
    """One object of the JSON, being read: every key is asked for once, and none may be left."""

    def __init__(self, data: Any, path: str) -> None:  # noqa: ANN401 - whatever the JSON holds here
        """Begin to read *data*, which stands at *path*."""
        if not isinstance(data, dict):
            raise BadTemplate(path or "template", "an object", type(data).__name__)
        self.data: dict[str, Any] = dict(data)
        self.path = path

    def at(self, key: str) -> str:
        """Return the path of *key*."""
        return f"{self.path}.{key}" if self.path else key

    def take(self, key: str, kind: type, default: Any = ...) -> Any:  # noqa: ANN401 - the caller names the type
        """Take the value of *key*, which must be a *kind*."""
        if key not in self.data:
            if default is ...:
                raise BadTemplate(self.at(key), kind.__name__, "nothing")
            return default
        value = self.data.pop(key)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise BadTemplate(self.at(key), kind.__name__, type(value).__name__)
        return value

    def is_(self, value: Any, key: str, holds: Callable[[Any], bool], expected: str) -> None:  # noqa: ANN401 - any value
        """Refuse *value* unless it *holds*."""
        if not holds(value):
            raise BadTemplate(self.at(key), expected, repr(value)[:40])

    def word(self, key: str) -> str:
        """Take a lower-case name."""
        value = str(self.take(key, str))
        good = value.isidentifier() and value.islower() and len(value) <= _NAME
        self.is_(value, key, lambda _: good, "a lower-case name")
        return value

    def whole(self, key: str, least: int, most: int) -> int:
        """Take a whole number."""
        value = int(self.take(key, int))
        self.is_(value, key, lambda seen: least <= seen <= most, f"a number of {least} to {most}")
        return value

    def mm(self, key: str, least: float, most: float, default: float | None = None) -> float:
        """Take a length in millimetres."""
        value = self.data.pop(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadTemplate(self.at(key), "a number of mm", type(value).__name__)
        self.is_(value, key, lambda seen: least <= seen <= most, f"{least} to {most} mm")
        return float(value)

    def one_of(self, key: str, known: tuple[str, ...], default: Any = ...) -> str:  # noqa: ANN401 - absent or a string
        """Take one of the *known* words."""
        value = str(self.take(key, str, default))
        self.is_(value, key, lambda seen: seen in known, f"one of {', '.join(known)}")
        return value

    def box(self) -> Place:
        """Take a rectangle."""
        value = self.take("box", list)
        good = len(value) == 4 and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value)  # noqa: PLR2004 - left, top, width, height
        self.is_(value, "box", lambda _: good, "[left, top, width, height] in mm")
        left, top, width, height = map(float, value)
        return Place(left, top, width, height)

    def parts(self, key: str) -> list[tuple[str, Part]]:
        """Take an object of objects."""
        return [(name, Part(part, f"{self.at(key)}.{name}")) for name, part in self.take(key, dict).items()]

    def listed(self, key: str) -> list[Part]:
        """Take a list of objects."""
        return [Part(part, f"{self.at(key)}[{number}]") for number, part in enumerate(self.take(key, list))]

    def end(self) -> None:
        """Refuse what is left over."""
        if self.data:
            raise BadTemplate(self.at(min(self.data)), "no such key", "one")


def plain_of(data: bytes | str | Mapping[str, Any]) -> dict[str, Any]:
    """Return the object that *data* is, or raise ``BadTemplate``."""
    if not isinstance(data, bytes | str):
        return dict(json.loads(canonical(data)))
    if len(data) > _MOST_BYTES:
        raise BadTemplate("template", f"at most {_MOST_BYTES} bytes", str(len(data)))
    try:
        plain = json.loads(data, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadTemplate):
            raise
        raise BadTemplate("template", "JSON", type(error).__name__) from error
    if not isinstance(plain, dict):
        raise BadTemplate("template", "an object", type(plain).__name__)
    return plain


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise BadTemplate("template", "each key once", "one twice")
    return dict(pairs)


def _no_constant(name: str) -> float:
    raise BadTemplate("template", "finite numbers", name)
