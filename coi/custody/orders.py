"""Open an order: the patient goes into the vault, the order gets a chain, and nothing of the patient is in it.

H1 has two hands: a coordinator writes the patient down, a physician enters the same facts again without seeing them,
and the binding holds only if both agree. ``identity_agrees`` answers yes or no and gives nothing back.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from coi import ledger, people, vault
from coi.custody import protocol_store, store
from coi.custody.protocol import OPTIONAL_ROLES, SITE_ROLES
from coi.errors import Conflict, Malformed, NotPermitted, Unknown

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coi.custody.deed import Deed
    from coi.custody.order import Order
    from coi.ledger.entry import Entry

MAX_NAME = 120
FIELDS = ("name", "birth_date", "record_number")


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What identifies a patient; it lives in a request and in the vault, nowhere else."""

    name: str
    birth_date: str
    """ISO 8601 calendar date."""
    issuer: str
    """Who issued the record number: the hospital's short name."""
    record_number: str

    def checked(self) -> PatientFacts:
        """Return the facts with outer space taken off, or raise Malformed without repeating any of them."""
        facts = PatientFacts(
            self.name.strip(), self.birth_date.strip(), self.issuer.strip(), self.record_number.strip()
        )
        if not facts.name or len(facts.name) > MAX_NAME:
            raise Malformed(f"Expected a name of 1 to {MAX_NAME} characters, seen {len(facts.name)}.")
        if not facts.issuer or not facts.record_number:
            raise Malformed("Expected a record number and who issued it, seen one of them empty.")
        try:
            born = date.fromisoformat(facts.birth_date)
        except ValueError:
            raise Malformed("Expected a birth date as 1970-01-31, seen another text.") from None
        return PatientFacts(facts.name, born.isoformat(), facts.issuer, facts.record_number)


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What a coordinator orders."""

    patient: PatientFacts
    product: str
    collection: str
    manufacturing: str
    treatment: str
    courier: str = ""
    """Empty where nothing travels."""
    depot: str = ""
    """Empty where no depot lies on the way."""


KINDS = {
    "collection": ("collection", "treatment"),
    "manufacturing": ("manufacturing",),
    "treatment": ("treatment",),
    "courier": ("depot",),
    "depot": ("depot",),
}
"""Which kinds of site may play each part; a hospital that treats may also collect."""


def create(session: Session, deed: Deed, wish: NewOrder) -> Entry:
    """Open a draft order: one entry that names a pseudonym, sites and the pinned protocol.

    Raises:
        NotPermitted: The person is no coordinator of the treatment site.
        Malformed: A patient fact, site or product is not what it must be.
        Conflict: The patient has an open order for this product already.
    """
    facts = wish.patient.checked()
    if deed.by.grant(("coordinator",), wish.treatment, wish.product) is None or deed.site != wish.treatment:
        raise NotPermitted("Expected a coordinator of the treatment site, seen another role.")
    protocol = protocol_store.effective(session, wish.product)
    if protocol is None:
        raise Unknown(f"Expected a product with an approved protocol, seen {wish.product[:40]!r}.")
    used = {step.site for step in protocol.checkpoints if not step.side}
    sites = {part: getattr(wish, part) for part in (*SITE_ROLES, *OPTIONAL_ROLES)}
    sites = {part: site for part, site in sites.items() if site or part in used}
    for part, site_id in sites.items():
        kind = people.site(session, site_id).kind
        if kind not in KINDS[part]:
            raise Malformed(f"Expected a site of kind {' or '.join(KINDS[part])} for {part}, seen {kind}.")
    collecting = people.site(session, wish.collection)
    if collecting.scheme == "gs1" and not collecting.gtin:  # registered before such a site had to have one
        raise Malformed(
            "Expected a collection site whose bags have a GTIN, seen one by GS1 without: an administrator gives it by "
            "`coi setup labels`."
        )
    if collecting.scheme == "gs1" and collecting.gtin in protocol_store.articles(session):
        raise Malformed(
            "Expected another GTIN for the collected bags than a product's, seen one for both: an administrator "
            "changes it by `coi setup labels`."
        )
    patient = _subject(session, deed, facts)
    if store.open_of_patient(session, patient, wish.product) is not None:
        raise Conflict("Expected no open order of this patient for this product, seen one.")
    order_id = f"O-{secrets.token_hex(5).upper()}"
    store.claim(session, therapy(patient, wish.product), order_id)
    chain = ledger.new_chain(session, "order", order_id, at=deed.at, by=deed.by.id)
    commitments = {
        "name": vault.put(session, patient, "name", facts.name, at=deed.at),
        "birth_date": vault.put(session, patient, "birth_date", facts.birth_date, at=deed.at),
        "record_number": vault.put(
            session, patient, "record_number", f"{facts.issuer} {facts.record_number}", at=deed.at
        ),
    }
    stmt = {
        **deed.common("coordinator"),
        "id": ledger.new_id(),
        "order": order_id,
        "outcome": "accepted",
        "patient": patient,
        "product": wish.product,
        "protocol": f"{protocol.id}/{protocol.version}",
        "protocol_sha256": protocol.sha256,
        "sites": sites,
        "commitments": commitments,
        "likeness": vault.tag(session, likeness(facts)),
    }
    return ledger.record(session, chain, "order.created", stmt, at=deed.at)


def therapy(patient: str, product: str) -> str:
    """Return the name under which an order claims a patient's one open therapy of a product."""
    return f"therapy {patient} {product}"


