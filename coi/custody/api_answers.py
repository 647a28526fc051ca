"""What does a program hear of a gate and of a deed? No name or birth date can leave by these."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue  # noqa: TC002 - pydantic reads it

from coi.web.api import At, Out, Problem, Receipt


class Slot(Out):
    """One code that a gate wants scanned."""

    slot: str
    what: str
    """wristband, band, container, cassette, shipper, seal, logger, location, equipment or kit."""
    kind: str | None
    """Which kind of container."""
    states: list[str]
    """In which states of the container it counts; empty for any."""
    symbol: str
    """any, or linear for the bar code that is scanned beside the square one."""
    many: bool
    """Every container of the kind that stands there in those states must be scanned, each once."""
    optional: bool
    """It may be left out where it cannot be read; what is scanned must agree all the same."""
    say: str


class Asked(Out):
    """One thing that a gate wants stated."""

    name: str
    type: str
    """identity and spoken are entered as ``patient``, and the vault answers; tail and piece are keyed from labels."""
    ask: str
    unit: str | None
    low: str | None
    high: str | None
    choices: list[str]


class Place(Out):
    """One place to sign."""

    roles: list[str]
    meaning: str
    factor: Literal["any", "other"] = "any"
    """other: a password and a code of the signer's own telephone, and never who acts."""


class Gate(Out):
    """One checkpoint and what it wants."""

    checkpoint: str
    handoff: str
    title: str
    site: str
    roles: list[str]
    side: bool
    """Beside the road: it may happen, it need not."""
    takes: bool
    """Who acts here takes custody that was offered."""
    stops: bool
    """It takes cells off the road, which no hold and no expiry forbids."""
    scans: list[Slot]
    values: list[Asked]
    places: list[Place]
    twins: bool
    """Another open order's patient could be taken for this one: the record number is asked as the third identifier."""


class Task(Out):
    """One gate of one order that waits for who asks."""

    order: str
    coi: str | None
    due: At
    held: bool
    gate: Gate


class Tasks(Out):
    """What waits, the soonest deadline first."""

    tasks: list[Task]


class ReasonOut(Out):
    """One reason of a refusal, or of a receipt into quarantine."""

    code: str
    slot: str
    expected: str
    seen: str
    sentence: str


class Opened(Out):
    """A new order."""

    order: str
    receipt: Receipt


class Judged(Out):
    """The deed was accepted, or received into quarantine, and stands in the ledger."""

    outcome: Literal["accepted", "quarantined"]
    order: str
    checkpoint: str
    state: str
    """The order's state after the deed."""
    receipt: Receipt
    effects: list[dict[str, JsonValue]]
    reasons: list[ReasonOut]
    holds: list[str]


class Refusal(Problem):
    """The gate refused, for all these reasons; the attempt stands in the ledger."""

    outcome: Literal["blocked"] = "blocked"
    order: str
    checkpoint: str
    receipt: Receipt
    reasons: list[ReasonOut]
    holds: list[str]


class Waiting(Out):
    """Everything agrees; nothing is done until the persons have signed exactly this statement."""

    id: str
    sha256: str
    statement: dict[str, JsonValue]
    meaning: str
    places: list[Place]
    expires: At
    order: str
    checkpoint: str


class Recorded(Out):
    """The deed stands in the ledger."""

    order: str
    receipt: Receipt


class Reviewed(Recorded):
    """The order waits for an identity review; nobody's identity has changed."""

    hold: str


class Reprinted(Recorded):
    """The old label is dead; a new one is being printed."""

    voided: str
    piece: str
    """The label that takes its place; it counts once it is scanned back."""
