"""Labels for programs: have one printed again, and tell what became of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, web
from coi.custody import api_answers as a
from coi.custody import api_models as m
from coi.custody import endings, hand_scan, order_screen, printing
from coi.custody.deed_frame import frame
from coi.errors import Unknown
from coi.labelling import store as pieces
from coi.web import api, openapi

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

bp = api.blueprint("labels", "Labels")

_DEED = (401, 403, 404, 409, 412, 413, 415, 422, 428)


@bp.post("/orders/<order>/labels/<piece>/reprint")
@bp.input(m.Reprint, arg_name="asked")
@bp.output(a.Reprinted, status_code=201)
@bp.doc(operation_id="reprint", responses=api.told(*_DEED), extensions=openapi.MATCHED)
def reprint(order: str, piece: str, asked: m.Reprint) -> Response:
    """Tell the fate of a label and print its successor: from this commit on the old one is dead."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        found = order_screen.seen_by(session, who.person, order)
        api.match(session, found.chain)
        if all(known.id != piece for known in pieces.of_order(session, found.id)):
            raise Unknown("Expected a label of this order, seen none of that number.")
        deed, auths = frame(session, who, at), _auths(asked, asked.second)
        entry = printing.reprint(session, deed, found.id, piece, asked.why, asked.fate, auths)
        fresh = next(one.id for one in pieces.of_order(session, found.id) if one.replaces == piece)
        body = a.Reprinted(order=found.id, receipt=api.Receipt.of(entry), voided=piece, piece=fresh)
        return api.Reply(201, body, api.etag(ledger.head(session, found.chain)))

    return api.deed(asked, work)


@bp.post("/orders/<order>/labels/<piece>/fate")
@bp.input(m.Ending, arg_name="asked")
@bp.output(a.Recorded, status_code=201)
@bp.doc(operation_id="tell_fate", responses=api.told(*_DEED), extensions=openapi.MATCHED)
def tell_fate(order: str, piece: str, asked: m.Ending) -> Response:
    """Tell what became of a label that is on nothing: spoiled, destroyed or returned."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        found = order_screen.seen_by(session, who.person, order)
        api.match(session, found.chain)
        auths = _auths(asked, asked.second)
        deed, typed = frame(session, who, at), hand_scan.typed(asked.scanned, at)
        entry = endings.tell_fate(session, deed, found.id, piece, asked.why, asked.fate, auths, typed)
        body = a.Recorded(order=found.id, receipt=api.Receipt.of(entry))
        return api.Reply(201, body, api.etag(ledger.head(session, found.chain)))

    return api.deed(asked, work)


def _auths(*signers: m.Signer | None) -> list[tuple[str, str]]:
    """Return login and secret of who signs, in the order of the places."""
    return [(one.login, one.secret.get_secret_value()) for one in signers if one is not None]
