"""What else than a password proves who signs? A code of the person's own telephone (TOTP, RFC 6238).

Flask-Security makes, seals and judges the codes (``flask_security.totp.Totp``, keys in ``tf_totp_secret``); here it is
told the time and which code was used last, and here stands who may enrol whose telephone.

* ``begin`` makes a key and shows it; ``confirm`` takes one right code of it, and the factor counts from then on.
* A first telephone is confirmed in the presence of an administrator: were the password enough, whoever knows it would
  enrol a telephone of his own. A person who holds one already moves to another by a code of the old one.
* A code counts once, in its half minute or the one before or after. It is used up by the deed that commits; a deed that
  falls leaves it as it was.
* Enrolling and removing are entries; keys, the last code's number and wrong codes are a store (docs/stores.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from flask_security import UserMixin
from flask_security.totp import Totp
from sqlalchemy import or_, select, update

from coi import ledger, settings
from coi.errors import Conflict, NotPermitted, Unknown
from coi.people import accounts, rules, store
from coi.people.accounts import User
from coi.people.authority import known_person, record, taking_away

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

STEP: Final = 30
"""Seconds for which a code is shown; one step more or less is forgiven."""
_COST: Final = 4
"""Rounds of stretching, as a power of two: the key that seals is 32 random bytes and needs none."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a telephone must learn."""

    key: str
    """The key as a person types it: groups of four letters."""
    picture: str
    """A QR code of key, login and installation, as a data: address of an SVG."""


@dataclass(frozen=True, slots=True)
class Held:
    """Whose telephone is enrolled."""

    person: str
    login: str


class Codes(Totp):
    """Flask-Security's codes at a given moment, after the code used last."""

    def __init__(self, key: bytes, issuer: str, seconds: float, counter: int | None = None) -> None:
        """Judge at *seconds* since 1970; *counter* is the time step of the code used last."""
        sealing = {"1": key.hex()}
        super().__init__(sealing, issuer)
        self._totp = self._totp.using(now=lambda: seconds, secrets=sealing, encrypt_cost=_COST)
        self.counter = counter

    def are_right(self, code: str, sealed: str) -> bool:
        """Tell whether *code* is of that key now and newer than the one used last, whose place it takes."""
        return self.verify_totp(code, sealed, UserMixin(), window=STEP)

    def get_last_counter(self, user: UserMixin) -> int | None:  # noqa: ARG002  its signature
        """Return the time step of the code used last."""
        return self.counter

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:  # noqa: ANN401, ARG002  its signature
        """Keep the time step of the code that was right."""
        self.counter = tmatch.counter


def is_enrolled(session: Session, person: str) -> bool:
    """Tell whether a telephone of *person* counts."""
    return session.scalar(select(User.tf_totp_secret).where(User.person == person)) is not None


def enrolled(session: Session) -> list[Held]:
    """Return everybody whose telephone counts, by login."""
    query = select(User.person, User.email).where(User.tf_totp_secret.is_not(None)).order_by(User.email)
    return [Held(*row) for row in session.execute(query)]


def begin(session: Session, person: str, at: datetime) -> Setup:
    """Make a key for a telephone of *person*; it counts for nothing until ``confirm``."""
    sealed = _codes(session, at).generate_totp_secret()
    _keep(session, person, totp_pending=sealed)
    return _shown(session, person, sealed, at)


def pending(session: Session, person: str, at: datetime) -> Setup | None:
    """Return what a telephone that was begun must learn, or None."""
    sealed = session.scalar(select(User.totp_pending).where(User.person == person))
    return None if sealed is None else _shown(session, person, sealed, at)


def confirm(
    session: Session, person: str, code: str, at: datetime, *, old_code: str = "", approved_by: str | None = None
) -> None:
    """Let the begun telephone of *person* count, by one right code of it.

    *old_code* is of the telephone that counts until now; *approved_by* is the administrator who was there and
    authenticated; one of them is needed.

    Raises:
        WrongSecret: One of the codes is wrong; it has been counted.
        NotPermitted: Neither the old telephone nor an administrator vouches.
        Conflict: Nothing was begun.
    """
    ledger.lock(session, ledger.installation(session).org_chain)
    known = known_person(session, person)
    sealed = session.scalar(select(User.totp_pending).where(User.person == person))
    if sealed is None:
        raise Conflict("Expected a telephone that was begun, seen none.")
    vouched = is_enrolled(session, person) and bool(old_code)
    if vouched and not code_ok(session, person, old_code, at):
        raise accounts.WrongSecret(accounts.WRONG_OR_CODE)
    approver = None if approved_by is None else store.person(session, approved_by)
    basis = rules.may_enrol(known, approver, store.admins(session), by_old_code=vouched)
    codes = _codes(session, at)
    if not codes.are_right(code, sealed):
        accounts.wrong_code(session, person, at)
        raise accounts.WrongSecret(accounts.WRONG_OR_CODE)
    proven = {"tf_totp_secret": sealed, "totp_pending": None, "totp_counter": codes.counter, "totp_failures": 0}
    _keep(session, person, **proven)
    said = {"person": person, "factor": "totp"}
    record(session, "people.factor_enrolled", person, at, basis, approved_by if basis == "approved" else None, said)


