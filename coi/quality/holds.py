"""Which containers may not move, why, until when, and who lets them go?

A hold blocks the containers that it names, or the whole order when it names none. Only quality lifts one, by signature.
Deadline, escalation and the number of signatures are worked out from the hold and from where its order stands now; none
of them is ever stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from coi.errors import Malformed, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from coi.person import Grant, Person

WAYS_OUT = {
    "identity": "Set the containers apart. Quality settles whose they are from two independent sources, then signs.",
    "condition": "Keep the container cold and apart. Quality judges the temperature evidence, then signs.",
    "quality": "Quality decides and signs.",
    "recall": "Quarantine the product where it is. Quality decides on return or destruction, then signs.",
    "lost": "Search, and tell the courier. Quality signs once it was found, scanned and judged.",
    "review": "Two persons compare the patient's old and new identifiers with the source. Quality then signs.",
}
"""What a hold of each kind waits for, in the words of the screen."""

TIME: Final = {
    "identity": timedelta(hours=24),
    "condition": timedelta(hours=24),
    "quality": timedelta(hours=72),
    "recall": timedelta(hours=24),
    "lost": timedelta(hours=24),
    "review": timedelta(hours=24),
}
"""How long quality has, by kind."""

THAW_STATES: Final = frozenset({"THAWING", "INFUSING"})
"""States of an order in which cells stand thawed."""
THAW_TIME: Final = timedelta(minutes=15)
"""How long quality has then: a quarter of the hour that thawed cells live."""

ESCALATION: Final = (
    "Quality on call decides.",
    "Half of the time is gone: the head of quality is called as well.",
    "The time is over: the heads of quality of both sites decide together, now.",
)
"""What each level means, in the words of the screen."""

BY_HAND: Final = {
    "damage_seen": "quality",
    "label_doubt": "identity",
    "patient_doubt": "identity",
    "temperature_doubt": "condition",
    "complaint": "quality",
    "recall_notice": "recall",
    "not_found": "lost",
    "identifiers_changed": "review",
}
"""Why a person may place a hold by hand, and of which kind it then is."""

ONLOOKERS: Final = frozenset({"inspector", "site_admin", "system_admin", "device"})
"""Roles that work on no cells: they place no hold."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold on containers of one order."""

    id: str
    order: str
    kind: str
    """identity, condition, quality, recall, lost or review: a key of ``WAYS_OUT``."""
    reason: str
    """The reason code that placed it."""
    containers: tuple[str, ...]
    """Container ids; empty means the whole order."""
    site: str
    """Where it was placed: the quality unit of this site owns it, or of the order's manufacturing site."""
    placed_at: datetime
    lifted_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the hold still blocks."""
        return self.lifted_at is None

    @property
    def way_out(self) -> str:
        """What ends the hold."""
        return WAYS_OUT[self.kind]


def blocking(holds: Iterable[Hold], containers: Iterable[str]) -> tuple[Hold, ...]:
    """Return the open holds that stop any of *containers*; a hold without containers stops all."""
    moved = set(containers)
    return tuple(hold for hold in holds if hold.is_open and (not hold.containers or moved & set(hold.containers)))


def deadline(hold: Hold, order_state: str = "", since: datetime | None = None) -> datetime:
    """Return until when quality must have decided.

    While the order stands thawed it is a quarter of an hour, counted from the hold or, if that came later, from
    *since*, the begin of the thaw; never later than the ordinary deadline of the kind.
    """
    ordinary = hold.placed_at + TIME[hold.kind]
    if order_state not in THAW_STATES:
        return ordinary
    began = hold.placed_at if since is None else max(hold.placed_at, since)
    return min(ordinary, began + THAW_TIME)


def escalation(hold: Hold, at: datetime, order_state: str = "", since: datetime | None = None) -> int:
    """Return who is called at that instant, an index of ``ESCALATION``.

    0 the quality on call; 1 the head of quality as well, once half of the time is gone; 2 the heads of quality of both
    sites, once all of it is.
    """
    due = deadline(hold, order_state, since)
    if at >= due:
        return 2
    began = hold.placed_at if since is None or order_state not in THAW_STATES else max(hold.placed_at, since)
    return 1 if at >= began + (due - began) / 2 else 0


def signers_needed(hold: Hold, order_state: str) -> int:
    """Return how many persons of quality must sign that the hold is lifted.

    Two while the order stands thawed, where nobody can look again later, and two for a recall; else one.
    """
    return 2 if order_state in THAW_STATES or hold.kind == "recall" else 1


def owner(site: str, manufacturing: str, sites_with_quality: AbstractSet[str]) -> str:
    """Return whose quality unit owns what happened at *site*: its own, or where there is none the manufacturer's."""
    return site if site in sites_with_quality else manufacturing


def kind_by_hand(why: str) -> str:
    """Return the kind of hold that a person places for *why*.

    Raises:
        Malformed: The reason is not of the list.
    """
    if why not in BY_HAND:
        raise Malformed(f"Expected one of {tuple(BY_HAND)}, seen {why[:20]!r}.")
    return BY_HAND[why]


def may_place(person: Person, site: str, product: str | None, at: datetime) -> Grant:
    """Return the role in which *person* places a hold by hand: any that handles cells, with training that counts.

    Raises:
        NotPermitted: There is none at this site.
    """
    for held in person.grants if person.active else ():
        trained = held.trained_until is not None and at < held.trained_until
        fits = held.site == site and (held.product is None or held.product == product)
        if fits and trained and held.role not in ONLOOKERS:
            return held
    raise NotPermitted(f"Expected somebody trained for work on cells at {site}, seen {person.id}, who is not.")
