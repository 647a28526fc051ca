"""A process that prints until it is killed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from coi.db import Database
from coi.labelling.worker import Worker
from labels.printers import opened
from tests.print_shop import PROJECTIONS, dots

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def carry(url: str, told: Connection) -> None:
    """Print for ever; say when it begins."""
    worker = Worker(
        Database(url, PROJECTIONS), lambda printer: opened(printer.address), lambda: datetime.now(UTC), "carrier"
    )
    worker.draw = dots
    told.send("ready")
    while True:
        worker.work(eager=True)
