"""Signing in through Flask: one judgement, one text for every failure, sessions that end when they must."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from flask import Flask, request
from jinja2 import DictLoader

from coi import people
from coi.identity.badge import Badge
from coi.people import accounts, actions, store
from tests.coi.people.conftest import NOON, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask.testing import FlaskClient

    from tests.coi.people.conftest import Town

PAGE = "{% for error in login_user_form.form_errors %}<p>{{ error }}</p>{% endfor %}"


@pytest.fixture
def clock() -> dict[str, datetime]:
    """The time, for a test to change."""
    return {"now": NOON}


def application(town: Town, clock: Callable[[], datetime], *, views: bool) -> Flask:
    """Return a small app with our sign-in."""
    app = Flask("town")
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, SECURITY_UNAUTHN_HANDLER=None)
    app.jinja_loader = DictLoader({"people/sign_in.html": PAGE})
    people.security(app, town.database, clock, views=views)

    def come() -> tuple[str, int]:
        badge = request.form.get("badge")
        who = people.enter(request.form["login"], request.form["secret"], None if badge is None else Badge(badge))
        return (who, 200) if who is not None else (accounts.WRONG, 401)

    def go() -> str:
        people.leave()
        return "gone"

    app.add_url_rule("/enter", view_func=come, methods=["POST"])
    app.add_url_rule("/leave", view_func=go, methods=["POST"])
    app.add_url_rule("/who", view_func=lambda: people.signed_in() or "nobody")
    return app


@pytest.fixture
def browser(town: Town, clock: dict[str, datetime]) -> FlaskClient:
    """A browser before the app's own sign-in page."""
    return application(town, lambda: clock["now"], views=False).test_client()


def enter(browser: FlaskClient, login: str, secret: str = SECRET, **more: str) -> int:
    """Sign in and return the status."""
    return browser.post("/enter", data={"login": login, "secret": secret, **more}).status_code


def test_sign_in_and_out(town: Town, browser: FlaskClient) -> None:
    """Login and secret open a session for that person; leaving closes it; both stand in the security log."""
    assert 200 == enter(browser, " Nora@Clinic.example ")
    assert town.nurse == browser.get("/who").text
    browser.post("/leave")
    assert "nobody" == browser.get("/who").text
    assert ["signed_out", "signed_in"] == [note.what for note in town.database.read(store.security_log)]


def test_flask_securitys_own_view_judges_alike(town: Town, clock: dict[str, datetime]) -> None:
    """Flask-Security's page, by our template, lets in the same people and tells everybody else the same words."""
    browser = application(town, lambda: clock["now"], views=True).test_client()
    wrong = browser.post("/sign-in", data={"email": "nora@clinic.example", "password": "wrong"})
    unknown = browser.post("/sign-in", data={"email": "nobody@clinic.example", "password": SECRET})
    right = browser.post("/sign-in", data={"email": "nora@clinic.example", "password": SECRET})

    assert accounts.WRONG in wrong.text
    assert wrong.text == unknown.text
    assert (302, "/work") == (right.status_code, right.location)
    assert town.nurse == browser.get("/who").text
    browser.post("/sign-out")
    assert "nobody" == browser.get("/who").text


def test_lock_out(browser: FlaskClient, clock: dict[str, datetime]) -> None:
    """Five wrong secrets lock the account, also against the right one; after a quarter of an hour it opens again."""
    for _ in range(5):
        assert 401 == enter(browser, "nora@clinic.example", "wrong")
    assert 401 == enter(browser, "nora@clinic.example")
    clock["now"] = NOON + timedelta(minutes=14, seconds=59)
    assert 401 == enter(browser, "nora@clinic.example")
    clock["now"] = NOON + timedelta(minutes=15)
    assert 200 == enter(browser, "nora@clinic.example")


def test_an_administrator_unlocks(town: Town, browser: FlaskClient) -> None:
    """A locked account is opened by an administrator, as an entry; not by the person."""
    for _ in range(5):
        enter(browser, "nora@clinic.example", "wrong")
    town.do(actions.unlock, town.nurse, by=town.admin)
    assert 200 == enter(browser, "nora@clinic.example")


def test_four_failures_are_forgotten_after_a_success(browser: FlaskClient) -> None:
    """Only failures in a row count."""
    for _ in range(2):
        for _ in range(4):
            enter(browser, "nora@clinic.example", "wrong")
        assert 200 == enter(browser, "nora@clinic.example")


def test_badge_stands_for_the_login_not_for_the_secret(town: Town, browser: FlaskClient) -> None:
    """A badge says who comes; another person's secret with it opens nothing, nor does a badge that is nobody's."""
    badge, other = Badge.from_random(b"0123456789"), Badge.from_random(b"9876543210")
    town.do(actions.set_badge, town.nurse, badge, by=town.admin, approved_by=town.deputy)
    town.do(actions.set_password, town.nurse, "only nora knows", by=town.nurse, old=SECRET)

    assert 401 == enter(browser, "sam@clinic.example", SECRET, badge=str(badge))
    assert 401 == enter(browser, "sam@clinic.example", SECRET, badge=str(other))
    assert 200 == enter(browser, "", "only nora knows", badge=str(badge))
    assert town.nurse == browser.get("/who").text


def test_sessions_end_with_password_and_person(town: Town, browser: FlaskClient) -> None:
    """A changed password, and a deactivated person, end every open session at once."""
    enter(browser, "nora@clinic.example")
    town.do(actions.set_password, town.nurse, "another secret", by=town.nurse, old=SECRET)
    assert "nobody" == browser.get("/who").text
    assert 401 == enter(browser, "nora@clinic.example")
    assert 200 == enter(browser, "nora@clinic.example", "another secret")
    town.do(actions.deactivate, town.nurse, by=town.admin)
    assert "nobody" == browser.get("/who").text
    assert 401 == enter(browser, "nora@clinic.example", "another secret")


def test_flask_security_reads_our_hashes(town: Town, clock: dict[str, datetime]) -> None:
    """Our password hash is Flask-Security's own form, so that its later features need no second store."""
    app = application(town, lambda: clock["now"], views=True)
    datastore = app.extensions["security"].datastore
    with app.app_context():
        user = datastore.find_user(person=town.nurse)
        assert user.verify_and_update_password(SECRET)
        assert not user.verify_and_update_password("wrong")
