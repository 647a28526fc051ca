"""Changes of people, roles and sites: who may, who must approve, and what stands in the ledger."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from coi import ledger, people, vault
from coi.errors import Conflict, Malformed, NotAuthenticated, NotPermitted, Unknown
from coi.identity.badge import Badge
from coi.ledger.audit import fsck, rebuild_check
from coi.people import accounts, actions, store
from coi.people.accounts import WrongSecret
from tests.coi.people.conftest import NOON, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from coi.db import Database
    from coi.person import Person
    from tests.coi.people.conftest import Town

BADGE = Badge.from_random(b"0123456789")


def entries(town: Town) -> list[ledger.Entry]:
    """Return the organisation's chain."""
    return town.database.read(lambda session: ledger.entries(session, ledger.installation(session).org_chain))


def test_first_administrators_are_built_by_the_console(town: Town) -> None:
    """The entries before there was an administrator say so; one alone changes alone; then two are needed."""
    grants = [entry.stmt for entry in entries(town) if entry.type == "people.role_granted"]
    seen = [(stmt["granted"], stmt["basis"], stmt["approved_by"]) for stmt in grants]

    expected = [
        ("ward_nurse", "bootstrap", None),
        ("ward_nurse", "bootstrap", None),
        ("physician", "bootstrap", None),
        ("system_admin", "bootstrap", None),
        ("site_admin", "single_admin", None),
    ]
    assert expected == seen


@pytest.mark.parametrize(
    ("by", "approver", "message"),
    [
        ("console", "deputy", "Expected an administrator of S-WARD, seen console."),
        ("nurse", "deputy", "Expected an administrator of S-WARD, seen U-"),
        ("admin", None, "Expected the approval of a second administrator, seen none."),
        ("admin", "admin", "Expected the approval of another administrator, seen U-"),
        ("admin", "nurse", "Expected the approval of an administrator, seen U-"),
    ],
)
def test_nobody_grants_alone(town: Town, by: str, approver: str | None, message: str) -> None:
    """With two administrators a grant needs both; nurses, the console and oneself do not count."""
    actor = getattr(town, by, by)
    second = None if approver is None else getattr(town, approver)
    with pytest.raises(NotPermitted, match=message):
        town.do(actions.grant, town.nurse, "pharmacist", "S-WARD", by=actor, approved_by=second)


def test_approved_grant_and_its_end(town: Town) -> None:
    """An approved grant counts from its entry on, and stops with one administrator's revocation."""
    given = town.do(
        actions.grant,
        town.nurse,
        "pharmacist",
        "S-WARD",
        product="CT-1",
        trained_until=NOON + timedelta(days=1),
        by=town.admin,
        approved_by=town.deputy,
    )
    held = town.database.read(lambda session: people.person(session, town.nurse))
    assert held.grant(("pharmacist",), "S-WARD", "CT-1") is not None
    assert held.grant(("pharmacist",), "S-WARD", "CT-2") is None

    town.do(actions.revoke, given, by=town.deputy)
    left = town.database.read(lambda session: people.person(session, town.nurse))
    assert left.grant(("pharmacist",), "S-WARD", "CT-1") is None
    last = entries(town)[-1]
    assert ("people.role_revoked", "admin", town.deputy) == (last.type, last.stmt["basis"], last.stmt["actor"])


def admin_grant(town: Town, person: str) -> str:
    """Return the id of the grant by which somebody administers."""
    return town.database.read(
        lambda session: next(one.id for one in store.admin_grants(session) if one.person == person)
    )


@pytest.mark.parametrize("way", ["revoke", "deactivate"])
def test_the_last_administrator_stays(town: Town, way: str) -> None:
    """Neither revoking nor deactivating leaves an installation without administrator, and the refusal tells the way."""
    action = getattr(actions, way)
    last = town.admin if way == "deactivate" else admin_grant(town, town.admin)
    other = town.deputy if way == "deactivate" else admin_grant(town, town.deputy)
    for _ in range(2):
        with pytest.raises(Conflict, match=r"of the installation to be left, .* coi setup role --role system_admin"):
            town.do(action, last, by=town.admin)
        if other:
            town.do(action, other, by=town.admin)
            other = ""
    assert {town.admin} == town.database.read(store.admins)


