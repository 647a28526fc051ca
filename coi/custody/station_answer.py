"""How does the station answer? With itself as it stands after the commit, to the page's script or without one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import flask
from flask import jsonify, render_template, request

from coi import web
from coi.custody import station, station_screen
from coi.custody.deed_frame import frame
from coi.errors import Conflict, Malformed, Unknown
from coi.people import devices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.commands import Heard
    from coi.custody.deed import Deed
    from coi.custody.station import Work
    from coi.custody.station_views import StationView


@dataclass(frozen=True, slots=True)
class Answer:
    """What one transaction says: the station, and the nonce for its next scan."""

    view: StationView
    nonce: str = ""
    device: str = ""
    press: str = ""
    """What a command asks the page to press in its own form."""
    done: dict[str, Any] | None = None
    """The deed that was just done, for a station that holds a lease: it is used up."""


def answer_with(
    work: Callable[[Session, Deed], Work], *, answered: bool = True, error: str = ""
) -> ResponseReturnValue:
    """Do *work* in one transaction and answer with the station after its commit."""
    who, at = web.me(), web.now()

    def whole(session: Session) -> Answer:
        deed = deed_here(session, who, at)
        try:
            again = "once" in request.form and web.taken_before(session)
            doing = station.look(session, deed) if again else work(session, deed)
        except (Conflict, Malformed) as out_of_step:  # an older picture, or a slip of the keyboard: nothing is judged
            doing = station.look(session, deed)
            view = station_screen.station(session, deed, doing, answered=answered, notice=str(out_of_step))
            return Answer(view)
        view = station_screen.station(session, deed, doing, answered=answered, error=error)
        return Answer(view, done=_done(doing))

    return reply(web.deed(whole))


def drawn(session: Session, deed: Deed, heard: Heard, device: str | None) -> Answer:
    """Draw the station after a scan, and give the device its next nonce."""
    doing = heard.work
    view = station_screen.station(session, deed, doing, answered=True, notice=heard.notice)
    answer = Answer(view, press=heard.press, done=_done(doing))
    if device is None:
        return answer
    try:
        known = devices.device(session, device)
    except Unknown:
        return answer
    return replace(answer, nonce=devices.nonce(session, device, at=deed.at), device=known.state)


def _done(doing: Work) -> dict[str, Any] | None:
    """Return what the newest verdict did, if it did anything: the deed, who, with which containers, since when."""
    if doing.verdict is None or doing.verdict.stmt["outcome"] not in {"accepted", "quarantined"}:
        return None
    stmt: Mapping[str, Any] = doing.verdict.stmt
    return {
        "order": stmt["order"],
        "deed": stmt["checkpoint"],
        "by": stmt["actor"],
        "containers": sorted({effect["container"] for effect in stmt["effects"] if "container" in effect}),
        "thaw": next((effect["began"] for effect in stmt["effects"] if effect["do"] == "thaw_clock"), None),
    }


def reply(answer: Answer) -> ResponseReturnValue:
    """Return the drawn station as the page's script wants it, or send a browser without script back to the page."""
    if not web.wants_json():
        return flask.redirect(flask.url_for("station.page"), 303)
    verdict = answer.view.verdict
    reply: dict[str, Any] = {
        "html": render_template("custody/_station.html", view=answer.view),
        "word": None if verdict is None else verdict.word,
        "notice": answer.view.notice,
    }
    if verdict is not None:
        reply["cues"] = verdict.cues.to_json()
    if answer.done:
        reply["done"] = answer.done
    if answer.press:
        reply["press"] = answer.press
    if answer.nonce:
        reply |= {"nonce": answer.nonce, "device": answer.device}
    return jsonify(reply)


def deed_here(session: Session, who: web.Who, at: datetime) -> Deed:
    """Return the frame of a deed at this station: through the device that last signed in this session."""
    return frame(session, who, at, flask.session.get("device"))
