"""The printers of a site: how each is, what may be done with it, and how a new one is registered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted
from coi.labelling import discovery, printer_actions, printer_store, queue_store, words
from coi.labelling.printers import (
    ADMINS,
    ANY_STOCK,
    CHECKS,
    QUALIFIERS,
    USERS,
    WHY_RESUMED,
    WHY_SUSPENDED,
    Registered,
    blocked,
)
from coi.people import accounts
from labels.printers import BadAddress
from labels.stock import names as stock_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.labelling.discovery import Found
    from coi.labelling.printers import Seen
    from coi.person import Person
    from labels.printers import Printer

bp = Blueprint("printers", __name__)

ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)
"""What is told beside the form that it concerns, with its status."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What ``coi.app`` tells this page."""

    opened: Callable[[Registered], Printer]
    networks: tuple[str, ...]
    strict: bool


@dataclass(frozen=True, slots=True)
class PrinterView:
    """One printer as a person sees it."""

    known: Registered
    seen: Seen | None
    word: str
    action: str
    kind: str
    blocked: str
    why: str
    waiting: int
    uncertain: int


@bp.get("/printers")
def page() -> ResponseReturnValue:
    """Show every printer of the site."""
    return _list()


@bp.post("/printers/discover")
def discover() -> ResponseReturnValue:
    """Look for printers that could be registered."""
    _refuse_others()
    try:
        hosts = request.form.get("hosts", "")
        found = (*discovery.here(), *(discovery.at(hosts, _wiring().networks) if hosts.strip() else ()))
    except Malformed as error:
        return _list(str(error)), error.status
    return _list(found=found)


@bp.post("/printers")
def register() -> ResponseReturnValue:
    """Register the printer that answers at an address."""
    who, at, form = web.me(), web.now(), request.form
    address, stock = form.get("address", "").strip(), form.get("stock", "")

    def work(session: Session, seen: Found) -> str | None:
        if web.taken_before(session):
            return None
        told = {"model": seen.model, "serial": seen.serial, "stock": stock}
        dpi = seen.dpi or int(form.get("dpi", "0") if form.get("dpi", "0").isdecimal() else 0)
        return printer_actions.register(
            session, who.person, who.site, name=form.get("name", ""), address=address, told=told, dpi=dpi, at=at
        )

    try:
        _refuse_others()  # before anything at the address is touched
        seen = _asked(address)
        made = web.deed(lambda session: work(session, seen))
    except ANSWERED as error:
        return _list(str(error)), error.status
    flash(_("Registered. Print a test and the IQ sheet before the first label."), "done")
    return redirect(url_for("printers.one", name=made) if made else url_for("printers.page"))


@bp.get("/printers/<name>")
def one(name: str) -> ResponseReturnValue:
    """Show one printer and what may be done with it."""
    return _page(name)


@bp.post("/printers/<name>/<verb>")
def change(name: str, verb: str) -> ResponseReturnValue:
    """Do one deed on a printer."""
    who, at = web.me(), web.now()
    try:
        web.deed(lambda session: None if web.taken_before(session) else _do(session, name, verb, who.person, at))
    except ANSWERED as error:
        return _page(name, str(error)), error.status
    flash(_done(verb), "done")
    return redirect(url_for("printers.one", name=name))


def _do(session: Session, name: str, verb: str, by: Person, at: datetime) -> object:
    """Do what a form of a printer's page asks for."""
    form = request.form
    match verb:
        case "test" | "sheet":
            printer_actions.print_test(session, name, by, verb, at=at)
            return None
        case "clear":
            return printer_actions.clear(session, name, by, at=at)
        case "check":
            return printer_actions.check(session, name, by, form, at=at)
        case "load":
            return printer_actions.load(session, name, by, form.get("stock", ""), at=at)
        case "qualify":
            sign = (accounts.email_of(session, by.id) or "", form.get("secret", ""))
            until = _day(form.get("until", ""))
            return printer_actions.qualify(session, name, by, form, until, sign, at=at)
        case _:
            return _move(session, name, verb, by, at)


def _move(session: Session, name: str, verb: str, by: Person, at: datetime) -> object:
    """Take a printer out of use, back into it, or out of the house."""
    match verb:
        case "suspend":
            return printer_actions.suspend(session, name, by, request.form.get("why", ""), at=at)
        case "resume":
            return printer_actions.resume(session, name, by, request.form.get("why", ""), at=at)
        case "retire":
            return printer_actions.retire(session, name, by, at=at)
        case _:
            raise Malformed("Expected a deed on a printer, seen another.")


