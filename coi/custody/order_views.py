"""What does the page of one order show beside its road? Frozen pictures, as in ``views``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

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
