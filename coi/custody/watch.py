"""Which check is overdue? Nobody scanned what should have been scanned, and the hour after is when it can be put right.

* A bag that was issued and not verified at the bedside within an hour (Transfus. Med. 18 (2008) 216: calling then took
  the share of bedside checks that were done from 97.8 to 99.5 %).
* Custody that was offered and not accepted within half an hour.
* A station's program that holds scans for a quarter of an hour, as it says itself, or that was not heard for so long:
  its outbox may hold scans that nobody has seen.

Pure, and told the time. A warning asks somebody to look; after twice the time it is an alarm, and wakes somebody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from coi.custody.order import Order
    from coi.custody.protocol import Protocol
    from coi.people.station_watch import Sign

Kind = Literal["not_verified", "not_accepted", "station_silent", "outbox_waits"]
OF_STATIONS: Final[frozenset[Kind]] = frozenset({"station_silent", "outbox_waits"})
Level = Literal["warning", "alarm"]

LIMITS: Final[dict[Kind, timedelta]] = {
    "not_verified": timedelta(minutes=60),
    "not_accepted": timedelta(minutes=30),
    "station_silent": timedelta(minutes=15),
    "outbox_waits": timedelta(minutes=15),
}


@dataclass(frozen=True, slots=True)
class Overdue:
    """One check that nobody made: what, since when it waits, at which site, and how bad that is by now."""

    kind: Kind
    about: str
    """The order, or the station."""
    site: str
    since: datetime
    level: Level

    @property
    def key(self) -> str:
        """Name this very overdue check at this level: it is raised once."""
        return f"watch:{self.kind}:{self.about}:{self.since.isoformat()}:{self.level}"


def of_order(order: Order, protocol: Protocol, at: datetime) -> tuple[Overdue, ...]:
    """Return the overdue checks of an order, the oldest first."""
    issued = _issued(order, protocol)
    found = [_judged("not_accepted", order.id, offer.to.split("/")[0], offer.at, at) for offer in order.offers]
    if issued is not None:
        found.append(_judged("not_verified", order.id, order.site("treatment"), issued, at))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.since))


def of_stations(heard: Iterable[Sign], at: datetime) -> tuple[Overdue, ...]:
    """Return the stations that were not heard, and those whose outbox does not empty."""
    return tuple(one for sign in heard for one in _of_station(sign, at))


def _of_station(sign: Sign, at: datetime) -> Iterator[Overdue]:
    silent = _judged("station_silent", sign.device, sign.site, sign.at, at)
    waits = sign.waits_since
    waiting = None if waits is None else _judged("outbox_waits", sign.device, sign.site, waits, at)
    yield from (one for one in (silent, waiting) if one is not None)


def _judged(kind: Kind, about: str, site: str, since: datetime, at: datetime) -> Overdue | None:
    waited = at - since
    if waited <= LIMITS[kind]:
        return None
    return Overdue(kind, about, site, since, "alarm" if waited > 2 * LIMITS[kind] else "warning")


def _issued(order: Order, protocol: Protocol) -> datetime | None:
    """Return when the bag was issued that now waits at the bedside; None where none does."""
    if not any(held.state == "issued" for held in order.containers):
        return None
    issues = {
        step.id
        for step in protocol.checkpoints
        if any(effect["do"] == "container" and effect.get("state") == "issued" for effect in step.effects)
    }
    return max((deed.at for deed in order.done if deed.checkpoint in issues and not deed.undone), default=None)
