"""What can be wrong with a question that a program puts to a gate? Each is the right one with one thing changed.

``Gate`` is one checkpoint of one order, with the right scans in hand; its methods yield wrong questions, with the
reason codes of which one at least must be given. Nothing here asks; ``tests/coi/custody/test_cross_product_http.py``
does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.custody.reading import Scanned
from coi.labelling import store as pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint, Protocol, Slot
    from coi.demo.road import Road
    from coi.labelling.pieces import Piece
    from tests.world import World

MATERIAL = {"wristband", "container", "cassette"}
NOT_ITS_TURN = frozenset(
    {"not_now", "already_done", "wrong_state", "missing", "unexpected", "not_offered", "offer_open"}
)
OTHER_LOT = frozenset({"other_lot", "not_certified", "wrong_state", "wrong_container", "unexpected", "not_here"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong question: what is wrong with it, and what it must be refused for."""

    what: str
    codes: frozenset[str]
    scans: tuple[Scanned, ...]
    checkpoint: str
    role: str
    site: str
    number: int = 0
    """Which of those who play the role there."""
    signers: tuple[str, ...] | None = None
    """Who signs what is prepared; None where nothing may be prepared."""


@dataclass
class Gate:
    """One checkpoint of one order, as its people stand before it with everything right in hand."""

    world: World
    name: str
    checkpoint: str
    others: Sequence[str] = ()
    """Orders of other patients."""
    again: Sequence[str] = ()
    """Other orders of the same patient."""
    order: Order = field(init=False)
    protocol: Protocol = field(init=False)
    step: Checkpoint = field(init=False)

    def __post_init__(self) -> None:
        """Take the order as it stands."""
        self.order = self.road.order(self.name)
        self.protocol = protocols.pinned(self.order.protocol_sha256)
        self.step = steps.step_of(self.protocol, self.order, self.checkpoint)

    @property
    def road(self) -> Road:
        """The road of this world."""
        return self.world.road

    @cached_property
    def right(self) -> dict[str, list[Scanned]]:
        """The right scans by slot."""
        return {slot.name: self.road.scans(self.order, slot, self.step, {}) for slot in self.step.slots}

    @cached_property
    def by(self) -> tuple[str, str, int]:
        """Who does it: role, site, and which of those who play it."""
        deed = self.road.actor(self.order, self.step)
        logins = {person: login for login, person in self.road.persons.items()}
        login = logins[deed.by.id]
        role = next(one for one in self.step.roles if login in self.road.cast.get((one, deed.site), ()))
        return role, deed.site, list(self.road.cast[role, deed.site]).index(login)

    def wrong(self) -> Iterator[Wrong]:
        """Yield every wrong question that leaves the world as it was, and the order ready for the right one."""
        for slot in self.step.slots:
            if self.right[slot.name]:
                yield from self.scans(slot)
        yield from self.turns()
        yield from self.people()

    def scans(self, slot: Slot) -> Iterator[Wrong]:
        """Yield the right question with one scan wrong."""
        mine = self.right[slot.name]
        linear = slot.symbol == "linear"
        for whose, orders in (("another's", self.others), ("other order of the same patient", self.again)):
            for theirs in self.things_of(orders, slot, linear=linear):
                yield self.asked(whose, {"other_order"}, {slot.name: [*mine[:-1], theirs]})
                yield self.asked(f"two at once, {whose}", {"other_order"}, {slot.name: [*mine, theirs]})
        if slot.klass == "container":
            for held in self.other_lots(slot):
                scan = self.scan_of(held, linear=linear)
                yield self.asked("other lot of the same patient", OTHER_LOT, {slot.name: [*mine[:-1], scan]})
        if not slot.optional:
            yield self.asked("none", {"missing", "manifest_missing"}, {slot.name: mine[:-1]})
        noise = Scanned(b"\x00\xff\xfe", "]d1", "picture", self.road.clock(), self.road.assurance)
        yield self.asked("unreadable", {"unreadable"}, {slot.name: [*mine[:-1], noise]})
        yield self.asked("unreadable beside it", {"unreadable"}, {slot.name: [*mine, noise]})

    def turns(self) -> Iterator[Wrong]:
        """Yield the same scans at every other checkpoint of the road that does not stand open."""
        open_ = {step.id for step in steps.open_for(self.protocol, self.order)}
        for step in self.protocol.checkpoints:
            if step.side or step.id in open_ or self.order.site(step.site) != self.by[1]:
                continue
            role = next((one for one in step.roles if (one, self.by[1]) in self.road.cast), None)
            if role is not None:
                every = {name: scans for name, scans in self.right.items() if scans}
                yield self.asked("wrong order of steps", set(), every, checkpoint=step.id, role=role)

    def people(self) -> Iterator[Wrong]:
        """Yield the right scans by another role, at another site, or signed by one person for two."""
        role, site, _ = self.by
        here = {one for one, at in self.road.cast if at == site}
        for other in sorted(here - set(self.step.roles) - {"system_admin", "site_admin"}):
            yield self.asked("wrong role", {"role"}, {}, role=other)
        for other, at in sorted(self.road.cast):
            if at != site and at in dict(self.order.sites).values() and not other.endswith("_admin"):
                yield self.asked("wrong site", {"wrong_site"}, {}, role=other, site=at)
        if self.step.sign is not None and len(self.step.sign.by) > 1:
            names = self.road.signers(self.order, self.step, self.road.actor(self.order, self.step))
            same = (names[0],) * len(names)
            yield self.asked("same person twice", {"same_person"}, {}, role=role, signers=same)
            yield self.asked("one signature too few", {"signer_missing"}, {}, role=role, signers=tuple(names[:-1]))

    def asked(
        self,
        what: str,
        codes: set[str] | frozenset[str],
        instead: dict[str, list[Scanned]],
        *,
        checkpoint: str = "",
        role: str = "",
        site: str = "",
        signers: tuple[str, ...] | None = None,
    ) -> Wrong:
        """Return the right question with something else in some slots, at another gate or by somebody else."""
        scans = tuple(scan for found in {**self.right, **instead}.values() for scan in found)
        mine = not (role or site) or (role == self.by[0] and not site)
        number = self.by[2] if mine else 0
        gate = checkpoint or self.checkpoint
        return Wrong(what, frozenset(codes), scans, gate, role or self.by[0], site or self.by[1], number, signers)

    def things_of(self, orders: Sequence[str], slot: Slot, *, linear: bool) -> Iterator[Scanned]:
        """Yield what these orders have that could lie in a slot: labels of any kind, or their shipper, seal, logger."""
        for name in orders:
            if slot.klass in MATERIAL:
                known = self.world.database.read(partial(pieces.of_order, order=name))
                for piece in known:
                    if piece.state in {"printed", "applied"}:
                        yield self.road.read_piece(piece, linear=linear)
            elif slot.klass in {"shipper", "seal", "logger"}:
                for shipment in self.road.order(name).shipments:
                    if shipment.is_open:
                        yield self.road.plain(str(getattr(shipment, slot.klass)))

    def other_lots(self, slot: Slot) -> list[Container]:
        """Return the containers of the order, of a slot's kind, that belong to another lot than the one in work."""
        kinds = self.order.of_kind(slot.kind or "")
        return [held for held in kinds if held.key("lot") not in {None, self.order.lot}]

    def label(self, slot: Slot) -> Piece | None:
        """Return the live label that is scanned for a slot, if it is on its thing."""
        if slot.klass != "container" or slot.piece != "applied" or not self.right[slot.name]:
            return None
        held = next(iter(steps.waiting(self.step, slot, self.order)), None)
        return None if held is None else self.road.piece(self.order, "container", held.id, "applied")

    def scan_of(self, held: Container, *, linear: bool) -> Scanned:
        """Return the scan of a container's label."""
        return self.road.read_piece(self.road.piece(self.order, "container", held.id, "applied"), linear=linear)

    def dead(self, old: Piece) -> Wrong:
        """Return the right question with a label that was replaced, wherever it is scanned."""
        slots = [s for s in self.step.slots if s.klass == "container" and s.piece == "applied" and self.right[s.name]]
        instead = {
            slot.name: [self.road.read_piece(old, linear=slot.symbol == "linear"), *self.right[slot.name][1:]]
            for slot in slots
            if old.container in {held.id for held in self.order.of_kind(slot.kind or "")}
        }
        return self.asked("dead piece", {"dead_piece"}, instead)
