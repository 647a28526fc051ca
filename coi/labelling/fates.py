"""What became of a piece? Spoiled, destroyed or returned: entries of the order's chain, once and for ever.

* *spoiled*: unfit, and whoever finds it finds a dead serial. A printer that made twins or miscounted spoils the piece;
  so does a label that nobody can find, before a second person.
* *destroyed*: made unusable. *returned*: given back to who keeps labels, where it is stored against mix-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.errors import Conflict
from coi.labelling import queue_store, store
from coi.labelling.pieces import may_become
from coi.ledger.entry import instant

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger.entry import Entry


def told(stmt: Mapping[str, Any], piece: str, why: str, at: datetime) -> dict[str, Any]:
    """Return the statement that tells the fate of a piece: to be signed first, where persons sign it."""
    return {**stmt, "id": ledger.new_id(), "piece": piece, "why": why, "at": instant(at), "outcome": "accepted"}


def tell(
    session: Session, fate: str, stmt: Mapping[str, Any], *, at: datetime, sig: Sequence[Mapping[str, Any]] = ()
) -> Entry:
    """Record the fate of the piece that *stmt* names, and take it out of the print queue.

    Raises:
        Conflict: The piece may not end so.
    """
    piece = store.find(session, stmt["piece"])
    if piece is None or not may_become(piece, fate):
        seen = "an unknown one" if piece is None else f"one that is {piece.state}"
        raise Conflict(f"Expected a label that can be {fate}, seen {seen}.")
    queue_store.finish(session, piece.id)
    chain = store.chain_of(session, piece.id)
    return ledger.record(session, chain, f"label.{fate}", dict(stmt), at=at, sig=tuple(sig))


def spoil(session: Session, piece: str, *, common: Mapping[str, Any], why: str, at: datetime) -> Entry:
    """Spoil a piece whose serial nobody can trust: a twin came out of the printer, or it miscounted.

    *common* is the frame of the statement: actor, site, order, and the printer where one did it.
    """
    return tell(session, "spoiled", told(common, piece, why, at), at=at)
