"""``python -m scanners.station``: the same as ``coi-station``."""

from __future__ import annotations

import sys

from scanners.station.command import main

sys.exit(main())
