"""In which words is the difference between two versions told?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi.custody import check_words, words
from coi.custody import protocol_words as said
from coi.custody import thing_words as things
from coi.custody.protocol import Signing, Slot, Value
from coi.custody.protocol_diff import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coi.custody.protocol import Protocol
    from coi.custody.protocol_diff import Change


@dataclass(frozen=True, slots=True)
class Said:
    """One difference in words."""

    kind: str
    """added, removed, changed or moved."""
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Place:
    """The differences at one step, or of the whole protocol."""

    title: str
    handoff: str
    kind: str
    """added or removed where the step itself is; changed otherwise."""
    changes: tuple[Said, ...]


def told(old: Protocol, new: Protocol) -> tuple[Place, ...]:
    """Return the differences from *old* to *new*, by step."""
    titles = {step.id: (step.handoff, str(_(step.title))) for step in (*old.checkpoints, *new.checkpoints)}
    places: dict[str, list[Change]] = {}
    for change in differences(old, new):
        places.setdefault(change.step, []).append(change)
    return tuple(
        Place(
            title=titles[step][1] if step else str(_("The whole protocol")),
            handoff=titles[step][0] if step else "",
            kind=next((one.kind for one in changes if one.field == "step" and one.kind != "moved"), "changed"),
            changes=tuple(_said(change, titles) for change in changes),
        )
        for step, changes in places.items()
    )


def _said(change: Change, titles: Mapping[str, tuple[str, str]]) -> Said:
    if change.field == "step":
        return Said(change.kind, _step(change.kind), _follows(change.before, titles), _follows(change.after, titles))
    field, _dot, inner = change.field.partition(".")
    what = _fields().get(field, said.plain(field))
    if field == "limits":
        what = said.limit_name(change.name)
    elif change.name:
        what = f"{what}: {said.plain(change.name)}"
    if inner and change.field != "sign.by":
        what = f"{what} ({_inner().get(inner, said.plain(inner))})"
    return Said(change.kind, what, _text(change, change.before), _text(change, change.after))


def _step(kind: str) -> str:
    return str({"added": _("New step"), "removed": _("The step falls away")}.get(kind, _("The step has another place")))


def _follows(before: Any, titles: Mapping[str, tuple[str, str]]) -> str:  # noqa: ANN401  the id of a step, or none
    if before is None:
        return ""
    return str(_("after “%(step)s”", step=titles[before][1])) if before in titles else str(_("at the beginning"))


def _fields() -> Mapping[str, str]:
    return {
        "title": str(_("Title")),
        "site": str(_("Site")),
        "unit": str(_("Unit")),
        "roles": str(_("Who does it")),
        "states": str(_("Begins in")),
        "to": str(_("Leads to")),
        "needs": str(_("Comes after")),
        "slots": str(_("Scan")),
        "values": str(_("Statement")),
        "checks": str(_("Compared")),
        "sign": str(_("Signatures")),
        "effects": str(_("Follows from it")),
        "due_h": str(_("Deadline")),
        "repeat": str(_("May be done again")),
        "quarantine": str(_("Received into quarantine")),
        "records_only": str(_("Only records")),
        "stops": str(_("Goes on under a hold")),
        "side": str(_("Stands beside the road")),
        "when": str(_("Condition")),
        "form": str(_("Form")),
        "patient_card": str(_("Opens the patient's name")),
        "product": str(_("Product")),
    }


def _inner() -> Mapping[str, str]:
    return {
        "low": str(_("lowest")),
        "high": str(_("highest")),
        "say": str(_("its words")),
        "ask": str(_("its words")),
        "good": str(_("what counts as good")),
        "piece": str(_("state of its label")),
        "klass": str(_("what it is")),
        "states": str(_("states")),
        "many": str(_("every one")),
        "optional": str(_("may be left out")),
        "factor": str(_("second factor")),
    }


def _text(change: Change, value: Any) -> str:  # noqa: ANN401  any value of a protocol
    """Return a value as its field's words."""
    if value is None:
        return ""
    field = change.field.partition(".")[0]
    match value:
        case Slot():
            return f"{_(value.say)} ({said.scan_notes(value) or said.plain(value.klass)})"
        case Value():
            return said.value_words(value)
        case Signing():
            return f"{_signers(value.by)}: {words.meaning(value.meaning)}"
        case dict():
            return said.effect_words(value)
        case tuple() if change.field == "sign.by":
            return _signers(value)
        case _ if field == "limits":
            return said.limit_words(change.name, value)
        case _ if field == "due_h":
            return said.span(value)
        case _:
            return _BY_FIELD.get(field, said.value_text)(value)


_BY_FIELD: Mapping[str, Callable[[Any], str]] = {
    "checks": check_words.named,
    "states": things.state,
    "to": said.state,
}


def _signers(by: tuple[frozenset[str], ...]) -> str:
    return " + ".join(said.roles(sorted(each)) for each in by)
