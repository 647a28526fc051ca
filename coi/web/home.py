"""What must I do now? My work gathers the tasks of every room; health, readiness and figures for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, redirect, render_template, url_for
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from coi.web import log
from coi.web.wiring import me, now, open_tasks, read, wired

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("work", __name__)


@bp.get("/")
def front() -> ResponseReturnValue:
    """Send everybody to their work; who is not signed in is sent on to the door."""
    return redirect(url_for("work.home"))


@bp.get("/work")
def home() -> ResponseReturnValue:
    """Show what waits for this person, the soonest deadline first."""
    who, at = me(), now()
    return render_template("work.html", tasks=read(lambda session: open_tasks(session, who, at)))


@bp.get("/healthz")
def health() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify({"ok": True})


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Say that the database answers too; 503 with a problem document when it does not."""
    read(lambda session: session.execute(text("SELECT 1")).scalar())
    return jsonify({"ok": True, "purpose": wired().purpose})


@bp.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Give counts and times by route, without anything that is about a person or an order."""
    return Response(generate_latest(log.registry), content_type=CONTENT_TYPE_LATEST)
