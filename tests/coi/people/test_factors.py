"""The telephone's codes: right by the RFC, each once, enrolled with somebody beside, and counted when wrong."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from coi import ledger
from coi.errors import Conflict, NotPermitted, Unknown
from coi.people import accounts, actions, factors, store
from coi.people.accounts import User, WrongSecret
from tests.coi.people.conftest import NOON, SECRET
from tests.coi.people.telephone import RFC_CODES, RFC_KEY, Telephone, code_of, enrol

if TYPE_CHECKING:
    from collections.abc import Callable

    from coi.ledger import Entry
    from tests.coi.people.conftest import Town

CROWD = 8
LATER = NOON + timedelta(minutes=10)


def newest(town: Town) -> Entry:
    """Return the newest entry of the organisation's chain."""
    return town.database.read(lambda session: ledger.entries(session, ledger.installation(session).org_chain)[-1])


def notes(town: Town) -> list[str]:
    """Return the security log, newest first."""
    return [note.what for note in town.database.read(store.security_log)]


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES.items())
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    """The vectors of RFC 6238: the product and the telephone of these tests agree with them."""
    address = f"otpauth://totp/rfc?secret={base64.b32encode(RFC_KEY).decode('ascii')}"
    judge = factors.Codes(b"k" * 32, "rfc", seconds)

    assert code == code_of(RFC_KEY, seconds, digits=8)
    assert judge.are_right(code[-6:], address)
    assert seconds // 30 == judge.counter


def test_a_telephone_counts_after_its_first_right_code(town: Town) -> None:
    """A key that was only shown opens nothing; one right code and an administrator make it count, as an entry."""
    shown = town.do(factors.begin, town.nurse)
    again = town.database.read(lambda session: factors.pending(session, town.nurse, NOON))
    assert again is not None
    assert (shown.key, False) == (again.key, town.database.read(lambda s: factors.is_enrolled(s, town.nurse)))
    assert shown.picture.startswith("data:image/svg+xml;base64,")

    telephone = Telephone(shown.key)
    town.do(factors.confirm, town.nurse, telephone.code(NOON), approved_by=town.admin)

    last = newest(town)
    said = {key: value for key, value in last.stmt.items() if key not in {"id", "at"}}
    expected = {
        "actor": town.nurse,
        "person": town.nurse,
        "factor": "totp",
        "basis": "approved",
        "approved_by": town.admin,
        "outcome": "accepted",
    }
    assert ("people.factor_enrolled", expected) == (last.type, said)
    assert town.database.read(lambda session: factors.is_enrolled(session, town.nurse))
    assert [factors.Held(town.nurse, "nora@clinic.example")] == town.database.read(factors.enrolled)
    assert town.database.read(lambda session: factors.pending(session, town.nurse, NOON)) is None


def test_the_key_lies_sealed(town: Town) -> None:
    """The database holds the key under the installation's own; without that it makes no codes."""
    telephone = enrol(town, town.nurse, NOON)
    sealed = town.database.read(
        lambda session: session.scalars(select(User.tf_totp_secret).where(User.person == town.nurse)).one()
    )

    assert sealed is not None
    assert base64.b32encode(telephone.key).decode("ascii") not in sealed
    other = factors.Codes(b"k" * 32, "x", LATER.timestamp())
    assert not other.are_right(telephone.code(LATER), sealed)


def test_a_password_alone_enrols_nothing(town: Town) -> None:
    """Who knows a password does not get a telephone enrolled by it: somebody who administers has to be there."""
    telephone = Telephone(town.do(factors.begin, town.nurse).key)
    witnesses = {"nobody": None, "the person": town.nurse, "no administrator": town.second, "a stranger": "U-NOBODY"}
    for witness in witnesses.values():
        with pytest.raises(NotPermitted):
            town.do(factors.confirm, town.nurse, telephone.code(NOON), approved_by=witness)

    assert not town.database.read(lambda session: factors.is_enrolled(session, town.nurse))


def test_a_new_telephone_by_a_code_of_the_old_one(town: Town) -> None:
    """A code of the telephone that counts vouches for the next; then the old one's codes are worth nothing."""
    old = enrol(town, town.nurse, NOON)
    new = Telephone(town.do(factors.begin, town.nurse).key)
    with pytest.raises(WrongSecret):
        town.do(factors.confirm, town.nurse, new.code(LATER), at=LATER, old_code=new.code(LATER))
    town.do(factors.confirm, town.nurse, new.code(LATER), at=LATER, old_code=old.code(LATER))

    assert ("people.factor_enrolled", "self") == (newest(town).type, newest(town).stmt["basis"])
    after = LATER + timedelta(minutes=1)
    assert not town.do(factors.code_ok, town.nurse, old.code(after), at=after)
    assert town.do(factors.code_ok, town.nurse, new.code(after), at=after)


def test_a_wrong_first_code_is_counted(town: Town) -> None:
    """A telephone that shows another code is not enrolled, and the attempt stands in the security log."""
    town.do(factors.begin, town.nurse)
    with pytest.raises(WrongSecret):
        town.do(factors.confirm, town.nurse, "000000x", approved_by=town.admin)
    with pytest.raises(Conflict):
        town.do(factors.confirm, town.second, "000000", approved_by=town.admin)

    assert not town.database.read(lambda session: factors.is_enrolled(session, town.nurse))
    assert ["wrong_code"] == notes(town)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_half_minute_is_forgiven(town: Town, steps: int, right: bool) -> None:  # noqa: FBT001  a test's table
    """A telephone's clock may be one step off, and no more."""
    telephone = enrol(town, town.nurse, NOON)
    assert right == town.do(factors.code_ok, town.nurse, telephone.code(LATER, steps), at=LATER)


