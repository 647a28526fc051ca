"""No name, address, login, password, badge or token secret stands in the ledger, the log, or an error's text."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from coi import people
from coi.db import metadata
from coi.errors import CoiError
from coi.identity.badge import Badge
from coi.ledger.store import ledger_entry
from coi.people import actions, store
from coi.people.accounts import WrongSecret, password_ok
from tests.coi.people.conftest import SECRET

if TYPE_CHECKING:
    from tests.coi.people.conftest import Town

BADGE = Badge.from_random(b"canarybird")
CANARIES = (
    "Quetzalcoatl Canary",
    "canary@clinic.example",
    "canarylogin",
    "a canary's password",
    "another canary's password",
    str(BADGE),
    SECRET,
    "Nora Nurse",
    "Clinic of St Anna",
)


def test_no_canary_sings(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """After every deed and every failure with them, none of the secrets and names is found outside the stores."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "sqlalchemy.engine")
    both: dict[str, Any] = {"by": town.admin, "approved_by": town.deputy}
    name, mail, login, secret, another = CANARIES[:5]
    errors: list[Exception] = []
    person = town.do(actions.add_person, name=name, email=mail, login=login, **both)
    for action, arguments in (
        (actions.add_person, {"name": name, "email": mail, **both}),
        (actions.set_password, {"person": person, "secret": "canary", **both}),
        (actions.set_badge, {"person": person, "badge": BADGE, "by": town.nurse}),
    ):
        with pytest.raises(CoiError) as refused:
            town.do(action, **arguments)
        errors.append(refused.value)
    town.do(actions.set_password, person, secret, **both)
    town.do(actions.set_badge, person, BADGE, **both)
    town.do(actions.grant, person, "courier", "S-WARD", **both)
    minted = town.do(actions.create_token, person, "courier", "S-WARD", by=person)
    with pytest.raises(WrongSecret) as wrong:
        town.do(actions.set_password, person, another, by=person, old=another)
    errors.append(wrong.value)
    town.do(password_ok, another, secret)
    town.do(actions.set_password, person, another, by=person, old=secret)
    town.do(actions.deactivate, person, by=town.admin)

    told = town.database.read(lambda session: session.scalars(select(ledger_entry.c.body)).all())
    notes = town.database.read(lambda session: store.security_log(session, 1000))
    places = {
        "ledger": b"\n".join(told).decode(),
        "log": "\n".join(f"{one.getMessage()} {one.__dict__}" for one in caplog.records),
        "errors": "\n".join(f"{one!s} {one!r}" for one in errors),
        "security log": repr(notes),
    }
    for place, text in places.items():
        for canary in (*CANARIES, minted.secret):
            assert canary not in text, f"{canary!r} in the {place}"
    assert name == town.database.read(lambda session: people.name_of(session, person))


def test_database_holds_no_secret_in_the_clear(town: Town) -> None:
    """Whoever steals the database finds no password, badge or token secret in any of its tables."""
    both: dict[str, Any] = {"by": town.admin, "approved_by": town.deputy}
    town.do(actions.set_badge, town.nurse, BADGE, **both)
    minted = town.do(actions.create_token, town.nurse, "ward_nurse", "S-WARD", by=town.nurse)

    def everything() -> str:
        tables = metadata.sorted_tables
        return town.database.read(
            lambda session: "\n".join(repr(tuple(row)) for table in tables for row in session.execute(select(table)))
        )

    held = everything()
    for secret in (SECRET, str(BADGE), minted.secret):
        assert secret not in held
