"""May the bag go on while the server is away? The promise that a station was given before the thaw.

A lease is one container's: it is fetched while the preflight is green for the whole window, binds one station and the
persons who signed in there, and says exactly which codes must be seen (hazards.md R3).

* ``verdict`` answers ``Go`` or ``Stop`` with every reason at once; ``coi/static/lease.js`` is its twin and is held to
  the same cases (``tests/coi/custody/lease_cases.json``).
* A code counts by the SHA-256 of its exact bytes. Unknown is STOP, dead is STOP, and nothing scanned is never checked.
* One GO a deed. When its time is over nothing is GO but the record of how what lawfully began came to its end.
* Nothing here reads a clock, a database or a request.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from coi.custody.reasons import Reason
from coi.ledger.entry import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

HARD_BOUND = timedelta(seconds=600)
"""No scan is older than this at the decision (hazards.md, decided between the pages)."""
AIDS = frozenset({"picture", "paste"})
"""Sources that count only where the lease says so, which is in a demo or in training."""
BEST = "]C"
"""How the AIM identifier of a bar code begins."""

CODES: Mapping[str, str] = {
    "lease_deed": "The lease does not allow this step without the server",
    "lease_used": "This step already had its GO",
    "lease_station": "The lease belongs to another station",
    "lease_over": "The time of the lease is over",
    "lease_person": "This person did not sign in at the preflight for this",
    "lease_taken": "Another station holds the lease of this container",
    "lease_open": "This station still has the lease of another order",
    "lease_clock": "The clock of this station cannot be right",
    "no_lease": "No lease was fetched before the thaw",
    "lease_short": "The lease ends before the time after thaw does",
    "lease_sequence": "A step done without the server is missing or stands twice",
    "lease_differs": "The station said something else than the rules say",
    "lease_ended": "The lease had ended before this step",
    "lease_broken": "What the station sent is not what it signed",
    "lease_not_green": "The preflight is not green",
}
"""Reason codes of this room beside those of ``reasons``, each with its plain English sentence."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """One deed that the lease lets the station judge alone."""

    deed: str
    """The checkpoint's id."""
    wants: tuple[str, ...]
    """Roles of the codes to be scanned, in order: wristband, product, product_bar."""
    places: tuple[tuple[str, ...], ...]
    """Who may take each place to act or sign; the first place is who acts."""
    needs: tuple[str, ...] = ()
    """Deeds that come before it."""
    not_by: tuple[str, ...] = ()
    """Deeds whose doer may not do this one: who gives does not take."""
    window_s: int | None = None
    """So many seconds lie at most between the first and the last scan; None leaves the hard bound alone."""
    thawed: bool = True
    """Whether it happens under the thaw clock."""
    records: bool = False
    """Whether it only records what lawfully began, so that no clock stops it."""
    blind: tuple[str, ...] = ()
    """Values that are keyed from the labels, each the last characters of the order's identity."""


@dataclass(frozen=True, slots=True)
class Used:
    """A deed that had its GO, from the server or by the lease, and who did it."""

    deed: str
    by: str


@dataclass(frozen=True, slots=True)
class Lease:
    """What one station may do alone with one container, until when."""

    id: str
    order: str
    container: str
    device: str
    persons: tuple[str, ...]
    """Who signed in at the preflight."""
    issued_at: datetime
    expires_at: datetime
    deeds: tuple[Allowed, ...]
    sha256s: tuple[tuple[str, tuple[str, ...]], ...]
    """By role, the SHA-256 of each exact payload that counts for it."""
    dead: tuple[str, ...] = ()
    """SHA-256 of every payload of this order that must never count again."""
    done: tuple[Used, ...] = ()
    """What the server had seen done when it gave the lease."""
    thaw_limit_s: int | None = None
    """Seconds from thaw to infusion; None where nothing is thawed."""
    thaw_ends_at: datetime | None = None
    """When the time after thaw is over; None before the thaw."""
    aids: bool = False
    """Whether pictures and pasted codes count."""
    tail: str = ""
    """The last characters of the order's identity, as wristband and bag both show them."""

    def allows(self, deed: str) -> Allowed | None:
        """Return what the lease says of a deed, or None."""
        return next((allowed for allowed in self.deeds if allowed.deed == deed), None)

    def role(self, sha256: str) -> str:
        """Return the role of a payload; empty for one that the lease does not know."""
        return next((role for role, known in self.sha256s if sha256 in known), "")


