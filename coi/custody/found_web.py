"""There is a label: whoever found it says so with the label before a reader, or with a second person.

What a square code says can be made up by whoever knows the order, so a code that was typed proves no paper: then two
have looked. The rest of the dialogue, and its page, are ``coi.labelling.queue_web``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from coi import web
from coi.custody import hand_scan
from coi.labelling import queue_answers, queue_store, queue_web, words

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

bp = Blueprint("found", __name__)


@bp.post("/print-queue/<piece>/found")
def take(piece: str) -> ResponseReturnValue:
    """Take the scan of a label of which nobody knew whether it was printed."""
    who, at, form = web.me(), web.now(), request.form
    second = (form.get("login", "").strip(), form.get("secret", ""))

    def work(session: Session) -> str:
        if web.taken_before(session):
            return "accepted"
        production = web.wired().purpose == "production"
        job = queue_store.of_piece(session, piece)
        where = who.site if job is None else job.site  # another site's scanner saw no label of this one
        scanned = hand_scan.of_form(session, form, site=where, at=at, production=production)
        shown = (
            None
            if scanned is None
            else queue_answers.Shown(scanned.data.decode("latin-1"), in_hand=hand_scan.is_in_hand(scanned))
        )
        entry = queue_answers.found(session, piece, who.person, shown, second if second[0] else None, at=at)
        return str(entry.stmt["outcome"])

    try:
        outcome = web.deed(work)
    except queue_web.ANSWERED as error:
        return queue_web.dialogue(piece, str(error), words.next_thing(error.status)), error.status
    if outcome == "blocked":
        return queue_web.dialogue(piece, str(_("STOP. This is another label. Put it down and call quality."))), 409
    flash(_("The label exists. It can be used."), "done")
    return redirect(url_for("print_queue.page"))
