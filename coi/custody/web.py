"""Orders, holds and the printer's tray as pages. Forms in, actions, pages out after the commit; no rule stands here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from coi import people, settings, web
from coi.custody import (
    actions,
    consequences,
    order_boxes,
    order_screen,
    orders,
    printing,
    protocol_store,
    station_screen,
    tasks,
    words,
)
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.deed import Deed
from coi.custody.order import FINAL_CONTAINER
from coi.custody.station_views import FieldView
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.labelling import store as labelling
from coi.people import accounts, devices, factors
from coi.quality import actions as quality_actions
from coi.quality import screen as quality_screen
from coi.quality import store as quality
from coi.quality import words as quality_words
from coi.quality.holds import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.custody.order_views import HoldView, OrderView
    from coi.custody.station_views import TaskView
    from coi.person import Person
    from coi.quality.screen import HoldCare

bp = Blueprint("custody", __name__)

PARTS = {
    "collection": "Where the cells are collected",
    "manufacturing": "Where the product is made",
    "treatment": "Where the patient is treated",
    "courier": "Who carries (nobody, where the hospital makes it)",
    "depot": "Which depot lies on the way (may be left out)",
}
LIFTERS = ("qa_reviewer", "qa_releaser")


@dataclass(frozen=True, slots=True)
class TrayItem:
    """One picture in the virtual printer's tray (databases of purpose demo only)."""

    name: str
    caption: str
    role: str
    order: str
    coi: str
    at: datetime | None = None
    alive: bool = True
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One fieldset of a form."""

    title: str
    hint: str
    fields: tuple[FieldView, ...]


def frame(session: Session, who: web.Who, at: datetime, device: str | None = None) -> Deed:
    """Return the frame of a deed by *who*, through *device* if it is one that is known."""
    known = None
    if device is not None:
        try:
            known = devices.device(session, device)
        except Unknown:
            known = None
    return Deed(
        by=who.person,
        site=who.site,
        at=at,
        via=who.via,
        device=None if known is None else known.id,
        device_site=None if known is None else known.site,
        device_state=None if known is None else known.state,
    )


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


@bp.get("/holds")
def holds() -> ResponseReturnValue:
    """Show the holds on orders of the person's sites."""
    return _holds_page()


@bp.get("/orders/<name>/hold")
def new_hold(name: str) -> ResponseReturnValue:
    """Show the form of a hold placed by hand."""
    return _hold_form(name)


@bp.post("/orders/<name>/hold")
def place_hold(name: str) -> ResponseReturnValue:
    """Place a hold by hand: whoever is trained for work on cells here may, and only quality lifts it."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        order = order_screen.seen_by(session, who.person, name)
        if web.taken_before(session):
            return
        held = tuple(dict.fromkeys(form.getlist("container")))
        if not {box.id for box in order.containers} >= set(held):  # nothing ticked means all, so no tick may get lost
            raise Malformed("Expected containers of this order, seen another.")
        hold = quality_actions.place(
            session,
            order.chain,
            order.id,
            who.person,
            product=order.product,
            why=form.get("why", ""),
            containers=held,
            common=frame(session, who, at).common(),
        )
        consequences.alarm(session, frame(session, who, at), order, hold)

    try:
        web.deed(work)
    except (Malformed, Conflict, NotPermitted) as error:
        return _hold_form(name, str(error)), error.status
    flash(_("The hold is placed. Nothing that it names moves on until quality has signed."), "done")
    return redirect(url_for("custody.holds"))


@bp.post("/holds/<hold>/lift")
def lift_hold(hold: str) -> ResponseReturnValue:
    """Lift a hold by the password of the quality reviewer who is signed in."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        login = accounts.email_of(session, who.id) or ""
        deed = frame(session, who, at)
        second = (form.get("second_login", "").strip(), form.get("second_secret", ""))
        actions.lift_hold(
            session, deed, hold, form.get("basis", ""), login, form.get("secret", ""), second if second[0] else None
        )

    try:
        web.deed(work)
    except (NotAuthenticated, Malformed, NotPermitted) as error:
        return _holds_page(str(error)), error.status
    flash(_("The hold is lifted. The cells may move on."), "done")
    return redirect(url_for("custody.holds"))


@bp.get("/tray")
def tray() -> ResponseReturnValue:
    """Show what the demo's printer has put out: live pieces, so only in a demo."""
    who = web.me()
    return render_template("custody/tray.html", items=web.read(lambda session: _tray(session, who.person)))


@bp.get("/tray/<path:name>")
def tray_picture(name: str) -> ResponseReturnValue:
    """Give one picture of the tray."""
    who = web.me()
    item = next((one for one in web.read(lambda session: _tray(session, who.person)) if one.name == name), None)
    if item is None:
        raise Unknown("Expected a picture of the tray, seen none of that name.")
    return send_file(_tray_folder() / item.name, mimetype="image/png")


