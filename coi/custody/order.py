"""Where do one patient's cells stand? The fold of an order's entries.

``step(order, entry)`` is the only way in which an order changes: it takes the effects that an accepted entry names, and
nothing else, so that an order is what its chain says. The state is for display; the rules look at what was done.

* Values are frozen; an effect that names a container the order does not have is a broken chain, never skipped.
* Custody is one custodian at every instant from the first ``custody`` effect on.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from coi.ledger.entry import instant, moment
from coi.shipping.shipment import Shipment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from coi.ledger.entry import Entry

STATES = (
    "DRAFT", "ORDERED", "SCHEDULED", "COLLECTING", "COLLECTED", "IN_TRANSIT_TO_MFG", "RECEIVED_AT_MFG", "ACCEPTED",
    "MANUFACTURING", "CRYOPRESERVED", "QC_PENDING", "RELEASED", "IN_TRANSIT_TO_SITE", "RECEIVED_AT_SITE",
    "STORED_AT_SITE", "READY_FOR_INFUSION", "THAWING", "INFUSING", "INFUSED", "RECONCILED",
)  # fmt: skip
"""The straight road of domain.md 2.3."""
TERMINAL = frozenset({"RECONCILED"})
FINAL_CONTAINER = frozenset({"consumed", "administered", "destroyed"})
"""Container states that need no further custody."""


@dataclass(frozen=True, slots=True)
class Container:
    """One bag or vessel with one identity."""

    id: str
    kind: str
    """starting_material, intermediate or drug_product."""
    state: str
    keys: tuple[tuple[str, str], ...] = ()
    """What its symbol says beside the piece: din, product_code, coi, gtin, serial, lot, as parsed text."""
    expires: datetime | None = None
    """UTC; None means that no expiry has been set, which is not the same as never."""
    parents: tuple[str, ...] = ()
    location: str | None = None

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


@dataclass(frozen=True, slots=True)
class Offer:
    """Custody held out by the giver and not yet taken."""

    to: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """The effective release: exactly these containers, no other lot of the same patient."""

    id: str
    containers: tuple[str, ...]
    at: datetime


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
    custodian: str | None = None
    """Custody point: site, or site/unit; None until the collection begins."""
    offer: Offer | None = None
    certificate: Certificate | None = None
    thaw_began: datetime | None = None
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

    def of_kind(self, kind: str) -> tuple[Container, ...]:
        """Return the containers of *kind*."""
        return tuple(held for held in self.containers if held.kind == kind)

    def shipment(self) -> Shipment | None:
        """Return the shipment that is under way, or None."""
        return next((shipment for shipment in self.shipments if shipment.is_open), None)

    def did(self, checkpoint: str) -> Done | None:
        """Return the newest accepted deed at *checkpoint*, or None."""
        return next((deed for deed in reversed(self.done) if deed.checkpoint == checkpoint), None)

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


class BrokenOrder(ValueError):
    """An entry names something that the order cannot have: the chain and the code disagree."""


def opened(chain: str, stmt: Mapping[str, Any]) -> Order:
    """Return the order that an ``order.created`` statement opens."""
    return Order(
        id=stmt["order"],
        chain=chain,
        patient=stmt["patient"],
        protocol=stmt["protocol"],
        protocol_sha256=stmt["protocol_sha256"],
        product=stmt["product"],
        sites=tuple(sorted(stmt["sites"].items())),
        state="DRAFT",
        opened_at=moment(stmt["at"]),
    )


def step(order: Order, stmt: Mapping[str, Any], seq: int, signers: tuple[str, ...] = ()) -> Order:
    """Return *order* after one entry of a checkpoint: its effects if it was accepted, one more refusal if it was not.

    *signers* are the persons of the entry's signatures: who verified a step made the batch as much as who did it.
    """
    if stmt["outcome"] == "blocked":
        return replace(order, refused=order.refused + 1)
    at = moment(stmt["at"])
    for effect in stmt["effects"]:
        order = _effect(order, effect, by=stmt["actor"], at=at)
    persons = tuple(dict.fromkeys((stmt["actor"], *signers)))
    deed = Done(checkpoint=stmt["checkpoint"], at=at, seq=seq, persons=persons)
    return replace(order, done=(*order.done, deed))


def _effect(order: Order, effect: Mapping[str, Any], *, by: str, at: datetime) -> Order:  # noqa: C901, PLR0911, PLR0912  one case an effect
    match effect["do"]:
        case "state":
            if effect["to"] not in STATES:
                raise BrokenOrder(f"Expected a state of the order, seen {effect['to']!r}.")
            return replace(order, state=effect["to"])
        case "issue_coi":
            return replace(order, coi=effect["coi"])
        case "lot":
            return replace(order, lot=effect["lot"])
        case "register":
            return _register(order, effect)
        case "container":
            return _container(order, effect)
        case "custody":
            return replace(order, custodian=effect["to"], offer=None)
        case "offer":
            return replace(order, offer=Offer(to=effect["to"], by=by, at=at))
        case "decline":
            return replace(order, offer=None)
        case "ship":
            return _ship(order, effect)
        case "shipment":
            return _shipment(order, effect)
        case "fact":
            return replace(
                order,
                facts=(*(kept for kept in order.facts if kept[0] != effect["name"]), (effect["name"], effect["value"])),
            )
        case "certify":
            return replace(
                order, certificate=Certificate(id=effect["certificate"], containers=_listed(order, effect), at=at)
            )
        case "thaw_clock":
            return replace(order, thaw_began=moment(effect["began"]))
        case "piece" | "print":
            return order  # pieces are labelling's own projection of the same entry
        case unknown:
            raise BrokenOrder(f"Expected an effect that the order knows, seen {unknown!r}.")


def _register(order: Order, effect: Mapping[str, Any]) -> Order:
    if order.container(effect["container"]) is not None:
        raise BrokenOrder(f"Expected a new container, seen {effect['container']} again.")
    expires = effect.get("expires")
    container = Container(
        id=effect["container"],
        kind=effect["kind"],
        state="registered",
        keys=tuple(sorted(effect["keys"].items())),
        expires=None if expires is None else moment(expires),
    )
    return replace(order, containers=(*order.containers, container))


def _container(order: Order, effect: Mapping[str, Any]) -> Order:
    held = order.container(effect["container"])
    if held is None:
        raise BrokenOrder(f"Expected a container of order {order.id}, seen {effect['container']}.")
    changed = replace(held, state=effect["state"])
    if "expires" in effect:
        changed = replace(changed, expires=moment(effect["expires"]))
    if "parent" in effect:
        changed = replace(changed, parents=(*changed.parents, effect["parent"]))
    changed = replace(changed, location=effect.get("location"))
    return replace(order, containers=tuple(changed if c.id == held.id else c for c in order.containers))


def _ship(order: Order, effect: Mapping[str, Any]) -> Order:
    if any(shipment.id == effect["shipment"] for shipment in order.shipments):
        raise BrokenOrder(f"Expected a new shipment, seen {effect['shipment']} again.")
    shipment = Shipment(
        id=effect["shipment"], order=order.id, origin=effect["origin"], destination=effect["destination"],
        shipper=effect["shipper"], seal=effect["seal"], containers=_listed(order, effect),
    )  # fmt: skip
    return replace(order, shipments=(*order.shipments, shipment))


def _shipment(order: Order, effect: Mapping[str, Any]) -> Order:
    if all(shipment.id != effect["shipment"] for shipment in order.shipments):
        raise BrokenOrder(f"Expected a shipment of order {order.id}, seen {effect['shipment']}.")
    changed = (replace(s, state=effect["state"]) if s.id == effect["shipment"] else s for s in order.shipments)
    return replace(order, shipments=tuple(changed))


def _listed(order: Order, effect: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the containers that an effect lists, which are all the order's own."""
    listed = tuple(effect["containers"])
    strangers = [name for name in listed if order.container(name) is None]
    if strangers:
        raise BrokenOrder(f"Expected containers of order {order.id}, seen {' '.join(strangers)}.")
    return listed


