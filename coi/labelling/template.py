"""Which version of a label's template counts, and what is different between two? Pure.

A template is written as a draft, submitted with a proof set, approved by the signature of somebody else, in force from
a day on, and one day retired. What a label looks like never changes by itself: a job keeps the version it was intended
with, and a text whose hash is not the approved one is no template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

STATES = ("draft", "in_review", "approved", "retired")
WHY_CHANGED = ("first", "layout", "words", "law", "stock", "symbol", "fault")
WHY_SENT_BACK = ("proofs", "words", "layout", "law", "not_needed")
WHY_RETIRED = ("faulty", "withdrawn", "replaced", "stock_ended")


@dataclass(frozen=True, slots=True)
class Held:
    """One version of one template as the installation holds it."""

    sha256: str
    name: str
    version: int
    klass: str
    title: str
    state: str
    body: str
    """The canonical JSON; *sha256* is its hash."""
    why: str
    """Why it was changed."""
    proofs: Mapping[str, str]
    """SHA-256 of the dots of each proof, by resolution and case: ``300_widest``. Empty until it is submitted."""
    drafted_by: str
    drafted_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    approved_by: str | None
    approved_at: datetime | None
    effective: datetime | None
    """From when on labels are printed by it."""
    retired_by: str | None
    retired_at: datetime | None

    def is_effective(self, at: datetime) -> bool:
        """Say whether its day has come, and it is not retired; a newer version may have taken its place."""
        return self.state == "approved" and self.effective is not None and self.effective <= at


def in_force(known: Iterable[Held], name: str, at: datetime) -> Held | None:
    """Return the version of a template by which labels are printed at *at*: the newest one whose day has come."""
    effective = [held for held in known if held.name == name and held.is_effective(at)]
    return max(effective, key=lambda held: held.version, default=None)


def standing(held: Held, known: Iterable[Held], at: datetime) -> str:
    """Return how a version stands: its state, and of an approved one whether it is in force, ahead or superseded."""
    if held.state != "approved":
        return held.state
    if not held.is_effective(at):
        return "ahead"
    now = in_force(known, held.name, at)
    return "in_force" if now is not None and now.sha256 == held.sha256 else "superseded"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between two versions."""

    where: str
    """A path: ``elements.3.box``, ``fields.lot.most``."""
    before: str
    """Empty where it is new."""
    after: str
    """Empty where it fell away."""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return every difference between two templates as plain data, by path; nothing that differs is left out."""
    return tuple(_between("", dict(old), dict(new)))


def _between(path: str, old: Any, new: Any) -> Iterator[Difference]:  # noqa: ANN401  any JSON
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _between(f"{path}.{key}".lstrip("."), old.get(key, _NOTHING), new.get(key, _NOTHING))
    elif _are_lists_of_objects(old, new):
        for number in range(max(len(old), len(new))):
            before = old[number] if number < len(old) else _NOTHING
            after = new[number] if number < len(new) else _NOTHING
            yield from _between(f"{path}.{number + 1}", before, after)
    else:
        yield Difference(path, _text(old), _text(new))


def _are_lists_of_objects(old: Any, new: Any) -> bool:  # noqa: ANN401  any JSON
    both = isinstance(old, list) and isinstance(new, list)
    return both and any(isinstance(one, dict) for one in (*old, *new))


_NOTHING = object()
"""What stands for a key or a place that one of the two has not."""


def _text(value: Any) -> str:  # noqa: ANN401  any JSON
    if value is _NOTHING:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(one)}" for key, one in value.items())
    if isinstance(value, list):
        return " ".join(_text(one) for one in value)
    return str(value)
