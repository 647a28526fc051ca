"""What can one do with the vault? One function a verb.

* Creating a pseudonym is an entry; keeping, opening and binding are the vault's own (their deed is somebody's entry,
  which carries the commitment).
* Every opening is logged in the same transaction: a session that may not write cannot open.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from coi import ledger, settings
from coi.errors import Conflict, Malformed, Unknown
from coi.ledger.entry import encode
from coi.vault import sealing, store
from coi.vault.store import Opening, Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json

ALPHABET: Final = "0123456789BCDEFGHJKLNPRSTUVX"
SCAN: Final = "scan"
"""The field of what was scanned of a patient: no fact about the patient, and on no card."""
WHY: Final = re.compile(r"[a-z0-9_.:/-]{1,64}")


def new_subject(session: Session, *, at: datetime, by: str) -> str:
    """Make a pseudonym for one patient, with a key of its own; one entry on the organisation's chain."""
    chain = ledger.installation(session).org_chain
    ledger.lock(session, chain)
    subject = "P-" + "".join(secrets.choice(ALPHABET) for _ in range(12))
    stmt = {
        "id": ledger.new_id(),
        "actor": by,
        "at": ledger.instant(at),
        "subject": subject,
        "outcome": "accepted",
    }
    ledger.record(session, chain, store.SUBJECT_CREATED, stmt, at=at)
    _new_key(session, subject, at)
    return subject


def put(session: Session, subject: str | None, field: str, value: Json, *, at: datetime) -> str:
    """Keep *value* and return the commitment that an entry may carry.

    Without subject (a foreign scan, a text about nobody) the value gets a key of its own.

    Raises:
        Unknown: There is no such pseudonym, or its key was destroyed.
    """
    return _keep(session, subject, field, encode(value), at)


def put_bytes(session: Session, subject: str | None, field: str, data: bytes, *, at: datetime) -> str:
    """Keep raw bytes of any length (read back as ``{"base64": …}``) and return their commitment."""
    return _keep(session, subject, field, sealing.canonical_bytes(data), at)


def open_(session: Session, commitment: str, *, by: str, why: str, at: datetime) -> Json:
    """Give back the value behind *commitment*; who, why, when and which field are logged.

    *why* is a reason code such as ``h3.bedside_check``, never a sentence.

    Raises:
        Unknown: Nothing is kept under it, or what was kept has been erased.
        Damaged: What is kept is not what was promised.
    """
    if not WHY.fullmatch(why):
        raise Malformed("Expected a reason code of 1 to 64 characters a-z 0-9 _ . : / - for an opening.")
    kept = store.find(session, commitment)
    if kept is None:
        raise Unknown(f"Expected a value kept under commitment {commitment}, seen none.")
    store.log_opening(session, Opening(at, by, why, kept.subject, kept.field, commitment))
    return sealing.unseal(_key(session, kept.owner), kept.owner, kept.field, commitment, kept.sealed)


def forget(session: Session, commitment: str) -> None:
    """Destroy a value that has no subject, key and all, so that nothing opens it; a patient's is left alone."""
    kept = store.find(session, commitment)
    if kept is not None and kept.subject is None:
        store.drop(session, kept)


def erase(session: Session, subject: str) -> int:
    """Destroy the key of *subject*, every value under it and every code that leads there; return how many values.

    Who may, and that it was done, is somebody's entry, written before. The pseudonym stays known, and leads to nobody.

    Raises:
        Unknown: There is no such pseudonym, or its key was destroyed before.
        Conflict: A legal hold stands on it.
    """
    _key(session, subject)
    if store.legal_holds(session, subject):
        raise Conflict("Expected no legal hold on what is to be destroyed, seen one.")
    return store.destroy(session, subject)


def erase_again(session: Session, subject: str) -> int:
    """Destroy what a restored backup brought back of *subject*: that was decided and done before."""
    return store.destroy(session, subject)


def is_erased(session: Session, subject: str) -> bool:
    """Tell whether the key of a pseudonym was destroyed."""
    return store.is_subject(session, subject) and store.wrapped_key(session, subject) is None


def is_kept(session: Session, subject: str) -> bool:
    """Tell whether anything of a pseudonym could be opened here."""
    return store.wrapped_key(session, subject) is not None


