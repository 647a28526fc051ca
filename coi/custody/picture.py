"""The order as plain data and back: the projection that spares a fold at every scan."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from coi.custody.order import Certificate, Container, Done, Offer, Order
from coi.ledger.entry import instant, moment
from coi.shipping.shipment import Shipment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
            "offers": tuple(
                Offer(**{**offer, "at": when(offer["at"]), "containers": tuple(offer["containers"])})
                for offer in data["offers"]
            ),
            "certificate": None
            if data["certificate"] is None
            else Certificate(
                id=data["certificate"]["id"],
                containers=tuple(data["certificate"]["containers"]),
                at=when(data["certificate"]["at"]),
                oos=data["certificate"]["oos"],
            ),
            "containers": tuple(
                Container(
                    **{
                        **held,
                        "keys": _pairs(held["keys"]),
                        "expires": None if held["expires"] is None else when(held["expires"]),
                        "parents": tuple(held["parents"]),
                        "thaw_began": None if held["thaw_began"] is None else when(held["thaw_began"]),
                    }
                )
                for held in data["containers"]
            ),
            "shipments": tuple(
                Shipment(
                    **{
                        **sent,
                        "containers": tuple(sent["containers"]),
                        "received_at": None if sent["received_at"] is None else when(sent["received_at"]),
                    }
                )
                for sent in data["shipments"]
            ),
            "done": tuple(Done(**{**d, "at": when(d["at"]), "persons": tuple(d["persons"])}) for d in data["done"]),
        }
    )


def _pairs(rows: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in rows)
