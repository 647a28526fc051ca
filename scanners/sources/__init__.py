"""Where scans come from: each source is one file and yields the same bytes for the same symbol."""

from __future__ import annotations

from scanners.sources.base import Dropped, NoDevice, Source

__all__ = ["Dropped", "NoDevice", "Source"]
