"""``python -m scanners.station``: the same as ``coi-station``."""

from __future__ import annotations

from scanners.station.command import script

script()
