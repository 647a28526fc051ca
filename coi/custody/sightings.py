"""Where was each label last scanned? A projection of the orders' chains: what is at two places at once is copied."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, String, Table, select

from coi import identity
from coi.db import Instant, metadata, upsert
from coi.errors import Malformed
from coi.ledger.entry import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry

sighting_table = Table(
    "label_sighting",
    metadata,
    Column("piece", String(12), primary_key=True),
    Column("chain_id", String(26), nullable=False),
    Column("site", String(40), nullable=False),
    Column("at", Instant, nullable=False),
)
CLASSES = frozenset({"container", "wristband", "cassette"})
DONE = frozenset({"accepted", "quarantined"})


class _Sightings:
    """Applies what entries say was scanned of their own order where something was done.

    What was refused tells nothing: whoever shows a copy somewhere else would stop the true bag at its own gate.
    """

    name = "sightings"
    tables: tuple[Table, ...] = (sighting_table,)

    def apply(self, session: Session, entry: Entry) -> None:
        """Take the labels of one deed."""
        for row in rows(entry):
            upsert(session, sighting_table, row)


def rows(entry: Entry) -> Iterator[dict[str, Any]]:
    """Give what one entry shows, label by label."""
    stmt: Mapping[str, Any] = entry.stmt
    if not entry.type.startswith("custody.") or "checkpoint" not in stmt or stmt.get("outcome") not in DONE:
        return
    for line in stmt.get("items", ()):
        for piece in _piece(line):
            yield {"piece": piece, "chain_id": entry.chain, "site": stmt["site"], "at": moment(line["at"])}


def _piece(line: Mapping[str, Any]) -> Iterator[str]:
    """Give the own label that a line of an entry tells of, if it tells of one."""
    if line.get("whose") != "own" or line.get("class") not in CLASSES or "data" not in line:
        return
    value = identity.read(base64.b64decode(line["data"]), line["aim"] or None)
    try:
        piece = None if isinstance(value, identity.Unreadable) else identity.summary(value).piece
    except Malformed:
        return
    if piece is not None:
        yield str(piece)


PROJECTION = _Sightings()


def of(session: Session, pieces: Collection[str]) -> dict[str, tuple[str, datetime]]:
    """Return where each of some labels was last scanned, and when."""
    columns = sighting_table.c
    query = select(columns.piece, columns.site, columns.at).where(columns.piece.in_(sorted(pieces)))
    return {piece: (site, at) for piece, site, at in session.execute(query)}
