"""What is put before the judges: the scans made sense of, the people, the facts.

Frozen values that ``checks`` and ``verdict`` read. Everything in them was loaded before; nothing here looks
anything up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coi.custody.trust import Read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from coi.custody.order import Container, Order
    from coi.custody.protocol import Checkpoint, Protocol, Slot
    from coi.equipment.register import Equipment
    from coi.labelling.pieces import Piece
    from coi.person import Person
    from coi.quality.holds import Hold
    from coi.shipping.shipment import Shipment


@dataclass(frozen=True, slots=True)
class Item:
    """One scan, made sense of: what it is and whose it is."""

    klass: str
    """wristband, container, cassette, shipper, seal, location, equipment, logger, kit, band, badge, command, paper.

    Unknown or unreadable.
    """
    whose: str
    """own (this order's), other (another order's), none (nobody's: shippers, places, bands not bound) or unknown."""
    at: datetime
    source: str
    assurance: str
    """signed (by an enrolled device over a fresh nonce), token (API token, never in production) or keyed."""
    linear: bool = False
    """Whether a bar code rather than a square code was read."""
    code: str = ""
    """The canonical text, only where it is this order's or nobody's; empty otherwise."""
    tail: str = ""
    """At most the last four characters of a foreign piece."""
    piece: Piece | None = None
    container: Container | None = None
    """The own container that the piece is for."""
    equipment: Equipment | None = None
    differs: tuple[tuple[str, str, str], ...] = ()
    """Fields of the symbol that disagree with what is registered: name, expected, seen."""
    fault: str = ""
    """Why it is unreadable or unknown."""
    foreign_order: str | None = None
    """The other order; for the action's notice, never for a screen."""
    foreign_container: str | None = None
    aim: str = ""
    length: int = 0
    commitment: str = ""
    """Salted commitment to the bytes in the vault, for reads that may not stand in the entry."""
    seen: str = ""
    """The decoder and its frames, where a camera read it."""
    scanner: str = ""
    """What stands against the scanner it came through: failed, due, or nothing."""
    replayed: bool = False
    """Whether the very same frame of a camera came before."""

    @property
    def read(self) -> Read:
        """Return what is known of the read apart from its bytes, for the table of trust."""
        return Read(self.aim, self.source, self.assurance, self.seen, self.scanner, self.klass)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything else that the rules look at."""

    items: tuple[Item, ...]
    holds: tuple[Hold, ...]
    pieces: tuple[Piece, ...]
    """All pieces ever printed for the order."""
    signers: tuple[Person, ...] = ()
    """Who signed, in order; empty before anybody has."""
    values: Mapping[str, str] = field(default_factory=dict)
    used_seals: frozenset[str] = frozenset()
    busy_shippers: frozenset[str] = frozenset()
    suites: Mapping[str, str] = field(default_factory=dict)
    """Suites with an open order in them: code to order id."""
    claims: Mapping[str, str] = field(default_factory=dict)
    """Things that only one order has at a time (benches, separators): code to the order that has it."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Verdicts on temperature traces by shipment: in_range, out_of_range or no_data."""
    known_sites: Mapping[str, str] = field(default_factory=dict)
    """Sites of the installation by id, each with its kind."""
    twins: bool = False
    """Whether another open order has a patient of the same name and birth date."""
    by_lease: bool = False
    """Whether the deed was done alone, under a lease: the vault, and so the spoken name, was out of reach."""
    unprintable: tuple[str, ...] = ()
    """Labels that the step prints and for which no template is approved and in force."""
    leased: str = ""
    """Station that has the exclusive lease of a bag scanned here; empty where none lives or it is this one."""
    lent: frozenset[str] = frozenset()
    """Containers of the order that any station has a live lease of, where what is missing is given up."""
    unleased: bool = False
    """Whether a lease must be there before the thaw, and no station has one of a bag scanned here."""
    may_type: bool = False
    """Whether this installation lets two persons type at this step what no scanner reads."""
    sightings: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    """Where each label scanned here was last scanned, and when."""
    hurried: bool = False
    """Whether goods may be handed on faster than on any road: in a demonstration or a training."""
    device_site: str | None = None
    """Site of the qualified device that the scans came through; None without one."""
    device_state: str | None = None
    site: str = ""
    """Site at which the person acts."""
    zone: str = ""
    """Time zone of the site where the step happens, by its IANA name; empty where nobody knows it."""
    scheme: str = "isbt128"
    """Identifier scheme of the collection site: isbt128, gs1 or plain."""
    gtin: str = ""
    """GS1: the article number of the bags that are collected there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the judges."""

    checkpoint: Checkpoint
    order: Order
    protocol: Protocol
    facts: Facts
    by: Person
    at: datetime

    @property
    def expected_point(self) -> str:
        """The custody point where the checkpoint happens."""
        return self.checkpoint.point(self.order)

    def filling(self, slot: Slot) -> tuple[Item, ...]:
        """Return the items that were scanned for *slot*: of its class, and of its kind where we know the kind."""
        return tuple(item for item in self.facts.items if fits(slot, item, self.checkpoint.slots))

    def item(self, slot: str) -> Item | None:
        """Return the own or nobody's item in *slot*, if exactly one was scanned."""
        found = self.items(slot)
        return found[-1] if len({item.code for item in found}) == 1 else None

    def items(self, slot: str) -> tuple[Item, ...]:
        """Return the own or nobody's items in *slot*, each thing once."""
        found = [i for i in self.filling(self.checkpoint.slot(slot)) if i.whose in {"own", "none"}]
        return tuple({item.code: item for item in found}.values())

    def shipment(self) -> Shipment | None:
        """Return the shipment that this act is about: the one whose shipper or seal was scanned, else the only one."""
        codes = [item.code for item in self.facts.items if item.klass in {"shipper", "seal"} and item.code]
        found = [self.order.shipment(code) for code in codes]
        return next((one for one in found if one is not None), self.order.shipment())

    def containers(self) -> tuple[Container, ...]:
        """Return the order's containers that this act moves: those scanned, else those in the shipment.

        Else, where nothing is scanned, all live ones; of the products only those that the certificate names, once
        there is one: a lot that failed and lies apart stands in nobody's way.
        """
        named = {i.container.id: i.container for i in self.facts.items if i.whose == "own" and i.container is not None}
        if named:
            return tuple(named.values())
        shipment = self.shipment()
        if shipment is not None and any(slot.klass == "shipper" for slot in self.checkpoint.slots):
            return tuple(c for c in self.order.containers if c.id in shipment.containers)
        live = (c for c in self.order.containers if c.live and c.state != "registered")
        dose = None if self.order.certificate is None else self.order.certificate.containers
        return tuple(c for c in live if dose is None or c.kind != "drug_product" or c.id in dose)


def fits(slot: Slot, item: Item, slots: tuple[Slot, ...]) -> bool:
    """Say whether *item* is meant for *slot*; a foreign container fits every container slot it could stand for.

    Where two slots want containers of one kind (a vessel that is split), the state of the container tells which.
    """
    if item.klass != slot.klass:
        return False
    if slot.klass not in {"container", "cassette"}:
        return True
    alike = [other for other in slots if other.klass == slot.klass]
    if any(other.symbol == "linear" for other in alike) and (slot.symbol == "linear") != item.linear:
        return False
    if item.container is None:
        return True
    state = item.container.state
    better = any(other.kind == slot.kind and other.symbol == slot.symbol and state in other.states for other in alike)
    return item.container.kind == slot.kind and (state in slot.states or not better)
