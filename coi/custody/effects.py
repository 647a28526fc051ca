"""What follows from an accepted deed? The protocol's effects, with this deed's things filled in.

An effect in an entry is explicit: it names containers, custody points and instants, so that the fold of the entry needs
neither the protocol nor this code, thirty years from now.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from coi.custody.protocol import point
from coi.ledger.entry import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.asked import Asked
    from coi.custody.order import Container

Effect: TypeAlias = dict[str, Any]

NEEDS_FRESH = {
    "issue_coi": ("coi",),
    "lot": ("lot",),
    "register": ("container", "din", "serial"),
    "ship": ("shipment",),
    "certify": ("certificate",),
}
"""Which identifiers each effect wants allocated before the decision."""


def effects_of(asked: Asked, fresh: Mapping[str, str]) -> tuple[Effect, ...]:
    """Return the explicit effects of an accepted checkpoint, the new state last."""
    made: list[Effect] = []
    for plan in asked.checkpoint.effects:
        made += _fill(plan, asked, fresh)
    if asked.checkpoint.to is not None:
        made.append({"do": "state", "to": asked.checkpoint.to})
    return tuple(made)


def _fill(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> list[Effect]:  # noqa: C901, PLR0911  one case an effect
    order = asked.order
    match plan["do"]:
        case "issue_coi" | "lot" as name:
            key = {"issue_coi": "coi", "lot": "lot"}[name]
            return [{"do": name, key: fresh[key]}]
        case "register":
            return [_register(plan, asked, fresh)]
        case "print":
            kind = plan.get("kind")
            container = None if kind is None else _labelled(asked, kind, fresh)
            return [
                {"do": "print", "design": plan["design"], **({} if container is None else {"container": container})}
            ]
        case "piece":
            item = asked.item(plan["slot"])
            return (
                []
                if item is None or item.piece is None
                else [{"do": "piece", "piece": item.piece.id, "to": plan["to"]}]
            )
        case "container":
            return _container(plan, asked)
        case "custody" | "offer" as name:
            return [{"do": name, "to": point(order.site(plan["to"]), plan.get("unit", ""))}]
        case "ship":
            return [_ship(plan, asked, fresh)]
        case "shipment":
            shipment = order.shipment()
            return [] if shipment is None else [{"do": "shipment", "shipment": shipment.id, "state": plan["state"]}]
        case "fact":
            return [{"do": "fact", "name": plan["name"], "value": _fact(plan, asked)}]
        case "certify":
            listed = [c.id for c in order.of_kind(plan["kind"]) if c.state == "stored"]
            return [{"do": "certify", "certificate": fresh["certificate"], "containers": listed}]
        case _:  # "thaw_clock": the protocol's loader lets no other through
            began = min((item.at for item in asked.facts.items), default=asked.at)
            return [{"do": "thaw_clock", "began": instant(min(began, asked.at))}]


def _labelled(asked: Asked, kind: str, fresh: Mapping[str, str]) -> str:
    """Return the container a label is printed for: the one registered by this deed, else the newest of the kind."""
    registers = any(plan["do"] == "register" and plan["kind"] == kind for plan in asked.checkpoint.effects)
    return fresh["container"] if registers else asked.order.of_kind(kind)[-1].id


def _register(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> Effect:
    protocol, kind = asked.protocol, plan["kind"]
    coi = asked.order.coi or fresh.get("coi", "")
    effect: Effect = {"do": "register", "container": fresh["container"], "kind": kind}
    match kind:
        case "starting_material":
            effect["keys"] = {"coi": coi, "din": fresh["din"], "product_code": protocol.isbt_product_code}
        case "drug_product":
            effect["keys"] = {"gtin": protocol.product["gtin"], "serial": fresh["serial"], "lot": asked.order.lot or ""}
        case _:
            effect["keys"] = {"coi": coi}
    if "expires" in plan:
        # A GS1 expiry (AI 17) is a day; it ends with that day (domain.md 1.2), so the instant is the day's last minute.
        day = asked.at + timedelta(days=protocol.limits[plan["expires"]])
        effect["expires"] = instant(day.replace(hour=23, minute=59, second=0, microsecond=0))
    return effect


def _container(plan: Mapping[str, Any], asked: Asked) -> list[Effect]:
    held = _in_slot(asked, plan["slot"])
    if held is None:
        return []  # received into quarantine without it: nothing of ours was moved
    effect: Effect = {"do": "container", "container": held.id, "state": plan["state"]}
    if "expires" in plan:
        effect["expires"] = instant(asked.at + timedelta(hours=asked.protocol.limits[plan["expires"]]))
    if "parent" in plan:
        parent = _in_slot(asked, plan["parent"])
        if parent is not None:
            effect["parent"] = parent.id
    if "location" in plan:
        place = asked.item(plan["location"])
        if place is not None:
            effect["location"] = place.code
    return [effect]


def _in_slot(asked: Asked, slot: str) -> Container | None:
    item = asked.item(slot)
    return None if item is None else item.container


def _ship(plan: Mapping[str, Any], asked: Asked, fresh: Mapping[str, str]) -> Effect:
    shipper, seal = asked.item("shipper"), asked.item("seal")
    return {
        "do": "ship",
        "shipment": fresh["shipment"],
        "origin": asked.order.site(asked.checkpoint.site),
        "destination": asked.order.site(plan["to"]),
        "shipper": "" if shipper is None else shipper.code,
        "seal": "" if seal is None else seal.code,
        "containers": [container.id for container in asked.containers()],
    }


def _fact(plan: Mapping[str, Any], asked: Asked) -> str:
    if "value" in plan:
        return asked.facts.values[plan["value"]]
    item = asked.item(plan["slot"])
    return "" if item is None else item.code
