"""Is the ledger whole, and what does it say? Pages over what was written; nothing here writes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from coi import ledger, people, web
from coi.custody import order_screen, words
from coi.custody.ledger_views import EntryView
from coi.errors import Unknown
from coi.ledger import audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.ledger_views import LedgerLine
    from coi.ledger.audit import Fault
    from coi.ledger.entry import Entry

bp = Blueprint("evidence", __name__, url_prefix="/ledger")

PAGE = 60
"""Entries on one page."""
LOOK = 600
"""As many of the newest entries are looked through for those that the reader may see."""


@dataclass(frozen=True, slots=True)
class ReportView:
    """What a verification saw, and how long it took."""

    ok: bool
    entries: int
    chains: int
    faults: tuple[Fault, ...]
    ms: int


@bp.get("")
def ledger_page() -> ResponseReturnValue:
    """Show the newest entries, or one chain."""
    return _page()


@bp.post("/verify")
def verify() -> ResponseReturnValue:
    """Read and hash every entry again, and say what was found."""
    web.me()
    began = time.perf_counter()
    report = web.read(audit.fsck)
    took = round((time.perf_counter() - began) * 1000)
    return _page(ReportView(report.ok, report.entries, report.chains, tuple(report.faults), took))


@bp.get("/<chain>/<int:seq>")
def entry(chain: str, seq: int) -> ResponseReturnValue:
    """Show one entry with the very bytes that were hashed."""
    who = web.me()

    def work(session: Session) -> EntryView:
        if chain not in _chains(session, who):
            raise Unknown("Expected an entry that you may see, seen none of that number.")
        one = ledger.entry(session, chain, seq)
        return _entry(session, one, ledger.head(session, chain).seq)

    return render_template("evidence/entry.html", view=web.read(work))


def _page(report: ReportView | None = None) -> str:
    """Draw the list."""
    who = web.me()
    chain, before = request.args.get("chain", ""), request.args.get("before")

    def work(session: Session) -> tuple[list[LedgerLine], dict[str, str], str | None]:
        chains = _chains(session, who)
        if chain:
            found = list(reversed(ledger.entries(session, chain))) if chain in chains else []
            return [order_screen.ledger_line(session, one) for one in found], chains, None
        newest = ledger.recent(session, LOOK, before)
        seen = [one for one in newest if one.chain in chains][:PAGE]
        more = seen[-1].id if len(seen) == PAGE else None
        return [order_screen.ledger_line(session, one) for one in seen], chains, more

    lines, chains, more = web.read(work)
    older = url_for("evidence.ledger_page", before=more) if more else None
    return render_template(
        "evidence/ledger.html", lines=lines, chains=list(chains.items()), chain=chain, older=older, report=report
    )


def _chains(session: Session, who: web.Who) -> dict[str, str]:
    """Return the chains that *who* may read with their names: own orders and sites; auditors read all."""
    chains = {
        order.chain: str(_("Order %(number)s", number=words.order_for_eyes(order)))
        for order in order_screen.visible(session, who.person)
    }
    everything = order_screen.sees_all(who.person)
    for site in people.sites(session):
        if everything or site.id in who.person.sites():
            chains[site.chain] = people.name_of(session, site.id)
    if everything:
        chains[ledger.installation(session).org_chain] = str(_("The organisation"))
    return chains


def _entry(session: Session, one: Entry, head: int) -> EntryView:
    """Return an entry whole."""
    return EntryView(
        line=order_screen.ledger_line(session, one),
        recorded_at=one.at,
        node=one.node,
        log=one.log,
        facts=tuple(_facts(one.stmt)),
        signatures=tuple(_signature(session, signature) for signature in one.sig),
        body=one.body.decode("utf-8"),
        next_seq=one.seq + 1 if one.seq < head else None,
    )


def _facts(stmt: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the statement's own keys, those with structure as JSON."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in stmt.items()
        if name != "reasons"
    ]


def _signature(session: Session, signature: Mapping[str, object]) -> tuple[str, str, str, str]:
    """Return who signed as what, what it means, and when."""
    return (
        people.name_of(session, str(signature["person"])),
        web.role_words(str(signature["role"])),
        words.meaning(str(signature["meaning"])),
        str(signature["at"]),
    )
