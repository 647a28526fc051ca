"""What could have gone wrong, one row each: a view of the chains of orders and sites, to count near misses from.

A row is an attempt that was judged, a scan that belongs nowhere, a label ordered, an offer of custody, or a hold. Later
entries of the same chain say what became of it: an offer was declined, a hold lifted. No person and no patient is in
it, and an order only so that its product is known.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
    update,
)

from coi import db
from coi.ledger.entry import moment
from coi.quality.near_misses import GOVERNED, Cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

chance_table = Table(
    "near_miss_chance",
    db.metadata,
    Column("chain_id", String(26), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("nth", Integer, primary_key=True, autoincrement=False),
    Column("at", db.Instant, nullable=False, index=True),
    Column("kind", String(8), nullable=False),
    Column("site", String(40), nullable=False),
    Column("order_id", String(40), nullable=False),
    Column("handoff", String(64), nullable=False),
    Column("checkpoint", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("keyed", Boolean, nullable=False),
    Column("governed", Boolean, nullable=False),
    Column("ref", String(64), nullable=False),
)
"""``nth`` counts what one entry brings: the attempt, then its offers. ``ref`` is the label or hold that a row is about,
by which a later entry of the chain finds it again; ``reasons`` are codes in ascending order."""

order_table = Table(
    "near_miss_order",
    db.metadata,
    Column("order_id", String(40), primary_key=True),
    Column("chain_id", String(26), nullable=False),
    Column("product", String(40), nullable=False),
)
"""Which product an order is of: its first entry says so, and no later one does."""

_c = chance_table.c
_CODE = re.compile(r"[a-z0-9_]{1,40}")
_FIRST = {"nth": 0, "handoff": "", "checkpoint": "", "order_id": "", "reasons": "", "keyed": False, "governed": False}

# What every deed says is made once: building a statement costs more than a short one takes.
_ADD = insert(chance_table)
_BECOME = (
    update(chance_table)
    .where(_c.chain_id == bindparam("chain"), _c.kind == bindparam("what"), _c.ref == bindparam("name"))
    .values(outcome=bindparam("to"))
)


class _NearMisses:
    """Applies what entries say of things that could go wrong."""

    name = "near_misses"
    tables: tuple[Table, ...] = (chance_table, order_table)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take an order's product, or what an entry brings or what became of it."""
        stmt: Mapping[str, Any] = entry.stmt
        match entry.type:
            case "order.created":
                row = {"order_id": stmt["order"], "chain_id": entry.chain, "product": stmt["product"]}
                session.execute(insert(order_table), row)
            case "scan.unresolved":
                session.execute(_ADD, _row(entry, "scan", stmt["outcome"], reasons=_codes(stmt), keyed=_keyed(stmt)))
            case "label.intended":
                self._label(session, entry)
            case "label.voided" | "label.spoiled" | "label.destroyed" | "label.returned" | "label.replaced":
                self._voided(session, entry)
            case "custody.declined":
                self._declined(session, entry)
            case "hold.placed":
                step = _step(session, entry)
                session.execute(
                    _ADD, _row(entry, "hold", "placed", reasons=_one(stmt["reason"]), ref=stmt["hold"], **step)
                )
            case "hold.lifted":
                session.execute(_BECOME, {"chain": entry.chain, "what": "hold", "name": stmt["hold"], "to": "lifted"})
            case kind if kind.startswith("custody.") and "checkpoint" in stmt and "handoff" in stmt:
                session.execute(_ADD, _attempt(entry))

    def _label(self, session: Session, entry: Entry) -> None:
        """Take a label ordered; one that replaces another takes over why that one died."""
        stmt: Mapping[str, Any] = entry.stmt
        replaced = stmt.get("replaces")
        why = ""
        if replaced is not None:
            old = select(_c.reasons).where(_c.chain_id == entry.chain, _c.kind == "label", _c.ref == replaced)
            why = session.execute(old).scalar() or ""
        outcome = "first" if replaced is None else "replacement"
        step = _step(session, entry)
        session.execute(_ADD, _row(entry, "label", outcome, reasons=why, ref=stmt["piece"], **step))

    def _voided(self, session: Session, entry: Entry) -> None:
        """Remember why a label died, for the one that replaces it."""
        stmt: Mapping[str, Any] = entry.stmt
        row = (_c.chain_id == entry.chain, _c.kind == "label", _c.ref == stmt["piece"])
        session.execute(update(chance_table).where(*row).values(reasons=_one(stmt.get("why", ""))))

    def _declined(self, session: Session, entry: Entry) -> None:
        """Mark the newest open offer to the site that declines."""
        stmt: Mapping[str, Any] = entry.stmt
        here = (_c.chain_id == entry.chain, _c.kind == "offer", _c.site == stmt["site"], _c.outcome == "offered")
        offer = session.execute(select(_c.seq, _c.nth).where(*here).order_by(_c.seq.desc(), _c.nth.desc())).first()
        if offer is not None:
            row = (_c.chain_id == entry.chain, _c.seq == offer.seq, _c.nth == offer.nth)
            why = _one(stmt.get("why", ""))
            session.execute(update(chance_table).where(*row).values(outcome="declined", reasons=why))


