"""Order the tag of a thing, a command card, a shipper's label or the label of a pack of paper, on a label printer.

None of them is patient's material, so none has a serial of its own. Each is drawn by an approved template, as every
label is, and each order is an entry of the site's chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coi import ledger, people
from coi.errors import Conflict, NotPermitted, Unknown
from coi.labelling import printer_store, queue_store, template_store
from coi.labelling.drawing import reads_as
from coi.labelling.ordered import NOT_APPROVED
from coi.labelling.printers import ADMINS, USERS
from coi.labelling.tags import WORDS, drawn_by
from coi.ledger.entry import instant
from labels import LabelError, precheck
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.labelling.printers import Registered
    from coi.ledger.entry import Entry
    from coi.person import Person

ORDERERS = (*USERS, *ADMINS, "coordinator", "depot", "courier", "metrology")
"""Who may have a tag printed at a site."""
DRAWINGS = {"SHP": "shipper", "CMD": "command", "PAK": "continuity_pack"}
"""The template of a tag by the first letters of its code; every other thing has an asset's."""
KIND = "tag"


def drawing_of(code: str) -> str:
    """Return the name of the template that the tag of a house code is drawn by."""
    return DRAWINGS.get(code[:3], "asset")


def may_order(by: Person, site: str) -> bool:
    """Tell whether to offer it; the action decides."""
    return by.active and by.grant(ORDERERS, site, None) is not None


def order_tag(
    session: Session, by: Person, site: str, code: str, values: Mapping[str, str], *, mark: str, at: datetime
) -> Entry:
    """Queue the tag of *code* with what stands on it, for a printer of the site that has its stock loaded.

    Raises:
        NotPermitted: The person works with no printer of the site.
        Conflict: No template of it is approved, no printer in use has its stock loaded, or it cannot be drawn.
    """
    grant = by.grant(ORDERERS, site, None) if by.active else None
    if grant is None:
        raise NotPermitted(f"Expected one of {ORDERERS} at {site}, seen another role.")
    held = template_store.in_force(session, drawing_of(code), at)
    if held is None:
        raise Conflict(
            f"Expected an approved template in force for {drawing_of(code)}, seen none: quality approves one."
        )
    template = template_store.by_sha(session, held.sha256)
    printer = _printer(session, site, template.stock)
    shown = {name: values[name] for name in template.fields if values.get(name)}
    try:
        drawn_by(template, code, shown, mark, printer.dpi)
    except LabelError as fault:
        raise Conflict(
            f"Expected a tag that {held.name} can be drawn with, seen one that it cannot: {fault}."
        ) from fault
    chain = people.site(session, site).chain
    ledger.lock(session, chain)
    stmt: dict[str, Any] = {
        "id": ledger.new_id(),
        "actor": by.id,
        "role": grant.role,
        "site": site,
        "at": instant(at),
        "outcome": "accepted",
        "code": code,
        "template": held.name,
        "template_version": held.version,
        "template_sha256": held.sha256,
        "printer": printer.id,
    }
    entry = ledger.record(session, chain, "tag.ordered", stmt, at=at)
    facts = {"design": KIND, "code": code, "values": shown, "mark": mark, "template_sha256": held.sha256}
    queue_store.queue(
        session, chain=chain, site=site, stock=template.stock, facts=facts, at=at, kind=KIND, printer=printer.id,
        asked_by=by.id,
    )  # fmt: skip
    return entry


def drawn(database: Database, facts: Mapping[str, Any], dpi: int) -> bytes | str:
    """Return the printer's bytes of a tag, or why there are none; read back from its own dots as every label is."""
    try:
        held = database.read(lambda session: template_store.held(session, str(facts["template_sha256"])))
        if not held.approved_by:
            return NOT_APPROVED
        template = database.read(lambda session: template_store.by_sha(session, held.sha256))
    except Unknown:
        return NOT_APPROVED
    try:
        label = drawn_by(template, str(facts["code"]), dict(facts["values"]), str(facts["mark"]), dpi)
        precheck(label, reads_as, decode.read)
        return label.zpl()
    except LabelError as fault:
        return f"not printable: {type(fault).__name__}"


def kind_of(code: str) -> str:
    """Return what stands on the tag of a house code as its kind."""
    return WORDS[code[:3]]


def _printer(session: Session, site: str, stock: str) -> Registered:
    found = [one for one in printer_store.at_sites(session, (site,)) if one.state == "in_use" and one.takes(stock)]
    if not found:
        raise Conflict(f"Expected a printer in use here with {stock} loaded, seen none: load it and say so.")
    return found[0]
