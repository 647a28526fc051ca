"""Who signs in, and what happens when the secret is wrong?

The only place of ORM models (``wiring`` serves them to Flask-Security). Accounts are a store: the person is in the
ledger, login, password hash and counters are here (docs/stores.md).

* ``password_ok`` decides, for the sign-in page, signatures and the command line alike. Five wrong secrets in a row lock
  the account for a while; a locked, unknown or deactivated account answers in the same words and the same time.
* A wrong secret is counted even though the deed it came with is rolled back: the count is written in a transaction of
  its own when the deed's has ended.
* Models carry the fields of second factors, passkeys and recovery codes; switching them on needs no new tables.
"""

from __future__ import annotations

import logging
import secrets as randomness
from typing import TYPE_CHECKING, Any, cast

from flask_security.models.sqla import FsModels, FsRoleMixin, FsUserMixin, FsWebAuthnMixin
from sqlalchemy import Integer, String, case, event, literal, or_, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from coi import settings
from coi.db import Instant, metadata
from coi.errors import Conflict, Malformed, NotAuthenticated
from coi.people import store
from coi.people.hashing import hash_password, is_password
from coi.people.rules import check_login, check_login_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute, SessionTransaction

    from coi.person import Person
    from coi.settings import Settings

WRONG = "This login and secret do not open an account now."
"""What everybody is told who is not let in, whatever the cause."""
WRONG_OR_CODE = (
    "This login, secret and code do not sign now. A code counts once and for half a minute: if it may have been used, "
    "wait for the next one."
)
"""The same where a code is asked for; it does not say which of the three was wrong."""

_log = logging.getLogger("coi.security")


class WrongSecret(NotAuthenticated):
    """The login and secret do not belong together, or the account is locked or closed."""

    slug = "wrong-secret"


class Base(DeclarativeBase):
    """The models' base, on the same metadata as every table of the house."""

    metadata = metadata


FsModels.set_db_info(  # type: ignore[no-untyped-call]  # Flask-Security says no types here
    base_model=Base,
    user_table_name="people_account",
    role_table_name="people_account_role",
    webauthn_table_name="people_passkey",
)


class Role(Base, FsRoleMixin):
    """Flask-Security asks for roles; ours are grants in the ledger, so this table stays empty."""

    __tablename__ = "people_account_role"


