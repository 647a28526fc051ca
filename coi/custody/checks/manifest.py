"""Is this the shipper, the seal and the content of the shipment that is under way?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Compare with the manifest that was closed when the shipper was sealed.

    1. A shipment of this order is under way.
    2. Shipper, seal and logger are exactly its own.
    3. Every container scanned is on its list, and where containers are scanned, all of the list were.
    """
    shipment = asked.shipment()
    if shipment is None:
        return (Reason("no_shipment", expected="a sealed shipment", seen="none"),)
    reasons: list[Reason] = []
    for item in asked.facts.items:
        if item.klass == "shipper" and item.whose == "none" and item.code != shipment.shipper:
            reasons.append(Reason("wrong_shipper", slot="shipper", expected=shipment.shipper, seen=item.code))
        if item.klass == "seal" and item.whose == "none" and item.code != shipment.seal:
            reasons.append(Reason("wrong_seal", slot="seal", expected=shipment.seal, seen=item.code))
        if item.klass == "logger" and item.code != shipment.logger:
            reasons.append(
                Reason("wrong_logger", slot="logger", expected=shipment.logger or "no logger", seen=item.code)
            )
    if not any(slot.klass == "container" for slot in asked.checkpoint.slots):
        return tuple(reasons)
    scanned = {item.container.id for item in asked.facts.items if item.whose == "own" and item.container is not None}
    reasons += [
        Reason("not_in_manifest", slot="container", expected="a container of the shipment", seen="another")
        for _ in scanned - set(shipment.containers)
    ]
    reasons += [
        Reason("manifest_missing", slot="container", expected="every container of the shipment", seen="one less")
        for _ in set(shipment.containers) - scanned
    ]
    return tuple(reasons)


def fresh_shipment(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to pack what is packed already, into a shipper that is taken, or under a seal that was used."""
    reasons: list[Reason] = []
    packed = {name for shipment in asked.order.shipments if shipment.is_open for name in shipment.containers}
    reasons += [
        Reason("shipper_taken", slot=held.kind, expected="no open shipment of this container", seen="one under way")
        for held in asked.containers()
        if held.id in packed
    ]
    for item in asked.facts.items:
        if item.klass == "shipper" and item.code in asked.facts.busy_shippers:
            reasons.append(Reason("shipper_taken", slot="shipper", expected="an empty shipper", seen=item.code))
        if item.klass == "seal" and item.code in asked.facts.used_seals:
            reasons.append(Reason("seal_used", slot="seal", expected="a new seal", seen=item.code))
    return tuple(reasons)
