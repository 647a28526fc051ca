"""Which clocks of a shipment have run out, since when, and who must be told?

Every answer is computed from *at*: nothing is switched on or off, and an alarm ends when its fact comes. A notice that
is sent is another entry's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Level = Literal["warning", "alarm"]
"""A warning asks somebody to look; an alarm wakes somebody."""

Kind = Literal["late_pick_up", "late_in_transit", "not_received", "lost", "hold_time"]

GIVER, CARRIER, RECEIVER, COORDINATOR, QUALITY = "giver", "carrier", "receiver", "coordinator", "quality"
"""Who is told, by the part played in this leg."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The times of one lane, as planned."""

    planned: timedelta
    """From pick-up to arrival."""
    lost_after: timedelta
    """From pick-up: beyond it the shipment counts as lost until it is found and identified anew."""
    pick_up: timedelta = timedelta(minutes=30)
    """From the offer to its acceptance; the same at the other end."""
    hold_time: timedelta | None = None
    """How long the charged dry shipper stays cold, standing still; None where nothing is charged."""
    margin: timedelta = timedelta(hours=24)
    """How long before the end of the hold time somebody is warned."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What has happened on the leg so far; None is: not yet, or not known."""

    offered_at: datetime | None = None
    picked_up_at: datetime | None = None
    delivered_at: datetime | None = None
    """When the carrier offered it to the receiver."""
    received_at: datetime | None = None
    charged_at: datetime | None = None
    """When the dry shipper was charged."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One clock that has run out."""

    kind: Kind
    level: Level
    since: datetime
    tell: tuple[str, ...]


_TOLD: Final[dict[Kind, tuple[str, ...]]] = {
    "late_pick_up": (GIVER, CARRIER, COORDINATOR),
    "late_in_transit": (CARRIER, RECEIVER, COORDINATOR),
    "not_received": (CARRIER, RECEIVER, COORDINATOR),
    "lost": (CARRIER, RECEIVER, COORDINATOR, QUALITY),
    "hold_time": (CARRIER, RECEIVER, COORDINATOR, QUALITY),
}


def clocks(limits: Limits, moments: Moments) -> tuple[Alarm, ...]:
    """Return every clock that runs, with when it runs out; the soonest first.

    1. Offered and not picked up within the time.
    2. Picked up and not delivered within the planned time.
    3. Delivered and not received within the time.
    4. Picked up and not received: lost.
    5. The dry shipper is charged: a warning before its hold time ends, an alarm when it has, until it is received.
       A shipment that needs a charged shipper and does not say when it was charged is alarmed from the offer on.
    """
    if moments.received_at is not None:
        return ()
    offered, picked, delivered = moments.offered_at, moments.picked_up_at, moments.delivered_at
    found: list[Alarm] = []
    if offered is not None and picked is None:
        found.append(_alarm("late_pick_up", "warning", offered + limits.pick_up))
    if delivered is not None:
        found.append(_alarm("not_received", "warning", delivered + limits.pick_up))
    elif picked is not None:
        found.append(_alarm("late_in_transit", "warning", picked + limits.planned))
    if picked is not None:
        found.append(_alarm("lost", "alarm", picked + limits.lost_after))
    if limits.hold_time is not None:
        begun = picked if offered is None else offered
        if moments.charged_at is not None:
            ends = moments.charged_at + limits.hold_time
            found += [_alarm("hold_time", "warning", ends - limits.margin), _alarm("hold_time", "alarm", ends)]
        elif begun is not None:
            found.append(_alarm("hold_time", "alarm", begun))
    return tuple(sorted(found, key=lambda one: (one.since, one.kind)))


def due(limits: Limits, moments: Moments, at: datetime) -> tuple[Alarm, ...]:
    """Return the alarms that stand at *at*, the oldest first; of the hold time only the graver one."""
    out = [one for one in clocks(limits, moments) if one.since <= at]
    grave = {one.kind for one in out if one.level == "alarm"}
    return tuple(one for one in out if one.level == "alarm" or one.kind not in grave)


def _alarm(kind: Kind, level: Level, since: datetime) -> Alarm:
    """Return an alarm with those who are told of it; a warning wakes no quality."""
    return Alarm(kind, level, since, tuple(who for who in _TOLD[kind] if level == "alarm" or who != QUALITY))
