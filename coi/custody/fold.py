"""How does an order become what its chain says? Entry by entry, effect by effect.

``after(order, entry)`` is the only way in which an order changes: it takes the effects that an accepted entry names,
and nothing else. An effect that names what the order does not have is a broken chain, never skipped.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from coi.custody.order import ALL_STATES, CONTAINER_STATES, STOPPED, Certificate, Container, Done, Offer, Order
from coi.ledger.entry import moment
from coi.shipping.shipment import Shipment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from coi.ledger.entry import Entry


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
    order = fold(order, stmt["effects"], by=stmt["actor"], at=at)
    persons = tuple(dict.fromkeys((stmt["actor"], *signers)))
    deed = Done(checkpoint=stmt["checkpoint"], at=at, seq=seq, persons=persons)
    return replace(order, done=(*order.done, deed))


def fold(order: Order, effects: Iterable[Mapping[str, Any]], *, by: str, at: datetime) -> Order:
    """Return *order* after *effects*, without an entry: what a verdict looks ahead with."""
    for effect in effects:
        order = _effect(order, effect, by=by, at=at)
    return order


def _effect(order: Order, effect: Mapping[str, Any], *, by: str, at: datetime) -> Order:  # noqa: C901, PLR0911, PLR0912  one case an effect
    match effect["do"]:
        case "state":
            return _state(order, effect["to"])
        case "reopen":
            return _reopen(order, frozenset(effect["undone"]), frozenset(effect["forget"]))
        case "issue_coi":
            return replace(order, coi=effect["coi"])
        case "lot":
            return replace(order, lot=effect["lot"])
        case "site":
            return replace(order, sites=tuple(sorted({**dict(order.sites), effect["role"]: effect["to"]}.items())))
        case "register":
            return _register(order, effect)
        case "container":
            return _container(order, effect)
        case "custody":
            return _custody(order, effect)
        case "offer":
            return replace(order, offers=(*order.offers, Offer(effect["to"], by, at, _listed(order, effect))))
        case "decline":
            return _withdraw(order, _listed(order, effect))
        case "ship":
            return _ship(order, effect)
        case "shipment":
            return _shipment(order, effect, at)
        case "fact":
            return replace(
                order,
                facts=(*(kept for kept in order.facts if kept[0] != effect["name"]), (effect["name"], effect["value"])),
            )
        case "certify":
            certificate = Certificate(effect["certificate"], _listed(order, effect), at, oos=effect.get("oos", False))
            return replace(order, certificate=certificate)
        case "revoke":
            return replace(order, certificate=None)
        case "thaw_clock":
            return _thaw(order, effect)
        case "piece" | "print" | "band":
            return order  # pieces and bands are other rooms' own projections of the same entry
        case unknown:
            raise BrokenOrder(f"Expected an effect that the order knows, seen {unknown!r}.")


def _state(order: Order, to: str) -> Order:
    if to not in ALL_STATES:
        raise BrokenOrder(f"Expected a state of the order, seen {to!r}.")
    left = order.state if to in STOPPED and order.state not in STOPPED else order.left
    return replace(order, state=to, left=left)


def _reopen(order: Order, undone: frozenset[str], forget: frozenset[str]) -> Order:
    """Go back: deeds at *undone* count no longer, facts of *forget* are not known any more."""
    done = tuple(replace(deed, undone=True) if deed.checkpoint in undone else deed for deed in order.done)
    return replace(order, done=done, facts=tuple(fact for fact in order.facts if fact[0] not in forget))


def _custody(order: Order, effect: Mapping[str, Any]) -> Order:
    moved = _listed(order, effect)
    containers = tuple(replace(c, custodian=effect["to"]) if c.id in moved else c for c in order.containers)
    return replace(_withdraw(order, moved), containers=containers)


def _withdraw(order: Order, containers: tuple[str, ...]) -> Order:
    """Return the order without open offers of *containers*: taken or declined."""
    return replace(order, offers=tuple(o for o in order.offers if not set(o.containers) & set(containers)))


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
        custodian=effect.get("custodian"),
    )
    return replace(order, containers=(*order.containers, container))


def _container(order: Order, effect: Mapping[str, Any]) -> Order:
    held = order.container(effect["container"])
    if held is None:
        raise BrokenOrder(f"Expected a container of order {order.id}, seen {effect['container']}.")
    if effect["state"] not in CONTAINER_STATES:
        raise BrokenOrder(f"Expected a state of a container, seen {effect['state']!r}.")
    changed = replace(held, state=effect["state"])
    if "expires" in effect:
        changed = replace(changed, expires=moment(effect["expires"]))
    if "parent" in effect:
        changed = replace(changed, parents=(*changed.parents, effect["parent"]))
    changed = replace(changed, location=effect.get("location"))
    return replace(order, containers=tuple(changed if c.id == held.id else c for c in order.containers))


def _thaw(order: Order, effect: Mapping[str, Any]) -> Order:
    began, thawed = moment(effect["began"]), _listed(order, effect)
    containers = (
        replace(c, thaw_began=began if c.thaw_began is None else min(began, c.thaw_began)) if c.id in thawed else c
        for c in order.containers
    )
    return replace(order, containers=tuple(containers))


def _ship(order: Order, effect: Mapping[str, Any]) -> Order:
    if any(shipment.id == effect["shipment"] for shipment in order.shipments):
        raise BrokenOrder(f"Expected a new shipment, seen {effect['shipment']} again.")
    shipment = Shipment(
        id=effect["shipment"], order=order.id, origin=effect["origin"], destination=effect["destination"],
        shipper=effect["shipper"], seal=effect["seal"], containers=_listed(order, effect),
        logger=effect.get("logger", ""),
    )  # fmt: skip
    return replace(order, shipments=(*order.shipments, shipment))


def _shipment(order: Order, effect: Mapping[str, Any], at: datetime) -> Order:
    if all(shipment.id != effect["shipment"] for shipment in order.shipments):
        raise BrokenOrder(f"Expected a shipment of order {order.id}, seen {effect['shipment']}.")
    received = at if effect["state"] == "received" else None
    changed = (
        replace(s, state=effect["state"], received_at=received) if s.id == effect["shipment"] else s
        for s in order.shipments
    )
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
        elif order is not None:
            order = after(order, entry)
    return order


def after(order: Order, entry: Entry) -> Order:
    """Return *order* after one entry of its chain, whatever it is."""
    if entry.type == MIGRATED:
        stmt = entry.stmt
        return replace(order, protocol=str(stmt["protocol"]), protocol_sha256=str(stmt["protocol_sha256"]))
    return step(order, entry.stmt, entry.seq, signers(entry)) if is_step(entry.type, entry.stmt) else order


MIGRATED = "order.protocol_migrated"
"""The entry by which two persons move a running order to another version of its protocol."""


def signers(entry: Entry) -> tuple[str, ...]:
    """Return the persons who signed an entry, in order."""
    return tuple(str(signature["person"]) for signature in entry.sig)
