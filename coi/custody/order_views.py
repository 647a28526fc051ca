"""What does a person see of an order: as a line of the list, and whole? Frozen pictures, as in ``verdict_views``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from coi.custody.ledger_views import LedgerLine
    from coi.custody.station_views import TaskView
    from coi.custody.thing_words import Symbol


@dataclass(frozen=True, slots=True)
class BesideStep:
    """One step beside the road that could be done now."""

    title: str
    handoff: str
    who: str
    """Roles in words, of which one suffices."""
    site: str
    url: str = ""
    """Where this person does it; empty where another person or another site does."""
    elsewhere: bool = False
    """Whether it is this person's, but at another site than where he or she works now."""


@dataclass(frozen=True, slots=True)
class BesideGroup:
    """Steps beside the road that belong together."""

    title: str
    mine: tuple[BesideStep, ...]
    others: tuple[BesideStep, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """One container of the genealogy, with what was made of it."""

    human: str
    kind: str
    state: str
    symbol: Symbol
    also: tuple[str, ...] = ()
    """Its other parents: what was pooled."""
    made: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferView:
    """Custody that is held out and not taken yet."""

    to: str
    by: str
    since: datetime
    containers: tuple[str, ...]
    mine: bool = False
    """Whether the site where this person works may take or decline it."""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """One clock of a shipment that has run out."""

    text: str
    level: str
    """warning or alarm."""
    since: datetime


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """One shipment of the order."""

    id: str
    origin: str
    destination: str
    state: str
    shipper: str
    seal: str
    logger: str
    containers: tuple[str, ...]
    says: str
    """What its temperature trace says, in words."""
    word: str
    """in_range, out_of_range or no_data."""
    alarms: tuple[AlarmView, ...] = ()


@dataclass(frozen=True, slots=True)
class DoseView:
    """The bags that the effective certificate releases: all are given together."""

    given: int
    bags: int
    certificate: str


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """One stop of the road from vein to vein."""

    checkpoint: str
    title: str
    state: Literal["done", "now", "ahead", "refused"]
    at: datetime | None = None
    by: str = ""
    site: str = ""
    seq: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CustodyView:
    """One interval of custody; *until* is None while some of it has not moved on."""

    custodian: str
    unit: str
    person: str
    since: datetime
    what: str = ""
    """How many containers of which kind."""
    until: datetime | None = None
    now: bool = False
    """Whether some of it is still there."""
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class PieceView:
    """One printed label."""

    human: str
    role: str
    state: str
    printed: datetime | None = None
    copy: int = 1
    alive: bool = True
    id: str = ""


@dataclass(frozen=True, slots=True)
class ContainerView:
    """One bag, cassette or tube."""

    human: str
    kind: str
    state: str
    symbol: Symbol = "bag"
    custodian: str = ""
    """Who has it now."""
    place: str = ""
    expires: datetime | None = None
    thaw_ends: datetime | None = None
    """When the time after its thaw is over, while it runs."""
    hold: str = ""
    live: bool = True
    pieces: tuple[PieceView, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldView:
    """One hold, open or lifted."""

    id: str
    coi: str
    order: str
    scope: str
    reason: str
    placed_at: datetime
    placed_by: str
    owner: str
    contact: str
    deadline: datetime | None = None
    lifted_at: datetime | None = None
    lifted_by: tuple[str, ...] = ()
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order as a line of the list."""

    coi: str
    order: str
    product: str
    state: str
    where: str
    since: datetime
    due: datetime | None = None
    hold: bool = False
    refusals: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order whole."""

    coi: str
    order: str
    product: str
    protocol: str
    state: str
    chain: str
    head: int
    head_hash: str
    closed: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    """Label and value for the summary: ordered by, sites, slot, donation number, lot…"""
    flags: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """What every screen of this order says, as kind and text."""
    road: tuple[MilestoneView, ...] = ()
    custody: tuple[CustodyView, ...] = ()
    genealogy: tuple[Node, ...] = ()
    dose: DoseView | None = None
    offers: tuple[OfferView, ...] = ()
    shipments: tuple[ShipmentView, ...] = ()
    beside: tuple[BesideGroup, ...] = ()
    containers: tuple[ContainerView, ...] = ()
    entries: tuple[LedgerLine, ...] = ()
    holds: tuple[HoldView, ...] = ()
    tasks: tuple[TaskView, ...] = ()