def _subject(session: Session, deed: Deed, facts: PatientFacts) -> str:
    """Return the pseudonym of the patient with this record number, or a new one."""
    code = vault.record_number(facts.issuer, facts.record_number)
    known = vault.resolve(session, code)
    if known is None:
        subject = vault.new_subject(session, at=deed.at, by=deed.by.id)
        vault.bind(session, code, subject, at=deed.at)
        return subject
    same = vault.agrees(session, known, "name", facts.name, by=deed.by.id, why="h1.order", at=deed.at)
    born = vault.agrees(session, known, "birth_date", facts.birth_date, by=deed.by.id, why="h1.order", at=deed.at)
    if not (same and born):
        raise Conflict(
            "Expected the name and birth date that this record number has, seen others: settle whose number it is."
        )
    return known


def likeness(facts: PatientFacts) -> bytes:
    """Return what two patients share who could be taken for each other: birth date and family name.

    Twins, namesakes, Junior and Senior, and other spellings of one name are one likeness: case, accents and
    generational suffixes do not count, and neither does the first name.
    """
    plain = unicodedata.normalize("NFKD", facts.name).encode("ascii", "ignore").decode("ascii").lower()
    words = [word.strip(".,") for word in plain.replace("-", " ").split()]
    told = [word for word in words if word and word not in SUFFIXES]
    family = told[-1] if told else facts.name.casefold()
    return f"likeness {facts.birth_date} {family}".encode()


SUFFIXES = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv"})


def spoken_agrees(session: Session, deed: Deed, order: Order, facts: PatientFacts, *, third: bool) -> bool:
    """Tell whether a name and birth date, as the patient said them, are those in the vault; nothing is given back.

    Where another patient could be taken for this one, the record number is compared as the *third* identifier.
    """
    told = {"name": facts.name.strip(), "birth_date": facts.birth_date.strip()}
    if third:
        told["record_number"] = f"{facts.issuer.strip()} {facts.record_number.strip()}"
    answers = [
        bool(text) and vault.agrees(session, order.patient, field, text, by=deed.by.id, why="spoken", at=deed.at)
        for field, text in told.items()
    ]
    return all(answers)


def identity_agrees(session: Session, deed: Deed, order: Order, facts: PatientFacts) -> bool:
    """Tell whether facts entered a second time, blind, are those in the vault; nothing is given back."""
    entered = facts.checked()
    told = {
        "name": entered.name,
        "birth_date": entered.birth_date,
        "record_number": f"{entered.issuer} {entered.record_number}",
    }
    answers = [
        vault.agrees(session, order.patient, field, told[field], by=deed.by.id, why="h1.binding", at=deed.at)
        for field in FIELDS
    ]
    return all(answers)


def patient_card(session: Session, deed: Deed, order: Order, checkpoint: str) -> dict[str, str]:
    """Open name and birth date for a screen at the patient; the opening is logged with the checkpoint as its reason."""
    opened = vault.facts(session, order.patient, by=deed.by.id, why=checkpoint, at=deed.at)
    return {field: str(opened.get(field, "")) for field in ("name", "birth_date")}
