"""Destroy what tells who a patient is, by two signatures; the entry says that it was done, the ledger stays whole.

A legal hold keeps the data: one signature of quality places it, two lift it. What was destroyed and comes back with an
old backup is for ``erased_again``.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from coi import ledger, vault
from coi.custody import endings, erasure, store
from coi.errors import Conflict, Malformed, NotPermitted
from coi.quality import deviation_store
from coi.quality import store as quality

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.ledger.entry import Entry
    from coi.people.signatures import Auth

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
    legal: tuple[vault.LegalHold, ...] = ()
    """Legal holds that stand on the data."""


def standing(session: Session, order: Order, deed: Deed) -> Standing:
    """Return what stands against destroying the data of an order's patient."""
    patient = order.patient
    return Standing(
        store.names_of_patient(session, patient),
        against(session, patient, deed.at),
        vault.is_erased(session, patient),
        vault.legal_holds(session, patient),
    )


def against(session: Session, patient: str, at: datetime) -> tuple[str, ...]:
    """Return all that stands against destroying the data of a patient."""
    every = store.of_patient(session, patient)
    holds = sum(hold.is_open for one in every for hold in quality.of_order(session, one.id))
    found = [one for each in every for one in deviation_store.of_order(session, each.id)]
    deviations = sum(one.state != "closed" for one in found)
    legal = [(one.basis, one.placed_at) for one in vault.legal_holds(session, patient)]
    return erasure.against(every, holds, deviations, at, legal)


def place_legal_hold(session: Session, deed: Deed, order: Order, basis: str, auths: Sequence[Auth]) -> Entry:
    """Keep the data of an order's patient whoever asks for their erasure; one entry on the organisation's chain.

    Raises:
        NotPermitted: The person is not of quality at the hospital that treats, or the signature does not count.
        NotAuthenticated: A secret is wrong.
        Malformed: The basis is not of the list.
        Conflict: The data were erased, or are kept on this basis already.
    """
    if basis not in erasure.LEGAL_BASES:
        raise Malformed(f"Expected one of {erasure.LEGAL_BASES}, seen {basis[:20]!r}.")
    role = _quality(deed, order)
    store.lock(session, frozenset(store.names_of_patient(session, order.patient)))
    seen = standing(session, order, deed)
    if seen.erased:
        raise Conflict("Expected a patient whose data are still there, seen one whose data were erased.")
    if any(one.basis == basis for one in seen.legal):
        raise Conflict(f"Expected no legal hold on the basis {basis} yet, seen one.")
    stmt = {**_common(deed, role, order, seen), "hold": f"LH-{secrets.token_hex(6).upper()}", "basis": basis}
    sig = endings.signed(session, deed, stmt, SIGNERS[:1], ("approved",), order.product, auths)
    return _recorded(session, deed, vault.HOLD_PLACED, stmt, sig)


def lift_legal_hold(session: Session, deed: Deed, order: Order, hold: str, auths: Sequence[Auth]) -> Entry:
    """Let the data of an order's patient go their way again: by those two who might erase them.

    Raises:
        NotPermitted: The person is not of quality at the hospital that treats, or the signatures do not count.
        NotAuthenticated: A secret is wrong.
        Conflict: No such hold stands.
    """
    role = _quality(deed, order)
    store.lock(session, frozenset(store.names_of_patient(session, order.patient)))
    seen = standing(session, order, deed)
    if hold not in {one.id for one in seen.legal}:
        raise Conflict("Expected a legal hold that stands on this patient's data, seen none of that name.")
    stmt = {**_common(deed, role, order, seen), "hold": hold}
    sig = endings.signed(session, deed, stmt, SIGNERS, ("approved", "approved"), order.product, auths)
    return _recorded(session, deed, vault.HOLD_LIFTED, stmt, sig)


def _quality(deed: Deed, order: Order) -> str:
    """Return the role in which quality of the hospital that treats acts, or refuse."""
    grant = deed.by.grant(FIRST, deed.site, order.product)
    if grant is None or deed.site != order.site("treatment"):
        raise NotPermitted(f"Expected {' or '.join(FIRST)} at the hospital that treats, seen another.")
    return grant.role


def _common(deed: Deed, role: str, order: Order, seen: Standing) -> dict[str, Any]:
    """Return what every statement about a patient's data says: who, when, about whom, and by which orders."""
    return {
        **deed.common(role),
        "id": ledger.new_id(),
        "outcome": "accepted",
        "subject": order.patient,
        "orders": list(seen.orders),
    }


def _recorded(session: Session, deed: Deed, kind: str, stmt: dict[str, Any], sig: Sequence[Mapping[str, Any]]) -> Entry:
    chain = ledger.installation(session).org_chain
    ledger.lock(session, chain)
    return ledger.record(session, chain, kind, stmt, at=deed.at, sig=sig)


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
    role = _quality(deed, order)
    store.lock(session, frozenset(store.names_of_patient(session, order.patient)))
    seen = standing(session, order, deed)
    if seen.erased:
        raise Conflict("Expected a patient whose data are still there, seen one whose data were erased.")
    if seen.against:
        raise Conflict(" ".join(seen.against))
    stmt = {**_common(deed, role, order, seen), "basis": basis}
    sig = endings.signed(session, deed, stmt, SIGNERS, ("approved", "approved"), order.product, auths)
    entry = _recorded(session, deed, vault.ERASED, stmt, sig)
    vault.erase(session, order.patient)
    forget_scans(session, seen.orders)
    return entry


def forget_scans(session: Session, orders: Sequence[str]) -> None:
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
