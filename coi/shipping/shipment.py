"""What left, in which shipper, under which seal, and for where?

A shipment binds containers to one shipper and one seal at one moment. Nothing here reads a clock or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

OPEN = frozenset({"sealed", "in_transit"})
"""States in which the shipper and its seal are taken."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One sealed shipper on its way from one site to another."""

    id: str
    order: str
    origin: str
    destination: str
    shipper: str
    """House code of the shipper, as printed on it (SHP-…)."""
    seal: str
    """House code of the seal (SEA-…); a seal is used once in its life."""
    containers: tuple[str, ...]
    """The manifest: every container inside, and no other."""
    state: str = "sealed"
    """sealed, in_transit, received or opened (unpacked again by who had packed it)."""
    logger: str = ""
    """House code of the data logger inside (LGR-…); empty where the road has none."""
    received_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the shipper still carries this shipment."""
        return self.state in OPEN
