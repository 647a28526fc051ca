"""The station's own addresses: each answers with the drawn station, so that the page shows what the server keeps.

What comes from a scanner or a camera arrives in ``scan_web``; here a person opens a step, states, signs, acknowledges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request

from coi import settings, web
from coi.custody import station, station_fields, station_screen, store, verdict_screen
from coi.custody.orders import PatientFacts
from coi.custody.station_answer import Answer, answer_with, deed_here
from coi.errors import NotAuthenticated
from coi.people import accounts

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.station import Work

bp = Blueprint("station", __name__, url_prefix="/station")


@bp.get("")
def page() -> ResponseReturnValue:
    """Show the station; a task of My work is opened by its address."""
    who, at = web.me(), web.now()
    wanted = (request.args.get("order"), request.args.get("step"))

    def work(session: Session) -> Answer:
        deed = deed_here(session, who, at)
        doing = station.look(session, deed)
        order, step = wanted
        if (order and step and doing.verdict is None) or (order and step and doing.acknowledged):
            doing = _open(session, deed, doing, store.load(session, order).id, step)
        return Answer(station_screen.station(session, deed, doing, answered=False))

    answer = web.deed(work)
    patience = settings.of_engine(web.wired().database.engine).station_patience_ms
    return render_template(
        "custody/station.html", view=answer.view, unverified=verdict_screen.unverified(), patience=patience
    )


def _open(session: Session, deed: Deed, doing: Work, order: str, step: str) -> Work:
    """Open a step, unless it is the very one in hand."""
    if doing.order is not None and doing.order.id == order and doing.checkpoint and doing.checkpoint.id == step:
        return doing
    return station.begin(session, deed, order, step)


@bp.get("/state")
def state() -> ResponseReturnValue:
    """Say what the server keeps, for a page that lost an answer: the last verdict too."""
    return answer_with(station.look, answered=True)


@bp.post("/begin")
def begin() -> ResponseReturnValue:
    """Open a step from the list of what waits."""
    form = request.form
    return answer_with(
        lambda session, deed: station.begin(
            session, deed, store.load(session, form.get("coi", "")).id, form.get("step", "")
        )
    )


@bp.post("/confirm")
def confirm() -> ResponseReturnValue:
    """Take what was stated at a step, or its bare confirmation, and judge."""
    form = request.form
    blind = station_fields.PATIENT_FIELDS
    facts = PatientFacts(*(form.get(name, "") for name in blind)) if any(form.get(name) for name in blind) else None
    ours = {"csrf_token", "once", *blind}
    values = {name: text.strip() for name, text in form.items() if name not in ours and text.strip()}
    return answer_with(lambda session, deed: station.state(session, deed, values, facts))


@bp.post("/sign")
def sign() -> ResponseReturnValue:
    """Take the signatures of all signers at once; a wrong secret leaves the statement waiting."""
    form, who = request.form, web.me()
    numbers = sorted(int(name.removeprefix("secret-")) for name in form if name.removeprefix("secret-").isdigit())

    def work(session: Session, deed: Deed) -> Work:
        own = accounts.email_of(session, who.id) or ""
        logins = [own if n == 1 else form.get(f"login-{n}", "").strip() for n in numbers]
        auths = [
            (login, form.get(f"secret-{n}", ""), form.get(f"code-{n}", ""))
            for n, login in zip(numbers, logins, strict=True)
        ]
        return station.sign(session, deed, auths)

    try:
        return answer_with(work)
    except NotAuthenticated as error:
        return answer_with(station.look, error=str(error))


@bp.post("/acknowledge")
def acknowledge() -> ResponseReturnValue:
    """Take note that a person has read the verdict."""
    return answer_with(station.acknowledge)


@bp.post("/cancel")
def cancel() -> ResponseReturnValue:
    """Put down what was half done."""
    return answer_with(station.cancel)
