"""What is different between two versions of a protocol? Each difference once, at the step where it is.

Pure, and generic over the fields: what a later version of the data knows is compared as well as what this one knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coi.custody.protocol import Protocol

BESIDE = frozenset({"id", "sha256", "version", "checkpoints"})
"""Fields of a protocol that always differ, or that are compared step by step."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    kind: str
    """added, removed, changed or moved."""
    step: str
    """Id of the checkpoint; empty for what concerns the whole protocol."""
    field: str
    name: str = ""
    """Which of several: a scan, a statement, a limit."""
    before: Any = None
    after: Any = None


def differences(old: Protocol, new: Protocol) -> tuple[Change, ...]:
    """Return every difference: of the whole, then of the steps in the order of the new road, then what fell away."""
    return tuple(_differences(old, new))


def _differences(old: Protocol, new: Protocol) -> Iterator[Change]:
    yield from _of_fields("", old, new, BESIDE)
    had = {checkpoint.id: checkpoint for checkpoint in old.checkpoints}
    has = {checkpoint.id: checkpoint for checkpoint in new.checkpoints}
    stayed = [name for name in had if name in has]
    moved = [name for name in has if name in had]
    for number, (name, checkpoint) in enumerate(has.items()):
        if name not in had:
            yield Change("added", name, "step", after=_after(list(has), number))
            continue
        if stayed.index(name) != moved.index(name):
            yield Change(
                "moved", name, "step", before=_after(list(had), list(had).index(name)), after=_after(list(has), number)
            )
        yield from _of_fields(name, had[name], checkpoint, frozenset({"id"}))
    yield from (Change("removed", name, "step") for name in had if name not in has)


def _after(names: Sequence[str], number: int) -> str:
    """Return the step before the one at *number*."""
    return names[number - 1] if number else ""


def _of_fields(step: str, old: Any, new: Any, beside: frozenset[str]) -> Iterator[Change]:  # noqa: ANN401  any part of a protocol
    for field in fields(old):
        if field.name not in beside:
            yield from _of(step, field.name, getattr(old, field.name), getattr(new, field.name))


def _of(step: str, field: str, old: Any, new: Any) -> Iterator[Change]:  # noqa: ANN401  any value of a protocol
    if old == new:
        return
    match old, new:
        case (Mapping(), Mapping()):
            yield from _of_named(step, field, dict(old), dict(new))
        case (tuple(), tuple()) if all(hasattr(each, "name") for each in (*old, *new)):
            yield from _of_named(step, field, {each.name: each for each in old}, {each.name: each for each in new})
            yield from _of_order(step, field, [each.name for each in old], [each.name for each in new])
        case (tuple(), tuple()) if not field.endswith(".by"):
            yield from (Change("removed", step, field, before=each) for each in old if each not in new)
            yield from (Change("added", step, field, after=each) for each in new if each not in old)
            yield from _of_order(step, field, list(old), list(new))
        case _ if is_dataclass(old) and is_dataclass(new):
            for inner in fields(old):
                yield from _of(step, f"{field}.{inner.name}", getattr(old, inner.name), getattr(new, inner.name))
        case _:
            yield Change("changed", step, field, before=old, after=new)


def _of_named(step: str, field: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    yield from (Change("removed", step, field, name, before=old[name]) for name in old if name not in new)
    for name, value in new.items():
        if name not in old:
            yield Change("added", step, field, name, after=value)
        elif is_dataclass(value):
            for inner in fields(value):
                before, after = getattr(old[name], inner.name), getattr(value, inner.name)
                if before != after:
                    yield Change("changed", step, f"{field}.{inner.name}", name, before, after)
        elif old[name] != value:
            yield Change("changed", step, field, name, old[name], value)


def _of_order(step: str, field: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    """Tell that what stayed stands in another order: a scan that comes first is another protocol."""
    stayed, moved = [each for each in old if each in new], [each for each in new if each in old]
    if stayed != moved:
        yield Change("moved", step, field, before=tuple(stayed), after=tuple(moved))
