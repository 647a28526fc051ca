"""The printers: a view of the sites' entries ``printer.*``; and the watch, a store of how each was last seen."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, insert, select, update

from coi import db
from coi.errors import Unknown
from coi.labelling.printers import Registered, Seen
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import RowMapping
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

printer_table = Table(
    "printer",
    db.metadata,
    Column("printer", String(40), primary_key=True),
    Column("chain_id", String(26), nullable=False),
    Column("site", String(40), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("address", String(300), nullable=False),
    Column("model", String(80), nullable=False),
    Column("serial", String(80), nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("stock", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("why", String(40), nullable=False),
    Column("qualified_until", db.Instant),
    Column("checked_at", db.Instant),
)

watch_table = Table(
    "printer_watch",
    db.metadata,
    Column("device", String(80), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("counter", BigInteger),
    Column("buffered", Integer),
    Column("warnings", String(400), nullable=False),
    Column("seen_at", db.Instant),
)
"""A store: how a printer answered last. Its row is also the lock that one worker holds while it takes a job for it."""


class _Register:
    """Applies what sites say of their printers."""

    name = "printers"
    tables: tuple[Table, ...] = (printer_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take registrations, what is loaded, checks, qualifications, and the way out of use and back."""
        stmt: Mapping[str, Any] = entry.stmt
        values: dict[str, Any]
        match entry.type:
            case "printer.registered":
                row = {name: stmt[name] for name in ("printer", "site", "name", "address", "model", "serial", "dpi")}
                session.execute(
                    insert(printer_table).values(
                        **row, stock=stmt["stock"], chain_id=entry.chain, state="in_use", why=""
                    )
                )
                return
            case "printer.loaded":
                values = {"stock": stmt["stock"]}
            case "printer.checked":
                values = {"checked_at": moment(stmt["at"]) if stmt["passed"] else None}
            case "printer.qualified":
                values = {"qualified_until": moment(stmt["until"]) if stmt["passed"] else None}
            case "printer.suspended":
                values = {"state": "suspended", "why": stmt["why"]}
            case "printer.resumed":
                values = {"state": "in_use", "why": ""}
            case "printer.retired":
                values = {"state": "retired", "why": stmt["why"]}
            case _:
                return
        session.execute(update(printer_table).where(printer_table.c.printer == stmt["printer"]).values(**values))


PROJECTION = _Register()


def new_id() -> str:
    """Return a fresh id of a printer."""
    return f"PR-{secrets.token_hex(4).upper()}"


def _registered(row: RowMapping) -> Registered:
    return Registered(
        id=row["printer"],
        chain=row["chain_id"],
        site=row["site"],
        name=row["name"],
        address=row["address"],
        model=row["model"],
        serial=row["serial"],
        dpi=row["dpi"],
        stock=row["stock"],
        state=row["state"],
        why=row["why"],
        qualified_until=row["qualified_until"],
        checked_at=row["checked_at"],
    )


def printer(session: Session, printer_id: str) -> Registered:
    """Return a printer.

    Raises:
        Unknown: There is no such printer.
    """
    row = session.execute(select(printer_table).where(printer_table.c.printer == printer_id)).mappings().first()
    if row is None:
        raise Unknown("Expected a printer that is registered, seen none of that name.")
    return _registered(row)


def at_sites(session: Session, sites: Collection[str]) -> tuple[Registered, ...]:
    """Return the printers of some sites, by name; the retired ones last."""
    rows = session.execute(select(printer_table).where(printer_table.c.site.in_(sorted(sites)))).mappings()
    return tuple(sorted((_registered(row) for row in rows), key=lambda one: (one.state == "retired", one.name, one.id)))


def in_service(session: Session) -> tuple[Registered, ...]:
    """Return every printer that is not retired, by id."""
    rows = session.execute(
        select(printer_table).where(printer_table.c.state != "retired").order_by(printer_table.c.printer)
    ).mappings()
    return tuple(_registered(row) for row in rows)


def seen(session: Session, device: str) -> Seen | None:
    """Return how a printer was last seen, or None."""
    row = session.execute(select(watch_table).where(watch_table.c.device == device)).mappings().first()
    return None if row is None else _seen(row)


def _seen(row: RowMapping) -> Seen:
    warnings = tuple(word for word in row["warnings"].split("\n") if word)
    return Seen(row["state"], row["counter"], row["buffered"], warnings, row["seen_at"])


def watch(session: Session, device: str) -> Seen | None:
    """Return how a printer was last seen and lock that row; None where another worker holds it just now."""
    if seen(session, device) is None:
        session.execute(insert(watch_table).values(device=device, state="unknown", warnings=""))
    row = (
        session.execute(select(watch_table).where(watch_table.c.device == device).with_for_update(skip_locked=True))
        .mappings()
        .first()
    )
    return None if row is None else _seen(row)


def note(session: Session, device: str, **values: object) -> None:
    """Keep how a printer answered."""
    session.execute(update(watch_table).where(watch_table.c.device == device).values(**values))