@pytest.mark.parametrize("way", ["revoke", "deactivate"])
def test_the_console_ends_nothing_once_somebody_administers(town: Town, way: str) -> None:
    """A role or an account is ended by an administrator, and the console is none, even for a nurse's."""
    held = town.database.read(lambda session: store.grants(session, town.nurse))[0].id
    what = {"revoke": held, "deactivate": town.nurse}[way]
    with pytest.raises(NotPermitted, match=r"seen console\. Say who does it: --by"):
        town.do(getattr(actions, way), what, by=people.CONSOLE)
    assert town.database.read(lambda session: people.person(session, town.nurse)).grants


@pytest.mark.parametrize("by", ["console", "U-NOBODY"])
def test_bootstrap_does_not_come_back(town: Town, by: str) -> None:
    """Even with every administrator's grant ended in the tables, neither the console nor a stranger builds again."""
    town.database.run(lambda session: session.execute(store.grant_table.update().values(revoked_at=NOON)))
    with pytest.raises(NotPermitted, match=f"^Expected an administrator of S-WARD, seen {by}"):
        town.do(actions.grant, town.nurse, "system_admin", "S-WARD", by=by)


def test_a_stranger_builds_nothing(empty: Database) -> None:
    """Before there is any administrator it is the console that builds, and nobody who does not exist."""
    with pytest.raises(NotPermitted, match="seen U-NOBODY"):
        empty.run(lambda session: actions.register_organization(session, name="Mine", by="U-NOBODY", at=NOON))


def test_a_sites_administrator_rules_that_site_only(town: Town) -> None:
    """The ward's administrator grants nothing at the plant, and makes nobody administrator of the installation."""
    for role, site in (("mfg_operator", "S-PLANT"), ("system_admin", "S-WARD")):
        with pytest.raises(NotPermitted):
            town.do(actions.grant, town.nurse, role, site, by=town.deputy, approved_by=town.admin)


def test_what_cannot_be_granted(town: Town) -> None:
    """A role twice, a role of devices, an unknown site or person, a deactivated person: each refused."""
    town.do(actions.deactivate, town.second, by=town.admin)
    cases = {
        "twice": (town.nurse, "ward_nurse", "S-WARD", Conflict),
        "of devices": (town.nurse, "device", "S-WARD", Malformed),
        "unknown site": (town.nurse, "ward_nurse", "S-NOWHERE", Unknown),
        "unknown person": ("U-NOBODY", "ward_nurse", "S-WARD", Unknown),
        "deactivated": (town.second, "physician", "S-WARD", Conflict),
    }
    before = len(entries(town))
    for person, role, site, error in cases.values():
        with pytest.raises(error):
            town.do(actions.grant, person, role, site, by=town.admin, approved_by=town.deputy)
    assert before == len(entries(town))


def test_ids_and_logins_are_taken_once(town: Town) -> None:
    """A site id, an organisation id and a login belong to one only, whatever the login's letter case."""

    def again(session: Session) -> str:
        return actions.add_person(
            session, name="N", email="NORA@clinic.example", by=town.admin, approved_by=town.deputy, at=NOON
        )

    with pytest.raises(Conflict):
        town.database.run(again)
    with pytest.raises(Conflict):
        town.do(
            actions.register_site,
            name="W",
            kind="depot",
            zone="UTC",
            organization="O-ANY",
            site="S-WARD",
            by=town.admin,
            approved_by=town.deputy,
        )


def test_a_site_changes_how_it_labels(town: Town) -> None:
    """Two administrators give a site its number and scheme; one entry says so, and the tables rebuild from it."""
    gtin = "09506000134390"
    change = partial(town.do, actions.change_labels, "S-WARD", scheme="gs1", gtin=gtin)
    with pytest.raises(NotPermitted):
        change(by=town.admin)
    with pytest.raises(Malformed, match=r"^Expected the GTIN of the bags"):
        town.do(actions.change_labels, "S-WARD", scheme="gs1", by=town.admin, approved_by=town.deputy)
    with pytest.raises(Unknown):
        town.do(actions.change_labels, "S-NOWHERE", scheme="plain", by=town.admin, approved_by=town.deputy)

    changed = change(by=town.admin, approved_by=town.deputy)

    assert ("gs1", None, gtin) == (changed.scheme, changed.fin, changed.gtin)
    assert changed == town.database.read(lambda session: people.site(session, "S-WARD"))
    last = entries(town)[-1]
    assert ("people.site_labels_changed", "S-WARD", gtin) == (last.type, last.stmt["changed"], last.stmt["gtin"])
    assert [] == list(rebuild_check(town.database, (people.PROJECTION, vault.PROJECTION)))


