"""Which protocols does this process know, by the SHA-256 of their bytes that each order pins?"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from coi.custody.protocol_reading import shipped_as
from coi.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.protocol import Protocol

SHIPPED = ("cryo_car_t", "fresh_car_t", "hospital_made")


@cache
def shipped() -> Mapping[str, Protocol]:
    """Return the shipped protocols by the SHA-256 of their bytes."""
    parsed = (shipped_as(name) for name in SHIPPED)
    return {protocol.sha256: protocol for protocol in parsed}


def pinned(sha256: str) -> Protocol:
    """Return the protocol that an order pinned; an order never moves to another by itself."""
    known = shipped().get(sha256) or _learnt.get(sha256)
    if known is None:
        raise Unknown(
            f"Expected a protocol with SHA-256 {sha256[:12]}…, seen only {[p.id for p in shipped().values()]}."
        )
    return known


_learnt: dict[str, Protocol] = {}
"""Approved protocols that are not shipped, by the hash of their bytes: what was read once need not be read again."""


def learn(protocol: Protocol) -> None:
    """Let ``pinned`` know a protocol that the installation holds."""
    _learnt[protocol.sha256] = protocol


def knows(sha256: str) -> bool:
    """Say whether ``pinned`` can answer for a hash."""
    return sha256 in _learnt or sha256 in shipped()


def for_product(product: str) -> Protocol:
    """Return the newest shipped protocol for a product code."""
    fitting = [protocol for protocol in shipped().values() if protocol.product["code"] == product]
    if not fitting:
        raise Unknown(f"Expected one of {[p.product['code'] for p in shipped().values()]}, seen product {product!r}.")
    return max(fitting, key=lambda protocol: protocol.version)
