"""Where do one patient's cells stand? The order, its containers, and what was done.

Values only: ``fold`` makes them from the entries of the order's chain, and nothing else does.

* The state is for display and for what may come next; the rules look at containers and at what was done.
* Custody is one custodian for each container at every instant from its first ``custody`` effect on.
* A deed that is undone by going back (postponed, collected again, made again) stays in ``done``, but no longer counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from coi.shipping.shipment import Shipment

STATES = (
    "DRAFT", "ORDERED", "SCHEDULED", "COLLECTING", "COLLECTED", "IN_TRANSIT_TO_MFG", "RECEIVED_AT_MFG", "ACCEPTED",
    "MANUFACTURING", "CRYOPRESERVED", "FINISHED", "QC_PENDING", "RELEASED", "IN_TRANSIT_TO_SITE", "RECEIVED_AT_SITE",
    "STORED_AT_SITE", "READY_FOR_INFUSION", "THAWING", "INFUSING", "INFUSED", "PARTIAL", "RECONCILED",
)  # fmt: skip
"""The road of domain.md 2.3 in its order; a protocol walks those that its product has (frozen, or finished fresh)."""
STOPPED = (
    "MANUFACTURING_FAILED", "REJECTED", "LOST", "CANCELLED", "WITHDRAWN", "DECEASED", "DESTROYED",
)  # fmt: skip
"""Where an order stands beside the road: nothing moves forward, and every container still needs its disposition."""
ALL_STATES = STATES + STOPPED
TERMINAL = frozenset({"RECONCILED"})
FINAL_CONTAINER = frozenset({"consumed", "administered", "partly_administered", "destroyed", "tested", "lost"})
"""Container states that need no further custody."""
CONTAINER_STATES = (
    "registered", "filling", "collected", "sealed", "received", "accepted", "in_process", "stored", "retrieved",
    "thawed", "issued", "infusing", "interrupted", *sorted(FINAL_CONTAINER),
)  # fmt: skip


AT_PATIENT = frozenset({"filling", "infusing", "interrupted"})
"""Container states in which a tube leads to the patient."""
ON_ITS_WAY = frozenset({"thawed", "issued"})
"""Container states between the thaw or the issue and the infusion: somebody carries it to the patient now."""


@dataclass(frozen=True, slots=True)
class Container:
    """One bag or vessel with one identity."""

    id: str
    kind: str
    """starting_material, intermediate, drug_product or sample."""
    state: str
    keys: tuple[tuple[str, str], ...] = ()
    """What its symbol says beside the piece: din, product_code, coi, gtin, serial, lot, as parsed text."""
    expires: datetime | None = None
    """UTC; None means that no expiry has been set, which is not the same as never."""
    parents: tuple[str, ...] = ()
    location: str | None = None
    custodian: str | None = None
    """Custody point: site, or site/unit; None until somebody has it."""
    thaw_began: datetime | None = None
    """The earliest instant at which it may have begun to thaw; it only ever moves earlier."""

    @property
    def live(self) -> bool:
        """Whether it has cells or will have, and its fate is open."""
        return self.state not in FINAL_CONTAINER

    @property
    def filled(self) -> bool:
        """Whether there are cells in it: no label without its bag, and nothing that has come to its end."""
        return self.live and self.state != "registered"

    def key(self, name: str) -> str | None:
        """Return one of the container's identity keys, or None."""
        return dict(self.keys).get(name)


@dataclass(frozen=True, slots=True)
class Done:
    """One accepted deed at a checkpoint."""

    checkpoint: str
    at: datetime
    seq: int
    persons: tuple[str, ...]
    undone: bool = False
    """Whether the order went back to before it: it was done, and must be done again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Custody held out by the giver and not yet taken."""

    to: str
    by: str
    at: datetime
    containers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """The effective release: exactly these containers, no other lot of the same patient."""

    id: str
    containers: tuple[str, ...]
    at: datetime
    oos: bool = False
    """Whether it releases a product out of specification: every screen says so for the life of the product."""


