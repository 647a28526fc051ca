"""Electronic signatures: two components each time, bound to one record, used once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi import ledger
from coi.errors import Conflict, Unknown
from coi.people import actions, signatures, store
from coi.people.accounts import WrongSecret
from coi.people.signatures import NotSigned, Signed
from tests.coi.people import telephone as telephones
from tests.coi.people.conftest import NOON, SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from coi.ledger import Json
    from tests.coi.people.conftest import Town

NURSE = frozenset({"ward_nurse"})
TWO = (NURSE, NURSE | {"physician"})
SOON = NOON + timedelta(seconds=60)


def statement(**more: Json) -> Mapping[str, Json]:
    """Return a statement to sign."""
    return {
        "id": ledger.new_id(),
        "actor": "U-1",
        "at": ledger.instant(NOON),
        "site": "S-WARD",
        "outcome": "accepted",
        **more,
    }


def prepare(town: Town, stmt: Mapping[str, Json], distinct: bool = True) -> str:  # noqa: FBT001, FBT002  a test's switch
    """Prepare the bedside check of *stmt* and return its id."""
    meanings = ("administered", "witnessed")
    return town.database.run(
        lambda session: signatures.prepare(session, stmt, meanings, TWO, NOON, distinct=distinct)
    ).id


def sign(town: Town, prepared: str, person: str, secret: str = SECRET, code: str = "") -> Signed | NotSigned:
    """Let *person* sign a minute after noon."""
    login = town.login(person)
    return town.database.run(lambda session: signatures.sign(session, prepared, login, secret, SOON, code=code))


def test_two_persons_sign_one_record(town: Town) -> None:
    """Each signature names person, role, meaning, record and time, and the entry carries both."""
    stmt = statement()
    prepared = prepare(town, stmt)
    sign(town, prepared, town.nurse)
    sign(town, prepared, town.physician)

    def record(session: Session) -> ledger.Entry:
        sig = signatures.collect(session, prepared, stmt, SOON)
        return ledger.record(session, ledger.installation(session).org_chain, "test.signed", stmt, at=SOON, sig=sig)

    entry = town.database.run(record)

    sha256 = ledger.statement_hash(stmt)
    common = {"sha256": sha256, "method": "password", "at": ledger.instant(SOON)}
    expected = (
        {"person": town.nurse, "role": "ward_nurse", "meaning": "administered", **common},
        {"person": town.physician, "role": "physician", "meaning": "witnessed", **common},
    )
    assert expected == entry.sig
    assert all(signatures.is_bound(entry.stmt, one) for one in entry.sig)


def test_wrong_secret_is_counted_though_the_deed_is_rolled_back(town: Town) -> None:
    """Five wrong secrets at a signature lock the account, and then the right one opens it no more for a while."""
    prepared = prepare(town, statement())
    for _ in range(town.settings.lockout_failures):
        with pytest.raises(WrongSecret):
            sign(town, prepared, town.nurse, "wrong")

    with pytest.raises(WrongSecret):
        sign(town, prepared, town.nurse)
    notes = [note.what for note in town.database.read(store.security_log)]
    assert ["locked_login", "locked", "wrong_secret", "wrong_secret", "wrong_secret", "wrong_secret"] == notes


def test_same_person_signs_once(town: Town) -> None:
    """The same person twice is refused, with a reason that an entry can carry."""
    prepared = prepare(town, statement())
    sign(town, prepared, town.nurse)
    again = sign(town, prepared, town.nurse)

    message = f"Expected another person than {town.nurse}, who has signed this already."
    assert NotSigned("same_person", message, town.nurse) == again


def test_role_and_training_count_at_the_site(town: Town) -> None:
    """Who lacks the role at the site, or whose training has run out, cannot sign."""
    prepared = prepare(town, statement())
    outsider = sign(town, prepared, town.admin)
    held = town.database.read(lambda session: store.grants(session, town.nurse))[0].id
    town.database.run(lambda session: actions.record_training(session, held, None, by=town.admin, at=NOON))
    untrained = sign(town, prepared, town.nurse)

    assert isinstance(outsider, NotSigned)
    assert isinstance(untrained, NotSigned)
    assert ("no_role", "not_trained") == (outsider.code, untrained.code)


def test_signature_is_of_one_record_only(town: Town) -> None:
    """What was signed for A is refused for B, and a signature copied from A's entry is not bound to B's."""
    first, second = statement(bag="A"), statement(bag="B")
    prepared = prepare(town, first)
    given = sign(town, prepared, town.nurse)
    sign(town, prepared, town.second)

    assert isinstance(given, Signed)
    with pytest.raises(Conflict, match="Expected the signed record"):
        town.database.run(lambda session: signatures.collect(session, prepared, second, SOON))
    assert not signatures.is_bound(second, given.for_entry())


def test_the_record_shown_is_the_record_signed(town: Town) -> None:
    """A page that showed another record gets no signature over this one."""
    prepared = prepare(town, statement())
    login = town.login(town.nurse)
    other = ledger.statement_hash(statement(bag="B"))
    judged = town.database.run(lambda session: signatures.sign(session, prepared, login, SECRET, SOON, seen=other))

    assert isinstance(judged, NotSigned)
    assert "other_record" == judged.code


def test_prepared_expires(town: Town) -> None:
    """After two minutes nobody can sign, nor use what was signed in time."""
    stmt = statement()
    prepared = prepare(town, stmt)
    late = NOON + timedelta(seconds=120)
    sign(town, prepared, town.nurse)
    sign(town, prepared, town.second)

    with pytest.raises(Conflict, match="Expected the record before"):
        town.database.run(lambda session: signatures.collect(session, prepared, stmt, late))
    fresh = prepare(town, statement())
    login = town.login(town.nurse)
    judged = town.database.run(lambda session: signatures.sign(session, fresh, login, SECRET, late))
    assert isinstance(judged, NotSigned)
    assert "expired" == judged.code


def test_signatures_are_used_once(town: Town) -> None:
    """A second deed with the same signatures is refused, and half signed ones serve no deed."""
    stmt = statement()
    prepared = prepare(town, stmt)
    sign(town, prepared, town.nurse)
    with pytest.raises(Conflict, match="Expected 2 signatures, seen 1"):
        town.database.run(lambda session: signatures.collect(session, prepared, stmt, SOON))
    sign(town, prepared, town.second)
    town.database.run(lambda session: signatures.collect(session, prepared, stmt, SOON))

    with pytest.raises(Conflict, match="seen ones that were used"):
        town.database.run(lambda session: signatures.collect(session, prepared, stmt, SOON))
    with pytest.raises(Unknown):
        town.database.read(lambda session: signatures.prepared(session, "nothing"))


def bedside(town: Town, stmt: Mapping[str, Json] | None = None) -> str:
    """Prepare a bedside check by who acts, and a second person with another factor."""
    said = statement(actor=town.nurse) if stmt is None else stmt
    return town.database.run(
        lambda session: signatures.prepare(session, said, "verified", TWO, NOON, factors=("any", "other"))
    ).id


def test_a_place_asks_for_the_other_factor(town: Town) -> None:
    """Both passwords do not sign as two persons: without the second's code, or with a wrong one, it is 401, counted."""
    stmt = statement(actor=town.nurse)
    prepared = bedside(town, stmt)
    telephone = telephones.enrol(town, town.second, NOON - timedelta(minutes=5))
    assert isinstance(sign(town, prepared, town.nurse), Signed)
    for code in ("", "000000", telephone.code(SOON, 4)):
        with pytest.raises(WrongSecret, match="code"):
            sign(town, prepared, town.second, code=code)
    signed = sign(town, prepared, town.second, code=telephone.code(SOON))

    assert isinstance(signed, Signed)
    sig = town.database.run(lambda session: signatures.collect(session, prepared, stmt, SOON))
    assert ["password", "password+totp"] == [one["method"] for one in sig]
    notes = [note.what for note in town.database.read(store.security_log)]
    assert ["wrong_code"] * 3 == notes


