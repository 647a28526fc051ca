"""Wrong secrets are counted whatever becomes of the deed, and single use is single under a crowd."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from coi import ledger
from coi.errors import Conflict
from coi.people import accounts, actions, device_store, hashing, signatures, store
from coi.people.accounts import User, password_ok
from tests.coi.people.conftest import NOON, SECRET
from tests.coi.people.test_signatures import SOON, prepare, sign, statement

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tests.coi.people.conftest import Town

CROWD = 8


def failures(town: Town) -> int:
    """Return how many wrong secrets in a row the nurse's account has seen."""
    return town.database.read(
        lambda session: session.scalars(select(User.failures).where(User.person == town.nurse)).one()
    )


def test_a_wrong_secret_counts_whichever_way_the_session_ends(town: Town) -> None:
    """Committed, rolled back or only reading: each wrong secret is one count, and the right one clears them."""

    def fail(session: Session) -> None:
        assert password_ok(session, "nora@clinic.example", "wrong", NOON) is None

    def fail_and_stop(session: Session) -> None:
        fail(session)
        raise Conflict("Expected the deed to stand, seen it fall.")

    town.database.run(fail)
    assert 1 == failures(town)
    with pytest.raises(Conflict):
        town.database.run(fail_and_stop)
    assert 2 == failures(town)
    town.database.read(fail)
    assert 3 == failures(town)
    assert town.do(password_ok, "nora@clinic.example", SECRET) is not None
    assert 0 == failures(town)


def test_a_crowd_of_guesses_locks_the_account(town: Town) -> None:
    """Eight guesses at once are eight counts: the account is locked, and none was lost."""

    def guess(_: int) -> bool:
        return town.do(password_ok, "nora@clinic.example", "wrong") is None

    with ThreadPoolExecutor(CROWD) as pool:
        assert all(pool.map(guess, range(CROWD)))

    assert town.do(password_ok, "nora@clinic.example", SECRET) is None
    notes = [note.what for note in town.database.read(store.security_log)]
    assert CROWD + 1 == len(notes)
    assert "locked" in notes


def test_two_stations_never_share_a_nonce(town: Town) -> None:
    """Of eight uses of one nonce at once, one goes through."""
    nonce = town.do(device_store.new_nonce, "D-1", expires_at=SOON)
    with ThreadPoolExecutor(CROWD) as pool:
        doubts = list(pool.map(lambda _: town.do(device_store.use_nonce, "D-1", nonce), range(CROWD)))
    assert 1 == doubts.count(None)


def test_signatures_serve_one_deed_under_a_crowd(town: Town) -> None:
    """Of eight deeds at once with the same signatures, one is recorded."""
    stmt = statement()
    prepared = prepare(town, stmt)
    sign(town, prepared, town.nurse)
    sign(town, prepared, town.second)

    def collect(_: int) -> bool:
        try:
            town.do(signatures.collect, prepared, stmt, at=SOON)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(CROWD) as pool:
        assert 1 == sum(pool.map(collect, range(CROWD)))


def test_a_person_without_account_has_no_password(town: Town) -> None:
    """A new person's account opens to nothing until a password is set, and a stranger's neither."""
    both = (town.admin, town.deputy)
    town.do(actions.add_person, name="New", email="new@clinic.example", by=both[0], approved_by=both[1])
    for login in ("new@clinic.example", "stranger@clinic.example", ""):
        for secret in ("", SECRET, "nobody"):
            assert town.do(password_ok, login, secret) is None
    with pytest.raises(Conflict):
        town.database.run(lambda session: accounts.set_secret(session, "U-NOBODY", SECRET))


def test_password_hash_is_keyed() -> None:
    """The same password hashes apart each time, opens under its own key only, and normal forms are one."""
    key, other = b"k" * 32, b"o" * 32
    hashed = hashing.hash_password("caf\u00e9 au lait", key, passes=1, kib=8)
    assert hashed != hashing.hash_password("caf\u00e9 au lait", key, passes=1, kib=8)
    assert hashing.is_password("cafe\u0301 au lait", hashed, key, passes=1, kib=8)
    assert not hashing.is_password("caf\u00e9 au lait", hashed, other, passes=1, kib=8)
    assert not hashing.is_password("caf\u00e9 au lait", "no hash", key, passes=1, kib=8)


def test_a_changed_password_is_an_entry(town: Town) -> None:
    """A changed password is an entry that says who, whose and on what authority, and holds no secret."""
    town.do(actions.set_password, town.nurse, "another secret", by=town.nurse, old=SECRET)
    last = town.database.read(lambda session: ledger.entries(session, ledger.installation(session).org_chain)[-1])
    said = {key: value for key, value in last.stmt.items() if key not in {"id", "at"}}
    expected = {"actor": town.nurse, "person": town.nurse, "basis": "self", "approved_by": None, "outcome": "accepted"}
    assert ("people.password_set", expected) == (last.type, said)
