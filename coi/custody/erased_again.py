"""Does an old backup bring back whose data were destroyed? Then they are destroyed again, before a page is served.

* Two witnesses say whose they were: the ledger of this database, and a list beside it (``COI_ERASED_LIST``) that is
  newer than the database whenever an older backup was restored.
* A line of the list names a pseudonym, the installation, when, and the entry by its hash; a keyed mark proves that this
  installation wrote it, so that nobody has data destroyed by writing into a file.
* What only the list knows becomes an entry of its own: the restored ledger has lost the one by two signatures. It waits
  while anything in this database stands against an erasure, for nothing brings back what is destroyed.
* A list that cannot be used stops nobody from working: what the ledger says is destroyed, and the rest is told.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from coi import ledger, vault
from coi import settings as knobs
from coi.custody import erasure_actions, store
from coi.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.settings import Settings

FIELDS = 5


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One line of the list: whose data were destroyed."""

    subject: str
    installation: str
    """The organisation's chain, which no other installation has."""
    at: str
    entry: str
    """Hash of the entry that says so."""

    def line(self, settings: Settings) -> str:
        """Return the line with its keyed mark."""
        return f"{self.subject} {self.installation} {self.at} {self.entry} {self._mark(settings)}"

    def _mark(self, settings: Settings) -> str:
        text = f"erased\x00{self.subject}\x00{self.installation}\x00{self.at}\x00{self.entry}"
        return hmac.new(settings.key("index"), text.encode(), hashlib.sha256).hexdigest()

    @classmethod
    def read(cls, line: str, settings: Settings) -> Tombstone | None:
        """Return what a line says, or None where this installation did not write it."""
        parts = line.split()
        if len(parts) != FIELDS or not line.isascii():
            return None
        one = cls(*parts[:4])
        return one if hmac.compare_digest(one.line(settings), " ".join(parts)) else None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at both witnesses came to."""

    known: int
    """Patients whose data were destroyed, by either witness."""
    again: int
    """Patients whose data were there, and are destroyed again."""
    strange: int = 0
    """Lines of the list that this installation did not write; they count for nothing."""
    waiting: tuple[str, ...] = ()
    """Patients whom the list alone knows, and whose data are kept while something stands against their erasure."""
    fault: str = ""
    """Why the list could not be read or completed."""

    @property
    def asks(self) -> bool:
        """Tell whether somebody has to look into it."""
        return bool(self.strange or self.waiting or self.fault)


def look(database: Database, at: datetime) -> Looked:
    """Hold the vault against ledger and list: destroy again what is back, and complete the list from the ledger."""
    settings = knobs.of_engine(database.engine)
    fault, lines = "", list[str]()
    try:
        lines = _lines(settings.tombstones) or []
    except Unavailable as error:
        fault = str(error)
    read = [Tombstone.read(line, settings) for line in lines]
    home = database.read(ledger.installation).org_chain
    listed = {one.subject for one in read if one is not None and one.installation == home}
    known, back = database.read(lambda session: _back(session, listed))
    waiting = tuple(subject for subject in sorted(back) if not database.run(partial(_again, subject=subject, at=at)))
    try:
        remember(database)
    except Unavailable as error:
        fault = str(error)
    return Looked(len(known), len(back) - len(waiting), read.count(None), waiting, fault)


def remember(database: Database) -> int:
    """Write into the list what the ledger says and the list does not; return how many lines were added.

    Raises:
        Unavailable: The list cannot be read or written, or is not where it is said to be.
    """
    settings = knobs.of_engine(database.engine)
    path = settings.tombstones
    lines = _lines(path)
    there = {one.subject for line in lines or () if (one := Tombstone.read(line, settings)) is not None}
    new = database.read(lambda session: _told(session, there))
    if lines is None and settings.erased_list is not None:
        if new:
            raise Unavailable(
                "Expected the list of the erased where COI_ERASED_LIST says, seen no file there, though the ledger "
                "knows of erasures. Is its disk mounted? For a new list make an empty file there; it is completed."
            )
        _append(path, [])  # from now on a file that is not there is one that was lost
    if new:
        _append(path, [one.line(settings) for one in new])
    return len(new)


def _told(session: Session, there: Collection[str]) -> list[Tombstone]:
    """Return what the ledger says of all but those who are *there*, as lines of the list would."""
    home = ledger.installation(session).org_chain
    lacks = {subject: where for subject, where in vault.erasures(session).items() if subject not in there}
    found = [(subject, ledger.entry(session, *where)) for subject, where in lacks.items()]
    return [Tombstone(subject, home, str(entry.stmt["at"]), entry.hash) for subject, entry in found]


def _back(session: Session, listed: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return whose data were destroyed by either witness, and which of them the vault opens all the same."""
    known = {*vault.erasures(session), *listed}
    return known, {subject for subject in known if vault.is_kept(session, subject)}


def _again(session: Session, subject: str, at: datetime) -> bool:
    """Destroy what is back of one patient, and tell whether that was possible.

    Where the ledger does not know of it, nothing may stand against it here, and it is told by an entry.
    """
    orders = store.names_of_patient(session, subject)
    store.lock(session, frozenset(orders))
    chain = ledger.installation(session).org_chain
    ledger.lock(session, chain)
    if not vault.is_kept(session, subject):
        return True  # another server that starts now was quicker
    if subject not in vault.erasures(session):
        if erasure_actions.against(session, subject, at):
            return False
        stmt: dict[str, ledger.Json] = {
            "id": ledger.new_id(),
            "actor": "service",
            "role": "",
            "at": ledger.instant(at),
            "outcome": "accepted",
            "subject": subject,
            "orders": list(orders),
            "basis": "restored",
        }
        ledger.record(session, chain, vault.ERASED, stmt, at=at)
    vault.erase_again(session, subject)
    erasure_actions.forget_scans(session, orders)
    return True


def _lines(path: Path) -> list[str] | None:
    """Return the lines that say something, or None where there is no list.

    Raises:
        Unavailable: The file cannot be read.
    """
    try:
        text = path.read_bytes().decode("ascii", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise Unavailable(
            f"Expected to read the list of the erased (COI_ERASED_LIST), seen {fault.strerror}. What the ledger says "
            "is erased is erased; what only the list knows stays until it can be read."
        ) from fault
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _append(path: Path, lines: Iterable[str]) -> None:
    """Add lines for good: a list that a power cut shortens would let data come back.

    Raises:
        Unavailable: The file cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            _write(handle, ("\n" * torn + "".join(f"{line}\n" for line in lines)).encode("ascii"))
            os.fsync(handle)
        finally:
            os.close(handle)
        if not size:
            _keep_name(path)
    except OSError as fault:
        raise Unavailable(
            f"Expected to write the list of the erased (COI_ERASED_LIST), seen {fault.strerror}. What was erased is "
            "erased; until the list can be written, an older backup would bring it back."
        ) from fault


def _write(handle: int, text: bytes) -> None:
    """Write all of it: the system may take less at once."""
    while text:
        text = text[os.write(handle, text) :]


def _keep_name(path: Path) -> None:
    """Keep the name of a new file through a power cut."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
