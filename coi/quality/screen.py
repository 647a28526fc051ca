"""Holds and deviations as pages show them: frozen pictures, nothing decided.

What only the rooms above know (the words of their reasons, the number of an order) is told by ``Words``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi import ledger, people
from coi.errors import Conflict, NotPermitted, Unknown
from coi.quality import calls, deviation_store, deviations, holds, store, words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.people import ToCall
    from coi.person import Person
    from coi.quality.deviations import Deviation
    from coi.quality.holds import Hold

SEE_ALL = ("inspector", "system_admin")
"""Roles that may look at every deviation."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the rooms above tell: wired in ``coi.app``."""

    reason: Callable[[str], str]
    """The sentence of a reason code."""
    entry: Callable[[str], str]
    """The type of an entry in words."""
    order: Callable[[Session, str], str]
    """The number that people use of an order."""


@dataclass(frozen=True, slots=True)
class HoldCare:
    """Who looks after a hold, until when, and how it ends."""

    about: str
    owner: str
    calls: tuple[ToCall, ...]
    deadline: datetime
    level: int
    escalation: str
    way_out: str
    signers: int


@dataclass(frozen=True, slots=True)
class DeviationLine:
    """One deviation as a line of the list."""

    id: str
    title: str
    severity: str
    severity_words: str
    state: str
    state_words: str
    order: str
    order_id: str
    site: str
    owner: str
    opened_at: datetime
    due: datetime | None
    next: str


@dataclass(frozen=True, slots=True)
class CauseView:
    """The entry that shows what happened."""

    title: str
    chain: str
    seq: int
    at: datetime
    by: str
    site: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """One text; its words only once the vault was opened."""

    kind: str
    by: str
    at: datetime
    chain: str
    seq: int
    text: str | None


@dataclass(frozen=True, slots=True)
class DeviationView:
    """One deviation whole."""

    line: DeviationLine
    risk: str
    holds: tuple[str, ...]
    """The reasons of the order's open holds."""
    cause: CauseView | None
    calls: tuple[ToCall, ...]
    taken_by: str
    taken_at: datetime | None
    notes: tuple[NoteView, ...]
    root_cause: str
    impact: str
    closed_by: str
    closed_at: datetime | None
    may_take: bool
    may_note: bool
    may_close: bool
    why_not: str
    """Why this person may not close it, where that is worth saying."""
    opened: bool = False
    """Whether the texts were opened."""


def care(session: Session, hold: Hold, *, made_at: str, state: str, since: datetime | None, at: datetime) -> HoldCare:
    """Return who looks after a hold on an order that is made at *made_at* and stands at *state*."""
    owner = calls.owner(session, hold.site, made_at)
    level = holds.escalation(hold, at, state, since)
    return HoldCare(
        about=words.hold_kind(hold.kind),
        owner=str(_("Quality at %(site)s", site=people.name_of(session, owner))),
        calls=calls.to_call(session, owner, at, level, made_at),
        deadline=holds.deadline(hold, state, since),
        level=level,
        escalation=str(_(holds.ESCALATION[level])),
        way_out=str(_(hold.way_out)),
        signers=holds.signers_needed(hold, state),
    )


def sees(person: Person, deviation: Deviation) -> bool:
    """Tell whether *person* works where it happened or where it is owned, or may look at all."""
    here = {deviation.site, deviation.owner} & set(person.sites())
    return bool(here) or any(grant.role in SEE_ALL for grant in person.grants)


def seen_by(session: Session, person: Person, deviation_id: str) -> Deviation:
    """Return a deviation that *person* may see; one that is hidden and one that is not there read alike."""
    try:
        known = deviation_store.deviation(session, deviation_id)
    except Unknown:
        known = None
    if known is None or not sees(person, known):
        raise Unknown("Expected a deviation of one of your sites, seen none of that number.")
    return known


def lines(session: Session, person: Person, told: Words) -> tuple[DeviationLine, ...]:
    """Return the deviations that *person* may see: open ones first, the soonest deadline first."""
    everything = any(grant.role in SEE_ALL for grant in person.grants)
    sites = tuple(site.id for site in people.sites(session)) if everything else person.sites()
    found = [line(session, one, told) for one in deviation_store.at_sites(session, sites)]
    return tuple(sorted(found, key=lambda one: (one.due is None, one.due or one.opened_at)))


def line(session: Session, known: Deviation, told: Words) -> DeviationLine:
    """Return one deviation as a line."""
    return DeviationLine(
        id=known.id,
        title=words.seen(known.reason) or told.reason(known.reason),
        severity=str(known.severity),
        severity_words=words.severity(known.severity),
        state=known.state,
        state_words=words.state(known.state),
        order="" if known.order is None else told.order(session, known.order),
        order_id=known.order or "",
        site=people.name_of(session, known.site),
        owner=people.name_of(session, known.owner),
        opened_at=known.opened_at,
        due=deviations.due(known),
        next=words.next_step(known),
    )


def view(
    session: Session,
    known: Deviation,
    person: Person,
    told: Words,
    at: datetime,
    texts: Mapping[int, str] | None = None,
) -> DeviationView:
    """Return one deviation whole; *texts* are the opened ones by number of entry, None while they are shut."""
    open_holds = () if known.order is None else [one for one in store.of_order(session, known.order) if one.is_open]
    may_work, why_not = _may(deviations.may_work, person, known)
    may_close, why_not = _may(deviations.may_close, person, known) if may_work else (False, "")
    return DeviationView(
        line=line(session, known, told),
        risk=words.risk(known, held=bool(open_holds)),
        holds=tuple(dict.fromkeys(told.reason(one.reason) for one in open_holds)),
        cause=_cause(session, known, told),
        calls=calls.to_call(session, known.owner, at, other=known.site) if known.state != "closed" else (),
        taken_by=people.name_of(session, known.taken_by) if known.taken_by else "",
        taken_at=known.taken_at,
        notes=tuple(
            NoteView(
                words.note(one.kind),
                people.name_of(session, one.by),
                one.at,
                known.chain,
                one.seq,
                None if texts is None else texts.get(one.seq, str(_("erased"))),
            )
            for one in deviation_store.notes(session, known.id)
        ),
        root_cause=words.root_cause(known.root_cause) if known.root_cause else "",
        impact=words.impact(known.impact) if known.impact else "",
        closed_by=people.name_of(session, known.closed_by) if known.closed_by else "",
        closed_at=known.closed_at,
        may_take=may_work and known.taken_by != person.id,
        may_note=may_work and known.state == "taken",
        may_close=may_close,
        why_not=why_not if known.state == "taken" and known.findings else "",
        opened=texts is not None,
    )


def _may(rule: Callable[[Person, Deviation], object], person: Person, known: Deviation) -> tuple[bool, str]:
    """Tell whether a rule lets this person, and if not what it says."""
    try:
        rule(person, known)
    except (Conflict, NotPermitted) as refused:
        return False, str(refused)
    return True, ""


def _cause(session: Session, known: Deviation, told: Words) -> CauseView | None:
    """Return the entry that shows what happened, with its reasons in words."""
    if known.cause is None:
        return None
    entry = ledger.entry(session, *known.cause)
    stmt: Mapping[str, Any] = entry.stmt
    return CauseView(
        title=told.entry(entry.type),
        chain=entry.chain,
        seq=entry.seq,
        at=entry.at,
        by=people.name_of(session, str(stmt["actor"])),
        site=people.name_of(session, str(stmt["site"])) if stmt.get("site") else "",
        reasons=tuple(dict.fromkeys(told.reason(one["code"]) for one in stmt.get("reasons", ()))),
    )
