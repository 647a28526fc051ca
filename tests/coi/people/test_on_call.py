"""The on-call list: who may change it, whom it names, and what of it stands in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from coi import ledger, people
from coi.errors import NotPermitted, Unknown
from coi.ledger.audit import rebuild_check
from coi.people import actions, on_call_store
from coi.people.on_call_actions import put_on_call, take_off_call
from coi.people.on_call_rules import QUALITY
from tests.coi.people.conftest import NOON

if TYPE_CHECKING:
    from coi.people import ToCall
    from coi.people.on_call_rules import Duty
    from tests.coi.people.conftest import Town

WEEK = (NOON, NOON + timedelta(days=7))
NUMBER = "+49 30 555 0199"


@pytest.fixture
def watched(town: Town) -> Town:
    """The town, where the nurse reviews and the second nurse heads the quality of the ward."""
    for person, role in ((town.nurse, "qa_reviewer"), (town.second, "qa_releaser")):
        town.do(actions.grant, person, role, "S-WARD", by=town.admin, approved_by=town.deputy)
    return town


def put(town: Town, person: str, role: str = "qa_reviewer", by: str | None = None, contact: str = NUMBER) -> Duty:
    """Put somebody on call at the ward for a week."""
    return town.do(put_on_call, "S-WARD", person, role, WEEK, contact, by=by or town.deputy)


def called(town: Town, late: timedelta = timedelta(hours=1), site: str = "S-WARD") -> tuple[ToCall, ...]:
    """Return whom of quality to call."""
    return town.database.read(lambda session: people.who_to_call(session, site, NOON + late))


def test_who_is_on_call_is_called(watched: Town) -> None:
    """With name, role and number; before, after and elsewhere everybody who could do it, or nobody."""
    assert [(one.person, one.on_duty, one.contact) for one in called(watched)] == [
        (person, False, "") for person in sorted((watched.nurse, watched.second))
    ]

    put(watched, watched.nurse)

    (one,) = called(watched)
    assert (one.person, one.role, one.contact, one.on_duty) == (watched.nurse, "qa_reviewer", NUMBER, True)
    assert one.name == watched.database.read(lambda session: people.name_of(session, watched.nurse))
    assert 2 == len(called(watched, timedelta(days=7)))
    assert () == called(watched, site="S-PLANT")


def test_who_lost_the_role_is_not_called(watched: Town) -> None:
    """The list names a person; the grant says whether that person can still do it."""
    put(watched, watched.nurse)
    (held,) = [
        one
        for one in watched.database.read(lambda session: people.grants(session, watched.nurse))
        if one.grant.role == "qa_reviewer"
    ]

    watched.do(actions.revoke, held.id, by=watched.admin)

    assert [watched.second] == [one.person for one in called(watched)]
    assert () == watched.database.read(lambda session: people.on_call(session, "S-WARD", QUALITY, NOON))


def test_a_duty_is_taken_off(watched: Town) -> None:
    """Once; the head then stands in, being on call as well."""
    duty = put(watched, watched.nurse)
    put(watched, watched.second, "qa_releaser", contact="pager 12")

    watched.do(take_off_call, duty.id, by=watched.deputy)

    assert [(watched.second, "pager 12", True)] == [(one.person, one.contact, one.on_duty) for one in called(watched)]
    with pytest.raises(Unknown, match=r"^Expected a duty that is on the list, seen 'R-\w+'\.$"):
        watched.do(take_off_call, duty.id, by=watched.deputy)


def test_only_an_administrator_of_the_site_changes_the_list(watched: Town) -> None:
    """Nobody puts the own colleagues on call, nor takes oneself off."""
    duty = put(watched, watched.nurse)

    for attempt in (
        lambda: put(watched, watched.second, "qa_releaser", by=watched.nurse),
        lambda: watched.do(take_off_call, duty.id, by=watched.nurse),
    ):
        with pytest.raises(NotPermitted, match=r"^Expected an administrator of S-WARD, seen U-\w+\.$"):
            attempt()
    with pytest.raises(Unknown, match=r"^Expected a person of this installation, seen 'U-NOBODY'\.$"):
        put(watched, "U-NOBODY")
    with pytest.raises(Unknown, match=r"^Expected a site of this installation, seen 'S-NOWHERE'\.$"):
        watched.do(put_on_call, "S-NOWHERE", watched.nurse, "qa_reviewer", WEEK, NUMBER, by=watched.deputy)


def test_the_ledger_holds_the_duty_and_not_the_number(watched: Town) -> None:
    """Entries of the site's chain, which rebuild; the contact is a store."""
    duty = put(watched, watched.nurse)
    watched.do(take_off_call, duty.id, by=watched.deputy)

    chain = watched.database.read(lambda session: people.site(session, "S-WARD").chain)
    entries = watched.database.read(lambda session: ledger.entries(session, chain))
    assert ["people.on_call_set", "people.on_call_removed"] == [one.type for one in entries][-2:]
    assert not any(b"555 0199" in one.body for one in entries)
    assert NUMBER == watched.database.read(lambda session: on_call_store.contact(session, watched.nurse))
    assert [] == list(rebuild_check(watched.database, watched.database.projections))  # type: ignore[arg-type]  # the house's own