def test_a_site_that_collects_by_gs1_is_registered_with_its_number(town: Town) -> None:
    """The number stands in the entry of the site; an entry without one, as old ones are, is a site without one."""
    owner = town.do(actions.register_organization, name="Second", by=town.admin, approved_by=town.deputy)
    register = partial(town.do, actions.register_site, kind="treatment", zone="UTC", organization=owner, by=town.admin)

    numbered = register(name="New", scheme="gs1", gtin="09506000134390", approved_by=town.deputy)
    without = register(name="Old", approved_by=town.deputy)

    known = {site.id: site for site in town.database.read(people.sites)}
    assert ("gs1", "09506000134390") == (known[numbered.id].scheme, known[numbered.id].gtin)
    assert ("plain", None) == (known[without.id].scheme, known[without.id].gtin)
    said = [entry.stmt for entry in entries(town) if entry.type == "people.site_registered"]
    assert [stmt.get("gtin", "-") for stmt in said] == ["-", "-", "09506000134390", "-"]
    assert [] == list(rebuild_check(town.database, (people.PROJECTION, vault.PROJECTION)))


def test_login_name_stands_for_the_address(town: Town) -> None:
    """A person may sign in by a short name as well."""
    person = town.do(
        actions.add_person,
        name="Carl Courier",
        email="carl@firm.example",
        login="carl",
        by=town.admin,
        approved_by=town.deputy,
    )
    town.do(actions.set_password, person, SECRET, by=town.admin, approved_by=town.deputy)
    for login in ("carl", "Carl", "carl@firm.example"):
        known = town.do(accounts.password_ok, login, SECRET)
        assert known is not None
        assert person == known.id


def test_password_is_changed_by_its_owner_or_by_two(town: Town) -> None:
    """The owner knows the old one; an administrator alone cannot take over somebody's signature."""
    with pytest.raises(WrongSecret):
        town.do(actions.set_password, town.nurse, "new secret", by=town.nurse, old="wrong")
    with pytest.raises(NotPermitted):
        town.do(actions.set_password, town.nurse, "new secret", by=town.admin)
    with pytest.raises(NotPermitted):
        town.do(actions.set_password, town.nurse, "new secret", by=town.nurse)
    with pytest.raises(Malformed, match="at least 8 characters"):
        town.do(actions.set_password, town.nurse, "short", by=town.nurse, old=SECRET)


def test_badge_belongs_to_one_person(town: Town) -> None:
    """A badge leads to its holder until it is replaced, removed, or its holder leaves; never to two."""

    def give(person: str, badge: Badge = BADGE) -> None:
        town.do(actions.set_badge, person, badge, by=town.deputy, approved_by=town.admin)

    def holder(badge: Badge = BADGE) -> str | None:
        known = town.database.read(lambda session: people.by_badge(session, badge))
        return None if known is None else known.id

    give(town.nurse)
    assert town.nurse == holder()
    with pytest.raises(Conflict):
        give(town.second)
    other = Badge.from_random(b"abcdefghij")
    give(town.nurse, other)
    assert (None, town.nurse) == (holder(), holder(other))
    town.do(actions.remove_badge, town.nurse, by=town.nurse)
    assert holder(other) is None
    give(town.nurse)
    town.do(actions.deactivate, town.nurse, by=town.admin)
    assert holder() is None


def test_token_is_one_role_at_one_site(town: Town) -> None:
    """A token acts as its person with that one role only, and dies with revocation, expiry, role or person."""
    minted = town.do(
        actions.create_token,
        town.deputy,
        "site_admin",
        "S-WARD",
        by=people.CONSOLE,
        expires_at=NOON + timedelta(days=1),
    )

    def who(at: timedelta = timedelta()) -> Person:
        return town.database.read(lambda session: people.by_token(session, minted.secret, at=NOON + at))[0]

    assert (town.deputy, 1) == (who().id, len(who().grants))
    with pytest.raises(NotAuthenticated):
        who(timedelta(days=1))
    with pytest.raises(NotAuthenticated):
        town.database.read(lambda session: people.by_token(session, minted.secret + "x", at=NOON))
    town.do(actions.revoke_token, minted.token.id, by=town.deputy)
    with pytest.raises(NotAuthenticated):
        who()