@dataclass(frozen=True, slots=True)
class Order:
    """One therapy event: the aggregate that owns a chain of identity."""

    id: str
    chain: str
    patient: str
    """Pseudonym; who it is stands in the vault alone."""
    protocol: str
    protocol_sha256: str
    product: str
    sites: tuple[tuple[str, str], ...]
    """collection, manufacturing, treatment and courier, each with a site id."""
    state: str
    opened_at: datetime
    coi: str | None = None
    lot: str | None = None
    left: str | None = None
    """The state from which the order left the road; where a parcel that is found again goes on."""
    offers: tuple[Offer, ...] = ()
    certificate: Certificate | None = None
    containers: tuple[Container, ...] = ()
    shipments: tuple[Shipment, ...] = ()
    done: tuple[Done, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    refused: int = 0

    def site(self, role: str) -> str:
        """Return the site id that plays *role* for this order."""
        return dict(self.sites)[role]

    def container(self, container_id: str) -> Container | None:
        """Return a container of this order, or None."""
        return next((held for held in self.containers if held.id == container_id), None)

    def lineage(self, containers: Iterable[str]) -> frozenset[str]:
        """Return *containers* with everything that they were made from, back to the donation."""
        found: set[str] = set()
        open_ = list(containers)
        while open_:
            name = open_.pop()
            held = self.container(name)
            if name not in found and held is not None:
                found.add(name)
                open_ += held.parents
        return frozenset(found)

    def of_kind(self, kind: str) -> tuple[Container, ...]:
        """Return the containers of *kind*."""
        return tuple(held for held in self.containers if held.kind == kind)

    @property
    def custodian(self) -> str | None:
        """The custody point that holds all live containers; None where there is none, or more than one."""
        points = self.custodians()
        return points[0] if len(points) == 1 else None

    @property
    def thaw_began(self) -> datetime | None:
        """When the clock that ends first began: the earliest thaw of a bag that is thawed and not given yet."""
        return min((c.thaw_began for c in self.containers if c.live and c.thaw_began is not None), default=None)

    def custodians(self) -> tuple[str, ...]:
        """Return every custody point that holds a live container, each once."""
        return tuple(sorted({c.custodian for c in self.containers if c.live and c.custodian is not None}))

    @property
    def offer(self) -> Offer | None:
        """The oldest open offer."""
        return self.offers[0] if self.offers else None

    def offered(self, container: str) -> Offer | None:
        """Return the open offer of a container, or None."""
        return next((offer for offer in self.offers if container in offer.containers), None)

    def shipment(self, code: str | None = None) -> Shipment | None:
        """Return the shipment under way: the one in this shipper or under this seal, or the only one without a code."""
        under_way = [shipment for shipment in self.shipments if shipment.is_open]
        named = [shipment for shipment in under_way if code in {shipment.shipper, shipment.seal}]
        if named:
            return named[0]
        return under_way[0] if len(under_way) == 1 else None

    def did(self, checkpoint: str) -> Done | None:
        """Return the newest accepted deed at *checkpoint* that still counts, or None."""
        return next((d for d in reversed(self.done) if d.checkpoint == checkpoint and not d.undone), None)

    def dose(self) -> tuple[Container, ...]:
        """Return the containers that the effective certificate releases: all are given together."""
        listed = () if self.certificate is None else self.certificate.containers
        return tuple(held for held in self.containers if held.id in listed)

    def unseen(self) -> tuple[Container, ...]:
        """Return what was sealed in and not seen since: missing at the receipt, or on its way in a stopped order."""
        carried = {name for shipment in self.shipments if shipment.is_open for name in shipment.containers}
        sealed = [held for held in self.containers if held.state == "sealed"]
        return tuple(held for held in sealed if held.id not in carried or self.state in STOPPED)

    def searchable(self) -> tuple[Container, ...]:
        """Return what holds cells and lies somewhere in a house: what a search may fail to find."""
        return tuple(held for held in self.containers if held.filled and held.state not in AT_PATIENT | ON_ITS_WAY)

    def next_bags(self) -> tuple[Container, ...]:
        """Return the bags of the dose that were taken out for the patient and wait for the preflight."""
        return tuple(held for held in self.dose() if held.state in {"retrieved", "received"})

    def fact(self, name: str) -> str | None:
        """Return a signed fact, or None: missing is a value."""
        return dict(self.facts).get(name)

    def executors(self) -> frozenset[str]:
        """Return everybody who did or verified a manufacturing step: none of them may release."""
        return frozenset(
            person
            for deed in self.done
            if deed.checkpoint.startswith(("h8_", "h9_", "h10_", "h11_qc"))
            for person in deed.persons
        )