def remove(session: Session, person: str, *, by: str, at: datetime) -> None:
    """Make a lost telephone worthless at once; an administrator does it, and the next one needs another's presence."""
    basis = taking_away(session, None, by, any_site=True)
    if not is_enrolled(session, person):
        raise Unknown(f"Expected an enrolled telephone of {person[:40]}, seen none.")
    _keep(session, person, tf_totp_secret=None, totp_pending=None)
    record(session, "people.factor_removed", by, at, basis, None, {"person": person, "factor": "totp"})


def code_ok(session: Session, person: str, code: str, at: datetime) -> bool:
    """Tell whether a code of the person's telephone is right now, and use it up; a wrong one is counted.

    Of two uses at once the database lets one through.
    """
    row = session.execute(select(User.tf_totp_secret, User.totp_counter).where(User.person == person)).one()
    codes = _codes(session, at, row.totp_counter)
    if row.tf_totp_secret is not None and codes.are_right(code, row.tf_totp_secret):
        used = session.execute(
            update(User)
            .where(User.person == person, or_(User.totp_counter.is_(None), User.totp_counter < codes.counter))
            .values(totp_counter=codes.counter, totp_failures=0)
            .returning(User.id),
            execution_options={"synchronize_session": False},
        )
        if used.first() is not None:
            return True
    accounts.wrong_code(session, person, at)
    return False


def code_in_demo(session: Session, person: str, at: datetime) -> str:
    """Return a code of *person* that counts now, which only a demo may tell: its people have no telephones.

    Raises:
        NotPermitted: The installation is no demo.
        Unknown: The person has no telephone enrolled.
    """
    if ledger.installation(session).purpose != "demo":
        raise NotPermitted("Expected a demo, where codes are shown, seen another installation.")
    row = session.execute(select(User.tf_totp_secret, User.totp_counter).where(User.person == person)).first()
    if row is None or row.tf_totp_secret is None:
        raise Unknown(f"Expected an enrolled telephone of {person[:40]}, seen none.")
    return _code(session, row.tf_totp_secret, row.totp_counter, at)


def codes_in_demo(session: Session, at: datetime) -> list[tuple[str, str]]:
    """Return login and present code of everybody in a demo."""
    return [(held.login, code_in_demo(session, held.person, at)) for held in enrolled(session)]


def enrol_in_demo(session: Session, person: str, at: datetime) -> None:
    """Enrol a telephone for somebody who has none, before anybody administers, which only a demo may."""
    if ledger.installation(session).purpose != "demo":
        raise NotPermitted("Expected a demo, where telephones are made up, seen another installation.")
    sealed = str(_codes(session, at).generate_totp_secret())  # nobody looks at its picture, so none is drawn
    _keep(session, person, totp_pending=sealed)
    confirm(session, person, _code(session, sealed, None, at), at)


def _code(session: Session, sealed: str, counter: int | None, at: datetime) -> str:
    """Return the code of this moment, or the next one where that was used."""
    now = int(at.timestamp()) // STEP
    unused = now if counter is None or counter < now else now + 1
    codes = Codes(settings.of(session).key("totp"), _issuer(session), unused * STEP)
    return str(codes.generate_totp_password(sealed))


def _codes(session: Session, at: datetime, counter: int | None = None) -> Codes:
    """Return the judge of codes at this moment."""
    return Codes(settings.of(session).key("totp"), _issuer(session), at.timestamp(), counter)


def _issuer(session: Session) -> str:
    """Return what a telephone calls this installation; a colon would end the name."""
    return f"coi {ledger.installation(session).log}".replace(":", " ")


def _shown(session: Session, person: str, sealed: str, at: datetime) -> Setup:
    """Return a key as a telephone takes it in."""
    codes = _codes(session, at)
    login = accounts.email_of(session, person) or person
    return Setup(
        str(codes.get_totp_pretty_key(sealed)),
        str(codes.generate_qrcode(login, sealed)),
    )


def _keep(session: Session, person: str, **values: object) -> None:
    """Change what is kept of a person's telephone."""
    done = session.execute(
        update(User).where(User.person == person).values(**values).returning(User.id),
        execution_options={"synchronize_session": False},
    )
    if done.first() is None:
        raise Conflict(f"Expected {person[:40]} to have an account, seen none.")