@dataclass(frozen=True, slots=True)
class Read:
    """One code as the station read it."""

    sha256: str
    at: datetime
    aim: str = ""
    source: str = "wedge"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is to be done, where, by whom, on which reads."""

    deed: str
    device: str
    persons: tuple[str, ...]
    reads: tuple[Read, ...]
    at: datetime
    values: tuple[tuple[str, str], ...] = ()
    """What was keyed and stated, by name."""


@dataclass(frozen=True, slots=True)
class Go:
    """Go, by lease: provisional until the server has judged it again."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop; *reasons* says why, all at once."""

    reasons: tuple[Reason, ...]


Verdict: TypeAlias = Go | Stop


def verdict(lease: Lease, attempt: Attempt, seen: tuple[Used, ...] = ()) -> Verdict:
    """Judge a deed without the server. *seen* is what had its GO since the lease was given.

    1. The lease allows the deed, at this very station, and it had no GO yet.
    2. What must come before it was done.
    3. The lease runs, and the time after thaw runs; a deed that only records is past both.
    4. As many different persons of the preflight as there are places, each in a place of his or hers, and nobody takes
       what he or she gave.
    5. Something was scanned; each read is known, alive, wanted here, signed by the station's own scanner.
    6. Every role that is wanted was read, and no role in two ways.
    7. The reads lie close together, and none lies after the decision or long before it.
    8. What was keyed blind is what stands on the labels: this would stop a wrong bag even if 5 and 6 did not.
    """
    allowed = lease.allows(attempt.deed)
    if allowed is None:
        return Stop((Reason("lease_deed"),))
    past = (*lease.done, *seen)
    reasons = (
        *_may(lease, allowed, attempt, past),
        *_in_time(lease, allowed, attempt),
        *_persons(allowed, attempt, past),
        *_reads(lease, allowed, attempt),
        *_together(allowed, attempt),
        *_keyed(lease, allowed, attempt),
    )
    return Stop(tuple(dict.fromkeys(reasons))) if reasons else Go()


def _may(lease: Lease, allowed: Allowed, attempt: Attempt, past: tuple[Used, ...]) -> tuple[Reason, ...]:
    """Points 1 and 2."""
    done = {used.deed for used in past}
    reasons: list[Reason] = []
    if attempt.device != lease.device:
        reasons.append(Reason("lease_station"))
    if attempt.deed in done:
        reasons.append(Reason("lease_used"))
    if not set(allowed.needs) <= done:
        reasons.append(Reason("not_now"))
    return tuple(reasons)


def _in_time(lease: Lease, allowed: Allowed, attempt: Attempt) -> tuple[Reason, ...]:
    """Point 3."""
    reasons: list[Reason] = []
    if attempt.at < lease.issued_at:
        reasons.append(Reason("lease_clock"))
    if allowed.records:
        return tuple(reasons)
    if attempt.at >= lease.expires_at:
        reasons.append(Reason("lease_over"))
    if allowed.thawed and lease.thaw_limit_s is not None:
        if lease.thaw_ends_at is None:
            reasons.append(Reason("no_thaw"))
        elif attempt.at >= lease.thaw_ends_at:
            reasons.append(Reason("thaw_over"))
    return tuple(reasons)


def _persons(allowed: Allowed, attempt: Attempt, past: tuple[Used, ...]) -> tuple[Reason, ...]:
    """Point 4."""
    reasons: list[Reason] = []
    if not attempt.persons or len(attempt.persons) != len(allowed.places):
        reasons.append(Reason("signer_missing"))
    if len(set(attempt.persons)) != len(attempt.persons):
        reasons.append(Reason("same_person"))
    reasons += [
        Reason("lease_person", slot=str(number))
        for number, (person, able) in enumerate(zip(attempt.persons, allowed.places, strict=False), start=1)
        if person not in able
    ]
    givers = {used.by for used in past if used.deed in allowed.not_by}
    if attempt.persons and attempt.persons[0] in givers:
        reasons.append(Reason("giver_takes"))
    return tuple(reasons)


