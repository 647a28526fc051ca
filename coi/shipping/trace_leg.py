"""Which leg was it? What the rooms above must tell of a shipment before its temperatures can be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from coi.shipping.trace import Logger

READERS = ("materials", "mfg_operator", "pharmacist", "cell_lab", "qa_reviewer")
"""Roles that may hand in a logger's file, at the site that receives."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One shipment from its sealing to its receipt, as the order's chain tells it."""

    chain: str
    order: str
    """The order's id."""
    name: str
    """What the order is called in addresses: its chain-of-identity identifier."""
    shipment: str
    origin: str
    destination: str
    product: str
    sealed_at: datetime
    received_at: datetime | None
    """None while it is on its way; then the leg is judged up to the moment at which the file is handed in."""
    logger: Logger | None
    """The logger scanned when the shipper was sealed; None proves nothing, whatever the file says."""
    profile: str | None
    """The name of the range that the protocol asks for."""
