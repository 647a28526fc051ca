"""Intend and void: the life of a printed piece, apart from its printing (``coi.labelling.queue``).

* Intent is an entry before anything is drawn; a piece that was never intended cannot exist.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from coi import identity, ledger
from coi.labelling import queue_store, template_store
from coi.labelling.drawing import DESIGNS, payload
from coi.labelling.ordered import facts_sha256
from coi.ledger.entry import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.labelling.drawing import LabelFacts
    from coi.labelling.template import Held
    from coi.ledger.entry import Entry


def new_piece() -> str:
    """Return a piece id that nobody has seen: 10 random characters and their check."""
    return str(identity.PieceId.from_random(secrets.token_bytes))


def intend(  # noqa: PLR0913 - one intent has this many parts
    session: Session,
    chain: str,
    facts: LabelFacts,
    *,
    template: Held,
    order: str,
    container: str | None,
    site: str,
    common: Mapping[str, Any],
    at: datetime,
    replaces: str | None = None,
) -> Entry:
    """Record that one piece is to be printed, and queue it: the job and the entry commit together."""
    entry = ledger.record(
        session,
        chain,
        "label.intended",
        {
            **common,
            "id": ledger.new_id(),
            "order": order,
            "piece": facts.piece,
            "role": DESIGNS[facts.design].role,
            "design": facts.design,
            "drawing": template.name,
            "template": template.name,
            "template_version": template.version,
            "template_sha256": template.sha256,
            "payload_sha256": hashlib.sha256(payload(facts)).hexdigest(),
            "facts_sha256": facts_sha256(facts),
            **({"container": container} if container else {}),
            **({"replaces": replaces} if replaces else {}),
        },
        at=at,
    )
    queue_store.queue(
        session,
        chain=chain,
        piece=facts.piece,
        order=order,
        site=site,
        stock=template_store.by_sha(session, template.sha256).stock,
        facts=facts.to_json(),
        at=at,
        asked_by=str(common.get("actor", "")),
    )
    return entry


def void(session: Session, chain: str, piece: str, *, common: Mapping[str, Any], why: str, at: datetime) -> Entry:
    """Kill a piece: from now on its scan stops everything."""
    queue_store.finish(session, piece)
    return fate(session, chain, "voided", piece, {**common, "why": why}, at)


def fate(session: Session, chain: str, state: str, piece: str, common: Mapping[str, Any], at: datetime) -> Entry:
    """Record what became of a piece."""
    stmt = {**common, "id": ledger.new_id(), "piece": piece, "at": instant(at), "outcome": "accepted"}
    return ledger.record(session, chain, f"label.{state}", stmt, at=at)