def _reads(lease: Lease, allowed: Allowed, attempt: Attempt) -> tuple[Reason, ...]:
    """Points 5 and 6."""
    reasons: list[Reason] = []
    met: dict[str, set[str]] = {}
    for read in attempt.reads:
        role = lease.role(read.sha256)
        if read.sha256 in lease.dead:
            reasons.append(Reason("dead_piece", slot=role))
        elif not role:
            reasons.append(Reason("unknown_code"))
        elif role not in allowed.wants or role.endswith("_bar") != read.aim.startswith(BEST):
            reasons.append(Reason("unexpected", slot=role))
        elif read.source in AIDS and not lease.aids:
            reasons.append(Reason("keyed", slot=role))
        else:
            met.setdefault(role, set()).add(read.sha256)
    reasons += [Reason("two_in_view", slot=role) for role in allowed.wants if len(met.get(role, ())) > 1]
    reasons += [Reason("missing", slot=role) for role in allowed.wants if role not in met]
    if not attempt.reads and not allowed.wants:
        reasons.append(Reason("missing"))
    return tuple(reasons)


def _together(allowed: Allowed, attempt: Attempt) -> tuple[Reason, ...]:
    """Point 7."""
    if not attempt.reads:
        return ()
    first, last = min(read.at for read in attempt.reads), max(read.at for read in attempt.reads)
    reasons: list[Reason] = []
    if last > attempt.at:
        reasons.append(Reason("lease_clock"))
    apart = allowed.window_s is not None and last - first > timedelta(seconds=allowed.window_s)
    if not allowed.records and (apart or attempt.at - first > HARD_BOUND):
        reasons.append(Reason("window"))
    return tuple(reasons)


def _keyed(lease: Lease, allowed: Allowed, attempt: Attempt) -> tuple[Reason, ...]:
    """Point 8."""
    said = dict(attempt.values)
    return tuple(
        Reason("tail_differs", slot=name) for name in allowed.blind if not lease.tail or said.get(name) != lease.tail
    )


def thawed(lease: Lease, began: datetime) -> Lease:
    """Return the lease with its thaw clock running from *began*; the end moves only earlier."""
    if lease.thaw_limit_s is None:
        return lease
    ends = began + timedelta(seconds=lease.thaw_limit_s)
    known = lease.thaw_ends_at
    return replace(lease, thaw_ends_at=ends if known is None else min(known, ends))


def is_live(lease: Lease, ended: datetime | None, at: datetime) -> bool:
    """Say whether others are kept from the container at *at*.

    1. A lease that was given back, or whose station two of its persons declared lost, keeps nobody away.
    2. It lives until its time is over; with a thaw running, until the time after thaw is over, when nobody may start
       any more. So what its station did alone cannot be done again by another before it is known.
    3. Where nothing is thawed no clock stops the others, so it lives until it has ended.
    """
    if ended is not None and at >= ended:
        return False
    if lease.thaw_limit_s is None:
        return True
    return at < max(lease.expires_at, lease.thaw_ends_at or lease.expires_at)


def thaw_refusals(lease: Lease | None, device: str | None, at: datetime) -> tuple[Reason, ...]:
    """Refuse to start a thaw without a lease at this very station that outlasts the time after thaw."""
    if lease is None:
        return (Reason("no_lease", expected="a lease of this station", seen="none"),)
    if lease.device != device:
        return (Reason("lease_taken", expected="this station", seen="another"),)
    ends = thawed(lease, at).thaw_ends_at
    if at >= lease.expires_at or (ends is not None and ends > lease.expires_at):
        return (Reason("lease_short", expected=f"after {instant(ends or at)}", seen=instant(lease.expires_at)),)
    return ()