def is_step(kind: str, stmt: Mapping[str, Any]) -> bool:
    """Say whether an entry is a step of its chain's order: a judged deed, not a notice from another order."""
    return kind.startswith("custody.") and stmt["outcome"] != "noted"


def replay(entries: Iterable[Entry]) -> Order | None:
    """Fold one chain's entries into its order; None for a chain that holds no order."""
    order: Order | None = None
    for entry in entries:
        if entry.type == "order.created":
            order = opened(entry.chain, entry.stmt)
        elif order is not None and is_step(entry.type, entry.stmt):
            order = step(order, entry.stmt, entry.seq, signers(entry))
    return order


def signers(entry: Entry) -> tuple[str, ...]:
    """Return the persons who signed an entry, in order."""
    return tuple(str(signature["person"]) for signature in entry.sig)


def to_json(order: Order) -> dict[str, Any]:
    """Return the order as plain data, for the projection that spares a fold at every scan."""
    plain: dict[str, Any] = _plain(order)
    return plain


def _plain(value: Any) -> Any:  # noqa: ANN401  any value that an order holds
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return instant(value)
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def from_json(data: Mapping[str, Any]) -> Order:
    """Return the order that ``to_json`` wrote."""
    when = moment
    return Order(
        **{
            **data,
            "sites": _pairs(data["sites"]),
            "facts": _pairs(data["facts"]),
            "opened_at": when(data["opened_at"]),
            "thaw_began": None if data["thaw_began"] is None else when(data["thaw_began"]),
            "offer": None if data["offer"] is None else Offer(**{**data["offer"], "at": when(data["offer"]["at"])}),
            "certificate": None
            if data["certificate"] is None
            else Certificate(
                id=data["certificate"]["id"],
                containers=tuple(data["certificate"]["containers"]),
                at=when(data["certificate"]["at"]),
            ),
            "containers": tuple(
                Container(
                    **{
                        **held,
                        "keys": _pairs(held["keys"]),
                        "expires": None if held["expires"] is None else when(held["expires"]),
                        "parents": tuple(held["parents"]),
                    }
                )
                for held in data["containers"]
            ),
            "shipments": tuple(Shipment(**{**s, "containers": tuple(s["containers"])}) for s in data["shipments"]),
            "done": tuple(Done(**{**d, "at": when(d["at"]), "persons": tuple(d["persons"])}) for d in data["done"]),
        }
    )


def _pairs(rows: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in rows)
