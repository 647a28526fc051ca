"""Is everything green for the whole hour that the thaw begins? Only then is there a lease.

Thaw is the point of no return, so all that the next hour needs is looked at before it (hazards.md R3). ``checklist``
judges line by line, as the screen shows it; ``issue_refusals`` is all of its reasons, and ``grant`` makes the lease.

* Every fact is judged at the *end* of the window: what lapses in it is red now.
* Missing is red. Nothing here reads a clock, a database or a request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

from coi.custody.lease import Allowed, Lease, Used, is_live, thawed
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from datetime import datetime

BEGIN_WITHIN = timedelta(minutes=15)
"""So long after the preflight the thaw may begin."""
WITHOUT_THAW = timedelta(hours=2)
"""How long a lease runs where nothing is thawed."""


@dataclass(frozen=True, slots=True)
class Able:
    """One person who signed in at the preflight, and until when each role's training counts at this site."""

    person: str
    roles: tuple[tuple[str, datetime | None], ...]
    active: bool = True
    proven: bool = False
    """Whether the person proved another factor beside the password."""

    def may(self, roles: frozenset[str], until: datetime) -> bool:
        """Say whether the person may act in one of *roles* up to *until*."""
        return self.active and any(
            role in roles and trained is not None and trained >= until for role, trained in self.roles
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """One deed that shall be possible alone, as the order's protocol has it."""

    deed: str
    wants: tuple[str, ...]
    places: tuple[frozenset[str], ...]
    """The roles that may take each place."""
    other: tuple[int, ...] = ()
    """Places, counted from 0, whose taker proved another factor beside the password."""
    needs: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    window_s: int | None = None
    thawed: bool = True
    records: bool = False
    blind: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a preflight looks at."""

    order: str
    container: str
    ready: bool
    """Whether the container stands where its thaw or its infusion comes next."""
    site: str
    device: str | None
    device_site: str | None
    device_state: str | None
    persons: tuple[Able, ...]
    wristband: str
    """What was scanned as the wristband: right, wrong or missing."""
    plans: tuple[Plan, ...]
    sha256s: tuple[tuple[str, tuple[str, ...]], ...]
    certified: tuple[str, ...] | None
    """Containers on the effective release certificate; None without one."""
    holds: tuple[str, ...] = ()
    """Open holds that stop the container."""
    expires: datetime | None = None
    equipment: tuple[tuple[str, datetime | None], ...] = ()
    """What the thaw needs, and until when it is qualified; None is not registered."""
    dead: tuple[str, ...] = ()
    done: tuple[Used, ...] = ()
    thaw_limit_s: int | None = None
    thaw_began: datetime | None = None
    live: Lease | None = None
    """The newest lease of the container that has not ended."""
    busy: bool = False
    """Whether this station has a live lease of another order: one patient's cells are at a station at a time."""
    aids: bool = False
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the checklist: green without reasons."""

    name: str
    reasons: tuple[Reason, ...] = ()

    @property
    def green(self) -> bool:
        """Whether nothing stands against it."""
        return not self.reasons


def window_end(facts: Facts, at: datetime) -> datetime:
    """Return until when everything must be green, which is how long the lease runs; in whole seconds.

    Before the thaw: as late as the thaw may begin, and its time after. After it: the end of that time, never later.
    """
    if facts.thaw_limit_s is None:
        return (at + WITHOUT_THAW).replace(microsecond=0)
    limit = timedelta(seconds=facts.thaw_limit_s)
    began = facts.thaw_began
    return ((at + BEGIN_WITHIN if began is None else began) + limit).replace(microsecond=0)


def checklist(facts: Facts, at: datetime) -> tuple[Line, ...]:
    """Judge every line, in the order in which people put them right."""
    until = window_end(facts, at)
    return (
        Line("bag", _bag(facts, at, until)),
        Line("certificate", _certificate(facts)),
        Line("holds", tuple(Reason("held", expected="no open hold", seen=f"hold {hold}") for hold in facts.holds)),
        Line("expiry", _expiry(facts, until)),
        Line("station", _station(facts)),
        Line("equipment", _equipment(facts, until)),
        Line("wristband", _wristband(facts)),
        Line("persons", _persons(facts, until)),
        Line("alone", _alone(facts, at)),
    )


def issue_refusals(facts: Facts, at: datetime) -> tuple[Reason, ...]:
    """Return every reason why there is no lease now; none at all is the only way to one."""
    return tuple(dict.fromkeys(reason for line in checklist(facts, at) for reason in line.reasons))


def grant(facts: Facts, name: str, at: datetime) -> Lease:
    """Make the lease of a green preflight.

    Raises:
        ValueError: It is not green; a lease is never made from anything less.
    """
    if issue_refusals(facts, at):
        raise ValueError("Expected a green preflight, seen reasons against it.")
    until = window_end(facts, at)
    lease = Lease(
        id=name,
        order=facts.order,
        container=facts.container,
        device=facts.device or "",
        persons=tuple(able.person for able in facts.persons),
        issued_at=at.replace(microsecond=0),
        expires_at=until,
        deeds=tuple(_allowed(plan, facts, until) for plan in facts.plans),
        sha256s=facts.sha256s,
        dead=facts.dead,
        done=facts.done,
        thaw_limit_s=facts.thaw_limit_s,
        aids=facts.aids,
        tail=facts.tail,
    )
    return lease if facts.thaw_began is None else thawed(lease, facts.thaw_began.replace(microsecond=0))


def _allowed(plan: Plan, facts: Facts, until: datetime) -> Allowed:
    return Allowed(
        plan.deed,
        plan.wants,
        tuple(
            tuple(able.person for able in facts.persons if _takes(able, plan, place, until))
            for place in range(len(plan.places))
        ),
        plan.needs,
        plan.not_by,
        plan.window_s,
        plan.thawed,
        plan.records,
        plan.blind,
    )


def _bag(facts: Facts, at: datetime, until: datetime) -> tuple[Reason, ...]:
    """The container stands before its thaw or infusion, with time left, and every code that will be wanted is known."""
    reasons: list[Reason] = []
    if not facts.ready:
        reasons.append(Reason("not_now", expected="a container that is to be thawed or infused", seen="another"))
    if facts.thaw_began is not None and at >= until:
        reasons.append(Reason("thaw_over", expected="time left after the thaw", seen="none"))
    known = {role for role, hashes in facts.sha256s if hashes}
    wanted = dict.fromkeys(role for plan in facts.plans for role in plan.wants)
    reasons += [
        Reason("not_applied", slot=role, expected="a label put on", seen="none") for role in wanted if role not in known
    ]
    if not facts.plans or any(not plan.wants for plan in facts.plans):
        reasons.append(Reason("missing", expected="codes to scan at every step", seen="none"))
    return tuple(reasons)


def _certificate(facts: Facts) -> tuple[Reason, ...]:
    if facts.certified is None:
        return (Reason("no_certificate", expected="a release", seen="none"),)
    if facts.container not in facts.certified:
        return (Reason("not_certified", expected="this container on its list", seen="not there"),)
    return ()


def _expiry(facts: Facts, until: datetime) -> tuple[Reason, ...]:
    if facts.expires is None:
        return (Reason("no_expiry", expected="an expiry", seen="none"),)
    if facts.expires < until:
        return (
            Reason("expired", expected=f"after {until:%Y-%m-%d %H:%M} UTC", seen=f"{facts.expires:%Y-%m-%d %H:%M} UTC"),
        )
    return ()


def _station(facts: Facts) -> tuple[Reason, ...]:
    if facts.device is None or facts.device_site != facts.site or facts.device_state != "qualified":
        return (
            Reason("no_device", expected=f"a station qualified at {facts.site}", seen=facts.device_state or "none"),
        )
    return ()


def _equipment(facts: Facts, until: datetime) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    for code, qualified in facts.equipment:
        if qualified is None:
            reasons.append(Reason("equipment_unknown", expected="a registered one", seen=code))
        elif qualified < until:
            reasons.append(Reason("equipment_unqualified", expected=f"until {until:%Y-%m-%d %H:%M} UTC", seen=code))
    return tuple(reasons)


def _wristband(facts: Facts) -> tuple[Reason, ...]:
    match facts.wristband:
        case "right":
            return ()
        case "wrong":
            return (Reason("other_order", slot="wristband", expected="this order's wristband", seen="another"),)
        case _:
            return (Reason("missing", slot="wristband", expected="the patient's wristband", seen="not scanned"),)


def _persons(facts: Facts, until: datetime) -> tuple[Reason, ...]:
    """For every deed there are different persons enough, and for those who may not do two of them, others."""
    names = [able.person for able in facts.persons]
    reasons: list[Reason] = []
    if len(set(names)) != len(names):
        reasons.append(Reason("same_person", expected="different persons", seen="one twice"))
    reasons += [
        Reason("signer_missing", slot=plan.deed, expected=_wanted(plan), seen=f"{len(names)} signed in")
        for plan in facts.plans
        if not _staffed(plan, facts.persons, until)
    ]
    for plan in facts.plans:
        givers = [other for other in facts.plans if other.deed in plan.not_by]
        if not reasons and any(not _two_hands(giver, plan, facts.persons, until) for giver in givers):
            reasons.append(
                Reason("giver_takes", slot=plan.deed, expected="another person than who gives", seen="the same")
            )
    return tuple(reasons)


def _wanted(plan: Plan) -> str:
    return " and ".join(" or ".join(sorted(roles)) for roles in plan.places)


def _staffed(plan: Plan, persons: tuple[Able, ...], until: datetime) -> bool:
    """Say whether different persons can take all places of a deed."""
    if not plan.places:
        return False
    return any(
        all(_takes(able, plan, place, until) for place, able in enumerate(chosen))
        for chosen in permutations({able.person: able for able in persons}.values(), len(plan.places))
    )


def _takes(able: Able, plan: Plan, place: int, until: datetime) -> bool:
    """Say whether a person may take a place of a deed."""
    return able.may(plan.places[place], until) and (able.proven or place not in plan.other)


def _two_hands(giver: Plan, taker: Plan, persons: tuple[Able, ...], until: datetime) -> bool:
    """Say whether somebody may give and somebody else take."""
    gives = {able.person for able in persons if _takes(able, giver, 0, until)}
    takes = {able.person for able in persons if _takes(able, taker, 0, until)}
    return len(gives | takes) > 1


def _alone(facts: Facts, at: datetime) -> tuple[Reason, ...]:
    """No other station holds a lease, nor this one another order's; who asks again for its own is given a newer one."""
    if facts.busy:
        return (Reason("lease_open", expected="a station without another order's lease", seen="one"),)
    live = facts.live
    if live is None or not is_live(live, None, at) or live.device == facts.device:
        return ()
    return (Reason("lease_taken", expected="no other station's lease", seen=f"lease {live.id}"),)
