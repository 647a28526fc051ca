"""Deviations for programs: what went wrong at the sites of who asks, and how far quality is. No text leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from coi import people, web
from coi.quality import deviation_store, deviations, screen
from coi.web import api
from coi.web.api import At, In, Out

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.quality.deviations import Deviation

bp = api.blueprint("deviations", "Deviations")


class DeviationsAsked(In):
    """Which deviations to list."""

    only_open: bool = False


class CauseOut(Out):
    """The entry that shows what happened."""

    chain: str
    seq: int


class NoteOut(Out):
    """Somebody wrote something; the words lie in the vault and are read on the screen, where the opening is logged."""

    kind: str
    by: str
    at: At
    seq: int
    commitment: str


class DeviationLine(Out):
    """One deviation in a list."""

    id: str
    order: str | None
    product: str | None
    site: str
    owner: str
    """The site whose quality works on it."""
    severity: Literal["minor", "major", "critical"]
    reason: str
    """The reason code that opened it, or what was seen."""
    state: Literal["open", "taken", "closed"]
    opened_at: At
    due: At | None
    """Until when it is taken on, or after that closed; null once it is."""


class DeviationOut(DeviationLine):
    """One deviation whole."""

    cause: CauseOut | None
    """Null where a person told it."""
    concerns: list[str]
    """Who had a hand in the cause: none of them closes it."""
    taken_by: str | None
    taken_at: At | None
    notes: list[NoteOut]
    root_cause: str | None
    impact: str | None
    closed_by: str | None
    closed_at: At | None


class Deviations(Out):
    """Deviations, the newest first."""

    deviations: list[DeviationLine]


@bp.get("/deviations")
@bp.input(DeviationsAsked, location="query", arg_name="asked")
@bp.output(Deviations)
@bp.doc(operation_id="list_deviations", responses=api.told(422))
def list_deviations(asked: DeviationsAsked) -> Deviations:
    """List the deviations of the sites of who asks, the newest first."""
    who = web.me()

    def work(session: Session) -> Deviations:
        every = tuple(site.id for site in people.sites(session))
        found = [
            one
            for one in deviation_store.at_sites(session, every)
            if screen.sees(who.person, one) and not (asked.only_open and one.state == "closed")
        ]
        return Deviations(deviations=[DeviationLine.model_validate(_line(one)) for one in found])

    return web.read(work)


@bp.get("/deviations/<deviation>")
@bp.output(DeviationOut)
@bp.doc(operation_id="show_deviation", responses=api.told(404))
def show_deviation(deviation: str) -> DeviationOut:
    """Show one deviation with its cause and how far it has come."""
    who = web.me()

    def work(session: Session) -> DeviationOut:
        known = screen.seen_by(session, who.person, deviation)
        notes = deviation_store.notes(session, known.id)
        cause = None if known.cause is None else CauseOut(chain=known.cause[0], seq=known.cause[1])
        same = ("taken_by", "taken_at", "root_cause", "impact", "closed_by", "closed_at")
        more = {name: getattr(known, name) for name in same}
        more |= {
            "cause": cause,
            "concerns": list(known.concerns),
            "notes": [NoteOut.model_validate(one) for one in notes],
        }
        return DeviationOut.model_validate({**_line(known), **more})

    return web.read(work)


def _line(known: Deviation) -> dict[str, object]:
    """Return what a list says of one."""
    same = ("id", "order", "product", "site", "owner", "severity", "reason", "state", "opened_at")
    return {**{name: getattr(known, name) for name in same}, "due": deviations.due(known)}
