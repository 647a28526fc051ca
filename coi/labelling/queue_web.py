"""What waits for a printer, what a person's hands must do, and what became of a label nobody is sure of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from coi import people, web
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.identity import PieceId
from coi.labelling import printer_store, queue_answers, queue_store, words
from coi.labelling.claim import COUNT, NOT_PRINTED
from coi.labelling.queue_answers import ANSWERERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from coi.labelling.queue_store import Job
    from coi.person import Person

bp = Blueprint("print_queue", __name__)

ASKED = ("uncertain", queue_store.STUCK)
"""States in which a label waits for what a person says."""
ANSWERED = (NotAuthenticated, NotPermitted, Malformed, Conflict)


@dataclass(frozen=True, slots=True)
class JobView:
    """One print as a person sees it."""

    number: int
    what: str
    tail: str
    order: str
    word: str
    action: str
    kind: str
    since: datetime
    tries: int
    url: str
    stuck: bool


@dataclass(frozen=True, slots=True)
class Line:
    """The prints of one printer, or of no printer yet."""

    name: str
    url: str
    word: str
    action: str
    kind: str
    jobs: tuple[JobView, ...]


@dataclass(frozen=True, slots=True)
class PrintTask:
    """One label that waits for somebody's eyes, as My work shows it."""

    title: str
    due: datetime
    url: str
    order: str
    product: str = ""
    checkpoint: str = "PRN"
    blocked: str = ""
    why: str = ""


def open_tasks(session: Session, person: Person, site: str, at: datetime) -> Iterable[PrintTask]:
    """Offer My work the labels that wait for a person: was it printed, and what cannot be drawn."""
    if person.grant(ANSWERERS, site, None) is None:
        return []
    asked = queue_store.jobs(session, *ASKED, site=site)
    return [_task(job, at) for job in asked if job.piece]


def _task(job: Job, at: datetime) -> PrintTask:
    what = words.design(str(job.facts["design"]))
    title = _("Was it printed? %(what)s", what=what)
    if job.state == queue_store.STUCK:
        title = _("Cannot be printed: %(what)s", what=what)
    return PrintTask(
        title=str(title),
        due=at,
        url=url_for("print_queue.ask", piece=job.piece),
        order=str(job.facts.get("coi", "")),
        why=words.job(job.state, job.why)[1],
    )


@bp.get("/print-queue")
def page() -> ResponseReturnValue:
    """Show what waits, by printer."""
    who = web.me()

    def work(session: Session) -> tuple[str, list[Line], int]:
        jobs = queue_store.jobs(session, *queue_store.OPEN, queue_store.STUCK, site=who.site)
        lines = [
            _line(session, printer.id, [job for job in jobs if job.printer == printer.id])
            for printer in printer_store.at_sites(session, (who.site,))
            if printer.state != "retired"
        ]
        free = tuple(_view(job) for job in jobs if not job.printer)
        if free:
            lines.insert(0, Line(str(_("For the next free printer")), "", "", "", "plain", free))
        return people.name_of(session, who.site), lines, sum(job.state == "uncertain" for job in jobs)

    site, lines, unsure = web.read(work)
    return render_template("labelling/print_queue.html", site=site, lines=lines, unsure=unsure)


@bp.get("/print-queue/<piece>")
def ask(piece: str) -> ResponseReturnValue:
    """Ask what became of a label."""
    return dialogue(piece)


@bp.post("/print-queue/<piece>/<answer>")
def take(piece: str, answer: str) -> ResponseReturnValue:
    """Take what a person says of a label that nobody found, or that can be printed."""
    who, at, form = web.me(), web.now(), request.form

    def work(session: Session) -> None:
        if web.taken_before(session):
            return
        match answer:
            case "none" | "several":
                why = "not_found" if answer == "none" else "several"
                second = (form.get("login", ""), form.get("secret", ""))
                queue_answers.spoil(session, piece, who.person, why, second, at=at)
            case "again":
                queue_answers.again(session, piece, who.person, at=at)
            case "retry":
                queue_answers.retry(session, piece, who.person, at=at)
            case _:
                raise Malformed("Expected an answer about a label, seen another.")

    try:
        web.deed(work)
    except ANSWERED as error:
        return dialogue(piece, str(error), words.next_thing(error.status)), error.status
    flash(_done(answer), "done")
    return redirect(url_for("print_queue.page"))


def _done(answer: str) -> str:
    return {
        "again": str(_("The same label waits for the printer again.")),
        "retry": str(_("It is tried again. Look at the print queue in a moment.")),
    }.get(answer, str(_("The serial is dead. Print a new label on the order's page.")))


def dialogue(piece: str, error: str = "", next_thing: str = "") -> str:
    """Draw the dialogue, with what was wrong; that a label was found is taken by ``coi.custody.found_web``."""
    who = web.me()

    def work(session: Session) -> tuple[Job, str]:
        job = queue_store.of_piece(session, piece)
        if job is None or job.site not in who.person.sites():
            raise Unknown("Expected a label of this site's queue, seen none of that name.")
        name = printer_store.printer(session, job.printer).name if job.printer else ""
        return job, name

    job, printer = web.read(work)
    return render_template(
        "labelling/uncertain.html",
        job=_view(job),
        piece=piece,
        site=job.site,
        asked=job.state == "uncertain",
        stuck=job.state == queue_store.STUCK,
        printer=printer,
        counts=job.why == COUNT,
        not_printed=job.why == NOT_PRINTED,
        may=who.person.grant(ANSWERERS, job.site, None) is not None,
        error=error,
        next_thing=next_thing,
        typed=request.form,
    )


def _line(session: Session, printer_id: str, jobs: list[Job]) -> Line:
    printer = printer_store.printer(session, printer_id)
    seen = printer_store.seen(session, printer.device)
    word, action, kind = words.state("never" if seen is None or seen.at is None else seen.state)
    if printer.state == "suspended":
        word, action, kind = str(_("Out of use")), words.why(printer.why).capitalize() + ".", "stop"
    url = url_for("printers.one", name=printer.id)
    return Line(printer.name, url, word, action, kind, tuple(_view(job) for job in jobs))


def _view(job: Job) -> JobView:
    word, action, kind = words.job(job.state, job.why)
    return JobView(
        job.number,
        words.design(str(job.facts["design"])),
        PieceId.parse(job.piece).human[-4:] if job.piece else "",
        str(job.facts.get("coi", "")),
        word,
        action,
        kind,
        job.queued_at,
        job.attempts,
        url_for("print_queue.ask", piece=job.piece) if job.state in ASKED and job.piece else "",
        job.state == queue_store.STUCK,
    )
