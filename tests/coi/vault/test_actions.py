"""The vault keeps what tells who somebody is, and gives it back only by a logged opening."""

from __future__ import annotations

import base64
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from coi import ledger, vault
from coi.db import metadata
from coi.errors import Conflict, Malformed, Unavailable, Unknown
from coi.ledger.audit import rebuild_check
from coi.settings import Settings
from coi.vault import Opening, store
from tests.coi.vault.conftest import NOON

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.ledger import Json

NAME, BORN = "Grete Müller-Canary", "1961-04-09"


@pytest.fixture
def patient(founded: Database) -> str:
    """A pseudonym with a name and a birth date kept."""

    def enrol(session: Session) -> str:
        subject = vault.new_subject(session, at=NOON, by="U-1")
        vault.put(session, subject, "name", NAME, at=NOON)
        vault.put(session, subject, "birth_date", BORN, at=NOON)
        return subject

    return founded.run(enrol)


def put(database: Database, subject: str | None, field: str, value: Json) -> str:
    """Keep one value."""
    return database.run(lambda session: vault.put(session, subject, field, value, at=NOON))


def open_(database: Database, commitment: str, why: str = "h3.bedside") -> Json:
    """Open one value."""
    return database.run(lambda session: vault.open_(session, commitment, by="U-2", why=why, at=NOON))


def test_what_is_put_is_opened_and_logged(founded: Database, patient: str) -> None:
    """The value comes back; who, when, why and which field are logged, never the value."""
    value: Json = {"given": ["Grete"], "number": 7, "none": None}
    commitment = put(founded, patient, "contact", value)

    assert value == open_(founded, commitment)
    log = founded.read(lambda session: vault.openings(session, patient))
    assert [Opening(NOON, "U-2", "h3.bedside", patient, "contact", commitment)] == log


def test_facts_are_the_newest_of_each_field(founded: Database, patient: str) -> None:
    """A corrected name stands in for the earlier one, which can still be opened by its own commitment."""
    put(founded, patient, "name", "Grete Meyer")
    facts = founded.run(lambda session: vault.facts(session, patient, by="U-2", why="h13.receipt", at=NOON))

    assert {"name": "Grete Meyer", "birth_date": BORN} == facts
    fields = [opening.field for opening in founded.read(lambda session: vault.openings(session, patient))]
    assert ["name", "birth_date"] == fields


def test_same_value_twice_has_two_commitments(founded: Database, patient: str) -> None:
    """Nobody can tell from the ledger that two patients share a birth date."""
    assert put(founded, patient, "birth_date", BORN) != put(founded, patient, "birth_date", BORN)


def test_scans_of_nobody_are_kept_too(founded: Database) -> None:
    """Foreign and unreadable scans need no subject; any bytes of any length come back as they were."""
    data = bytes(range(256)) * 256
    commitment = founded.run(lambda session: vault.put_bytes(session, None, "scan", data, at=NOON))

    assert {"base64": base64.b64encode(data).decode()} == open_(founded, commitment)


@pytest.mark.parametrize(
    ("field", "spoken", "expected"),
    [
        ("name", "grete  MÜLLER-canary ", True),
        ("name", "Grete Mu\u0308ller-Canary", True),
        ("name", "Grete Muller-Canary", False),
        ("name", "", False),
        ("name", None, False),
        ("name", ["Grete"], False),
        ("birth_date", "1961-04-09", True),
        ("birth_date", "1961-09-04", False),
        ("eye_colour", "blue", False),
    ],
)
def test_spoken_facts_are_compared_blind(
    founded: Database,
    patient: str,
    field: str,
    spoken: Json,
    expected: bool,  # noqa: FBT001  the case's answer
) -> None:
    """What the patient says agrees or not; nothing is given back, and a field never kept agrees with nothing."""
    seen = founded.run(
        lambda session: vault.agrees(session, patient, field, spoken, by="U-2", why="h16.spoken", at=NOON)
    )
    assert expected is seen


def test_codes_lead_to_one_patient(founded: Database, patient: str) -> None:
    """A record number with its issuer, or a band's bytes, leads to the pseudonym until it is unbound."""
    record = vault.record_number("clinic.example", " 4711 ")
    assert vault.record_number(" clinic.example", "4711") == record
    for code in (record, b"\x00band\xff"):
        for _ in range(2):
            founded.run(partial(vault.bind, code=code, subject=patient, at=NOON))
        assert patient == founded.read(partial(vault.resolve, code=code))
    assert founded.read(lambda session: vault.resolve(session, vault.record_number("other.example", "4711"))) is None

    other = founded.run(lambda session: vault.new_subject(session, at=NOON, by="U-1"))
    with pytest.raises(Conflict):
        founded.run(lambda session: vault.bind(session, record, other, at=NOON))
    assert not founded.run(lambda session: vault.unbind(session, record, other))
    assert founded.run(lambda session: vault.unbind(session, record, patient))
    assert founded.read(lambda session: vault.resolve(session, record)) is None


