"""At the chairside: what is being printed for this order, what each code says, and what the printer needs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, send_file, url_for
from flask_babel import gettext as _

from coi import web
from coi.custody import endings, order_screen, words
from coi.errors import Unknown
from coi.labelling import preview, printer_store, queue_store, queue_web
from coi.labelling import store as pieces
from coi.labelling import words as print_words
from coi.labelling.drawing import LabelFacts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.labelling.queue_store import Job

bp = Blueprint("chair", __name__)

OVER = frozenset({"voided", "spoiled", "destroyed", "returned"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """One label of the order as it is printed."""

    what: str
    picture: str
    says: tuple[preview.Says, ...]
    word: str
    action: str
    kind: str
    printer: str
    ask: str
    again: str
    """Where it is printed again, for who may; empty where that is not for now."""


@bp.get("/orders/<name>/print")
def page(name: str) -> ResponseReturnValue:
    """Show the labels of an order that are not on anything yet."""
    who = web.me()

    def work(session: Session) -> tuple[str, list[Sheet]]:
        order = order_screen.seen_by(session, who.person, name)
        states = {piece.id: piece.state for piece in pieces.of_order(session, order.id)}
        jobs = [job for job in queue_store.of_order(session, order.id) if job.piece]
        shown = [job for job in jobs if states.get(job.piece) not in {*OVER, "applied"}]
        return words.order_for_eyes(order), [_sheet(session, name, job, states[job.piece]) for job in shown]

    number, sheets = web.read(work)
    may = any(grant.role in endings.TELLERS and grant.site == who.site for grant in who.person.grants)
    return render_template("custody/chair.html", order=number, coi=name, sheets=sheets, may=may)


@bp.get("/orders/<name>/print/<piece>.png")
def picture(name: str, piece: str) -> ResponseReturnValue:
    """Give the picture of a label without its codes."""
    who = web.me()

    def work(session: Session) -> bytes:
        order = order_screen.seen_by(session, who.person, name)
        job = queue_store.of_piece(session, piece)
        if job is None or job.order != order.id:
            raise Unknown("Expected a label of this order, seen none of that name.")
        return preview.picture(session, LabelFacts.from_json(job.facts))

    return send_file(io.BytesIO(web.read(work)), mimetype="image/png")


def _sheet(session: Session, name: str, job: Job, state: str) -> Sheet:
    facts = LabelFacts.from_json(job.facts)
    word, action, kind = print_words.job(job.state, job.why)
    if state == "printed":
        word, action, kind = str(_("Printed")), str(_("Put it on and scan it back at the station.")), "go"
    return Sheet(
        what=print_words.design(facts.design),
        picture=url_for("chair.picture", name=name, piece=job.piece),
        says=preview.says(facts),
        word=word,
        action=action,
        kind=kind,
        printer=printer_store.printer(session, job.printer).name if job.printer else "",
        ask=url_for("print_queue.ask", piece=job.piece) if job.state in queue_web.ASKED else "",
        again=url_for("labels.page_reprint", name=name, piece=job.piece) if state in {"printed", "applied"} else "",
    )
