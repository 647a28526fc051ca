"""How does Flask-Security serve our accounts?

* The sign-in page is Flask-Security's view with our template and our judgement (``accounts.password_ok``).
* Each read and each write of an account is one short transaction of its own, so that no request holds the writer's
  place while it waits.
* Registering, recovering, second factors and passkeys stay off until their round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from flask_security import Security, UserDatastore, current_user
from flask_security.forms import LoginForm
from flask_security.utils import login_user, logout_user
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from coi import settings
from coi.errors import Conflict
from coi.people import store
from coi.people.accounts import WRONG, Role, User, WebAuthn, email_of, password_ok
from coi.people.actions import by_badge
from coi.people.hashing import salt_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask
    from flask_security import RoleMixin
    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.identity.badge import Badge
    from coi.person import Person
    from coi.settings import Settings


def signed_in() -> str | None:
    """Return the id of the person whom the present request's session belongs to; wired into the web's hook."""
    user = current_user
    return cast("str", user.person) if user is not None and user.is_authenticated else None


class SignInForm(LoginForm):
    """Flask-Security's sign-in form, with our own judgement of the secret in place of its own."""

    def validate(self, **kwargs: Any) -> bool:  # noqa: ANN401  # its signature
        """Let in whom ``password_ok`` lets in; everybody else hears the same words."""
        self.email.validators = ()  # a login name need not look like an address
        if not super(LoginForm, self).validate(**kwargs):  # past Flask-Security's judgement, to the form's own checks
            return False
        login, secret = self.email.data or "", self.password.data or ""
        person = _wired().judge(login, secret)
        if person is None:
            self.password.errors = [WRONG]
            return False
        self.ifield = self.email
        self.user = _wired().find_user(person=person.id)
        self.user_authenticated = True
        return self.user is not None


class Accounts(UserDatastore):
    """Flask-Security's datastore over our ``Database``: each read and each commit is one short transaction."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Serve the accounts of *database*; *clock* is the one wired in the app."""
        super().__init__(User, Role, WebAuthn)
        self._database = database
        self._clock = clock

    def note(self, what: str, person: str) -> None:
        """Write one line of the security log."""
        at = self._clock()
        self._database.run(lambda session: store.note(session, what, person, None, at))

    def judge(self, login: str, secret: str, badge: Badge | None = None) -> Person | None:
        """Decide about one sign-in in a transaction of its own, and note a good one."""
        at = self._clock()

        def work(session: Session) -> Person | None:
            whose = None if badge is None else by_badge(session, badge)
            named = login if whose is None else email_of(session, whose.id) or ""
            person = password_ok(session, "" if badge is not None and whose is None else named, secret, at)
            if person is not None:
                store.note(session, "signed_in", person.id, None, at)
            return person

        return self._database.run(work)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> User | None:  # noqa: ANN401, FBT001, FBT002  # its signature
        """Return the account with that one attribute, detached and whole."""
        ((name, value),) = kwargs.items()
        column = getattr(User, name)
        wanted = func.lower(column) == func.lower(value) if case_insensitive else column == value
        query = select(User).options(joinedload(User.roles), joinedload(User.webauthn)).where(wanted)

        def work(session: Session) -> User | None:
            user = session.scalars(query).unique().first()
            session.expunge_all()
            return user

        return self._database.read(work)

    def find_role(self, role: str) -> RoleMixin | None:  # noqa: ARG002  # its signature
        """Return nothing: our roles are grants in the ledger."""
        return None

    def put(self, model: User) -> User:
        """Keep the model for the next commit."""
        self._database.run(lambda session: session.merge(model))
        return model

    def delete(self, model: User) -> None:
        """Refuse: accounts are closed, never deleted."""
        raise Conflict(f"Expected accounts to be closed, seen an attempt to delete {type(model).__name__}.")

    def commit(self) -> None:
        """Do nothing: each put has been committed."""

    def reload(self, model: User) -> User | None:
        """Return the account as it stands now."""
        return self.find_user(id=model.id)


def security(app: Flask, database: Database, clock: Callable[[], datetime], *, views: bool = False) -> Security:
    """Wire Flask-Security into *app*; what the app has configured before is kept.

    Without its *views* the app draws its own sign-in page and calls ``enter`` and ``leave``; with them Flask-Security
    serves ``/sign-in`` and ``/sign-out`` by the template ``people/sign_in.html``. The judgement is the same.
    """
    knobs = settings.of_engine(database.engine)
    for name, value in _configuration(knobs).items():
        if name.startswith("SECURITY_"):
            app.config.setdefault(name, value)
        else:
            app.config[name] = value  # Flask has a default for each of these, none of which is meant
    return Security(app, Accounts(database, clock), login_form=SignInForm, register_blueprint=views)


def enter(login: str, secret: str, badge: Badge | None = None) -> str | None:
    """Open a session for whom login (or badge) and secret belong to; return the person's id, or None.

    A badge stands in place of the login, never of the secret. For None there is one text: ``accounts.WRONG``.
    """
    person = _wired().judge(login, secret, badge)
    user = None if person is None else _wired().find_user(person=person.id)
    if user is None or not login_user(user, remember=False, authn_via=["password"]):
        return None
    return user.person


def leave() -> None:
    """Close the present session."""
    person = signed_in()
    if person is not None:
        _wired().note("signed_out", person)
    logout_user()


def _configuration(knobs: Settings) -> dict[str, object]:
    """Return what Flask, Flask-Security and the session cookie are told."""
    return {
        "SECRET_KEY": knobs.key("session").hex(),
        "SECURITY_PASSWORD_SALT": salt_text(knobs.key("password")),
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2", "plaintext"],
        "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
        "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__time_cost": knobs.argon2_passes,
            "argon2__memory_cost": knobs.argon2_kib,
            "argon2__parallelism": 1,
        },
        "SECURITY_PASSWORD_LENGTH_MIN": knobs.password_length,
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_LOGIN_USER_TEMPLATE": "people/sign_in.html",
        "SECURITY_POST_LOGIN_VIEW": "/work",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_MSG_GENERIC_AUTHN_FAILED": (WRONG, "error"),
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_JOIN_USER_ROLES": True,
        "SECURITY_DEFAULT_REMEMBER_ME": False,
        "SECURITY_FLASH_MESSAGES": False,
        "SECURITY_CLI_USERS_NAME": False,
        "SECURITY_CLI_ROLES_NAME": False,
        "SESSION_COOKIE_NAME": "coi_session",
        "SESSION_REFRESH_EACH_REQUEST": False,  # a late answer brings no session back that has ended or changed since
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": knobs.cookies_need_tls,
        "PERMANENT_SESSION_LIFETIME": knobs.session_idle_minutes * 60,
        "REMEMBER_COOKIE_DURATION": knobs.session_idle_minutes * 60,
        "REMEMBER_COOKIE_SECURE": knobs.cookies_need_tls,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
    }


def _wired() -> Accounts:
    """Return the datastore of the present app."""
    return cast("Accounts", current_app.extensions["security"].datastore)
