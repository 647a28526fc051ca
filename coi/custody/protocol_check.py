"""What is wrong with a protocol? Every fault at once, for the person who writes it.

The loader refuses at the first fault, for it only has to refuse. Here the same rules are walked as far as they go:

1. It is JSON in UTF-8, each key once, no key that nothing reads, every field of its kind.
2. Each checkpoint by itself: known states, roles, sites, scans, statements, checks and effects.
3. The gates: nothing emptied, no limit past its hard bound.
4. Nothing of the shipped protocol of its form left out or weakened (``forms``).
5. No path reaches an infusion round a mandatory handoff (``protocol_reach``).

A broken checkpoint is left out of what is judged after it, so that one slip is not told five times. What these rules
find nothing in and the loader refuses all the same is told in the loader's words: nothing is called sound that would
not be loaded.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from coi.custody import forms, gates, protocol_reach
from coi.custody import protocol_reading as reading
from coi.custody import protocol_register as protocols
from coi.custody.checks import NAMED
from coi.custody.protocol import EFFECTS
from coi.custody.protocol_reading import BadProtocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from coi.custody.protocol import Checkpoint, Protocol

BROKEN = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
"""What the loader's own reading raises at a value of another kind."""
LARGEST = 256 * 1024
"""Bytes of the largest protocol; the shipped ones have some tens of thousands."""


class Read(dict[str, Any]):
    """A JSON object that remembers which of its keys were read: one that nothing reads is a slip of the pen."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Take the object's pairs; a key that comes twice is kept as a fault, whatever it says the second time."""
        listed = list(pairs)
        super().__init__(listed)
        self.read: set[str] = set()
        names = [name for name, _ in listed]
        self.twice = sorted({name for name in names if names.count(name) > 1})

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401  any JSON
        self.read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.read.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401  any JSON
        """Return a value, and remember that it was asked for."""
        self.read.add(key)
        return super().get(key, default)

    def items(self) -> Any:  # noqa: ANN401  a view, as of any dict
        """Return all pairs: who takes them all has read them all."""
        self.read.update(self)
        return super().items()


def shipped_bytes() -> Mapping[str, bytes]:
    """Return the bytes of each shipped protocol by its file's name."""
    folder = resources.files("coi.custody") / "protocols"
    return {f"{name}.json": (folder / f"{name}.json").read_bytes() for name in protocols.SHIPPED}


def faults_of(data: bytes) -> list[str]:
    """Return every fault of a protocol's bytes, each once; nothing means that it is sound."""
    if len(data) > LARGEST:
        return [f"Expected at most {LARGEST} bytes, seen {len(data)}."]
    try:
        raw = json.loads(data.decode("utf-8"), object_pairs_hook=Read)
    except (ValueError, RecursionError) as broken:
        return [f"Expected JSON in UTF-8, seen something else: {_told(broken)}."]
    if not isinstance(raw, Read):
        return [f"Expected an object with the protocol's fields, seen {type(raw).__name__}."]
    found = list(dict.fromkeys(_walk(raw)))
    if not found:
        try:
            reading.parse(data)
        except BadProtocol as refused:
            found.append(str(refused))
    return found


def _walk(raw: Read) -> Iterator[str]:
    yield from _twice(raw)
    yield from _head(raw)
    listed = raw.get("checkpoints")
    if not isinstance(listed, list) or not listed:
        yield f"Expected a list of checkpoints, seen {_kind(listed)}."
        return
    sound: list[Checkpoint] = []
    seen: set[str] = set()
    reached = reading.reached(str(item.get("to")) for item in listed if isinstance(item, dict))
    whole = True
    for number, item in enumerate(listed, start=1):
        checkpoint, said = _checkpoint(item)
        if checkpoint is not None:
            try:
                said += _alone(checkpoint, seen, reached)
            except BROKEN as broken:
                said.append(f"expected every effect with its fields, seen a fault at {broken}")
                checkpoint = None
        name = _name(item, number)
        yield from (f"{name}: {fault}" for fault in said)
        whole = whole and not said
        if isinstance(item, dict):
            seen.add(str(item.get("id")))
        if checkpoint is not None:
            sound.append(checkpoint)
    protocol = _protocol(raw, tuple(sound))
    yield from _gates(protocol, whole=whole)
    if whole:
        yield from protocol_reach.faults(protocol)


def _name(item: object, number: int) -> str:
    name = item.get("id") if isinstance(item, dict) else None
    return f"Checkpoint {name}" if isinstance(name, str) and name.strip() else f"Checkpoint number {number}"


def _twice(raw: Read) -> Iterator[str]:
    """Tell every key that comes twice: a reader sees the first, the loader takes the last."""
    open_: list[tuple[str, object]] = [("", raw)]
    while open_:
        where, node = open_.pop()
        if isinstance(node, Read):
            yield from (f"Expected each key once, seen {where}{key!r} twice." for key in node.twice)
            open_ += [(f"{where}{key}.", inner) for key, inner in dict.items(node)]
        elif isinstance(node, list):
            open_ += [(f"{where}{number}.", inner) for number, inner in enumerate(node, start=1)]


