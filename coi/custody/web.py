"""Orders as pages: the list, one whole, a new one. Forms in, actions, pages out after the commit; no rule here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.custody import actions, order_screen, orders, printing, protocol_store, station_screen, tasks
from coi.custody.deed_frame import frame
from coi.custody.station_views import FieldView
from coi.errors import Conflict, Malformed, NotPermitted, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.order_views import OrderView
    from coi.custody.station_views import TaskView
    from coi.person import Person

bp = Blueprint("custody", __name__)

PARTS = {
    "collection": "Where the cells are collected",
    "manufacturing": "Where the product is made",
    "treatment": "Where the patient is treated",
    "courier": "Who carries (nobody, where the hospital makes it)",
    "depot": "Which depot lies on the way (may be left out)",
}


@dataclass(frozen=True, slots=True)
class Group:
    """One fieldset of a form."""

    title: str
    hint: str
    fields: tuple[FieldView, ...]


def open_tasks(session: Session, person: Person, site: str, at: datetime) -> Iterable[TaskView]:  # noqa: ARG001  the registry's shape
    """Offer My work the gates that this person may pass at the site."""
    return [station_screen.task(session, one) for one in tasks.tasks(session, person) if one.site == site]


@bp.get("/orders")
def orders_page() -> ResponseReturnValue:
    """List the orders of the person's sites."""
    who = web.me()
    found = web.read(lambda session: order_screen.lines(session, who.person))
    return render_template("custody/orders.html", orders=found, may_create=_may_create(who))


@bp.get("/orders/<name>")
def order_page(name: str) -> ResponseReturnValue:
    """Show one order whole."""
    who, at = web.me(), web.now()

    def work(session: Session) -> tuple[OrderView, frozenset[str]]:
        order = order_screen.seen_by(session, who.person, name)
        return order_screen.order_view(session, who.person, order, at, who.site), printing.reprintable(session, order)

    view, reprintable = web.read(work)
    may_reprint = any(grant.role in printing.REPRINTERS and grant.site == who.site for grant in who.person.grants)
    return render_template(
        "custody/order.html",
        view=view,
        may_reprint=may_reprint and not view.closed,
        reprintable=reprintable,
        why_declined=_decline_reasons(),
    )


@bp.post("/orders/<name>/decline")
def decline(name: str) -> ResponseReturnValue:
    """Refuse custody that was offered."""
    who, at, why = web.me(), web.now(), request.form.get("why", "")
    web.deed(lambda session: web.taken_before(session) or actions.decline(session, frame(session, who, at), name, why))
    flash(_("Custody stays with the giver."), "done")
    return redirect(url_for("custody.order_page", name=name))


@bp.get("/orders/new")
def new_order() -> ResponseReturnValue:
    """Show the form of a new order."""
    who = web.me()
    if not _may_create(who):
        raise NotPermitted("Expected a coordinator of the treating site, seen another role.")
    return _order_form(who)


@bp.post("/orders/new")
def create_order() -> ResponseReturnValue:
    """Open an order, or show the form again with what is wrong in it."""
    who, at, form = web.me(), web.now(), request.form
    facts = orders.PatientFacts(
        form.get("patient_name", ""),
        form.get("patient_birth_date", ""),
        form.get("patient_issuer", ""),
        form.get("patient_record_number", ""),
    )
    wish = orders.NewOrder(facts, form.get("product", ""), **{part: form.get(part, "") for part in PARTS})
    try:
        entry = web.deed(
            lambda session: None if web.taken_before(session) else orders.create(session, frame(session, who, at), wish)
        )
    except (Malformed, Conflict, Unknown) as error:
        return _order_form(who, str(error)), error.status
    if entry is None:
        return redirect(url_for("custody.orders_page"))
    flash(_("The order is open. A physician now enters the same facts once more and signs."), "done")
    return redirect(url_for("custody.order_page", name=str(entry.stmt["order"])))


def _may_create(who: web.Who) -> bool:
    """Tell whether to offer the form; the action decides."""
    return any(grant.role == "coordinator" and grant.site == who.site for grant in who.person.grants)


def _decline_reasons() -> list[tuple[str, str]]:
    """Return the reasons for which custody is declined, as value and words."""
    return [(why, str(_(why.replace("_", " ")))) for why in actions.WHY_DECLINED]


def _order_form(who: web.Who, error: str = "") -> str:
    """Draw the form of a new order with what was typed."""
    typed = request.form
    sites = web.read(lambda session: [(site, people.name_of(session, site.id)) for site in people.sites(session)])
    patient = tuple(
        FieldView(name, str(label), hint=str(hint), value=typed.get(name, ""))
        for name, label, hint in (
            ("patient_name", _("Name"), _("as in the hospital's record")),
            ("patient_birth_date", _("Birth date"), _("as 1961-03-04")),
            ("patient_issuer", _("Who issued the record number"), _("short name of the hospital")),
            ("patient_record_number", _("Record number"), ""),
        )
    )
    products = web.read(protocol_store.products)
    therapy = [FieldView("product", str(_("Product")), "choice", options=products, value=typed.get("product", ""))]
    for part, label in PARTS.items():
        fitting = tuple((site.id, name) for site, name in sites if site.kind in orders.KINDS[part])
        chosen = typed.get(part) or (who.site if part == "treatment" else fitting[0][0] if len(fitting) == 1 else "")
        therapy.append(FieldView(part, str(_(label)), "choice", options=fitting, value=chosen))
    groups = (
        Group(str(_("The patient")), str(_("Goes into the vault and nowhere else.")), patient),
        Group(str(_("The therapy")), "", tuple(therapy)),
    )
    return render_template("custody/new_order.html", groups=groups, error=error)
