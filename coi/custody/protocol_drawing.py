"""How does a person read a protocol? Its road as cards in order, in the words of who does the steps.

Nothing is decided here and nothing is left out: a field that these words do not know is shown by its own name, so that
what a reviewer signs is all there is to sign.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi.custody import check_words, words
from coi.custody import protocol_words as said
from coi.custody.order import ALL_STATES
from coi.custody.protocol_reading import reached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.protocol import Checkpoint, Protocol

SAID = frozenset(
    {
        *("id", "handoff", "title", "site", "unit", "roles", "states", "to", "needs", "slots", "values", "checks"),
        *("stops", "when", "sign", "effects", "due_h", "repeat", "quarantine", "records_only", "patient_card", "side"),
    }
)
"""Fields of a checkpoint that a card says in words; every other one is shown by its name."""


@dataclass(frozen=True, slots=True)
class Card:
    """One step as a person reads it."""

    id: str
    handoff: str
    title: str
    who: str
    where: str
    before: str
    after: str
    scans: tuple[tuple[str, str, str], ...]
    """Kind of thing for its icon, what is scanned, and what else is asked of it."""
    stated: tuple[str, ...]
    compared: tuple[str, ...]
    signed: tuple[str, ...]
    meaning: str
    due: str
    then: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """The cards of one handoff: those of the road, and those beside it."""

    handoff: str
    cards: tuple[Card, ...]
    sides: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole protocol as a person reads it."""

    road: tuple[Stage, ...]
    others: tuple[Stage, ...]
    """What may happen at any handoff: only cards beside the road."""
    limits: tuple[tuple[str, str], ...]
    product: tuple[tuple[str, str], ...]
    always: tuple[str, ...]


def drawn(protocol: Protocol) -> Drawing:
    """Return the drawing of a protocol."""
    road: list[Stage] = []
    for step in (each for each in protocol.checkpoints if not each.side):
        if road and road[-1].handoff == step.handoff:
            road[-1] = Stage(step.handoff, (*road[-1].cards, card(step, protocol)))
        else:
            road.append(Stage(step.handoff, (card(step, protocol),)))
    beside: dict[str, list[Card]] = {}
    for step in (each for each in protocol.checkpoints if each.side):
        beside.setdefault(step.handoff, []).append(card(step, protocol))
    last = {stage.handoff: number for number, stage in enumerate(road)}
    return Drawing(
        road=tuple(
            replace(stage, sides=tuple(beside.get(stage.handoff, ())) if last[stage.handoff] == number else ())
            for number, stage in enumerate(road)
        ),
        others=tuple(Stage(handoff, (), tuple(cards)) for handoff, cards in beside.items() if handoff not in last),
        limits=tuple((said.limit_name(name), said.limit_words(name, value)) for name, value in protocol.limits.items()),
        product=tuple((said.plain(name).capitalize(), value) for name, value in protocol.product.items()),
        always=check_words.always(),
    )


def card(step: Checkpoint, protocol: Protocol) -> Card:
    """Return the card of a step."""
    titles = {other.id: other.title for other in protocol.checkpoints}
    notes = [str(_("after: %(step)s", step=_(titles.get(need, need)))) for need in step.needs]
    if step.when is not None:
        notes.append(said.condition(step.when))
    if step.sign is not None and step.sign.factor == "other":
        notes.append(str(_("Each signer after the first proves who it is by a second factor.")))
    notes += [text for field, text in _flags().items() if getattr(step, field, False)]
    notes += said.unsaid(step, SAID)
    return Card(
        id=step.id,
        handoff=step.handoff,
        title=str(_(step.title)),
        who=said.roles(step.roles),
        where=said.place(step.site, step.unit),
        before=said.states(step.states, _states(protocol)),
        after="" if step.to is None else said.state(step.to),
        scans=tuple((slot.klass, str(_(slot.say)), said.scan_notes(slot)) for slot in step.slots),
        stated=tuple(said.value_words(value) for value in step.values),
        compared=tuple(check_words.named(name) for name in step.checks),
        signed=() if step.sign is None else tuple(said.roles(sorted(each)) for each in step.sign.by),
        meaning="" if step.sign is None else words.meaning(step.sign.meaning),
        due=said.span(step.due_h),
        then=tuple(said.effect_words(effect) for effect in step.effects),
        notes=tuple(notes),
    )


def _states(protocol: Protocol) -> tuple[str, ...]:
    """Return the states in which an order of this protocol can stand, in the order of the road."""
    there = reached(step.to for step in protocol.checkpoints if step.to is not None)
    return tuple(state for state in ALL_STATES if state in there)


def _flags() -> Mapping[str, str]:
    return {
        "repeat": str(_("May be done again.")),
        "quarantine": str(_("A fault of contents or condition is received into quarantine, not sent back.")),
        "records_only": str(_("Records what has lawfully begun: expiry and holds do not stop it.")),
        "patient_card": str(_("The screen opens the patient's name and birth date.")),
        "stops": str(_("Takes off the road: no hold and no expiry forbids it.")),
    }
