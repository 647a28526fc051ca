"""The only place where things are wired: database, projections, rooms, pages, and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import people, vault
from coi.custody import store as custody
from coi.db import Database
from coi.equipment import store as equipment
from coi.labelling import store as labelling
from coi.quality import store as quality
from coi.shipping import store as shipping

if TYPE_CHECKING:
    from coi.settings import Settings

PROJECTIONS = (
    people.PROJECTION,
    vault.PROJECTION,
    equipment.PROJECTION,
    quality.PROJECTION,
    custody.PROJECTION,
    labelling.PROJECTION,
    shipping.PROJECTION,
)
"""Every room's view of the ledger, in the order in which an entry is shown to them."""


def open_database(settings: Settings) -> Database:
    """Open the installation's database with every projection told of every entry."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.url, PROJECTIONS, node=settings.node)
    settings.attach(database.engine)
    return database