def test_who_has_no_telephone_is_told_the_way_out(town: Town) -> None:
    """A second person without a telephone is refused with a reason that an entry can carry; nothing is counted."""
    prepared = bedside(town)
    sign(town, prepared, town.nurse)
    for code in ("", "123456"):
        judged = sign(town, prepared, town.second, code=code)
        assert isinstance(judged, NotSigned)
        assert "factor_missing" == judged.code
    assert [] == town.database.read(store.security_log)


def test_a_code_signs_once(town: Town) -> None:
    """The code that signed one record signs no other within its time."""
    telephone = telephones.enrol(town, town.second, NOON - timedelta(minutes=5))
    code = telephone.code(SOON)
    assert isinstance(sign(town, bedside(town), town.second, code=code), Signed)
    with pytest.raises(WrongSecret):
        sign(town, bedside(town), town.second, code=code)


def test_a_wrong_code_is_wrong_where_none_is_asked_for(town: Town) -> None:
    """Who holds a telephone and gives a wrong code is not let through because a password would have done."""
    telephones.enrol(town, town.nurse, NOON - timedelta(minutes=5))
    prepared = prepare(town, statement())
    with pytest.raises(WrongSecret):
        sign(town, prepared, town.nurse, code="000000")
    signed = sign(town, prepared, town.nurse)
    assert isinstance(signed, Signed)
    assert "password" == signed.method
