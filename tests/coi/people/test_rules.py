"""The shapes of ids, sites and logins, and the authority to change people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coi.errors import Conflict, Malformed, NotPermitted
from coi.people import rules, schemes
from coi.person import ROLES, Grant, Person

people = st.builds(
    Person,
    st.sampled_from(("U-1", "U-2", "U-3")),
    st.lists(
        st.builds(
            Grant, st.sampled_from(("ward_nurse", "site_admin", "system_admin")), st.sampled_from(("S-A", "S-B"))
        ),
        max_size=2,
    ).map(tuple),
    st.booleans(),
)


@given(
    by=st.none() | people,
    approver=st.none() | people,
    site=st.none() | st.just("S-A"),
    admins=st.sets(st.sampled_from(("U-1", "U-2"))),
    ever=st.booleans(),
)
def test_nobody_alone_once_there_are_two(
    by: Person | None, approver: Person | None, site: str | None, admins: set[str], *, ever: bool
) -> None:
    """With two administrators a change is by an administrator of the place and approved by another, always."""
    try:
        basis = rules.may_change(by, approver, site, admins, actor="U-1", ever=ever)
    except NotPermitted:
        return
    assert by is not None
    assert rules.is_admin(by, site)
    if len(admins) > 1:
        assert "approved" == basis
        assert approver is not None
        assert by is not None
        assert approver.id != by.id
        assert approver.id in admins


@pytest.mark.parametrize("actor", [rules.CONSOLE, "U-NOBODY"])
@pytest.mark.parametrize("ever", [False, True])
def test_only_the_console_builds_and_only_once(actor: str, *, ever: bool) -> None:
    """Without any administrator the console may change, but nobody else, and never again after there was one."""
    if actor == rules.CONSOLE and not ever:
        assert "bootstrap" == rules.may_change(None, None, None, set(), actor=actor, ever=ever)
        assert "bootstrap" == rules.may_end(None, None, set(), actor=actor, ever=ever)
        return
    told = f"^Expected an administrator of the installation, seen {actor}"
    with pytest.raises(NotPermitted, match=told):
        rules.may_change(None, None, None, set(), actor=actor, ever=ever)
    with pytest.raises(NotPermitted, match=told):
        rules.may_end(None, None, set(), actor=actor, ever=ever)


def test_the_last_administration_stays() -> None:
    """A site's administrator is not enough where the installation had one of its own; other roles end freely."""
    rules.check_left(set(), set())
    rules.check_left({"site_admin", "system_admin"}, {"system_admin"})
    for before, after in (({"site_admin"}, set()), ({"system_admin"}, set()), ({*rules.ADMINS}, {"site_admin"})):
        with pytest.raises(Conflict, match="Make another first: coi setup role"):
            rules.check_left(before, after)


def test_who_vouches_for_a_telephone() -> None:
    """An old code, another administrator of a place of the person, or nobody where there is nobody to ask."""
    nurse = Person("U-1", (Grant("ward_nurse", "S-A"),))
    here, there = Person("U-2", (Grant("site_admin", "S-A"),)), Person("U-3", (Grant("site_admin", "S-B"),))
    chief, alone = Person("U-4", (Grant("system_admin", "S-B"),)), Person("U-5", (Grant("site_admin", "S-A"),))
    both = {"U-2", "U-4"}
    lawful = {
        "self": (nurse, None, both, True),
        "bootstrap": (nurse, None, set[str](), False),
        "single_admin": (alone, None, {"U-5"}, False),
    }
    for basis, (person, approver, admins, by_old_code) in lawful.items():
        assert basis == rules.may_enrol(person, approver, admins, by_old_code=by_old_code)
    for approver in (here, chief):
        assert "approved" == rules.may_enrol(nurse, approver, both, by_old_code=False)

    refused = ((nurse, None), (nurse, nurse), (nurse, there), (here, here), (Person("U-6", nurse.grants, False), here))  # noqa: FBT003  as a person is told
    for person, witness in refused:
        with pytest.raises(NotPermitted):
            rules.may_enrol(person, witness, both, by_old_code=False)


