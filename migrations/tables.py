"""Which modules hang tables on ``coi.db.metadata``? A test holds this list complete."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from coi.db import metadata

if TYPE_CHECKING:
    from sqlalchemy import MetaData

MODULES = (
    "coi.ledger.store",
    "coi.people.accounts",
    "coi.people.store",
    "coi.people.device_store",
    "coi.people.scanner_store",
    "coi.people.on_call_store",
    "coi.people.signature_store",
    "coi.people.station_store",
    "coi.vault.store",
    "coi.equipment.store",
    "coi.quality.deviation_store",
    "coi.quality.store",
    "coi.quality.near_miss_store",
    "coi.labelling.printer_store",
    "coi.labelling.queue_store",
    "coi.labelling.store",
    "coi.labelling.template_store",
    "coi.shipping.store",
    "coi.shipping.trace_store",
    "coi.custody.continuity_store",
    "coi.custody.lease_store",
    "coi.custody.proof_store",
    "coi.custody.sightings",
    "coi.custody.protocol_store",
    "coi.custody.store",
    "coi.custody.watch_store",
)


def all_tables() -> MetaData:
    """Return the metadata with every room's tables on it."""
    for module in MODULES:
        import_module(module)
    return metadata