def facts(session: Session, subject: str, *, by: str, why: str, at: datetime) -> Mapping[str, Json]:
    """Give back the newest value of each field of *subject*; each opening is logged."""
    _key(session, subject)
    return {
        field: open_(session, commitment, by=by, why=why, at=at)
        for field, commitment in store.newest(session, subject).items()
        if field != SCAN
    }


def agrees(session: Session, subject: str, field: str, spoken: Json, *, by: str, why: str, at: datetime) -> bool:
    """Tell whether what was spoken and entered blind is what is kept; a field never kept agrees with nothing."""
    commitment = store.newest(session, subject).get(field)
    if commitment is None:
        return False
    return sealing.same_words(open_(session, commitment, by=by, why=why, at=at), spoken)


def bind(session: Session, code: bytes, subject: str, *, at: datetime) -> None:
    """Let *code* (a record number of an issuer, a hospital's wristband) lead to *subject*.

    Raises:
        Conflict: It leads to somebody else already; ambiguity is refused when it would arise.
    """
    if not code:
        raise Malformed("Expected a code of at least one byte to bind, seen none.")
    if not store.is_subject(session, subject):
        raise Unknown(f"Expected a pseudonym of this installation, seen {subject}.")
    blinded = _blind(session, code)
    bound = store.look_up(session, blinded)
    if bound is None:
        store.put_code(session, blinded, subject, at)
    elif bound != subject:
        raise Conflict(f"Expected a code that is free or leads to {subject}, seen one that leads to another patient.")


def unbind(session: Session, code: bytes, subject: str) -> bool:
    """Let *code* lead nowhere any more (an old band is dead); tell whether it led to *subject*."""
    return store.drop_code(session, _blind(session, code), subject)


def resolve(session: Session, code: bytes) -> str | None:
    """Return the pseudonym that *code* leads to, or None."""
    return store.look_up(session, _blind(session, code))


def tag(session: Session, code: bytes) -> str:
    """Return a short keyed mark of *code*: two equal codes have one, and without the key nobody can try codes."""
    return _blind(session, code)[:24]


def record_number(issuer: str, number: str) -> bytes:
    """Return the code of a record number: it means somebody only together with who issued it.

    Outer spaces do not count; letter case does, since two hospitals' systems may differ by it.
    """
    parts = (issuer.strip(), number.strip())
    if not all(parts) or any("\x00" in part for part in parts):
        raise Malformed("Expected the issuer of a record number and the number, seen one empty or with a zero byte.")
    return b"record\x00" + parts[0].encode("utf-8") + b"\x00" + parts[1].encode("utf-8")


def band(data: bytes) -> bytes:
    """Return the code under which a hospital's own wristband leads to a patient."""
    return b"band\x00" + data


def _keep(session: Session, subject: str | None, field: str, canonical: bytes, at: datetime) -> str:
    """Seal the canonical bytes of a value and keep them."""
    sealing.check_field(field)
    if subject is None:
        owner = "X-" + secrets.token_hex(16)
        dek = _new_key(session, owner, at)
    else:
        owner = subject
        dek = _key(session, subject)
    salt, nonce = secrets.token_bytes(sealing.SALT_BYTES), secrets.token_bytes(sealing.NONCE_BYTES)
    promised, sealed = sealing.seal(dek, owner, field, canonical, salt=salt, nonce=nonce)
    store.keep(session, Sealed(promised, owner, subject, field, sealed), at)
    return promised


def _blind(session: Session, code: bytes) -> str:
    """Return the code's place in the blind index of this installation."""
    return sealing.blind(settings.of(session).key("index"), code)


def _new_key(session: Session, owner: str, at: datetime) -> bytes:
    """Make, wrap and keep the key of a new owner."""
    dek = secrets.token_bytes(settings.KEY_BYTES)
    wrapped = sealing.wrap(settings.of(session).key("kek"), owner, dek, secrets.token_bytes(sealing.NONCE_BYTES))
    store.keep_key(session, owner, wrapped, at)
    return dek


def _key(session: Session, owner: str) -> bytes:
    """Unwrap the key of *owner*."""
    wrapped = store.wrapped_key(session, owner)
    if wrapped is None:
        raise Unknown(f"Expected a key for {owner} in the vault, seen none: never kept here, or erased.")
    return sealing.unwrap(settings.of(session).key("kek"), owner, wrapped)