@pytest.mark.parametrize(
    ("kind", "zone", "scheme", "fin"),
    [
        ("ward", "UTC", "plain", None),
        ("depot", "Mars/Olympus", "plain", None),
        ("depot", "../etc/passwd", "plain", None),
        ("depot", "UTC", "ean", None),
        ("depot", "UTC", "isbt128", None),
        ("depot", "UTC", "isbt128", "O9999"),
        ("depot", "UTC", "plain", "A99"),
    ],
)
def test_impossible_sites(kind: str, zone: str, scheme: str, fin: str | None) -> None:
    """Unknown kinds, zones and schemes, and facility numbers that are none, are refused."""
    with pytest.raises(Malformed):
        rules.check_site(kind, zone, scheme, fin)


CANNOT_LABEL = {
    "GS1 without a GTIN, where cells are collected": ("treatment", "gs1", None, None, "Expected the GTIN of the bags"),
    "GS1 without a GTIN, at a place for collecting": ("collection", "gs1", None, None, "Expected the GTIN of the bags"),
    "a GTIN with a wrong check digit": ("treatment", "gs1", None, "09506000134377", "Expected a GTIN of 14 digits"),
    "a GTIN of 13 digits": ("treatment", "gs1", None, "9506000134376", "Expected a GTIN of 14 digits"),
    "a GTIN and more": ("treatment", "gs1", None, "0950600013437610LOT", "Expected a GTIN of 14 digits"),
    "a wrong GTIN that is not needed": ("treatment", "plain", None, "1", "Expected a GTIN of 14 digits"),
    "ISBT 128 without a facility number": ("treatment", "isbt128", None, None, "Expected a facility identification"),
}


@pytest.mark.parametrize(("kind", "scheme", "fin", "gtin", "told"), CANNOT_LABEL.values(), ids=CANNOT_LABEL)
def test_a_scheme_wants_its_number(kind: str, scheme: str, fin: str | None, gtin: str | None, told: str) -> None:
    """A site that could not label what it collects is refused when it is set up, with what it lacks."""
    with pytest.raises(Malformed, match=f"^{told}"):
        rules.check_site(kind, "UTC", scheme, fin, gtin)


def test_a_scheme_says_what_it_means() -> None:
    """Whoever sets a collecting site up reads how it will label; a factory and a courier collect nothing."""
    rules.check_site("treatment", "UTC", "gs1", None, "09506000134390")
    rules.check_site("manufacturing", "UTC", "gs1", None)

    assert "GTIN 09506000134390" in schemes.meaning("treatment", "gs1", None, "09506000134390")
    assert "facility A9999" in schemes.meaning("collection", "isbt128", "A9999", None)
    assert "our own code" in schemes.meaning("treatment", "plain", None, None)
    assert {""} == {schemes.meaning(kind, "plain", None, None) for kind in ("manufacturing", "depot")}


def test_possible_site() -> None:
    """An ISBT 128 site with its facility number passes."""
    rules.check_site("collection", "Asia/Tokyo", "isbt128", "A9998")


@pytest.mark.parametrize("text", ["", "nobody", "@x", "x@", "a b@c", "a@b@c", "x" * 250 + "@abcd"])
def test_impossible_addresses(text: str) -> None:
    """What is no e-mail address is nobody's, and is not repeated in the message."""
    with pytest.raises(Malformed) as refused:
        rules.check_login(text)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("text", ["", "a", "nora@clinic", "nora nurse", "x" * 41, "-nora"])
def test_impossible_login_names(text: str) -> None:
    """A login name never looks like an address, nor has it spaces."""
    with pytest.raises(Malformed):
        rules.check_login_name(text)


@pytest.mark.parametrize("text", ["U-NORTH", "S-", "S-north", "S-A B", "S-" + "A" * 25])
def test_impossible_ids(text: str) -> None:
    """A wanted id has its family's letter and plain characters."""
    with pytest.raises(Malformed):
        rules.check_id(text, "S")


@given(st.text(max_size=12).filter(lambda text: text not in ROLES))
def test_roles_of_persons(role: str) -> None:
    """Only a role of the house can be granted, and never that of a device."""
    for word in (role, "device"):
        with pytest.raises(Malformed):
            rules.check_role(word)
    assert "courier" == rules.check_role("courier")
