"""What is known of scanners that are often met? Nothing here was tried on the device itself, and each line says so.

A scanner counts by its challenge card and never by its name: a profile only spares somebody the search in a manual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """One model: its ways to connect, and whether anybody checked them with a device in the hand."""

    name: str
    kind: str
    ways: tuple[str, ...]
    verified: bool = False


PROFILES: Final = (
    Profile("Zebra DS2208", "corded, hand-held", ("USB keyboard", "USB serial (CDC)")),
    Profile("Zebra DS8178", "cordless, hand-held", ("USB keyboard", "USB serial (CDC)")),
    Profile("Zebra DS9908-HC", "hands-free, health care", ("USB keyboard", "USB serial (CDC)")),
    Profile("Honeywell Xenon 1950h", "corded, health care", ("USB keyboard", "USB serial (CDC)")),
)
"""Models that hospitals often have; verified only once somebody did so on the device."""


@dataclass(frozen=True, slots=True)
class SetupCode:
    """One code that sets a scanner up: a menu command, drawn as Code 128 with the sign for readers (FNC3) before it."""

    command: str
    does: str
    """aim, enter or keyboard: what it puts right, by the name that the page has words for."""


HONEYWELL: Final = (
    SetupCode("KBDCTY0.", "keyboard"),
    SetupCode("PREBK2995C81.", "aim"),
    SetupCode("SUFBK2990D.", "enter"),
)
"""Menu commands in Honeywell's published form (tag, subtag, data, a full stop that stores it), tried on no device."""
