"""The board of open orders, and the sheet of command cards. Pages only: nothing is done here."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, render_template, request, send_file
from flask_babel import gettext as _

from coi import web
from coi.custody import board
from coi.errors import Unknown
from coi.identity.house import COMMANDS
from coi.labelling.tags import tag
from coi.web.pages import when

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("board", __name__)


@bp.get("/board")
def page() -> ResponseReturnValue:
    """Show every open order of the person's sites with its clocks, for a desk, a telephone or the wall."""
    who, at = web.me(), web.now()
    asked = {name: request.args.get(name, "") for name in ("sort", "part", "trouble", "wall")}
    found = web.read(lambda session: board.rows(session, who.person, at))
    shown = board.chosen(found, sort=asked["sort"], part=asked["part"], trouble=bool(asked["trouble"]))
    if web.wants_json():
        as_of = str(_("As of %(when)s", when=when(at)))
        return jsonify({"html": render_template("custody/_board.html", rows=shown), "at": as_of})
    return render_template(
        "custody/board.html",
        rows=shown,
        asked=asked,
        at=at,
        parts_of_road=[("", str(_("everywhere"))), *((part, _part(part)) for part in board.PARTS)],
        sorts=[(sort, _sort(sort)) for sort in board.SORTS],
        all_of_them=len(found),
        troubles=sum(row.is_trouble for row in found),
    )


@bp.get("/commands")
def commands_page() -> ResponseReturnValue:
    """Show the command cards, to be printed and hung up at a station."""
    web.me()
    return render_template("custody/commands.html", cards=[(word, _does(word)) for word in _words()])


@bp.get("/commands/<word>.png")
def command_card(word: str) -> ResponseReturnValue:
    """Give one card as a picture, with its square code and its bar code."""
    web.me()
    if word not in _words():
        raise Unknown("Expected a command, seen none of that name.")
    return send_file(io.BytesIO(tag(f"CMD-{word}", word).png()), mimetype="image/png")


def _words() -> list[str]:
    return [code.removeprefix("CMD-") for code in COMMANDS]


def _does(word: str) -> str:
    """Say what a command does."""
    return str(
        {
            "CONFIRM": _("Confirms a step, prints, signs what was filled in, and takes note of a STOP that was read."),
            "CANCEL": _("Puts down what is half done."),
            "SECOND": _("Goes to the next field of a signature."),
            "HELP": _("Says which commands mean something now."),
            "NEXT": _("Opens the first task that waits; in a step, another step of the same order."),
            "YES": _("Answers the first open statement with yes."),
            "NO": _("Answers it with no: the step is then refused."),
        }.get(word)
        or _("Opens the task, or takes the answer, with this number.")
    )


def _part(part: str) -> str:
    return str(
        {
            "collection": _("collection"),
            "way": _("on its way"),
            "making": _("manufacture and release"),
            "hospital": _("at the hospital"),
            "stopped": _("stopped"),
        }[part]
    )


def _sort(sort: str) -> str:
    return str(
        {"due": _("what is due first"), "expiry": _("what expires first"), "infusion": _("infusion first")}[sort]
    )
