"""What follows from an accepted deed? The protocol's effects, with this deed's things filled in.

An effect in an entry is explicit: it names containers, custody points and instants, so that the fold of the entry needs
neither the protocol nor this code, thirty years from now.
"""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from coi.custody import missing
from coi.custody.fold import fold
from coi.custody.order import STATES, TERMINAL
from coi.custody.protocol import LEFT, point
from coi.custody.steps import WHEN
from coi.identity import coi_id
from coi.ledger.entry import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from coi.custody.asked import Asked
    from coi.custody.order import Container, Order
Effect: TypeAlias = dict[str, Any]

NEEDS_FRESH = {
    "issue_coi": ("coi",),
    "lot": ("lot",),
    "register": ("container", "din", "serial"),
    "ship": ("shipment",),
    "certify": ("certificate",),
}
"""Which identifiers each effect wants allocated before the decision."""


def count_of(asked: Asked, plan: Mapping[str, Any]) -> int:
    """Return how many containers a ``register`` effect makes: the stated number, or one."""
    said = asked.facts.values.get(plan["count"], "") if "count" in plan else "1"
    return int(said) if said.isdigit() and int(said) <= MOST_AT_ONCE else 0


MOST_AT_ONCE = 16


def effects_of(asked: Asked, fresh: Mapping[str, str]) -> tuple[Effect, ...]:
    """Return the explicit effects of an accepted checkpoint, the new state last."""
    made: list[Effect] = []
    for plan in asked.checkpoint.effects:
        made += _fill(plan, asked, fresh)
    to = _reached(asked, made)
    if to is not None:
        made.append({"do": "state", "to": to})
    return tuple(made)


def _reached(asked: Asked, made: list[Effect]) -> str | None:
    """Return the state that the order reaches by *made*, or None where it stays.

    1. Where a condition stands, only when it holds after the deed.
    2. A step of the road moves forward only: the second bag's thaw does not take an order back that is infusing.
    3. A dose that was not given whole ends in part; one that was lost whole is lost.
    """
    step, order = asked.checkpoint, asked.order
    if step.to is None or order.state in TERMINAL:
        return None  # a closed order stays closed, whatever turns up of it
    if step.when == "dose_done" and order.state not in STATES:
        return None  # a stopped order stays stopped, whatever becomes of its bags
    if step.when is not None:
        ahead = fold(order, made, by=asked.by.id, at=asked.at)
        if not WHEN[step.when](step, ahead):
            return None
        if step.when == "dose_done":
            return _dose_end(ahead.dose())
    if step.to == LEFT:
        return order.left
    if not step.side and order.state in STATES and STATES.index(step.to) <= STATES.index(order.state):
        return None
    return step.to


def _dose_end(dose: tuple[Container, ...]) -> str:
    given = {held.state for held in dose}
    if given == {"administered"}:
        return "INFUSED"
    if given == {"lost"}:
        return "LOST"
    return "PARTIAL" if given & {"administered", "partly_administered"} else "DESTROYED"