class User(Base, FsUserMixin):
    """The login of one person."""

    __tablename__ = "people_account"

    person: Mapped[str] = mapped_column(String(40), unique=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[Any] = mapped_column(Instant, nullable=True)
    totp_pending: Mapped[str | None] = mapped_column(String(255), sort_order=1)
    """Sealed key of a telephone that has not shown a right code yet; a proven one is ``tf_totp_secret``."""
    totp_counter: Mapped[int | None] = mapped_column(Integer, sort_order=1)
    """Time step of the code used last: that one and older ones are worth nothing any more."""
    totp_failures: Mapped[int] = mapped_column(Integer, default=0, server_default="0", sort_order=1)
    """Wrong codes in a row; a right password does not forget them, else who knows it could guess for ever."""


class WebAuthn(Base, FsWebAuthnMixin):
    """A passkey of one account."""

    __tablename__ = "people_passkey"


def open_account(session: Session, person: str, email: str, login: str | None = None) -> None:
    """Give *person* a login without a password yet: the e-mail address, and a short name where one is wished.

    Raises:
        Conflict: One of them is somebody's login already.
    """
    address = check_login(email)
    name = None if login is None else check_login_name(login)
    if any(_account(session, wanted) is not None for wanted in (address, name) if wanted is not None):
        raise Conflict("Expected an e-mail address and login name that are nobody's yet, seen one in use.")
    session.add(
        User(
            email=address,
            username=name,
            person=person,
            active=True,
            failures=0,
            fs_uniquifier=randomness.token_hex(32),
            fs_webauthn_user_handle=randomness.token_hex(32),
        )
    )
    session.flush()


def email_of(session: Session, person: str) -> str | None:
    """Return the login of *person*."""
    return session.scalar(select(User.email).where(User.person == person))


def set_secret(session: Session, person: str, secret: str) -> None:
    """Give *person* another password, unlock the account, and end every session it has open."""
    knobs = settings.of(session)
    if len(secret) < knobs.password_length:
        raise Malformed(f"Expected a password of at least {knobs.password_length} characters, seen a shorter one.")
    hashed = hash_password(secret, knobs.key("password"), passes=knobs.argon2_passes, kib=knobs.argon2_kib)
    _change(session, person, password=hashed, failures=0, locked_until=None, fs_uniquifier=randomness.token_hex(32))


def unlock(session: Session, person: str) -> None:
    """Open a locked account at once."""
    _change(session, person, failures=0, totp_failures=0, locked_until=None)


def close_account(session: Session, person: str) -> None:
    """Let nobody in any more under this login, and end every session it has open."""
    ended = {"active": False, "tf_totp_secret": None, "totp_pending": None}
    _change(session, person, **ended, fs_uniquifier=randomness.token_hex(32))


def password_ok(session: Session, login: str, secret: str, at: datetime) -> Person | None:
    """Return the person if *login* and *secret* belong together and the account is open now, else None.

    1. The secret is hashed whatever the login is, so that time tells nothing.
    2. The account is known, open, and not locked at this moment.
    3. The secret is right. If not, it is counted; the last failure allowed locks the account.
    4. The person is active in the ledger.
    """
    knobs = settings.of(session)
    account = _account(session, login.strip().lower())
    right = is_password(
        secret,
        account.password if account is not None else None,
        knobs.key("password"),
        passes=knobs.argon2_passes,
        kib=knobs.argon2_kib,
    )
    if account is None:
        _after(session, lambda own: store.note(own, "unknown_login", None, None, at))
        return None
    known = account.person
    if account.locked_until is not None and at < account.locked_until:
        _after(session, lambda own: store.note(own, "locked_login", known, None, at))
        return None
    if not right:
        _after(session, lambda own: _count_failure(own, known, at, knobs, User.failures))
        return None
    person = store.person(session, known)
    if person is None or not person.active or not account.active:
        _after(session, lambda own: store.note(own, "closed_login", known, None, at))
        return None
    if account.failures:
        _change(session, known, failures=0, locked_until=None)
    return person


def wrong_code(session: Session, person: str, at: datetime) -> None:
    """Count one wrong code of a second factor, whichever way the deed ends; the last one allowed locks the account."""
    knobs = settings.of(session)
    _after(session, lambda own: _count_failure(own, person, at, knobs, User.totp_failures))


def _account(session: Session, login: str) -> User | None:
    """Return the account of a login, as it stands in the database now."""
    return session.scalar(
        select(User).where(or_(User.email == login, User.username == login)).execution_options(populate_existing=True)
    )


def _change(session: Session, person: str, **values: object) -> None:
    """Change the account of *person*."""
    done = session.execute(
        update(User).where(User.person == person).values(**values).returning(User.id),
        execution_options={"synchronize_session": False},
    )
    if done.first() is None:
        raise Conflict(f"Expected {person} to have an account, seen none.")


def _count_failure(
    session: Session, person: str, at: datetime, knobs: Settings, counter: InstrumentedAttribute[int]
) -> None:
    """Count one wrong secret or code in the database itself, and lock the account at the last one allowed."""
    reached = counter + 1 >= knobs.lockout_failures
    secret = counter is User.failures
    locked = session.execute(
        update(User)
        .where(User.person == person)
        .values(
            {
                counter: case((reached, 0), else_=counter + 1),
                User.locked_until: case((reached, literal(at + knobs.lockout, Instant)), else_=User.locked_until),
            }
        )
        .returning(User.locked_until),
        execution_options={"synchronize_session": False},
    ).first()
    shut = locked is not None and locked[0] is not None and at < locked[0]
    word = "secret" if secret else "code"
    store.note(session, "locked" if shut else f"wrong_{word}", person, None, at)
    _log.warning("%s of %s", f"Account locked after a wrong {word}" if shut else f"Wrong {word}", person)


def _after(session: Session, work: Callable[[Session], None]) -> None:
    """Do *work* in a transaction of its own once the session's has ended, whichever way it ends."""
    pending = cast("list[Callable[[Session], None]]", session.info.setdefault("people.after", []))
    pending.append(work)
    if len(pending) > 1:
        return
    engine = settings.writer_of(session)

    def ended(_session: Session, transaction: SessionTransaction) -> None:
        """Do everything that waits, when the outermost transaction is over."""
        if transaction.parent is not None or not pending:
            return
        waiting = pending.copy()
        pending.clear()
        with Session(engine) as own, own.begin():
            for one in waiting:
                one(own)

    event.listen(session, "after_transaction_end", ended)
