"""How many labels were printed at a site, on each day and by each printer, and what became of them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from coi.labelling import store
from coi.labelling.reconcile import Count, count

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from coi.labelling.pieces import Piece


@dataclass(frozen=True, slots=True)
class Printed:
    """One piece with where and when it came out."""

    piece: Piece
    site: str
    printer: str
    at: datetime | None
    template: str
    version: int
    template_sha256: str


@dataclass(frozen=True, slots=True)
class Day:
    """What one printer of a site put out on one day of that site."""

    on: date | None
    """None for what waits to be printed."""
    printer: str
    count: Count


def at_site(session: Session, site: str) -> tuple[Printed, ...]:
    """Return every piece of a site's printers, in the order in which they came out."""
    columns = store.piece_table.c
    return _printed(session, select(store.piece_table).where(columns.site == site))


def of_order(session: Session, order: str) -> tuple[Printed, ...]:
    """Return every piece of an order, in the order in which they came out."""
    columns = store.piece_table.c
    return _printed(session, select(store.piece_table).where(columns.order_id == order))


def _printed(session: Session, query: object) -> tuple[Printed, ...]:
    rows = session.execute(query).mappings()  # type: ignore[call-overload]  # a select of the piece table
    found = [
        Printed(
            store.piece(row), row["site"], row["printer"], row["printed_at"], row["template"],
            row["template_version"], row["template_sha256"],
        )
        for row in rows
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.at is None, one.at, one.piece.id)))


def by_day(printed: Iterable[Printed], zone: str) -> tuple[Day, ...]:
    """Count a site's pieces by day of its own zone and by printer, the newest day first, what waits before all."""
    groups: dict[tuple[date | None, str], list[Piece]] = {}
    for one in printed:
        on = None if one.at is None else one.at.astimezone(ZoneInfo(zone)).date()
        groups.setdefault((on, one.printer), []).append(one.piece)
    days = [Day(on, printer, count(pieces)) for (on, printer), pieces in groups.items()]
    waiting = [day for day in days if day.on is None]
    past = [day for day in days if day.on is not None]
    return (*waiting, *sorted(past, key=lambda day: (day.on, day.printer), reverse=True))
