"""The logger's file at the receipt, and what it proves. Forms in, actions, pages out after the commit; no rule here.

This room knows no orders: ``coi.app`` wires who may see which legs (``Wiring.legs``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import format_datetime
from flask_babel import gettext as _

from coi import people, web
from coi.errors import CoiError, Malformed, NotPermitted, Unknown
from coi.shipping import loggers, trace, trace_plot, trace_store, trace_words, traces
from coi.shipping.trace_leg import READERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.person import Person
    from coi.shipping.trace import Word
    from coi.shipping.trace_leg import Leg
    from coi.shipping.trace_plot import Plot
    from coi.shipping.trace_store import TakenTrace

bp = Blueprint("shipping", __name__, static_folder=None)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What ``coi.app`` tells this room, kept as ``app.extensions["coi_shipping"]``."""

    legs: Callable[[Session, Person, str], tuple[Leg, ...]]
    """The legs of an order that a person may see, or Unknown."""


@dataclass(frozen=True, slots=True)
class LegView:
    """One leg as a line shows it."""

    leg: Leg
    origin: str
    destination: str
    word: Word
    says: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that the page of one leg shows."""

    view: LegView
    taken: tuple[TakenTrace, ...]
    plot: Plot | None
    may_take: bool
    zones: tuple[tuple[str, str], ...]


@bp.get("/orders/<name>/shipments")
def shipments(name: str) -> ResponseReturnValue:
    """List the legs of an order with what their loggers say."""
    who, at = web.me(), web.now()

    def work(session: Session) -> list[LegView]:
        return [_view(session, leg, at) for leg in _wired().legs(session, who.person, name)]

    return render_template("shipping/shipments.html", name=name, legs=web.read(work))


@bp.get("/orders/<name>/shipments/<shipment>/trace")
def trace_page(name: str, shipment: str) -> ResponseReturnValue:
    """Show what the logger of a leg says, and where to hand its file in."""
    return _page(name, shipment)


@bp.post("/orders/<name>/shipments/<shipment>/trace")
def take(name: str, shipment: str) -> ResponseReturnValue:
    """Read a logger's file, judge it, and show the verdict; or show what is wrong with the file."""
    who, at, form = web.me(), web.now(), request.form
    if not web.read(lambda session: _may_take(who.person, _leg(session, who.person, name, shipment))):
        web.deed(_refuse)  # nothing of the file is read, and the try is written down
    try:
        file = traces.read(_uploaded(), form.get("dialect", ""), form.get("zone", ""))
    except (Malformed, Unknown) as error:
        return _page(name, shipment, str(error)), error.status

    def work(session: Session) -> None:
        if not web.taken_before(session):
            leg = _leg(session, who.person, name, shipment)
            traces.take(session, leg=leg, file=file, by=who.person, at=at)

    web.deed(work)
    flash(_("The file was read, and its verdict stands in the ledger."), "done")
    return redirect(url_for("shipping.trace_page", name=name, shipment=shipment), 303)


def _refuse(_session: Session) -> None:
    """Refuse who may hand no file in.

    Raises:
        NotPermitted: Always.
    """
    raise NotPermitted(f"Expected one of {', '.join(READERS)} at the receiving site, seen another role or site.")


def _uploaded() -> bytes:
    """Return the bytes of the file that was sent.

    Raises:
        Malformed: There is none.
    """
    given = request.files.get("file")
    if given is None or not given.filename:
        raise Malformed("Expected a file of the logger, seen none.")
    return bytes(given.read())


def _wired() -> Wiring:
    """Return what the app tells this room."""
    return cast("Wiring", current_app.extensions["coi_shipping"])


def _leg(session: Session, person: Person, name: str, shipment: str) -> Leg:
    """Return one leg that *person* may see.

    Raises:
        Unknown: The order has no such shipment, or is not this person's.
    """
    found = next((leg for leg in _wired().legs(session, person, name) if leg.shipment == shipment), None)
    if found is None:
        raise Unknown("Expected a shipment of this order, seen none of that number.")
    return found


def _may_take(person: Person, leg: Leg) -> bool:
    """Tell whether to offer the form; the action decides."""
    return person.grant(READERS, leg.destination, leg.product) is not None


def _view(session: Session, leg: Leg, at: datetime) -> LegView:
    """Return a leg with what its traces say at its receipt, or now."""
    word = traces.verdict_of(session, leg.shipment, leg.received_at or at)
    origin, destination = (people.name_of(session, site) for site in (leg.origin, leg.destination))
    return LegView(leg, origin, destination, word, str(trace_words.VERDICTS[word][0]))


def _page(name: str, shipment: str, error: str = "") -> str:
    """Draw the page of one leg."""
    who, at = web.me(), web.now()

    def work(session: Session) -> Page:
        leg = _leg(session, who.person, name, shipment)
        taken = trace_store.of_shipment(session, shipment)
        plot = _plot(session, taken[0]) if taken else None
        return Page(_view(session, leg, at), taken, plot, _may_take(who.person, leg), _zones(session, leg))

    return render_template(
        "shipping/trace.html",
        page=web.read(work),
        error=error,
        typed=request.form,
        dialects=loggers.DIALECTS,
        verdicts=trace_words.VERDICTS,
        reasons=trace_words.REASONS,
        most=traces.MOST_REASONS,
        ranges={one.name: one.words for one in trace.PROFILES},
    )


def _plot(session: Session, taken: TakenTrace) -> Plot | None:
    """Draw the newest trace from its own bytes; None where they cannot be read any more."""
    try:
        data = trace_store.file(session, taken.sha256)
        read = traces.read(data, taken.dialect, taken.zone)
    except CoiError:
        return None
    wanted = None if taken.profile is None else trace.profile(taken.profile)
    return trace_plot.draw(read.trace.samples, wanted, taken.reasons, taken.sealed_at, taken.until_at, label=_few_words)


def _few_words(at: datetime) -> str:
    """Say an instant in few words, in the zone of the reader's site."""
    return str(format_datetime(at.astimezone(web.me().tz).replace(tzinfo=None), "d MMM HH:mm", rebase=False))


def _zones(session: Session, leg: Leg) -> tuple[tuple[str, str], ...]:
    """Return the zones that may be told with a file, as value and words."""
    sites = {people.site(session, site).zone: people.name_of(session, site) for site in (leg.origin, leg.destination)}
    here = [(zone, f"{zone} ({name})") for zone, name in sites.items()]
    fixed = [(text, f"UTC{text}") for text in (f"{hours:+03d}:00" for hours in range(-12, 15)) if text != "+00:00"]
    return (("", str(_("the file says it"))), ("UTC", "UTC"), *here, *fixed)