PROJECTION = _NearMisses()


def _row(entry: Entry, kind: str, outcome: str, *, ref: str = "", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    """Return one row of an entry."""
    stmt: Mapping[str, Any] = entry.stmt
    said = {"order_id": stmt.get("order", ""), "site": stmt["site"], "at": moment(stmt["at"])}
    where = {"chain_id": entry.chain, "seq": entry.seq}
    return {**_FIRST, **said, **where, "kind": kind, "outcome": outcome, "ref": ref, **more}


def _attempt(entry: Entry) -> list[dict[str, Any]]:
    """Return a judged attempt, and every offer of custody that it makes, by who is to take it."""
    stmt: Mapping[str, Any] = entry.stmt
    step = {"handoff": stmt["handoff"], "checkpoint": stmt["checkpoint"]}
    effects = [] if stmt["outcome"] == "blocked" else stmt.get("effects", [])
    governed = any(_goes_round(effect) for effect in effects)
    attempt = _row(
        entry, "attempt", stmt["outcome"], reasons=_codes(stmt), keyed=_keyed(stmt), governed=governed, **step
    )
    receivers = [effect["to"].partition("/")[0] for effect in effects if effect["do"] == "offer"]
    offers = [
        {**_row(entry, "offer", "offered", **step), "site": site, "nth": nth}
        for nth, site in enumerate(receivers, start=1)
    ]
    return [attempt, *offers]


def _goes_round(effect: Mapping[str, Any]) -> bool:
    """Tell whether an effect is a governed way round a stop, or a release out of specification."""
    return (effect["do"] == "fact" and effect["name"] in GOVERNED) or (effect["do"] == "certify" and "oos" in effect)


def _codes(stmt: Mapping[str, Any]) -> str:
    """Return the reason codes of a statement, each once."""
    return " ".join(sorted({_one(reason["code"]) for reason in stmt.get("reasons", ())} - {""}))


def _one(code: str) -> str:
    """Return a reason code; what is none, such as a printer's own words, has no place among reasons."""
    return code if _CODE.fullmatch(code) else ""


def _keyed(stmt: Mapping[str, Any]) -> bool:
    """Tell whether a code of the attempt was typed, by one or by two, or came unsigned."""
    return any(item.get("assurance") in {"keyed", "attested"} for item in stmt.get("items", ()))


def _step(session: Session, entry: Entry) -> dict[str, str]:
    """Return the step whose entry caused this one, where it stands in the same chain."""
    stmt: Mapping[str, Any] = entry.stmt
    cause = stmt.get("cause") or {}
    if cause.get("chain") != entry.chain:
        return {}
    row = (_c.chain_id == entry.chain, _c.seq == cause["seq"], _c.nth == 0)
    found = session.execute(select(_c.handoff, _c.checkpoint).where(*row)).first()
    return {} if found is None else {"handoff": found.handoff, "checkpoint": found.checkpoint}


def cells(session: Session, sites: Sequence[str], first: date, last: date) -> tuple[Cell, ...]:
    """Return what could have gone wrong at *sites* from *first* to *last* (days of UTC), alike things together."""
    day = func.substr(type_coerce(_c.at, String), literal_column("1"), literal_column("10"))
    product = func.coalesce(order_table.c.product, literal_column("''"))
    same = (
        _c.site, _c.handoff, _c.checkpoint, product, _c.kind, _c.outcome, _c.reasons, _c.keyed, _c.governed,
    )  # fmt: skip
    query = (
        select(day, *same, func.count())
        .select_from(chance_table.outerjoin(order_table, order_table.c.order_id == _c.order_id))
        .where(_c.at >= _midnight(first), _c.at < _midnight(last + timedelta(days=1)), _c.site.in_(sites))
        .group_by(day, *same)
        .order_by(day, *same)
    )
    return tuple(
        Cell(
            date.fromisoformat(on),
            site,
            handoff,
            checkpoint,
            made,
            kind,
            outcome,
            tuple(reasons.split()),
            keyed,
            governed,
            count,
        )
        for on, site, handoff, checkpoint, made, kind, outcome, reasons, keyed, governed, count in session.execute(
            query
        )
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
