"""Which shipper, seal lot, suite, freezer place or station is this, and is it still qualified?

A thin register until the equipment room grows: a code, a kind, a site, and an instant until which it is qualified.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

KINDS = ("shipper", "location", "equipment", "logger", "kit")
"""A kit is qualified until it expires, a logger until its calibration lapses."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """One registered thing that is no patient's material."""

    code: str
    """House code, as printed on it."""
    kind: str
    site: str
    """The site that owns it; a shipper may be used at any site."""
    qualified_until: datetime
    label: str = ""
    """What people call it, for screens: 'Suite 2', 'Freezer B, place 4'."""

    def qualified(self, at: datetime) -> bool:
        """Say whether the qualification still holds at *at*."""
        return at < self.qualified_until