def _done(verb: str) -> str:
    return {
        "test": str(_("A test print is on its way.")),
        "sheet": str(_("Ten prints are on their way. Look at each and sign the sheet.")),
        "clear": str(_("It is told to forget what it holds, as soon as nothing is on its way to it.")),
        "check": str(_("The check is written down.")),
        "load": str(_("Written down what is loaded.")),
        "qualify": str(_("The IQ sheet is signed.")),
        "suspend": str(_("The printer is out of use.")),
        "resume": str(_("The printer is in use again.")),
    }.get(verb, str(_("The printer is retired.")))


def _day(text: str) -> datetime:
    """Read a day."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("Expected a day such as 2027-11-21, seen something else.") from error


def _refuse_others() -> None:
    """Refuse who registers no printer here, and write the try down as every refused deed is.

    Raises:
        NotPermitted: The person is no administrator of this site.
    """
    who = web.me()

    def work(_session: Session) -> None:
        raise NotPermitted("Expected an administrator of this site, seen another role.")

    if who.person.grant(ADMINS, who.site, None) is None:
        web.deed(work)


def _asked(address: str) -> Found:
    """Ask what stands at an address.

    Raises:
        Malformed: It is no address, or nobody answers there.
    """
    discovery.allowed(address, _wiring().networks)
    try:
        line = _wiring().opened(Registered("", "", "", "", address, "", "", 300, "", "", "", None, None))
    except BadAddress as error:
        raise Malformed(str(error)) from error
    seen = discovery.told(address, line)
    if not seen.answers:
        raise Malformed("Expected a printer that answers, seen silence at this address.")
    return seen


def _list(error: str = "", found: tuple[Found, ...] | None = None) -> str:
    """Draw the list."""
    who, at = web.me(), web.now()

    def work(session: Session) -> list[PrinterView]:
        return [_view(session, known, at) for known in printer_store.at_sites(session, (who.site,))]

    return render_template(
        "labelling/printers.html",
        printers=web.read(work),
        may_register=who.person.grant(ADMINS, who.site, None) is not None,
        stocks=(ANY_STOCK, *stock_names()),
        networks=", ".join(_wiring().networks),
        found=found,
        typed=request.form,
        error=error,
    )


def _page(name: str, error: str = "") -> str:
    """Draw one printer."""
    who, at = web.me(), web.now()

    def work(session: Session) -> tuple[PrinterView, str]:
        known = printer_store.printer(session, name)
        if known.site not in who.person.sites():
            raise NotPermitted("Expected a printer of a site where you work, seen another.")
        return _view(session, known, at), people.name_of(session, known.site)

    view, site = web.read(work)

    def may(roles: tuple[str, ...]) -> bool:
        return who.person.grant(roles, view.known.site, None) is not None

    return render_template(
        "labelling/printer.html",
        view=view,
        site=site,
        strict=_wiring().strict,
        may_use=may((*USERS, *ADMINS, *QUALIFIERS)),
        may_clear=view.known.address.startswith(printer_actions.SPOKEN_TO),
        may_check=may((*USERS, *ADMINS)),
        may_qualify=may(QUALIFIERS),
        may_resume=may((*ADMINS, *QUALIFIERS)),
        may_retire=may(ADMINS),
        checks=[(code, words.check(code)) for code in CHECKS],
        steps=[(number, words.step(number)) for number in range(1, printer_actions.SHEET + 1)],
        why_suspended=[(code, words.why(code)) for code in WHY_SUSPENDED],
        why_resumed=[(code, words.why(code)) for code in WHY_RESUMED],
        stocks=(ANY_STOCK, *stock_names()),
        error=error,
    )


def _view(session: Session, known: Registered, at: datetime) -> PrinterView:
    seen = printer_store.seen(session, known.device)
    word, action, kind = words.state("never" if seen is None or seen.at is None else seen.state)
    waiting = queue_store.jobs(session, *queue_store.WAITING, site=known.site)
    unsure = queue_store.jobs(session, "uncertain", site=known.site)
    return PrinterView(
        known,
        seen,
        word,
        action,
        kind,
        words.blocked(blocked(known, at, strict=_wiring().strict)),
        words.why(known.why) if known.why else "",
        sum((job.kind == "label" and known.takes(job.stock)) or job.printer == known.id for job in waiting),
        sum(job.printer == known.id for job in unsure),
    )


def _wiring() -> Wiring:
    return cast("Wiring", current_app.extensions["coi_printers"])