def test_what_cannot_be_kept_or_opened(founded: Database, patient: str) -> None:
    """Unknown subjects and commitments, fields and reasons out of shape, empty codes: each refused."""
    with pytest.raises(Unknown):
        put(founded, "P-NOBODY", "name", "x")
    with pytest.raises(Unknown):
        founded.run(lambda session: vault.bind(session, b"x", "P-NOBODY", at=NOON))
    with pytest.raises(Unknown):
        open_(founded, "00" * 32)
    for field in ("", "Name", "x" * 41, "x1", "a b"):
        with pytest.raises(Malformed):
            put(founded, patient, field, "x")
    with pytest.raises(Malformed):
        open_(founded, put(founded, patient, "name", "x"), why="Because Grete asked")
    with pytest.raises(Malformed):
        founded.run(lambda session: vault.bind(session, b"", patient, at=NOON))
    for issuer, number in (("", "1"), ("x", " "), ("x\x00y", "1")):
        with pytest.raises(Malformed):
            vault.record_number(issuer, number)


def test_an_opening_that_cannot_be_logged_does_not_happen(founded: Database, patient: str) -> None:
    """In a session that may only read, nothing opens."""
    commitment = put(founded, patient, "name", NAME)
    with pytest.raises(Unavailable):
        founded.read(lambda session: vault.open_(session, commitment, by="U-2", why="peek", at=NOON))


def test_moved_or_changed_rows_do_not_open(founded: Database, patient: str) -> None:
    """A ciphertext under another commitment, another field or with one bit changed is damage, not a value."""
    values = store.value_table
    first, second = put(founded, patient, "name", "A"), put(founded, patient, "name", "B")
    sealed = founded.read(lambda session: store.find(session, first))
    assert sealed is not None

    def change(**columns: object) -> None:
        founded.run(
            lambda session: session.execute(
                update(values).where(values.c.commitment == second).values(**columns)
            ).close()
        )

    flipped = sealed.sealed[:-1] + bytes([sealed.sealed[-1] ^ 1])
    for columns in ({"sealed": sealed.sealed}, {"sealed": flipped}, {"sealed": b"short"}, {"field": "nickname"}):
        change(**columns)
        with pytest.raises(vault.Damaged):
            open_(founded, second)
    assert "A" == open_(founded, first)


def test_without_its_key_file_the_vault_stays_shut(founded: Database, patient: str, tmp_path: Path) -> None:
    """A stolen database opens nothing with another installation's keys, and its codes resolve to nobody."""
    commitment = put(founded, patient, "name", NAME)
    founded.run(lambda session: vault.bind(session, b"band", patient, at=NOON))
    Settings(data=tmp_path / "thief").attach(founded.engine)

    with pytest.raises(vault.Damaged):
        open_(founded, commitment)
    assert founded.read(lambda session: vault.resolve(session, b"band")) is None


def test_a_destroyed_key_leaves_the_ledger_whole(founded: Database, patient: str) -> None:
    """Once a subject's key is gone its values open no more, by any commitment; the projection is untouched."""
    commitment = put(founded, patient, "name", NAME)
    founded.run(lambda session: session.execute(store.value_table.delete()).close())
    founded.run(lambda session: session.execute(store.key_table.delete()).close())

    with pytest.raises(Unknown):
        open_(founded, commitment)
    with pytest.raises(Unknown):
        founded.run(lambda session: vault.facts(session, patient, by="U-2", why="any", at=NOON))
    assert [] == rebuild_check(founded)


def test_neither_ledger_nor_database_holds_what_the_vault_keeps(founded: Database, patient: str) -> None:
    """No table holds a name, birth date, record number or scan in the clear; the entry holds a pseudonym only."""
    number = vault.record_number("clinic.example", "MRN-CANARY-4711")
    commitment = founded.run(lambda session: vault.put_bytes(session, patient, "scan", b"SCAN-CANARY", at=NOON))
    founded.run(lambda session: vault.bind(session, number, patient, at=NOON))
    open_(founded, commitment)

    held = founded.read(
        lambda session: b"".join(
            cell if isinstance(cell, bytes) else str(cell).encode()
            for table in metadata.sorted_tables
            for row in session.execute(select(table))
            for cell in row
        )
    )
    for canary in (NAME, BORN, "4711", "SCAN-CANARY", base64.b64encode(b"SCAN-CANARY").decode()):
        assert canary.encode() not in held
    chain = founded.read(lambda session: ledger.entries(session, ledger.installation(session).org_chain))
    assert {"id", "actor", "at", "subject", "outcome"} == set(chain[-1].stmt)
    assert patient == chain[-1].stmt["subject"]
    assert [] == rebuild_check(founded)