def _fill(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> list[Effect]:  # noqa: C901, PLR0911, PLR0912  one case an effect
    order = asked.order
    match plan["do"]:
        case "issue_coi" | "lot" as name:
            key = {"issue_coi": "coi", "lot": "lot"}[name]
            return [{"do": name, key: fresh[key]}]
        case "site":
            return [{"do": "site", "role": plan["role"], "to": asked.facts.values[plan["value"]]}]
        case "reopen":
            return [{"do": "reopen", "undone": list(plan["undone"]), "forget": list(plan["forget"])}]
        case "revoke":
            return [{"do": "revoke"}]
        case "withdraw":
            offered = [name for offer in order.offers for name in offer.containers]
            return [{"do": "decline", "containers": offered}] if offered else []
        case "write_off":
            return _named_lost(plan, asked) if "piece" in plan else _written_off(order)
        case "unused":
            return _unused(plan, asked)
        case "register":
            return [_register(plan, asked, fresh, number) for number in range(1, count_of(asked, plan) + 1)]
        case "print":
            return _print(plan, asked, fresh)
        case "piece":
            return _piece(plan, asked)
        case "band":
            item = asked.item(plan["slot"])
            return [] if item is None else [{"do": "band", "site": order.site(asked.checkpoint.site)}]
        case "container":
            return _container(plan, asked)
        case "custody" | "offer" as name:
            moved = [held.id for held in asked.containers()]
            return [{"do": name, "to": point(order.site(plan["to"]), plan.get("unit", "")), "containers": moved}]
        case "ship":
            return [_ship(plan, asked, fresh)]
        case "shipment":
            shipment = asked.shipment()
            return [] if shipment is None else [{"do": "shipment", "shipment": shipment.id, "state": plan["state"]}]
        case "fact":
            return [{"do": "fact", "name": plan["name"], "value": _fact(plan, asked)}]
        case "certify":
            listed = [c.id for c in order.of_kind(plan["kind"]) if c.filled and c.key("lot") == order.lot]
            effect: Effect = {"do": "certify", "certificate": fresh["certificate"], "containers": listed}
            return [{**effect, "oos": True} if "oos" in plan else effect]
        case _:  # "thaw_clock": the protocol's loader lets no other through
            began = min((item.at for item in asked.facts.items), default=asked.at)
            thawed = [held.id for held in asked.containers()]
            return [{"do": "thaw_clock", "began": instant(min(began, asked.at)), "containers": thawed}]


def _print(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> list[Effect]:
    """Return what is printed: one label for each container that this deed registers, or that waits without one.

    A new wristband kills the ones before it: a patient wears one that counts.
    """
    kind = plan.get("kind")
    if kind is None:
        worn = [p.id for p in asked.facts.pieces if p.role == plan["design"] and p.alive]
        dead: list[Effect] = [{"do": "piece", "piece": piece, "to": "voided"} for piece in worn]
        return [*dead, {"do": "print", "design": plan["design"]}]
    return [{"do": "print", "design": plan["design"], "container": held} for held in _labelled(plan, asked, fresh)]


def _written_off(order: Order) -> list[Effect]:
    """Return the end of everything that was sealed in and never seen again: nobody will find it."""
    gone = [held.id for held in order.unseen()]
    made: list[Effect] = [{"do": "container", "container": name, "state": "lost"} for name in gone]
    opened = [s.id for s in order.shipments if s.is_open and set(s.containers) <= set(gone)]
    return [*made, *({"do": "shipment", "shipment": name, "state": "opened"} for name in opened)]


def _named_lost(plan: Mapping[str, Any], asked: Asked) -> list[Effect]:
    """Return the end of the one thing whose label is named; nobody waits to take it any more."""
    held = missing.named(asked, asked.facts.values[plan["piece"]])
    if held is None:
        return []
    offer = asked.order.offered(held.id)
    made: list[Effect] = [] if offer is None else [{"do": "decline", "containers": list(offer.containers)}]
    return [*made, {"do": "container", "container": held.id, "state": "lost"}]


def _unused(plan: Mapping[str, Any], asked: Asked) -> list[Effect]:
    """Return the end of every label of the kinds that is on nothing, and of containers that were never filled.

    1. A label that was never put on is destroyed; one that was never printed is voided, and is nowhere.
    2. A label that was voided and whose fate nobody told is destroyed as well.
    3. What is scanned in this very deed is not among them.
    """
    order, kinds = asked.order, set(plan["kinds"])
    empty = [c.id for c in order.containers if c.kind in kinds and c.state == "registered"]
    things = {c.id for c in order.containers if c.kind in kinds}
    roles = kinds & {"wristband"}
    here = {item.piece.id for item in asked.facts.items if item.piece is not None}
    left = [
        piece
        for piece in asked.facts.pieces
        if not piece.accounted
        and piece.id not in here
        and (piece.role in roles or piece.container in (things if piece.state == "voided" else empty))
    ]
    made: list[Effect] = [
        {"do": "piece", "piece": piece.id, "to": "voided" if piece.state == "intended" else "destroyed"}
        for piece in left
    ]
    return [*made, *({"do": "container", "container": name, "state": "destroyed"} for name in empty)]


def _labelled(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> list[str]:
    kind = plan["kind"]
    registers = [each for each in asked.checkpoint.effects if each["do"] == "register" and each["kind"] == kind]
    if registers:
        return [fresh[numbered("container", n)] for n in range(1, count_of(asked, registers[0]) + 1)]
    slots = [slot.name for slot in asked.checkpoint.slots if slot.klass == "container" and slot.kind == kind]
    if slots:
        return [item.container.id for name in slots for item in asked.items(name) if item.container is not None]
    worn = {p.container for p in asked.facts.pieces if p.alive or p.state == "intended"}
    return [c.id for c in asked.order.of_kind(kind) if c.state == "registered" and c.id not in worn]


def numbered(name: str, number: int) -> str:
    """Return the name of the n-th identifier of one sort: ``container``, ``container.2`` and so on."""
    return name if number == 1 else f"{name}.{number}"


def _piece(plan: Mapping[str, Any], asked: Asked) -> list[Effect]:
    pieces = [item.piece.id for item in asked.items(plan["slot"]) if item.piece is not None]
    return [{"do": "piece", "piece": piece, "to": plan["to"]} for piece in pieces]


def _register(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str], number: int) -> Effect:
    protocol, kind = asked.protocol, plan["kind"]
    coi = asked.order.coi or fresh.get("coi", "")
    lot = fresh.get("lot") or asked.order.lot or ""
    effect: Effect = {"do": "register", "container": fresh[numbered("container", number)], "kind": kind}
    match kind:
        case "starting_material":
            effect["keys"] = _bag_keys(plan, asked, fresh, number, coi)
        case "drug_product":
            serial = fresh[numbered("serial", number)]
            effect["keys"] = {"gtin": protocol.product["gtin"], "serial": serial, "lot": lot}
        case _:
            effect["keys"] = {"coi": coi, "lot": lot}
    if kind != "starting_material":  # made where it is registered; a bag is nobody's before the collection begins
        effect["custodian"] = asked.expected_point
    if "expires" in plan:
        effect["expires"] = instant(_expiry(plan, asked))
    return effect


def bag_scheme(asked: Asked) -> str:
    """Return by which scheme a collected bag of the order is labelled."""
    return scheme_of(asked.order.coi, asked.facts.scheme)


def scheme_of(coi: str | None, site: str) -> str:
    """Return by which scheme a bag is labelled: its site's, where the chain of identity has a place in it.

    A plain chain of identity, issued before its site got a facility number, stands in no ISBT 128 message.
    """
    return "plain" if site == "isbt128" and (coi or "").startswith(coi_id.PREFIX) else site


def _bag_keys(
    plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str], number: int, coi: str
) -> Mapping[str, str]:
    """Return what the symbol of the n-th collected bag says beside its piece.

    1. ISBT 128: chain of identity, donation and product code with its division.
    2. GS1: the article number of the site's bags, and the container as its serial.
    3. Plain: the chain of identity; the container is in the message as well.
    """
    match bag_scheme(asked):
        case "isbt128":
            many = count_of(asked, plan) > 1
            code = asked.protocol.isbt_product_code
            division = f"{chr(ord('A') + number - 1)}0" if many else code[-2:]
            return {"coi": coi, "din": fresh["din"], "product_code": f"{code[:-2]}{division}"}
        case "gs1":
            return {"gtin": asked.facts.gtin, "serial": fresh[numbered("container", number)]}
        case _:
            return {"coi": coi}


def _expiry(plan: Mapping[str, Any], asked: Asked) -> datetime:
    """Return when what is registered expires: so many hours from now to the minute, or the last minute of a day.

    A GS1 expiry (AI 17) is a day without a zone; it ends with that day where it was assigned (domain.md 1.2, hazards.md
    34), and where nobody knows the zone it ends with the earliest on earth. Never later than that day's end in UTC, so
    that the instant falls on the day that the label says.
    """
    limit = asked.protocol.limits[plan["expires"]]
    if plan["expires"].endswith("_h"):  # what is fresh has hours, and none of them is rounded up
        return (asked.at + timedelta(hours=limit)).replace(second=0, microsecond=0)
    until = asked.at + timedelta(days=limit)
    day = until.astimezone(ZoneInfo(asked.facts.zone) if asked.facts.zone else EARLIEST)
    last = day.replace(hour=23, minute=59, second=0, microsecond=0)
    return min(last.astimezone(UTC), last.replace(tzinfo=UTC))


EARLIEST = timezone(timedelta(hours=14))
"""Where every day ends first."""


def _container(plan: Mapping[str, Any], asked: Asked) -> list[Effect]:
    """Return the new state of each container in the slot.

    None where a receipt went into quarantine without it: nothing of ours was moved.
    """
    held = [item.container for item in asked.items(plan["slot"]) if item.container is not None]
    more: Effect = {}
    if "expires" in plan:
        more["expires"] = instant(asked.at + timedelta(hours=asked.protocol.limits[plan["expires"]]))
    if "parent" in plan:
        parents = [item.container.id for item in asked.items(plan["parent"]) if item.container is not None]
        more |= {"parent": parents[0]} if parents else {}
    if "location" in plan:
        place = asked.item(plan["location"])
        more |= {} if place is None else {"location": place.code}
    state = asked.facts.values[plan["state_of"]] if "state_of" in plan else plan["state"]
    return [{"do": "container", "container": each.id, "state": state, **more} for each in held]


def _ship(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> Effect:
    codes = {
        klass: item.code
        for klass in ("shipper", "seal", "logger")
        for item in asked.facts.items
        if item.klass == klass and item.whose == "none"
    }
    return {
        "do": "ship",
        "shipment": fresh["shipment"],
        "origin": asked.order.site(asked.checkpoint.site),
        "destination": asked.order.site(plan["to"]),
        "shipper": codes.get("shipper", ""),
        "seal": codes.get("seal", ""),
        "logger": codes.get("logger", ""),
        "containers": [container.id for container in asked.containers()],
        "profile": plan["profile"],
    }


def _fact(plan: Mapping[str, Any], asked: Asked) -> str:
    """Return what is known from now on; what was *kept* once, such as a failed sample, is never made better."""
    if "keep" in plan and asked.order.fact(plan["name"]) == plan["keep"]:
        return str(plan["keep"])
    if "value" in plan:
        return asked.facts.values[plan["value"]]
    if "slot" in plan:
        item = asked.item(plan["slot"])
        return "" if item is None else item.code
    return instant(asked.at) if plan.get("is") == "now" else plan.get("is", "")