@bp.get("/walk")
def walk() -> ResponseReturnValue:
    """Guide a newcomer: carry one order through, then try a mix-up; only in a demo."""
    _only_in_a_demo()
    at = web.now()
    return render_template(
        "custody/walk.html",
        steps=protocols.for_product("CRYO-CAR-T").checkpoints,
        codes=web.read(lambda session: factors.codes_in_demo(session, at)),
    )


def _may_create(who: web.Who) -> bool:
    """Tell whether to offer the form; the action decides."""
    return any(grant.role == "coordinator" and grant.site == who.site for grant in who.person.grants)


def _may_lift(who: web.Who) -> bool:
    """Tell whether to offer the lift; the action decides."""
    return any(grant.role in LIFTERS and grant.site == who.site for grant in who.person.grants)


def _bases() -> list[tuple[str, str]]:
    """Return the grounds of a lift as value and words."""
    return [(basis, str(_(basis.replace("_", " ").capitalize()))) for basis in actions.BASES]


def _decline_reasons() -> list[tuple[str, str]]:
    """Return the reasons for which custody is declined, as value and words."""
    return [(why, str(_(why.replace("_", " ")))) for why in actions.WHY_DECLINED]


def _holds_page(error: str = "") -> str:
    """Draw the holds on orders of the person's sites: open ones by their deadline, then the lifted ones."""
    who, at = web.me(), web.now()

    def work(session: Session) -> tuple[list[tuple[HoldView, HoldCare]], list[HoldView]]:
        pairs, past = [], []
        for order in order_screen.visible(session, who.person):
            made_at, state, thawed = order.site("manufacturing"), order.state, order.thaw_began
            for hold in quality.of_order(session, order.id):
                view = order_screen.hold_view(session, hold, order)
                if not hold.is_open:
                    past.append(view)
                    continue
                care = quality_screen.care(session, hold, made_at=made_at, state=state, since=thawed, at=at)
                pairs.append((view, care))
        past.sort(key=lambda view: view.placed_at, reverse=True)
        return sorted(pairs, key=lambda pair: pair[1].deadline), past

    held, lifted = web.read(work)
    return render_template(
        "custody/holds.html", held=held, lifted=lifted, may_lift=_may_lift(who), lift_reasons=_bases(), error=error
    )


def _hold_form(name: str, error: str = "") -> str:
    """Draw the form of a hold placed by hand."""
    who = web.me()

    def work(session: Session) -> tuple[str, str, list[tuple[str, str]]]:
        order = order_screen.seen_by(session, who.person, name)
        boxes = [
            (
                box.id,
                " · ".join(
                    (order_boxes.bag(session, box, order), things.kind(box.kind), things.container_state(box.state))
                ),
            )
            for box in order.containers
            if box.state not in FINAL_CONTAINER
        ]
        return order.coi or order.id, words.order_for_eyes(order), boxes

    coi, number, boxes = web.read(work)
    return render_template(
        "custody/new_hold.html",
        coi=coi,
        number=number,
        boxes=boxes,
        whys=[(why, quality_words.by_hand(why)) for why in BY_HAND],
        typed=request.form,
        error=error,
    )


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


def _only_in_a_demo() -> None:
    """Refuse outside a demo.

    Raises:
        Unknown: the database is for patients or for training.
    """
    if web.wired().purpose != "demo":
        raise Unknown("Expected a database of purpose demo, seen another.")


def _tray_folder() -> Path:
    """Return where the virtual printer puts its pictures."""
    return settings.of_engine(web.wired().database.engine).data / "tray"


def _tray(session: Session, person: Person) -> tuple[TrayItem, ...]:
    """Return the pictures in the tray of orders that *person* may see, and the tags of the demo's things."""
    _only_in_a_demo()
    folder = _tray_folder()
    mine = {order.id: order for order in order_screen.visible(session, person)}
    items: list[TrayItem] = []
    for order in mine.values():
        for piece in labelling.of_order(session, order.id):
            name = f"{piece.design}-{piece.id}.png"
            if (folder / name).is_file():
                items.append(
                    TrayItem(
                        name=name,
                        caption=words.piece_for_eyes(piece.id),
                        role=piece.design.replace("_", " "),
                        order=words.order_for_eyes(order),
                        coi=order.coi or order.id,
                        alive=piece.alive,
                        url=url_for("custody.tray_picture", name=name),
                    )
                )
    for path in sorted((folder / "things").glob("*.png")):
        name = f"things/{path.name}"
        words_ = path.stem.replace("-", " ")
        items.append(
            TrayItem(name, words_, str(_("tag")), str(_("Things")), "", url=url_for("custody.tray_picture", name=name))
        )
    return tuple(items)
