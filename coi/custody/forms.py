"""Does a site's own protocol ask for everything that the shipped one of its form asks for?

There are three forms: frozen, fresh, and made in the hospital. A site may add checks, scans, statements, signers and
steps that only record; it may change words, times and limits within their bounds. It may take nothing away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from coi.custody.protocol import Checkpoint, Protocol, Slot, Value

SAME = (
    "handoff", "site", "unit", "to", "when", "repeat", "quarantine", "records_only", "patient_card", "side", "stops",
)  # fmt: skip
"""What a variant may not change of a checkpoint."""
ADDED = frozenset({"fact"})
"""What a step, or an effect, that a site adds may do."""


def faults(protocol: Protocol, form: Protocol) -> Iterator[str]:
    """Yield everything of *form* that *protocol* leaves out or weakens."""
    own = {checkpoint.id: checkpoint for checkpoint in protocol.checkpoints}
    for least in form.checkpoints:
        mine = own.get(least.id)
        if mine is None:
            yield f"Expected checkpoint {least.id} of form {protocol.form}, seen none."
            continue
        for fault in (*_same(mine, least), *_scans(mine, least), *_rest(mine, least)):
            yield f"Checkpoint {least.id}: {fault}"
    known = {checkpoint.id for checkpoint in form.checkpoints}
    for checkpoint in protocol.checkpoints:
        if checkpoint.id not in known and (checkpoint.to is not None or not _only_facts(checkpoint.effects)):
            yield f"Checkpoint {checkpoint.id}: expected a step that a site adds to record facts only"
    order = [checkpoint.id for checkpoint in protocol.checkpoints if checkpoint.id in known]
    if order != [checkpoint.id for checkpoint in form.checkpoints if checkpoint.id in own]:
        yield "Expected the checkpoints in the order of the form, seen another order."


def _same(mine: Checkpoint, least: Checkpoint) -> Iterator[str]:
    for name in SAME:
        if getattr(mine, name) != getattr(least, name):
            yield f"expected {name} {getattr(least, name)!r}, seen {getattr(mine, name)!r}"
    if not set(mine.states) <= set(least.states) or not mine.states:
        yield f"expected it to start from {least.states} at most, seen {mine.states}"
    if not set(least.needs) <= set(mine.needs):
        yield f"expected it to need {least.needs}, seen {mine.needs}"
    if not set(least.checks) <= set(mine.checks):
        yield f"expected the checks {sorted(set(least.checks) - set(mine.checks))}, seen none of them"


def _scans(mine: Checkpoint, least: Checkpoint) -> Iterator[str]:
    own = {slot.name: slot for slot in mine.slots}
    for slot in least.slots:
        seen = own.get(slot.name)
        if seen is None or not _as_strict(seen, slot):
            yield f"expected the scan of {slot.name} as the form has it, seen {'another' if seen else 'none'}"
    names = [slot.name for slot in mine.slots if slot.name in {each.name for each in least.slots}]
    if names != [slot.name for slot in least.slots if slot.name in own]:
        yield f"expected the scans in the order of the form, seen {names}"


def _as_strict(mine: Slot, least: Slot) -> bool:
    fields = ("klass", "kind", "piece", "symbol", "many", "new")
    alike = all(getattr(mine, name) == getattr(least, name) for name in fields)
    return alike and set(mine.states) <= set(least.states) and (least.optional or not mine.optional)


def _rest(mine: Checkpoint, least: Checkpoint) -> Iterator[str]:
    own = {value.name: value for value in mine.values}
    for value in least.values:
        if value.name not in own or not _as_strictly_asked(own[value.name], value):
            yield f"expected the statement {value.name} as the form has it"
    if least.sign is not None:
        enough = mine.sign is not None and len(mine.sign.by) >= len(least.sign.by)
        if mine.sign is None or not enough or mine.sign.meaning != least.sign.meaning:
            yield f"expected {len(least.sign.by)} signatures that mean {least.sign.meaning}, seen less"
        elif least.sign.factor == "other" and mine.sign.factor != "other":
            yield "expected the second person's other factor, seen any"
    theirs = [dict(effect) for effect in least.effects]
    ours = [dict(effect) for effect in mine.effects]
    if [effect for effect in ours if effect in theirs] != theirs or not _only_facts(
        [effect for effect in ours if effect not in theirs]
    ):
        yield "expected the effects of the form, and facts beside them at most"


def _as_strictly_asked(mine: Value, least: Value) -> bool:
    alike = (mine.type, mine.unit, mine.choices) == (least.type, least.unit, least.choices)
    if not least.good:
        return alike and not mine.good
    return alike and bool(mine.good) and set(mine.good) <= set(least.good)  # no good answer would be none to judge by


def _only_facts(effects: Any) -> bool:  # noqa: ANN401  any JSON list of effects
    known: list[Mapping[str, Any]] = list(effects)
    return all(effect["do"] in ADDED for effect in known)
