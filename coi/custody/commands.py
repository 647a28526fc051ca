"""What does a command card do? A whole shift by scanning, without touching the screen.

* A command opens, confirms, cancels, chooses and acknowledges; it is nobody's identity and fills no slot.
* What only the page can do (tick, choose, send what was typed) is handed to it as a word to *press*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi.custody import station, tasks

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.station import Work

NUMBERS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a command."""

    work: Work
    press: str = ""
    """What the page is to press in its own form: CONFIRM, SECOND, YES, NO or a number."""
    notice: str = ""


def obey(session: Session, deed: Deed, word: str) -> Heard:
    """Do what a command says where the station stands; a command that means nothing there changes nothing."""
    work = station.look(session, deed)
    if work.verdict is not None and not work.acknowledged:
        return Heard(station.acknowledge(session, deed) if word == "CONFIRM" else work)
    match word:
        case "CANCEL":
            return Heard(station.cancel(session, deed))
        case "CONFIRM":
            return _confirm(session, deed, work)
        case "NEXT" if work.prepared is None:
            return Heard(_next(session, deed, work))
        case "SECOND" if work.prepared is not None:
            return Heard(work, press=word)
        case "YES" | "NO" if _asks(work):
            return Heard(work, press=word)
        case number if number in NUMBERS:
            place = NUMBERS.index(number) + 1
            return Heard(work, press=str(place)) if _asks(work) else Heard(_nth(session, deed, work, place))
        case _:
            return Heard(work, notice=_help(work))


def _asks(work: Work) -> bool:
    return work.checkpoint is not None and work.prepared is None and bool(work.checkpoint.values)


def _confirm(session: Session, deed: Deed, work: Work) -> Heard:
    if work.wants_confirmation:
        return Heard(station.state(session, deed, {}))
    if work.wants_values or work.prepared is not None:
        return Heard(work, press="CONFIRM")
    return Heard(work, notice=_help(work))


def _next(session: Session, deed: Deed, work: Work) -> Work:
    """Open the step after the one in hand: another of its order, or with nothing in hand the soonest task here."""
    if work.checkpoint is None or work.order is None:
        return _nth(session, deed, work, 1) if work.choices else _task(session, deed, 1) or work
    ours = [task.checkpoint.id for task in tasks.others(work.order, deed.by, deed.site)]
    ours = list(dict.fromkeys([*ours, work.checkpoint.id]))
    following = ours[(ours.index(work.checkpoint.id) + 1) % len(ours)]
    return station.begin(session, deed, work.order.id, following)


def _nth(session: Session, deed: Deed, work: Work, place: int) -> Work:
    """Open the step with a number: of those to choose from, else of the tasks that an idle station lists."""
    if work.checkpoint is not None:
        return work
    if work.order is None:
        return _task(session, deed, place) or work
    if place > len(work.choices):
        return work
    return station.begin(session, deed, work.order.id, work.choices[place - 1].id)


def _task(session: Session, deed: Deed, place: int) -> Work | None:
    found = tasks.at_station(session, deed.by, deed.site)
    if place > len(found):
        return None
    task = found[place - 1]
    return station.begin(session, deed, task.order.id, task.checkpoint.id)


def _help(work: Work) -> str:
    """Say which commands mean something now."""
    if work.prepared is not None:
        return str(_("CONFIRM signs, SECOND goes to the next signer, CANCEL puts it down."))
    if work.choices:
        return str(_("ONE, TWO … choose the step, CANCEL puts it down."))
    if work.checkpoint is None:
        return str(_("NEXT opens the first task, ONE to SIX the one with that number."))
    if work.waiting:
        return str(_("Scan what the step lists first. NEXT: another step of this order. CANCEL puts it down."))
    return str(_("YES, NO and ONE to NINE answer, CONFIRM goes on, NEXT: another step, CANCEL puts it down."))
