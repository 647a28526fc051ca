"""The coordinator's board: every open order as one row with its clocks. Nothing is decided here.

A row says where the cells are, what comes next and who does it, until when, and what is wrong; lost parcels come first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from coi import people
from coi.custody import late, order_boxes, order_notes, order_screen, steps, tasks, watch, words
from coi.custody import protocol_register as protocols
from coi.custody import thing_words as things
from coi.custody.order import STOPPED, TERMINAL
from coi.custody.order_views import AlarmView
from coi.quality import deviation_store
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.custody.protocol import Checkpoint, Protocol
    from coi.person import Person

FAR = datetime.max.replace(tzinfo=UTC)
PARTS = {
    "collection": frozenset({"DRAFT", "ORDERED", "SCHEDULED", "COLLECTING", "COLLECTED"}),
    "way": frozenset({"IN_TRANSIT_TO_MFG", "IN_TRANSIT_TO_SITE", "LOST"}),
    "making": frozenset({
        "RECEIVED_AT_MFG", "ACCEPTED", "MANUFACTURING", "CRYOPRESERVED", "FINISHED", "QC_PENDING", "RELEASED",
    }),
    "hospital": frozenset({
        "RECEIVED_AT_SITE", "STORED_AT_SITE", "READY_FOR_INFUSION", "THAWING", "INFUSING", "INFUSED", "PARTIAL",
    }),
    "stopped": frozenset(STOPPED),
}  # fmt: skip
"""The parts of the road by which a board can be narrowed down."""


@dataclass(frozen=True, slots=True)
class Row:
    """One open order."""

    name: str
    order: str
    product: str
    state: str
    part: str
    stopped: bool
    where: tuple[str, ...]
    offered: str
    handoff: str
    next: str
    who: str
    """Roles and site of who does the next step."""
    due: datetime | None
    thaw_ends: datetime | None
    days: int | None
    """Whole days since the collection ended, vein to vein so far."""
    infusion: date | None
    expires: datetime | None
    held: bool
    deviations: int
    alarms: tuple[AlarmView, ...]
    notes: tuple[str, ...]
    lost: bool

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to look at it."""
        return bool(self.lost or self.held or self.deviations or self.alarms or self.notes or self.stopped)


def rows(session: Session, person: Person, at: datetime) -> tuple[Row, ...]:
    """Return every open order that *person* may see."""
    return tuple(_row(session, one, at) for one in order_screen.visible(session, person) if one.state not in TERMINAL)


SORTS: Mapping[str, Callable[[Row], datetime]] = {
    "due": lambda row: row.due or FAR,
    "expiry": lambda row: row.expires or FAR,
    "infusion": lambda row: FAR if row.infusion is None else datetime(*row.infusion.timetuple()[:3], tzinfo=UTC),
}
"""What a board can be sorted by, the soonest first."""


def chosen(found: tuple[Row, ...], *, sort: str, part: str, trouble: bool) -> tuple[Row, ...]:
    """Return the rows of a part of the road, sorted; lost parcels come first whatever else was asked."""
    key = SORTS.get(sort, SORTS["due"])
    kept = [row for row in found if (not part or row.part == part or row.lost) and (not trouble or row.is_trouble)]
    return tuple(sorted(kept, key=lambda row: (not row.lost, row.thaw_ends or FAR, key(row), row.name)))


def _row(session: Session, order: Order, at: datetime) -> Row:
    protocol = protocols.pinned(order.protocol_sha256)
    step = _next(order, protocol)
    alarms = [one for shipment in order.shipments for one in late.of_shipment(order, protocol, shipment, at)]
    offers = [order_boxes.place(session, offer.to) for offer in order.offers]
    thaw = timedelta(minutes=protocol.limits["thaw_to_infusion_min"])
    out_of_specification = order_notes.is_out_of_specification(order)
    return Row(
        name=order.coi or order.id,
        order=words.order_for_eyes(order),
        product=protocol.product["name"],
        state=things.state(order.state),
        part=next((part for part, states in PARTS.items() if order.state in states), ""),
        stopped=order.state in STOPPED,
        where=tuple(order_boxes.place(session, point) for point in order.custodians()),
        offered=", ".join(dict.fromkeys(offers)),
        handoff="" if step is None else step.handoff,
        next=things.stopped(order.state)[1] if step is None else str(_(step.title)),
        who="" if step is None else _who(session, order, step),
        due=None if step is None else tasks.due(order, step, protocol),
        thaw_ends=None if order.thaw_began is None else order.thaw_began + thaw,
        days=_days(order, protocol, at),
        infusion=_day(order.fact("slot_infusion")),
        expires=min(
            (held.expires for held in order.containers if held.live and held.expires is not None), default=None
        ),
        held=any(hold.is_open for hold in quality.of_order(session, order.id)),
        deviations=sum(one.state != "closed" for one in deviation_store.of_order(session, order.id)),
        alarms=(
            *(AlarmView(things.alarm(one.kind), one.level, one.since) for one in watch.of_order(order, protocol, at)),
            *(AlarmView(things.alarm(one.kind), one.level, one.since) for one in alarms),
        ),
        notes=(str(_("out of specification")),) if out_of_specification else (),
        lost=order.state == "LOST" or any(one.kind == "lost" for one in alarms),
    )


def _next(order: Order, protocol: Protocol) -> Checkpoint | None:
    """Return the next step of the road: one that was not done yet before one that may be done again."""
    ahead = [step for step in steps.open_for(protocol, order) if not step.side]
    return next((step for step in ahead if order.did(step.id) is None), next(iter(ahead), None))


def _who(session: Session, order: Order, step: Checkpoint) -> str:
    roles = str(_(" or ")).join(things.role(name) for name in step.roles)
    return f"{roles} · {people.name_of(session, order.site(step.site))}"


def _days(order: Order, protocol: Protocol, at: datetime) -> int | None:
    ends = {step.id for step in protocol.checkpoints if step.to == "COLLECTED"}
    first = next((deed for deed in order.done if deed.checkpoint in ends and not deed.undone), None)
    return None if first is None else (at - first.at).days


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
