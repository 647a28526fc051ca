"""Orders and containers in the database: views of the orders' chains, and the store of half-done work at stations."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from coi import db, ledger
from coi.custody import protocol_register, protocol_store
from coi.custody.fold import MIGRATED, after, is_step, opened
from coi.custody.order import TERMINAL, Order
from coi.custody.picture import from_json, to_json
from coi.custody.protocol_migration import RUNNING
from coi.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

order_table = Table(
    "treatment_order",
    db.metadata,
    Column("order_id", String(40), primary_key=True),
    Column("chain_id", String(26), nullable=False, unique=True),
    Column("coi", String(40), unique=True),
    Column("lot", String(40), unique=True),
    Column("patient", String(40), nullable=False, index=True),
    Column("product", String(40), nullable=False),
    Column("state", String(32), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("collection", String(40), nullable=False, index=True),
    Column("manufacturing", String(40), nullable=False, index=True),
    Column("treatment", String(40), nullable=False, index=True),
    Column("courier", String(40), nullable=False, index=True),
    Column("suite", String(40)),
    Column("picture", Text, nullable=False),
    Column("depot", String(40), nullable=False, index=True),
    Column("likeness", String(64), nullable=False, index=True),
)
"""``picture`` is the order as its fold says, so that a scan need not fold the chain.

Rebuild compares it byte for byte.
"""

container_table = Table(
    "container",
    db.metadata,
    Column("container", String(40), primary_key=True),
    Column("order_id", String(40), nullable=False),
    Column("chain_id", String(26), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("din", String(13), index=True),
    Column("gtin_serial", String(40), unique=True),
    Column("product_code", String(8)),
    UniqueConstraint("din", "product_code", name="uq_container_donation_division"),
    UniqueConstraint("container", "order_id", name="uq_container_one_order"),
    ForeignKeyConstraint(["order_id"], ["treatment_order.order_id"], name="fk_container_order"),
)
"""One order per container: the key a label piece refers to is the pair, so that no piece can point across orders."""

station_table = Table(
    "station_work",
    db.metadata,
    Column("person", String(40), primary_key=True),
    Column("site", String(40), primary_key=True),
    Column("work", Text, nullable=False),
)
"""A store: what a person has scanned so far, and the verdict that waits to be acknowledged. Nothing in it is a deed."""

claim_table = Table(
    "claim",
    db.metadata,
    Column("thing", String(100), primary_key=True),
    Column("order_id", String(40), nullable=False),
)
"""A store: which order has a shipper, a suite, or a patient's one open therapy of a product *now*. Its key is the fence
between two orders at one instant; a projection cannot be, since chains are replayed one after the other (ADR 0008)."""

range_table = Table(
    "number_range",
    db.metadata,
    Column("name", String(60), primary_key=True),
    Column("next", Integer, nullable=False),
)
"""A store: counters for donation numbers and the like, taken in the deed's transaction, never given twice."""


class _Custody:
    """Applies orders' entries: the picture is the old picture and one step."""

    name = "custody"
    tables: tuple[Table, ...] = (order_table, container_table)

    def apply(self, session: Session, entry: Entry) -> None:
        """Open an order, or take one entry of its chain."""
        if entry.type == "order.created":
            _insert(session, opened(entry.chain, entry.stmt), str(entry.stmt["likeness"]))
        elif entry.type == MIGRATED or is_step(entry.type, entry.stmt):
            before = _drawn(_picture(session, str(entry.stmt["order"])))  # without its protocol: a replay has none yet
            _update(session, before, after(before, entry))


PROJECTION = _Custody()


SITES = ("collection", "manufacturing", "treatment", "courier", "depot")


def _columns(order: Order) -> dict[str, Any]:
    return {
        "coi": order.coi,
        "lot": order.lot,
        "state": order.state,
        "is_open": order.state not in TERMINAL,
        **{role: dict(order.sites).get(role, "") for role in SITES},
        "suite": order.fact("suite") if order.state == "MANUFACTURING" else None,
        "picture": json.dumps(to_json(order), separators=(",", ":"), sort_keys=True),
    }


