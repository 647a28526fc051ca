"""What did a scanner see? The bytes, the AIM identifier of the symbol, and where it was seen."""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[int, int]
Quad = tuple[Point, Point, Point, Point]


class ScanError(ValueError):
    """The root of the family: there is nothing that could be scanned at all. Finding no code is none of these."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One symbol as read: ``data`` byte for byte, GS kept as 0x1D, a leading FNC1 told by ``aim`` alone.

    ``aim`` is the AIM identifier (ISO/IEC 15424) such as ``]d2``, or empty where the reader cannot tell.
    ``source`` names the way it came (``picture``, ``rescue``, ``zbar``, ``wedge``), ``quad`` the corners where it is.
    """

    data: bytes
    aim: str
    source: str
    quad: Quad | None = field(default=None, compare=False)
