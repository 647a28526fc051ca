"""May what tells who a patient is be destroyed? Only when nobody can need it any more (hazards.md 35).

A patient may ask for it, and the law gives the right; but before the last container has its end a wristband must lead
to somebody, and whoever was given cells is traced for thirty years after their expiry (Regulation (EC) 1394/2007,
article 15). What goes is the vault's: name, birth date, record number, codes. The ledger stays, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from coi.custody.order import TERMINAL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from coi.custody.order import Order

LEGAL_BASES: Final = ("claim", "authority", "inquiry")
"""For whom the data are kept: a claim before a court, an authority that asks, an inquiry into what happened."""
BASES: Final = ("patient_request", "time_is_over")
"""On what ground it is destroyed."""
GIVEN: Final = frozenset({"administered", "partly_administered"})
YEARS: Final = 30


def against(
    orders: Iterable[Order],
    open_holds: int,
    open_deviations: int,
    at: datetime,
    legal: Iterable[tuple[str, datetime]] = (),
) -> tuple[str, ...]:
    """Return all that stands against it, over every order of the patient; nothing means that it may be done.

    1. Every order is closed, and every container has its end.
    2. Nothing about them is held or looked into.
    3. No legal hold stands on the data (Regulation (EU) 2016/679, article 17, 3 e): *legal* names basis and day.
    4. What was given is traced until thirty years after its expiry; without a known expiry, for ever.
    """
    found: list[str] = []
    for order in orders:
        if order.state not in TERMINAL or any(held.live for held in order.containers):
            found.append(f"Expected order {order.id} closed and every container at its end, seen {order.state}.")
        kept = [traced_until(held.expires) for held in order.containers if held.state in GIVEN]
        if any(until is None or at < until for until in kept):
            known = [until for until in kept if until is not None]
            when = f"until {max(known):%Y-%m-%d}" if len(known) == len(kept) else "for ever, as no expiry is known"
            found.append(f"Expected no cells that are still traced, seen order {order.id}, traced {when}.")
    if open_holds:
        found.append(f"Expected no open hold, seen {open_holds}.")
    if open_deviations:
        found.append(f"Expected no open deviation, seen {open_deviations}.")
    found += [
        f"Expected no legal hold, seen one since {since:%Y-%m-%d} ({basis}). Quality lifts it on this page, with a "
        "physician or coordinator, when nobody needs the data any more."
        for basis, since in legal
    ]
    return tuple(found)


def traced_until(expires: datetime | None) -> datetime | None:
    """Return until when given cells are traced; None where nobody knows."""
    if expires is None:
        return None
    day = 28 if (expires.month, expires.day) == (2, 29) else expires.day
    return expires.replace(year=expires.year + YEARS, day=day)