# What every deed says is made once: building a statement costs more than a short one takes.
_MOVE = update(order_table).where(order_table.c.order_id == bindparam("key"))
_PICTURE = select(order_table.c.picture).where(
    (order_table.c.order_id == bindparam("name")) | (order_table.c.coi == bindparam("name"))
)


def _insert(session: Session, order: Order, likeness: str) -> None:
    session.execute(
        insert(order_table).values(
            order_id=order.id,
            chain_id=order.chain,
            patient=order.patient,
            product=order.product,
            likeness=likeness,
            **_columns(order),
        )
    )


def _update(session: Session, before: Order, after: Order) -> None:
    session.execute(_MOVE, {"key": after.id, **_columns(after)})
    known = {held.id: held for held in before.containers}
    for held in after.containers:
        if held.id not in known:
            serial = held.key("serial")
            session.execute(
                insert(container_table).values(
                    container=held.id,
                    order_id=after.id,
                    chain_id=after.chain,
                    kind=held.kind,
                    state=held.state,
                    din=held.key("din"),
                    product_code=held.key("product_code"),
                    gtin_serial=None if serial is None else f"{held.key('gtin')} {serial}",
                )
            )
        elif known[held.id].state != held.state:
            session.execute(
                update(container_table).where(container_table.c.container == held.id).values(state=held.state)
            )


def load(session: Session, order_id: str) -> Order:
    """Return an order by its id or by its chain-of-identity identifier, or raise Unknown."""
    return _order(session, _picture(session, order_id))


def _picture(session: Session, order_id: str) -> str:
    picture = session.execute(_PICTURE, {"name": order_id}).scalar()
    if picture is None:
        raise Unknown(f"Expected an order, seen {order_id!r}.")
    return str(picture)


def _order(session: Session, picture: str) -> Order:
    """Return the order of a picture; what its protocol says is known from here on."""
    order = _drawn(picture)
    if not protocol_register.knows(order.protocol_sha256):
        protocol_register.learn(protocol_store.by_sha(session, order.protocol_sha256))
    return order


@lru_cache(maxsize=256)
def _drawn(picture: str) -> Order:
    """Read a picture; a deed loads its order several times, and an order never changes: another picture is another."""
    return from_json(json.loads(picture))


def exists(session: Session, order_id: str) -> bool:
    """Say whether there is such an order."""
    return session.execute(select(order_table.c.order_id).where(order_table.c.order_id == order_id)).first() is not None


def at_sites(session: Session, sites: tuple[str, ...], *, open_only: bool) -> tuple[Order, ...]:
    """Return the orders in which one of *sites* takes part, the newest first."""
    table = order_table.c
    where = (
        table.collection.in_(sites)
        | table.manufacturing.in_(sites)
        | table.treatment.in_(sites)
        | table.courier.in_(sites)
        | table.depot.in_(sites)
    )
    query = select(table.picture).where(where).order_by(table.order_id.desc())
    if open_only:
        query = query.where(table.is_open)
    return tuple(_order(session, picture) for picture in session.execute(query).scalars())


def running(session: Session) -> tuple[tuple[str, str], ...]:
    """Return the orders whose cells are thawed or being infused now, each with its state; any version's tables do."""
    columns = order_table.c
    rows = session.execute(
        select(columns.order_id, columns.state).where(columns.state.in_(RUNNING)).order_by(columns.order_id)
    )
    return tuple((row.order_id, row.state) for row in rows)


def names_of_patient(session: Session, patient: str) -> tuple[str, ...]:
    """Return the ids of every order of a patient, open or closed."""
    table = order_table.c
    found = session.execute(select(table.order_id).where(table.patient == patient).order_by(table.order_id))
    return tuple(found.scalars())


def of_patient(session: Session, patient: str) -> tuple[Order, ...]:
    """Return every order of a patient, open or closed."""
    return tuple(load(session, name) for name in names_of_patient(session, patient))


def open_of_patient(session: Session, patient: str, product: str) -> str | None:
    """Return the open order of this patient for this product, or None."""
    table = order_table.c
    return session.execute(
        select(table.order_id).where(table.patient == patient, table.product == product, table.is_open)
    ).scalar()


