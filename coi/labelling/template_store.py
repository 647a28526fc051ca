r"""Which templates are there, which counts, and what does each say, byte for byte? A view of the organisation's chain.

    template.drafted   {"sha256":"<64 hex>","template":"vial","version":2,"class":"vial","why":"layout",…}
    template.text      {"sha256":"<64 hex>","part":1,"of":1,"text":"{\"class\": …"}
    template.submitted {"sha256":"<64 hex>","proofs":{"203_least":"<64 hex>",…}}
    template.approved  {"sha256":"<64 hex>","effective":"2026-11-21T…"}

* What is found by its SHA-256 is hashed again before a label is drawn by it: a text that somebody changed is none.
* What has been read is kept by that hash for the life of the process: another text would have another hash.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint, insert, select, update

from coi import db
from coi.errors import Unknown
from coi.labelling import printer_store
from coi.labelling import template as rules
from coi.labelling.drawing import DESIGNS
from coi.labelling.template import Held
from coi.ledger.entry import moment
from labels import parse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry
    from labels import Template

template_table = Table(
    "label_template",
    db.metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("klass", String(40), nullable=False),
    Column("title", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("why", String(16), nullable=False),
    Column("proofs", Text, nullable=False),
    Column("drafted_by", String(40), nullable=False),
    Column("drafted_at", db.Instant, nullable=False),
    Column("submitted_by", String(40)),
    Column("submitted_at", db.Instant),
    Column("approved_by", String(40)),
    Column("approved_at", db.Instant),
    Column("effective_at", db.Instant),
    Column("retired_by", String(40)),
    Column("retired_at", db.Instant),
    UniqueConstraint("name", "version", name="uq_label_template_version"),
)


class _Templates:
    """Applies what the organisation's chain says of templates."""

    name = "templates"
    tables: tuple[Table, ...] = (template_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take a draft, a part of its text, its proofs, its approval, or its way back or end."""
        if not entry.type.startswith("template."):
            return
        stmt: Mapping[str, Any] = entry.stmt
        columns = template_table.c
        this = update(template_table).where(columns.sha256 == stmt["sha256"])
        match entry.type:
            case "template.drafted":
                row = {key: stmt[key] for key in ("sha256", "version", "title", "why")}
                row |= {"name": stmt["template"], "klass": stmt["class"], "state": "draft", "body": "", "proofs": "{}"}
                at = moment(stmt["at"])
                session.execute(insert(template_table).values(**row, drafted_by=stmt["actor"], drafted_at=at))
            case "template.text":
                session.execute(this.values(body=columns.body.concat(stmt["text"])))
            case "template.submitted":
                kept = json.dumps(dict(stmt["proofs"]), sort_keys=True)
                at = moment(stmt["at"])
                session.execute(
                    this.values(state="in_review", proofs=kept, submitted_by=stmt["actor"], submitted_at=at)
                )
            case "template.sent_back":
                session.execute(this.values(state="draft", proofs="{}", submitted_by=None, submitted_at=None))
            case "template.approved":
                at, effective = moment(stmt["at"]), moment(stmt["effective"])
                session.execute(
                    this.values(state="approved", approved_by=stmt["actor"], approved_at=at, effective_at=effective)
                )
            case "template.retired":
                at = moment(stmt["at"])
                session.execute(this.values(state="retired", retired_by=stmt["actor"], retired_at=at))
            case _:
                return


PROJECTION = _Templates()

KEPT: dict[str, Template] = {}
"""Templates by the SHA-256 of their text, so that a label reads none twice."""


def _held(row: Row[Any]) -> Held:
    values = dict(row._mapping)  # noqa: SLF001  SQLAlchemy's public name for a row as a mapping
    values["proofs"] = json.loads(values["proofs"])
    values["effective"] = values.pop("effective_at")
    return Held(**values)


def all_(session: Session) -> tuple[Held, ...]:
    """Return every version of every template: by name, the newest version first."""
    columns = template_table.c
    return tuple(
        _held(row) for row in session.execute(select(template_table).order_by(columns.name, columns.version.desc()))
    )


def of_name(session: Session, name: str) -> tuple[Held, ...]:
    """Return every version of one template, the newest first."""
    columns = template_table.c
    query = select(template_table).where(columns.name == name).order_by(columns.version.desc())
    return tuple(_held(row) for row in session.execute(query))


def held(session: Session, name: str) -> Held:
    """Return a version by the SHA-256 of its text, or by the first twelve or more characters of it.

    Raises:
        Unknown: There is none, or more than one.
    """
    short = 12
    query = select(template_table).where(template_table.c.sha256.startswith(name, autoescape=True))
    rows = session.execute(query).all() if len(name) >= short else ()
    if len(rows) != 1:
        raise Unknown(f"Expected a template by 12 or more characters of its SHA-256, seen {name[:12]!r}.")
    return _held(rows[0])


def in_force(session: Session, name: str, at: datetime) -> Held | None:
    """Return the approved version by which labels of *name* are printed at *at*; None means that none may be."""
    found = rules.in_force(of_name(session, name), name, at)
    return None if found is None or not is_whole(found) else found


def for_design(session: Session, design: str, site: str, at: datetime) -> Held | None:
    """Return the approved version by which a design's label is printed at a site; None means that none may be.

    Of the templates that the design may be drawn by: the first one in force whose stock lies in a printer of the site
    that is in use, else the first one in force.
    """
    known = [held for name in DESIGNS[design].drawings if (held := in_force(session, name, at)) is not None]
    printers = [one for one in printer_store.at_sites(session, (site,)) if one.state == "in_use"]
    for held in known:
        stock = by_sha(session, held.sha256).stock
        if any(one.takes(stock) for one in printers):
            return held
    return known[0] if known else None


def is_whole(one: Held) -> bool:
    """Say whether the text is the one whose hash was approved."""
    return hashlib.sha256(one.body.encode("utf-8")).hexdigest() == one.sha256


def by_sha(session: Session, sha256: str) -> Template:
    """Return the template that a label was intended with, whatever has become of it since.

    Raises:
        Unknown: There is none of that hash here, or its text has another one.
    """
    known = KEPT.get(sha256)
    if known is None:
        known = KEPT[sha256] = read(held(session, sha256))
    return known


def ordered_by(session: Session, *, sha256: str) -> Template | None:
    """Return the template that a label was ordered by; None where it was ordered before templates were kept."""
    return by_sha(session, sha256) if sha256 else None


def read(one: Held) -> Template:
    """Return what a held text says, or raise Unknown if it is not the text of that hash."""
    if not is_whole(one):
        raise Unknown(f"Expected the text of template {one.sha256[:12]}, seen another.")
    return parse(one.body)