def test_token_ends_with_the_role(town: Town) -> None:
    """A token of a role that was revoked, or of a person who left, opens nothing; others cannot make one."""
    minted = town.do(actions.create_token, town.nurse, "ward_nurse", "S-WARD", by=town.nurse)
    held = town.database.read(lambda session: store.grants(session, town.nurse))[0]
    town.do(actions.revoke, held.id, by=town.admin)
    with pytest.raises(NotAuthenticated):
        town.database.read(lambda session: people.by_token(session, minted.secret, at=NOON))
    for person, by in ((town.nurse, town.nurse), (town.physician, town.nurse)):
        with pytest.raises(NotPermitted):
            town.do(actions.create_token, person, "physician" if by != person else "ward_nurse", "S-WARD", by=by)


def test_ledger_is_whole_and_rebuilds_equal(town: Town) -> None:
    """After a busy day the ledger verifies, and every projection is what the ledger says."""
    test_token_ends_with_the_role(town)
    town.do(actions.deactivate, town.second, by=town.admin)

    assert town.database.read(fsck).ok
    assert [] == rebuild_check(town.database)


def test_empty_installation_knows_nobody(empty: Database) -> None:
    """Unknown persons and sites are said to be unknown; an id without a name stands for itself."""
    with pytest.raises(Unknown):
        empty.read(lambda session: people.person(session, "U-NOBODY"))
    with pytest.raises(Unknown):
        empty.read(lambda session: people.site(session, "S-NOWHERE"))
    assert "U-NOBODY" == empty.read(lambda session: people.name_of(session, "U-NOBODY"))


def test_what_is_not_there_cannot_be_changed(town: Town) -> None:
    """Unknown organisations, approvers, grants, badges and tokens are said to be unknown; nobody leaves twice."""
    both: dict[str, Any] = {"by": town.admin, "approved_by": town.deputy}
    unknown: list[tuple[Callable[..., object], tuple[object, ...], dict[str, Any]]] = [
        (actions.add_person, (), {"name": "N", "email": "n@x.example", "organization": "O-NONE", **both}),
        (actions.add_person, (), {"name": "N", "email": "n@x.example", "by": town.admin, "approved_by": "U-NONE"}),
        (
            actions.register_site,
            (),
            {"name": "W", "kind": "depot", "zone": "UTC", "organization": "O-NONE", **both},
        ),
        (actions.revoke, ("G-NONE",), {"by": town.admin}),
        (actions.remove_badge, (town.nurse,), {"by": town.nurse}),
        (actions.revoke_token, ("T-NONE",), {"by": town.admin}),
    ]
    for action, arguments, more in unknown:
        with pytest.raises(Unknown):
            town.do(action, *arguments, **more)
    town.do(actions.deactivate, town.second, by=town.admin)
    with pytest.raises(Conflict):
        town.do(actions.deactivate, town.second, by=town.admin)
    with pytest.raises(Conflict):
        town.do(actions.register_organization, name="Again", organization=clinic(town), **both)


def clinic(town: Town) -> str:
    """Return the id of the town's clinic."""
    return town.database.read(lambda session: people.site(session, "S-WARD")).organization


def test_who_may_unlock(town: Town) -> None:
    """An administrator or the console opens a locked account; a colleague or the person does not."""
    for by, error in ((town.second, NotPermitted), (town.admin, Conflict)):
        with pytest.raises(error):
            town.do(actions.unlock, town.nurse if by != town.admin else town.admin, by=by)
    for by, basis in ((people.CONSOLE, "console"), (town.deputy, "admin")):
        town.do(actions.unlock, town.nurse, by=by)
        assert ("people.account_unlocked", basis) == (entries(town)[-1].type, entries(town)[-1].stmt["basis"])


def test_people_are_listed(town: Town) -> None:
    """Sites, persons and who holds a role at a site can be listed; the deactivated stay known and hold nothing."""
    town.do(actions.deactivate, town.second, by=town.admin)
    known = town.database.read(people.persons)
    nurses = town.database.read(lambda session: people.at_site(session, "S-WARD", frozenset({"ward_nurse"})))

    assert ["S-PLANT", "S-WARD"] == [site.id for site in town.database.read(people.sites)]
    assert (5, [town.second]) == (len(known), [person.id for person in known if not person.active])
    assert [town.nurse] == nurses