def _head(raw: Read) -> Iterator[str]:
    """Judge the fields beside the checkpoints, each put alone into a protocol that is sound."""
    model = _model()
    for key in model:
        if key in {"checkpoints", "limits", "product"}:
            continue  # judged with the gates
        if key == "form" and raw.get("form") in reading.FORMS:
            continue  # another form asks for other checkpoints than the model has
        if key not in raw:
            yield f"Expected the field {key}, seen none."
        elif raw[key] != model[key] and not _fits(key, json.dumps(raw[key])):
            yield f"Expected another value of {key}, seen {_short(raw[key])}."
    for key in ("limits", "product"):
        if not isinstance(raw.get(key), dict):
            yield f"Expected an object {key}, seen {_kind(raw.get(key))}."
    yield from (f"Expected only fields that something reads, seen {key!r}." for key in sorted(set(raw) - set(model)))


@lru_cache(maxsize=256)
def _fits(key: str, value: str) -> bool:
    """Tell whether a protocol that is sound stays so with another value, given as JSON, of a field."""
    try:
        reading.parse(json.dumps({**_model(), key: json.loads(value)}).encode())
    except BadProtocol:
        return False
    return True


@cache
def _model() -> dict[str, Any]:
    """Return a sound protocol as plain JSON: what a field is tried in when the rest of a protocol is broken."""
    return dict(json.loads(next(iter(shipped_bytes().values()))))


def _checkpoint(item: object) -> tuple[Checkpoint | None, list[str]]:
    """Read one checkpoint, or tell every field of it that is missing or of another kind."""
    if not isinstance(item, Read):
        return None, [f"expected an object, seen {_kind(item)}"]
    try:
        checkpoint = reading.checkpoint_of(item)  # the loader's own reading, so that both say the same
    except BROKEN as broken:
        said = list(_fields(item)) or [f"expected every field of its kind, seen a fault at {_told(broken)}"]
        return _mended(item), said
    parts = [item, *(part for key in ("scans", "values") for part in item[key])]
    if isinstance(item["sign"], Read):
        parts.append(item["sign"])
    unread = [key for part in parts for key in part if key not in part.read]
    return checkpoint, [f"expected only fields that something reads, seen {key!r}" for key in unread]


def _mended(item: Read) -> Checkpoint | None:
    """Return a broken checkpoint with the readable fields of its own and the others of a shipped one of that id.

    So that what comes after it is judged as if the slip were put right; None where nothing of that id is shipped.
    """
    own = dict(item)
    models = [model for model in _shipped_steps() if model["id"] == own.get("id")]
    if not models:
        return None
    nearest = max(models, key=lambda model: sum(own.get(key) == value for key, value in model.items()))
    good = {key: value for key, value in own.items() if _reads({**nearest, key: value})}
    return reading.checkpoint_of({**nearest, **good})


@cache
def _shipped_steps() -> tuple[dict[str, Any], ...]:
    return tuple(step for data in shipped_bytes().values() for step in json.loads(data)["checkpoints"])


def _fields(item: Read) -> Iterator[str]:
    """Tell each field that cannot be read where the others are those of a sound checkpoint."""
    model: dict[str, Any] = _model()["checkpoints"][0]
    for key in model:
        if key not in item and not _reads({name: value for name, value in model.items() if name != key}):
            yield f"expected the field {key}, seen none"
    for key, value in dict.items(item):
        for part in value if isinstance(value, list) and value else (value,):
            tried = [part] if isinstance(value, list) and value else part
            if not _reads({**model, key: tried}):
                yield f"expected another value of {key}, seen {_short(part)}"


def _reads(item: Mapping[str, Any]) -> bool:
    try:
        reading.checkpoint_of(item)  # the loader's own reading, so that both say the same
    except BROKEN:
        return False
    return True


def _alone(checkpoint: Checkpoint, seen: set[str], reached: frozenset[str]) -> list[str]:
    return reading.checkpoint_faults(checkpoint, seen, reached, frozenset(NAMED))


def _protocol(raw: Read, checkpoints: tuple[Checkpoint, ...]) -> Protocol:
    """Return the protocol with what could be read of it; the rest is told already and comes from a sound one."""
    base = next(iter(protocols.shipped().values()))
    limits, product = raw.get("limits"), raw.get("product")
    return replace(
        base,
        form=str(raw.get("form")),
        limits=dict(limits) if isinstance(limits, dict) else base.limits,
        product=dict(product) if isinstance(product, dict) else base.product,
        checkpoints=tuple(_known(checkpoint) for checkpoint in checkpoints),
    )


def _known(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint without the effects that nobody knows: they are told already, and gates know no others."""
    return replace(checkpoint, effects=tuple(effect for effect in checkpoint.effects if effect["do"] in EFFECTS))


def _gates(protocol: Protocol, *, whole: bool) -> Iterator[str]:
    """Yield what the gates find; where a checkpoint is broken they go as far as they can, and say where they end."""
    try:
        yield from gates.faults(protocol)
        if protocol.form in reading.FORMS:
            yield from forms.faults(protocol, reading.form(protocol.form))
    except BROKEN as broken:
        if whole:
            yield f"Expected a protocol with every field of its kind, seen a fault at {_told(broken)}."
        else:
            yield "The gates behind this fault could not be judged: put right what is named above, and check again."


def _kind(value: object) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {_short(value)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004  one line of a terminal


def _told(error: BaseException) -> str:
    return "too many levels" if isinstance(error, RecursionError) else str(error)[:120]