def order_of_key(
    session: Session, *, coi: str | None = None, din: str | None = None, gtin_serial: str | None = None
) -> str | None:
    """Return the order that owns a chain-of-identity identifier, a donation number or a GTIN with serial, or None."""
    if coi is not None:
        return session.execute(select(order_table.c.order_id).where(order_table.c.coi == coi)).scalar()
    column = container_table.c.din == din if din is not None else container_table.c.gtin_serial == gtin_serial
    return session.execute(select(container_table.c.order_id).where(column).limit(1)).scalar()


def has_twin(session: Session, order_id: str) -> bool:
    """Say whether another open order's patient could be taken for this one's by name and birth date."""
    table, other = order_table.c, order_table.alias()
    found = session.execute(
        select(other.c.order_id)
        .where(table.order_id == order_id, other.c.likeness == table.likeness, other.c.is_open)
        .where(other.c.patient != table.patient)
        .limit(1)
    )
    return found.first() is not None


def claims(session: Session, things: tuple[str, ...]) -> dict[str, str]:
    """Return which order has each of the *things* now."""
    rows = session.execute(select(claim_table.c.thing, claim_table.c.order_id).where(claim_table.c.thing.in_(things)))
    return {thing: order for thing, order in rows}  # noqa: C416 - rows are not pairs to mypy


def suites(session: Session, codes: tuple[str, ...]) -> dict[str, str]:
    """Return which of the suites have an order in manufacture: code to order id."""
    rows = session.execute(select(order_table.c.suite, order_table.c.order_id).where(order_table.c.suite.in_(codes)))
    return {suite: order for suite, order in rows}  # noqa: C416 - rows are not pairs to mypy


def take_number(session: Session, name: str) -> int:
    """Return the next number of a range, never the same twice: the row is locked until the deed commits."""
    row = session.execute(select(range_table.c.next).where(range_table.c.name == name).with_for_update()).scalar()
    if row is None:
        session.execute(insert(range_table).values(name=name, next=2))
        return 1
    session.execute(update(range_table).where(range_table.c.name == name).values(next=row + 1))
    return int(row)


def work(session: Session, person: str, site: str) -> dict[str, Any]:
    """Return what a person has in hand at a site; empty when nothing."""
    found = session.execute(
        select(station_table.c.work).where(station_table.c.person == person, station_table.c.site == site)
    ).scalar()
    return {} if found is None else dict(json.loads(found))


def keep_work(session: Session, person: str, site: str, doing: Mapping[str, Any]) -> None:
    """Keep what a person has in hand."""
    session.execute(delete(station_table).where(station_table.c.person == person, station_table.c.site == site))
    if doing:
        session.execute(insert(station_table).values(person=person, site=site, work=json.dumps(doing)))


def claim(session: Session, thing: str, order: str) -> None:
    """Claim a thing for an order; two orders at one instant cannot both, for the key is unique."""
    holder = session.execute(select(claim_table.c.order_id).where(claim_table.c.thing == thing)).scalar()
    if holder != order:
        session.execute(insert(claim_table).values(thing=thing, order_id=order))


def give_back(session: Session, order: str, things: tuple[str, ...]) -> None:
    """Give back what an order had claimed: things by their beginning, such as ``shipper ``."""
    for beginning in things:
        session.execute(
            delete(claim_table).where(claim_table.c.order_id == order, claim_table.c.thing.startswith(beginning))
        )


def chains(session: Session, orders: frozenset[str]) -> dict[str, str]:
    """Return the chain of each order."""
    rows = session.execute(
        select(order_table.c.order_id, order_table.c.chain_id).where(order_table.c.order_id.in_(orders))
    )
    return {order: chain for order, chain in rows}  # noqa: C416 - rows are not pairs to mypy


def lock(session: Session, order_ids: frozenset[str]) -> None:
    """Lock the chains of the orders in ascending id.

    So that two deeds over the same chains cannot wait for each other.
    """
    for chain in sorted(chains(session, order_ids).values()):
        ledger.lock(session, chain)
