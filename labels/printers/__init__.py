"""How does a label leave the house? A printer takes bytes and tells what it knows of their fate.

Printing cannot be exactly-once: the printer may print and the connection die. So there are three answers, and after
the first byte nothing is ever sent again by itself.
"""

from __future__ import annotations

from labels.printers.base import NotSent, Outcome, Printer, Sent, Uncertain
from labels.printers.cups import CupsQueue
from labels.printers.tcp import Tcp9100
from labels.printers.virtual import Fault, VirtualPrinter

__all__ = [
    "CupsQueue",
    "Fault",
    "NotSent",
    "Outcome",
    "Printer",
    "Sent",
    "Tcp9100",
    "Uncertain",
    "VirtualPrinter",
]
