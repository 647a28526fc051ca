"""Destroy what tells who a patient is, by two signatures; the entry says that it was done, the ledger stays whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coi import ledger, vault
from coi.custody import endings, erasure, store
from coi.errors import Conflict, Malformed, NotPermitted
from coi.quality import deviation_store
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

ERASED: Final = "vault.erased"
FIRST: Final = ("qa_reviewer", "qa_releaser")
SIGNERS: Final = (frozenset(FIRST), frozenset({"physician", "coordinator"}))
"""Who signs, at the hospital that treats: quality, and somebody who knows the patient's case."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a patient's data, as seen from one order."""

    orders: tuple[str, ...]
    """Every order of the patient: all of them lose the name."""
    against: tuple[str, ...]
    erased: bool


def standing(session: Session, order: Order, deed: Deed) -> Standing:
    """Return what stands against destroying the data of an order's patient."""
    every = store.of_patient(session, order.patient)
    holds = sum(hold.is_open for one in every for hold in quality.of_order(session, one.id))
    found = [one for each in every for one in deviation_store.of_order(session, each.id)]
    deviations = sum(one.state != "closed" for one in found)
    against = erasure.against(every, holds, deviations, deed.at)
    return Standing(tuple(one.id for one in every), against, vault.is_erased(session, order.patient))


def erase(session: Session, deed: Deed, order: Order, basis: str, auths: Sequence[Auth]) -> Entry:
    """Destroy the key, the values and the codes of an order's patient; one entry on the organisation's chain.

    1. Who does it is of quality at the hospital that treats, and a physician or coordinator signs as well.
    2. Nothing stands against it, and it was not done before.
    3. The entry is written before anything is destroyed, in one transaction with it.

    Raises:
        NotPermitted: The person may not, or the signatures do not count.
        NotAuthenticated: A secret is wrong.
        Malformed: The basis is not of the list.
        Conflict: Something stands against it; the text names all of it.
    """
    if basis not in erasure.BASES:
        raise Malformed(f"Expected one of {erasure.BASES}, seen {basis[:20]!r}.")
    grant = deed.by.grant(FIRST, deed.site, order.product)
    if grant is None or deed.site != order.site("treatment"):
        raise NotPermitted(f"Expected {' or '.join(FIRST)} at the hospital that treats, seen another.")
    store.lock(session, frozenset(store.names_of_patient(session, order.patient)))
    seen = standing(session, order, deed)
    if seen.erased:
        raise Conflict("Expected a patient whose data are still there, seen one whose data were erased.")
    if seen.against:
        raise Conflict(" ".join(seen.against))
    stmt: dict[str, Any] = {
        **deed.common(grant.role),
        "id": ledger.new_id(),
        "outcome": "accepted",
        "subject": order.patient,
        "orders": list(seen.orders),
        "basis": basis,
    }
    sig = endings.signed(session, deed, stmt, SIGNERS, ("approved", "approved"), order.product, auths)
    chain = ledger.installation(session).org_chain
    ledger.lock(session, chain)
    entry = ledger.record(session, chain, ERASED, stmt, at=deed.at, sig=sig)
    vault.erase(session, order.patient)
    _forget_scans(session, seen.orders)
    return entry


def _forget_scans(session: Session, orders: Sequence[str]) -> None:
    """Destroy the pictures of the orders' own labels and bands, and the bands that were sealed under nobody."""
    for name in orders:
        for entry in ledger.entries(session, store.load(session, name).chain):
            items: Any = entry.stmt.get("items", ())
            for line in items:
                if line.get("whose") not in {"own", "none"}:
                    continue
                sealed = (line.get("picture"), line.get("commitment") if line["class"] == "band" else None)
                for commitment in filter(None, sealed):
                    vault.forget(session, commitment)
