"""A preflight and a thaw clock in words, and the packet that a station keeps for the time without the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from coi import ledger, people
from coi.custody import lease_facts, words
from coi.custody import protocol_register as protocols
from coi.custody.lease import CODES
from coi.custody.lease_packet import to_json
from coi.custody.reasons import CODES as COMMON
from coi.web.role_words import role_words

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.lease import Lease
    from coi.custody.lease_actions import Preflight
    from coi.custody.lease_preflight import Line
    from coi.custody.order import Order
    from coi.custody.protocol import Protocol, Value


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the checklist."""

    name: str
    title: str
    green: bool
    reasons: tuple[str, ...] = ()
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class PreflightView:
    """A preflight as its page shows it."""

    order: str
    name: str
    """The order's id, for addresses."""
    product: str
    container: str
    lines: tuple[LineView, ...]
    until: datetime
    seats: tuple[tuple[str, str], ...]
    """For each person to sign in: what for, and in which roles."""

    @property
    def green(self) -> bool:
        """Whether nothing stands against the lease but the wristband and the persons, who come with the form."""
        return all(line.green for line in self.lines if line.name not in {"wristband", "persons"})


@dataclass(frozen=True, slots=True)
class ClockView:
    """The thaw clock of an order, for a wall."""

    order: str
    product: str
    state: str
    ends_at: datetime | None
    began: datetime | None
    minutes: int


def reason(code: str) -> str:
    """Return the sentence of a reason code, of the lease's own too."""
    return str(_(CODES[code])) if code in CODES else words.reason(code)


def preflight(found: Preflight) -> PreflightView:
    """Return a preflight in words."""
    protocol = protocols.pinned(found.order.protocol_sha256)
    return PreflightView(
        order=words.order_for_eyes(found.order),
        name=found.order.id,
        product=protocol.product["name"],
        container=found.container,
        lines=tuple(_line(line) for line in found.lines),
        until=found.until,
        seats=_seats(protocol),
    )


def _line(line: Line) -> LineView:
    title, way_out = _lines()[line.name]
    told = tuple(dict.fromkeys(reason(one.code) for one in line.reasons))
    return LineView(line.name, title, line.green, told, "" if line.green else way_out)


def _lines() -> dict[str, tuple[str, str]]:
    """Return each line's sentence when it is green, and the way out when it is red."""
    return {
        "bag": (
            str(_("The bag waits for its thaw, and its labels are on it")),
            str(_("Open the order: the steps before the thaw come first.")),
        ),
        "certificate": (
            str(_("The release certificate names this bag")),
            str(_("Call the manufacturer's quality. Do not thaw.")),
        ),
        "holds": (str(_("No hold is open")), str(_("Call quality: only they lift a hold. Do not thaw."))),
        "expiry": (
            str(_("The bag does not expire within the hour")),
            str(_("Call the physician and quality. Do not thaw.")),
        ),
        "station": (
            str(_("This station is qualified here")),
            str(_("Use a station that is qualified for this site, or have this one qualified on the page Devices.")),
        ),
        "equipment": (
            str(_("The freezer place is registered and qualified")),
            str(_("Call the one who looks after the equipment.")),
        ),
        "wristband": (
            str(_("The patient's wristband was scanned")),
            str(_("Scan the wristband on the patient's arm, with this station.")),
        ),
        "persons": (
            str(_("Everybody who is needed signed in, and is trained for the whole hour")),
            str(_("Let one of the laboratory and two of the ward sign in below.")),
        ),
        "alone": (
            str(_("No other station has this bag, and this station has no other order")),
            str(
                _(
                    "One order a station. Go on at the station that has it, give it back there, "
                    "or declare that station lost below."
                )
            ),
        ),
    }


def _seats(protocol: Protocol) -> tuple[tuple[str, str], ...]:
    """Return who has to sign in: as many in each set of roles as the step that wants most of them."""
    wanted: dict[frozenset[str], int] = {}
    for plan in lease_facts.plans(protocol):
        for roles in set(plan.places):
            wanted[roles] = max(wanted.get(roles, 0), plan.places.count(roles))
    titles = {"cell_lab": _("Laboratory"), "ward_nurse": _("Ward")}
    return tuple(
        (
            str(titles.get(min(roles), _("Person"))),
            str(_(" or ")).join(sorted(role_words(role) for role in roles)),
        )
        for roles, times in wanted.items()
        for _number in range(times)
    )


def packet(session: Session, lease: Lease, order: Order, at: datetime) -> dict[str, Any]:
    """Return what a station keeps: the lease, and the words that it needs without the server. No patient is in it."""
    protocol = protocols.pinned(order.protocol_sha256)
    steps = [protocol.checkpoint(one.deed) for one in lease.deeds]
    codes = (*CODES, *COMMON)
    return {
        "lease": to_json(lease),
        "server_at": ledger.instant(at),
        "site": order.site("treatment"),
        "order": words.order_for_eyes(order),
        "product": protocol.product["name"],
        "names": {person: people.name_of(session, person) for person in lease.persons},
        "titles": {step.id: f"{step.handoff} {_(step.title)}" for step in steps},
        "codes": {slot: str(_(say)) for slot, say in _roles().items()},
        "asks": {step.id: [_ask(value) for value in step.values if value.type not in VAULT] for step in steps},
        "reasons": {code: reason(code) for code in codes},
    }


def _roles() -> dict[str, str]:
    return {
        "wristband": "the patient's wristband",
        "wristband_bar": "the wristband's bar code",
        "product": "the bag: the square code",
        "product_bar": "the bag: the bar code",
    }


VAULT = frozenset({"identity", "spoken"})
"""Values that only the vault can judge: without the server nobody is asked for them, and none is kept in a station."""


def _ask(value: Value) -> dict[str, Any]:
    return {
        "name": value.name,
        "type": value.type,
        "ask": str(_(value.ask)),
        "unit": value.unit or "",
        "choices": list(value.choices),
    }


def clock(order: Order) -> ClockView:
    """Return the thaw clock of an order."""
    protocol = protocols.pinned(order.protocol_sha256)
    minutes = protocol.limits.get("thaw_to_infusion_min", 0)
    ends = lease_facts.thaw_ends(order)
    return ClockView(
        words.order_for_eyes(order), protocol.product["name"], order.state, ends, order.thaw_began, minutes
    )
