"""How does a label leave the house? A printer takes bytes and tells what it knows of their fate.

Printing cannot be exactly-once: the printer may print and the connection die. So there are three answers, and after
the first byte nothing is ever sent again by itself.

    printer = opened("tcp://10.0.0.17:9100")
    if printer.status().state == "ready":
        outcome = printer.send(label.zpl(), name)
"""

from __future__ import annotations

from labels.printers.address import BadAddress, opened
from labels.printers.base import (
    Capabilities,
    Identity,
    NotSent,
    Outcome,
    Printer,
    Sent,
    State,
    Status,
    Uncertain,
)
from labels.printers.cups import CupsQueue
from labels.printers.ipp import Ipp
from labels.printers.tcp import Tcp9100
from labels.printers.usb import Usb
from labels.printers.virtual import Fault, VirtualPrinter

__all__ = [
    "BadAddress",
    "Capabilities",
    "CupsQueue",
    "Fault",
    "Identity",
    "Ipp",
    "NotSent",
    "Outcome",
    "Printer",
    "Sent",
    "State",
    "Status",
    "Tcp9100",
    "Uncertain",
    "Usb",
    "VirtualPrinter",
    "opened",
]
