"""Is the ledger whole, and what was written last? For programs; nothing here writes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pydantic import Field

from coi import ledger, people, web
from coi.custody import order_screen
from coi.custody.api_pictures import EntryOut
from coi.ledger import audit
from coi.web import api
from coi.web.api import In, Out

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = api.blueprint("evidence", "Ledger")

LOOK = 600
"""As many of the newest entries are looked through for those that the reader may see."""
UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class RecentAsked(In):
    """Which entries to list."""

    before: str | None = Field(default=None, pattern=UUID)
    """What the page before gave as *next*."""
    limit: int = Field(default=60, ge=1, le=200)


class Recent(Out):
    """The newest entries that the reader may see, the newest first."""

    entries: list[EntryOut]
    next: str | None
    """What to give as *before* for the next page; null at the end. A page may be empty and yet not the last."""


class FaultOut(Out):
    """The first broken entry of a chain, and what is wrong with it."""

    chain: str
    seq: int
    what: str


class Verified(Out):
    """What reading and hashing the whole ledger again has shown."""

    ok: bool
    entries: int
    chains: int
    faults: list[FaultOut]
    ms: int


@bp.get("/ledger/recent")
@bp.input(RecentAsked, location="query", arg_name="asked")
@bp.output(Recent)
@bp.doc(operation_id="recent_entries", responses=api.told(422))
def recent(asked: RecentAsked) -> Recent:
    """List the newest entries of all chains that the reader may see."""
    who = web.me()

    def work(session: Session) -> Recent:
        mine = _chains(session, who)
        looked = ledger.recent(session, LOOK, asked.before)
        page = [one for one in looked if one.chain in mine][: asked.limit]
        last = page[-1] if len(page) == asked.limit else looked[-1] if len(looked) == LOOK else None
        return Recent(entries=[EntryOut.of(one) for one in page], next=None if last is None else last.id)

    return web.read(work)


@bp.get("/ledger/verify")
@bp.output(Verified)
@bp.doc(operation_id="verify_ledger", responses=api.told())
def verify() -> Verified:
    """Read and hash every entry again, and name the first break of each chain."""
    began = time.perf_counter()
    report = web.read(audit.fsck)
    took = round((time.perf_counter() - began) * 1000)
    return Verified.model_validate({**report.as_dict(), "ms": took})


def _chains(session: Session, who: web.Who) -> frozenset[str]:
    """Return the chains that *who* may read: those of the own orders and sites; auditors read all."""
    everything = order_screen.sees_all(who.person)
    chains = {order.chain for order in order_screen.visible(session, who.person)}
    chains |= {site.chain for site in people.sites(session) if everything or site.id in who.person.sites()}
    return frozenset(chains | ({ledger.installation(session).org_chain} if everything else set()))
