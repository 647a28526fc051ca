"""A small town: two administrators, a hospital, a manufacturer, a nurse, a second nurse and a physician."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from coi import ledger, people, vault
from coi.people import actions
from coi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.db import Database

T = TypeVar("T")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECRET = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Town:
    """The database and who lives in it."""

    database: Database
    settings: Settings
    admin: str
    deputy: str
    nurse: str
    second: str
    physician: str
    ward: str
    plant: str

    def do(self, action: Callable[..., T], *args: object, at: datetime = NOON, **more: object) -> T:
        """Do one action at noon, in one transaction."""
        return self.database.run(lambda session: action(session, *args, at=at, **more))

    def login(self, person: str) -> str:
        """Return the login of one of the inhabitants."""
        return self.database.read(lambda session: str(people.accounts.email_of(session, person)))


@pytest.fixture
def knobs(tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own, and quick password hashes."""
    return Settings(data=tmp_path / "data", argon2_kib=8, argon2_passes=1)


@pytest.fixture
def empty(make_database: Callable[..., Database], knobs: Settings) -> Database:
    """A founded database of purpose training in which nobody lives."""
    database = make_database(people.PROJECTION, vault.PROJECTION)
    knobs.attach(database.engine)
    database.run(lambda session: ledger.found(session, log="test.invalid/town", purpose="training", at=NOON))
    return database


@pytest.fixture
def town(empty: Database, knobs: Settings) -> Town:
    """The inhabited town."""

    def settle(session: Session) -> Town:
        by = people.CONSOLE
        clinic = actions.register_organization(session, name="Clinic of St Anna", by=by, at=NOON)
        places = [
            actions.register_site(
                session, name=name, kind=kind, zone="Europe/Berlin", organization=clinic, by=by, at=NOON, site=wanted
            ).id
            for name, kind, wanted in (("Ward 7", "treatment", "S-WARD"), ("Plant North", "manufacturing", "S-PLANT"))
        ]
        ids = []
        for name, mail in (
            ("Ada Admin", "ada@clinic.example"),
            ("Dev Deputy", "dev@clinic.example"),
            ("Nora Nurse", "nora@clinic.example"),
            ("Sam Second", "sam@clinic.example"),
            ("Phil Physician", "phil@clinic.example"),
        ):
            ids.append(actions.add_person(session, name=name, email=mail, by=by, at=NOON, organization=clinic))
            actions.set_password(session, ids[-1], SECRET, by=by, at=NOON)
        until = NOON + timedelta(days=365)
        roles = ("ward_nurse", "ward_nurse", "physician", "system_admin", "site_admin")
        for person, role in zip([*ids[2:], *ids[:2]], roles, strict=True):
            approver = ids[1] if len(people.store.admins(session)) > 1 else None
            chief = ids[0] if people.store.admins(session) else by
            actions.grant(session, person, role, "S-WARD", by=chief, approved_by=approver, trained_until=until, at=NOON)
        return Town(empty, knobs, *ids, *places)

    return empty.run(settle)