def test_a_code_counts_once(town: Town) -> None:
    """A code that was used is refused within its own time, and so is every older one; the next one counts."""
    telephone = enrol(town, town.nurse, NOON)
    assert not town.do(factors.code_ok, town.nurse, telephone.code(NOON), at=NOON)

    assert town.do(factors.code_ok, town.nurse, telephone.code(LATER), at=LATER)
    assert not town.do(factors.code_ok, town.nurse, telephone.code(LATER), at=LATER)
    assert not town.do(factors.code_ok, town.nurse, telephone.code(LATER, -1), at=LATER)
    assert town.do(factors.code_ok, town.nurse, telephone.code(LATER, 1), at=LATER)


def test_a_code_counts_once_under_a_crowd(town: Town) -> None:
    """Of eight uses of one code at once, one goes through."""
    telephone = enrol(town, town.nurse, NOON)
    with ThreadPoolExecutor(CROWD) as pool:
        found = list(
            pool.map(
                lambda _: town.do(factors.code_ok, town.nurse, telephone.code(LATER), at=LATER),
                range(CROWD),
            )
        )
    assert 1 == found.count(True)


def test_a_deed_that_falls_uses_up_no_code(town: Town) -> None:
    """Where the deed is rolled back, nothing was signed, and the code is as good as before."""
    telephone = enrol(town, town.nurse, NOON)

    def fall(session: object, at: object) -> None:
        assert factors.code_ok(session, town.nurse, telephone.code(LATER), at)  # type: ignore[arg-type]
        raise Conflict("Expected the deed to stand, seen it fall.")

    with pytest.raises(Conflict):
        town.do(fall, at=LATER)
    assert town.do(factors.code_ok, town.nurse, telephone.code(LATER), at=LATER)


def test_wrong_codes_lock_though_the_password_is_right(town: Town) -> None:
    """Who knows the password cannot guess codes for ever: five wrong ones lock, with right passwords in between."""
    telephone = enrol(town, town.nurse, NOON)
    for _ in range(town.settings.lockout_failures):
        assert town.do(accounts.password_ok, "nora@clinic.example", SECRET, at=LATER) is not None
        assert not town.do(factors.code_ok, town.nurse, "12345", at=LATER)

    assert town.do(accounts.password_ok, "nora@clinic.example", SECRET, at=LATER) is None
    assert ["locked_login", "locked", *["wrong_code"] * 4] == notes(town)
    town.do(actions.unlock, town.nurse, by=town.admin)
    assert town.do(accounts.password_ok, "nora@clinic.example", SECRET, at=LATER) is not None
    assert town.do(factors.code_ok, town.nurse, telephone.code(LATER), at=LATER)


def test_a_right_code_forgets_the_wrong_ones(town: Town) -> None:
    """Only wrong codes in a row count."""
    telephone = enrol(town, town.nurse, NOON)
    for round_ in range(2):
        at = LATER + timedelta(minutes=round_)
        for _ in range(town.settings.lockout_failures - 1):
            assert not town.do(factors.code_ok, town.nurse, "12345", at=at)
        assert town.do(factors.code_ok, town.nurse, telephone.code(at), at=at)
    assert "locked" not in notes(town)


def test_a_lost_telephone_is_removed(town: Town) -> None:
    """An administrator removes it at once, as an entry; nobody else can, and its codes are worth nothing."""
    telephone = enrol(town, town.nurse, NOON)
    for by in (town.nurse, town.second):
        with pytest.raises(NotPermitted):
            town.do(factors.remove, town.nurse, by=by)
    town.do(factors.remove, town.nurse, by=town.deputy)

    assert ("people.factor_removed", town.nurse) == (newest(town).type, newest(town).stmt["person"])
    assert not town.do(factors.code_ok, town.nurse, telephone.code(LATER), at=LATER)
    with pytest.raises(Unknown):
        town.do(factors.remove, town.nurse, by=town.deputy)


def test_a_deactivated_person_has_no_telephone(town: Town) -> None:
    """With the person goes the telephone, and no other is enrolled."""
    enrol(town, town.nurse, NOON)
    town.do(actions.deactivate, town.nurse, by=town.admin)
    assert not town.database.read(lambda session: factors.is_enrolled(session, town.nurse))

    telephone = Telephone(town.do(factors.begin, town.nurse).key)
    with pytest.raises(NotPermitted):
        town.do(factors.confirm, town.nurse, telephone.code(NOON), approved_by=town.admin)
    with pytest.raises(Conflict):
        town.do(factors.begin, "U-NOBODY")


def test_codes_are_told_in_a_demo_only(town: Town) -> None:
    """Outside a demo nobody learns a code from the house, nor gets a telephone made up."""
    enrol(town, town.nurse, NOON)
    said: tuple[Callable[..., object], ...] = (factors.code_in_demo, factors.enrol_in_demo)
    for tell in said:
        with pytest.raises(NotPermitted):
            town.do(tell, town.nurse)
    with pytest.raises(NotPermitted):
        town.do(factors.codes_in_demo)
