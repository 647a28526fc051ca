"""Which designs are there? Each module of this package is one, called by its name.

A design is a function ``draw(canvas, spec)``: it places what the spec tells, and knows no identifier. A new design is
one new file here and its twin in the tests.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, cast

from labels.errors import LabelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from labels.canvas import Canvas
    from labels.spec import LabelSpec


def names() -> tuple[str, ...]:
    """The names of all designs."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def design(name: str) -> Callable[[Canvas, LabelSpec], None]:
    """Return the drawing function of the design called *name*."""
    if name not in names():
        raise LabelError(f"expected a design of {names()}, got {name!r}")
    return cast("Callable[[Canvas, LabelSpec], None]", import_module(f"{__name__}.{name}").draw)
