"""How does a person sign? prepare → show → authenticate anew → collect, over the SHA-256 of one canonical statement.

1. ``prepare`` keeps the statement and says who must sign, in what meaning, and until when (two minutes).
2. The page shows the statement; each signer gives login and secret to ``sign``: both components, each time
   (21 CFR 11.200), and a code of the own telephone where the place asks for the other factor. A wrong secret or code is
   ``WrongSecret`` (401), counted although the deed is rolled back.
3. ``collect`` hands the signatures to the deed that records the statement, once, and only for that very statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi import ledger, settings
from coi.errors import Conflict, Malformed, Unknown
from coi.people import accounts, factors, signature_store, signing
from coi.people.accounts import WrongSecret
from coi.people.signing import NotSigned, Prepared, Signed, is_bound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coi.ledger import Json

Auth = tuple[str, str] | tuple[str, str, str]
"""What one signer gives: login and secret, and the code where the place asks for one."""

__all__ = [
    "Auth",
    "NotSigned",
    "Prepared",
    "Signed",
    "WrongSecret",
    "by_lease",
    "collect",
    "given",
    "is_bound",
    "is_complete",
    "prepare",
    "prepared",
    "sign",
    "sign_all",
]

given = signature_store.given


def prepare(  # noqa: PLR0913  what is signed, by whom, and how it is proven
    session: Session,
    stmt: Mapping[str, Json],
    meaning: str | Sequence[str],
    signers: Sequence[frozenset[str] | Sequence[str]],
    at: datetime,
    *,
    distinct: bool = True,
    product: str | None = None,
    site: str | None = None,
    factors: Sequence[str] | None = None,
) -> Prepared:
    """Let *stmt* wait for its signatures: one place for each set of roles in *signers*.

    *meaning* is one word for all or one for each. The roles must be held at *site*, by default the statement's own.
    *factors* says for each place "any" (a password signs) or "other" (a password and a code of the signer's own
    telephone; never who acts, where another place is free for that).
    """
    where = site if site is not None else stmt.get("site")
    if not isinstance(where, str):
        raise Malformed("Expected the statement to name the site where its signers hold their roles, seen none.")
    waiting = Prepared(
        ledger.new_id(),
        ledger.statement_hash(stmt),
        stmt,
        signing.places(meaning, signers, factors),
        distinct,
        where,
        product,
        at + settings.of(session).signature_life,
    )
    signature_store.keep_prepared(session, waiting)
    return waiting


def prepared(session: Session, prepared_id: str) -> Prepared:
    """Return a prepared statement, to be shown and to be recorded.

    Raises:
        Unknown: There is no such one.
    """
    return _prepared(session, prepared_id, lock=False)


def sign_all(session: Session, prepared_id: str, auths: Sequence[Auth], at: datetime) -> list[Signed | NotSigned]:
    """Let several persons sign one after the other, in the order of the places; raise as ``sign`` does."""
    return [sign(session, prepared_id, login, secret, at, code="".join(code)) for login, secret, *code in auths]


def sign(
    session: Session,
    prepared_id: str,
    login: str,
    secret: str,
    at: datetime,
    *,
    seen: str | None = None,
    code: str = "",
) -> Signed | NotSigned:
    """Sign one place of a prepared statement, if the rules let this person.

    *seen* is the SHA-256 of the record that the page showed; where the page says it, it must be the prepared one.
    A *code* of the person's own telephone is judged wherever it is given, and used up with the deed.

    Raises:
        WrongSecret: Login, secret and code open no account now, or the place asks a person who has a telephone enrolled
            for a code and none came (401); never an entry, always counted.
    """
    waiting = _prepared(session, prepared_id, lock=True)
    words = accounts.WRONG_OR_CODE if any(place.asks_other for place in waiting.places) else accounts.WRONG
    person = accounts.password_ok(session, login, secret, at)
    if person is None:
        raise WrongSecret(words)
    enrolled = factors.is_enrolled(session, person.id)
    proven = bool(code) and enrolled
    if proven and not factors.code_ok(session, person.id, code, at):
        raise WrongSecret(words)
    judged = signing.decide(
        waiting,
        given(session, prepared_id),
        person,
        waiting.sha256 if seen is None else seen,
        method=signing.PASSWORD_AND_CODE if proven else signing.PASSWORD,
        at=at,
    )
    if isinstance(judged, NotSigned) and judged.code == "factor_missing" and enrolled:
        accounts.wrong_code(session, person.id, at)
        raise WrongSecret(words)
    if isinstance(judged, Signed):
        signature_store.keep_signature(session, prepared_id, judged)
    return judged


def by_lease(person: str, role: str, meaning: str, stmt: Mapping[str, Json], at: datetime) -> Mapping[str, Json]:
    """Return the signature of who had authenticated at a preflight and confirmed a deed at the station alone."""
    digest = ledger.statement_hash(stmt)
    return Signed(person, role, meaning, digest, "lease", at, 0).for_entry()


def is_complete(session: Session, prepared_id: str) -> bool:
    """Tell whether every place is signed."""
    return len(given(session, prepared_id)) == len(prepared(session, prepared_id).places)


def collect(
    session: Session, prepared_id: str, stmt: Mapping[str, Json], at: datetime
) -> tuple[Mapping[str, Json], ...]:
    """Use a fully signed statement up and return its signatures as they stand in the entry.

    1. *stmt* is the very statement that was signed (11.70).
    2. Every place is signed.
    3. The time has not run out.
    4. It is used for the first time.

    Raises:
        Conflict: One of these does not hold.
    """
    waiting = _prepared(session, prepared_id, lock=True)
    signatures = given(session, prepared_id)
    digest = ledger.statement_hash(stmt)
    if digest != waiting.sha256 or any(one.sha256 != digest for one in signatures):
        raise Conflict(f"Expected the signed record {waiting.sha256[:12]}, seen record {digest[:12]}.")
    if len(signatures) != len(waiting.places):
        raise Conflict(f"Expected {len(waiting.places)} signatures, seen {len(signatures)}.")
    if at >= waiting.expires:
        raise Conflict(
            f"Expected the record before {ledger.instant(waiting.expires)}, seen it at {ledger.instant(at)}."
        )
    if not signature_store.use(session, prepared_id, at):
        raise Conflict("Expected signatures that wait, seen ones that were used.")
    return tuple(one.for_entry() for one in signatures)


def _prepared(session: Session, prepared_id: str, *, lock: bool) -> Prepared:
    """Return a prepared statement, or say that there is none."""
    waiting = signature_store.prepared(session, prepared_id, lock=lock)
    if waiting is None:
        raise Unknown(f"Expected a statement that waits for signatures, seen {prepared_id[:40]!r}.")
    return waiting
