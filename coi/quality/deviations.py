"""What went wrong, how bad is it, and may it be closed?

A deviation is opened by the refusal that shows it, in the same transaction, or by whoever saw something; quality takes
it on, writes down what was found, and closes it by signature. What people did rightly on being stopped is none: a code
that must only be scanned again opens nothing.

* Who had a hand in the cause never closes it.
* Causes and impacts are codes of closed lists; what people write goes to the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from coi.errors import Conflict, Malformed, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from coi.person import Grant, Person


class Severity(StrEnum):
    """How bad it is."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


RANK: Final = tuple(Severity)
"""From the mildest to the worst."""

BY_REASON: Final = {
    "infused_without_verification": Severity.CRITICAL,
    "other_order": Severity.MAJOR,
    "dead_piece": Severity.MAJOR,
    "too_fast": Severity.MAJOR,
    "contents_differ": Severity.MAJOR,
    "cassette_differs": Severity.MAJOR,
    "other_lot": Severity.MAJOR,
    "wrong_container": Severity.MINOR,
    "two_in_view": Severity.MINOR,
    "band_unbound": Severity.MINOR,
    "not_spoken": Severity.MINOR,
    "tail_differs": Severity.MINOR,
    "not_re_established": Severity.MINOR,
}
"""What an identity reason opens. What was put down and scanned or typed again, with no other cells seen, is minor."""

BY_QUARANTINE: Final = Severity.MAJOR
"""What cells opens that were received but may not be used: no temperature record, a manifest that does not agree."""

SEEN: Final = ("wrong_label", "wrong_place", "damage", "temperature", "equipment", "paperwork", "other")
"""What a person may say was seen, where no refusal opened the deviation."""

ROOT_CAUSES: Final = (
    "wrong_item_taken",
    "label_swapped",
    "label_damaged",
    "instruction_unclear",
    "training_gap",
    "equipment_fault",
    "software_fault",
    "transport_fault",
    "patient_data_changed",
    "not_found",
)
IMPACTS: Final = (
    "none",
    "product_kept",
    "product_reworked",
    "product_rejected",
    "patient_affected",
)

TAKE: Final = {
    Severity.MINOR: timedelta(days=3),
    Severity.MAJOR: timedelta(days=1),
    Severity.CRITICAL: timedelta(hours=1),
}
"""How soon somebody of quality takes it on."""
CLOSE: Final = {
    Severity.MINOR: timedelta(days=30),
    Severity.MAJOR: timedelta(days=20),
    Severity.CRITICAL: timedelta(days=5),
}
"""How soon it is closed."""

QUALITY: Final = ("qa_reviewer", "qa_releaser")
"""Who works on a deviation."""
CLOSERS: Final = {
    Severity.MINOR: QUALITY,
    Severity.MAJOR: QUALITY,
    Severity.CRITICAL: ("qa_releaser",),
}
"""Who closes one."""

TEXT: Final = 4000
"""Characters of what one person writes at once."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a deviation is about, told by who opens it."""

    owner: str
    """The site whose quality unit works on it."""
    order: str | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation as it stands."""

    id: str
    chain: str
    order: str | None
    product: str | None
    site: str
    """Where it happened."""
    owner: str
    """The site whose quality unit works on it."""
    severity: Severity
    reason: str
    """The reason code that opened it, or what was seen."""
    cause: tuple[str, int] | None
    """Chain and number of the entry that shows what happened; None where a person told it."""
    concerns: tuple[str, ...]
    """Who had a hand in the cause."""
    opened_at: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None
    findings: int = 0
    """How often something was written down about it."""
    root_cause: str | None = None
    impact: str | None = None
    closed_by: str | None = None
    closed_at: datetime | None = None

    @property
    def state(self) -> str:
        """Return open, taken or closed."""
        if self.closed_at is not None:
            return "closed"
        return "open" if self.taken_at is None else "taken"


@dataclass(frozen=True, slots=True)
class Note:
    """One text about a deviation: who wrote it, and under which commitment the vault keeps it."""

    kind: str
    """told, finding or conclusion."""
    by: str
    at: datetime
    seq: int
    commitment: str


def opens(reasons: Iterable[str], outcome: str) -> Severity | None:
    """Return how bad a judged attempt is as a deviation, or None where it is none.

    1. Accepted and noted attempts open one only for an infusion that was never verified.
    2. Identity reasons open one each by its own weight; the worst counts.
    3. A receipt into quarantine is major at least.
    4. Anything else (unreadable, keyed, missing, not now) was rightly stopped, and is scanned again.
    """
    found = [BY_REASON[code] for code in reasons if code in BY_REASON]
    if outcome == "quarantined":
        found.append(BY_QUARANTINE)
    elif outcome != "blocked":
        found = [severity for severity in found if severity is Severity.CRITICAL]
    return max(found, key=RANK.index, default=None)


def leading(reasons: Iterable[str]) -> str:
    """Return the reason that names the deviation: the worst first, else the first."""
    codes = tuple(reasons)
    known = [code for code in codes if code in BY_REASON]
    worst = max(known, key=lambda code: RANK.index(BY_REASON[code]), default=None)
    return worst or (codes[0] if codes else "quarantined")


def due(deviation: Deviation) -> datetime | None:
    """Return until when it must be taken on, or after that closed; None once it is."""
    match deviation.state:
        case "open":
            return deviation.opened_at + TAKE[deviation.severity]
        case "taken":
            return deviation.opened_at + CLOSE[deviation.severity]
        case _:
            return None


def may_work(person: Person, deviation: Deviation, roles: tuple[str, ...] = QUALITY) -> Grant:
    """Return the role in which *person* works on a deviation: quality where it happened or of the owner.

    Raises:
        Conflict: It is closed.
        NotPermitted: The person is no such quality there.
    """
    if deviation.state == "closed":
        raise Conflict("Expected a deviation that is open, seen one that was closed.")
    for site in (deviation.owner, deviation.site):
        grant = person.grant(roles, site, deviation.product) if person.active else None
        if grant is not None:
            return grant
    raise NotPermitted(f"Expected {' or '.join(roles)} at {deviation.owner} or {deviation.site}, seen another role.")


def may_close(person: Person, deviation: Deviation) -> Grant:
    """Return the role in which *person* closes a deviation.

    1. It was taken on, and something was found out and written down.
    2. The person is quality there; a critical one is closed by the head of quality.
    3. Who had a hand in the cause never closes it.
    """
    grant = may_work(person, deviation, CLOSERS[deviation.severity])
    if deviation.state != "taken" or not deviation.findings:
        raise Conflict("Expected a deviation that was taken on and looked into, seen one that was not yet.")
    if person.id in deviation.concerns:
        raise NotPermitted("Expected somebody who had no hand in the cause, seen one who had.")
    return grant


def check_conclusion(root_cause: str, impact: str) -> None:
    """Refuse a root cause or an impact that is not of the list."""
    if root_cause not in ROOT_CAUSES:
        raise Malformed(f"Expected one of {ROOT_CAUSES}, seen {root_cause[:20]!r}.")
    if impact not in IMPACTS:
        raise Malformed(f"Expected one of {IMPACTS}, seen {impact[:20]!r}.")


def check_text(text: str) -> str:
    """Return what somebody wrote, as it is kept: some words, not a book."""
    kept = text.replace("\r\n", "\n").strip()
    if not kept or len(kept) > TEXT:
        raise Malformed(f"Expected a text of 1 to {TEXT} characters, seen {len(kept)}.")
    return kept
