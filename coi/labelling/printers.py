"""May this printer print a patient's label now, and what does its odometer prove? Pure rules.

* Only a printer that is in use prints labels; before it, in production, its IQ sheet was signed and today's check done.
* The odometer counts labels and cannot be reset. One step between two readings of ours is one label of ours; two steps
  are a twin; a step that nobody of us made is somebody else's hand, and the printer is stopped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from labels.printers import Capabilities, Identity, Status

CHECK_LASTS = timedelta(hours=24)
ANY_STOCK = "any"
"""What a printer that prints on everything says is loaded: a virtual one."""
DPI = {8: 203, 12: 300, 24: 600}
"""What a printer calls its dots to the millimetre, in dots to the inch."""

ADMINS = ("site_admin",)
"""Who registers and retires printers of the site."""
QUALIFIERS = ("metrology", "site_admin", "qa_reviewer")
"""Who signs an IQ sheet."""
USERS = ("collection_operator", "cell_lab", "mfg_operator", "mfg_supervisor", "materials", "pharmacist", "ward_nurse")
"""Who works with printers: checks, test prints, loading, stopping, and telling what came out."""
WHY_SUSPENDED = ("check_failed", "damaged", "moved", "other_use")
"""Why a person takes a printer out of use; the queue itself also says foreign_count, wrong_printer, twin."""
WHY_RESUMED = ("examined", "repaired", "second_label_destroyed", "count_explained")
CHECKS = ("readable", "complete", "placed")
"""What a person looks at on a test print: every line readable, nothing missing, nothing shifted."""


@dataclass(frozen=True, slots=True)
class Registered:
    """One printer of a site, as its entries tell it."""

    id: str
    chain: str
    site: str
    name: str
    """What people call it: 'Collection room 2'."""
    address: str
    model: str
    serial: str
    """Empty where the way to it cannot tell one."""
    dpi: int
    stock: str
    state: str
    """in_use, suspended or retired."""
    why: str
    qualified_until: datetime | None
    checked_at: datetime | None

    @property
    def device(self) -> str:
        """What has one odometer: the printer of this serial, under however many names."""
        return self.serial or self.id

    def takes(self, stock: str) -> bool:
        """Say whether a label of *stock* can be printed with what is loaded."""
        return self.stock in {ANY_STOCK, stock} or not stock


@dataclass(frozen=True, slots=True)
class Seen:
    """How a printer answered last: asked by the worker, read by screens, which need not reach the printer."""

    state: str
    counter: int | None
    """What its odometer must still say before our next label; None where nobody knows."""
    buffered: int | None
    warnings: tuple[str, ...]
    at: datetime | None


def blocked(printer: Registered, at: datetime, *, strict: bool) -> str:
    """Return why no label is printed on it now, or nothing; *strict* asks for the IQ sheet and today's check."""
    if printer.state != "in_use":
        return printer.state
    if not strict:
        return ""
    if printer.qualified_until is None or at >= printer.qualified_until:
        return "not_qualified"
    if printer.checked_at is None or at - printer.checked_at > CHECK_LASTS:
        return "check_due"
    return ""


def same(printer: Registered, seen: Identity | None, able: Capabilities) -> Literal["same", "other", "unknown"]:
    """Say whether what answers at the address is the printer that was registered there: model, serial and resolution.

    The model counts as well: it alone differs where a printer that tells no serial is exchanged for another.
    """
    if not able.identity:
        return "same" if not printer.serial and not printer.model else "unknown"
    if seen is None:
        return "unknown"
    told = (seen.model, seen.serial, DPI.get(seen.dpmm))
    return "same" if told == (printer.model, printer.serial, printer.dpi) else "other"


Count = Literal["printed", "not_printed", "twin", "unknown"]


def counted(before: int | None, after: int | None, status: Status) -> Count:
    """Return what the odometer proves of one label that only we can have printed.

    1. No reading, or one that runs backwards, proves nothing.
    2. One step: printed. More: a second label with the same serial came out, or somebody else's; no difference.
    3. No step, the printer ready and nothing left in it: not printed. Anything still in it: wait.
    """
    if before is None or after is None or after < before:
        return "unknown"
    if after - before == 1:
        return "printed"
    if after > before:
        return "twin"
    return "not_printed" if status.state == "ready" and status.idle else "unknown"
