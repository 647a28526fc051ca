"""Only who is known is answered, only for what is theirs; in production a token passes no gate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from coi import ledger, people
from coi.app import PROJECTIONS
from coi.custody import protocol_actions, protocol_check
from coi.custody.deed import Deed
from coi.demo.road import Clock
from coi.people import actions as staff
from coi.settings import Settings
from tests import programs
from tests import world as worlds
from tests.coi.custody.api.asking import (
    SUBMIT,
    a_stranger,
    opened,
    wish,
)
from tests.programs import problem

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.conftest import MakeDatabase
    from tests.programs import Programs


SECRET = "a long enough passphrase, 7 words"


class TestWhoAsks:
    """Only who is known is answered, and only for what is theirs."""

    def test_nobody_is_told_nothing(self, town: Programs) -> None:
        """Without token or session every route answers 401, reads and deeds alike, and says how one signs in."""
        nobody = programs.Program(town.app.test_client(), {})
        replies = [
            nobody.get("/me"),
            nobody.get("/orders"),
            nobody.post("/orders", wish(town)),
            nobody.post("/devices"),
        ]

        for reply in replies:
            problem(reply, 401, "not-authenticated")
            assert reply.headers["WWW-Authenticate"] == 'Bearer realm="coi"'

    def test_a_session_of_nobody_is_nobody(self, town: Programs) -> None:
        """A cookie that belongs to no signed-in person is 401, with or without its mark."""
        client = town.app.test_client()
        marked = programs.Program(client, {"X-CSRFToken": programs.mark(client)})

        for program in (marked, programs.Program(client, {})):
            problem(program.post("/orders", wish(town)), 401, "not-authenticated")

    def test_a_wrong_token_opens_nothing(self, town: Programs) -> None:
        """A token that is none, and every other scheme, is 401."""
        for header in ("Bearer coi_wrong", "Bearer", "Basic YTpi", "coi_wrong"):
            stranger = programs.Program(town.app.test_client(), {"Authorization": header})
            problem(stranger.get("/me"), 401, "not-authenticated")

    def test_a_token_speaks_for_its_role_at_its_site(self, town: Programs) -> None:
        """Who asks through a token holds that token's one role at that one site."""
        told = town.program("coordinator", "treatment").get("/me").get_json()

        assert [("coordinator", town.site("treatment"))] == [(held["role"], held["site"]) for held in told["grants"]]
        assert (told["via"], told["purpose"], told["site"]) == ("token", "demo", town.site("treatment"))

    def test_a_session_needs_its_mark(self, town: Programs) -> None:
        """A cookie alone changes nothing: without the mark 403, also when a stray Authorization header came along."""
        browser = town.browser("coordinator@demo.example")
        bare = programs.Program(browser.client, {})
        stray = programs.Program(browser.client, {"Authorization": "Basic YTpi"})

        assert browser.get("/me").get_json()["via"] == "session"
        for forged in (bare, stray):
            problem(forged.post("/orders", wish(town)), 403, "not-permitted")
        assert browser.post("/orders", wish(town)).status_code == 201

    def test_an_order_of_others_is_not_disclosed(self, town: Programs) -> None:
        """Who has no part in an order hears that there is none, in the words for a number that never was."""
        order = opened(town)
        elsewhere = town.program("site_admin", "treatment")
        outsider = town.program("mfg_operator", "manufacturing")
        assert elsewhere.get(f"/orders/{order}").status_code == 200
        assert outsider.get(f"/orders/{order}").status_code == 200
        stranger = a_stranger(town)

        for path in ("", "/entries", "/entries/1"):
            unseen = problem(stranger.get(f"/orders/{order}{path}"), 404, "unknown")
            never = problem(stranger.get(f"/orders/O-NEVER{path}"), 404, "unknown")
            assert unseen["detail"] == never["detail"]
        problem(stranger.post(SUBMIT.format(order), {}), 404, "unknown")
        problem(stranger.post(f"/orders/{order}/decline", {"why": "late"}), 404, "unknown")
        assert stranger.get("/orders").get_json() == {"orders": [], "next": None}


class TestProduction:
    """In production a token passes no gate."""

    def test_a_token_passes_no_gate_in_production(self, make_database: MakeDatabase, tmp_path: Path) -> None:
        """Gates answer 403 to a token, and nothing is judged; the same token opens orders and reads them."""
        database, clock = make_database(*PROJECTIONS), Clock(worlds.BEGAN)
        knobs = Settings(data=tmp_path, purpose="production", log_origin="prod.invalid/coi")
        knobs.attach(database.engine)
        sites, tokens = database.run(lambda session: found_production(session, clock()))
        app = programs.application(database, clock)
        bearers = {role: {"Authorization": f"Bearer {secret}"} for role, secret in tokens.items()}
        coordinator, physician = (
            programs.Program(app.test_client(), bearers[role]) for role in ("coordinator", "physician")
        )
        facts = {"name": "Erika", "birth_date": "1961-04-12", "issuer": "N", "record_number": "1"}
        order = coordinator.post("/orders", {"patient": facts, "product": "CRYO-CAR-T", **sites}).get_json()["order"]
        before = physician.get(f"/orders/{order}").headers["ETag"]

        problem(physician.post(SUBMIT.format(order), {"patient": facts}), 403, "not-permitted")
        problem(physician.post(f"/orders/{order}/decline", {"why": "late"}), 403, "not-permitted")
        assert before == physician.get(f"/orders/{order}").headers["ETag"]
        review = coordinator.post(f"/orders/{order}/identity-review", {"change": "merged"})
        assert 201 == review.status_code, "what only holds is no gate"


def found_production(session: Session, at: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Found an installation of purpose production; return its sites by part, and a token of each of two roles."""
    ledger.found(session, log="prod.invalid/coi", purpose="production", at=at)
    how: dict[str, Any] = {"by": people.CONSOLE, "at": at}
    owner = staff.register_organization(session, name="Owner", **how)
    kinds = {"treatment": "treatment", "manufacturing": "manufacturing", "courier": "depot"}
    labels: dict[str, Any] = {"scheme": "isbt128", "fin": "A9990"}
    sites = {
        part: staff.register_site(
            session,
            name=part,
            kind=kind,
            zone="UTC",
            organization=owner,
            **how,
            **(labels if part == "treatment" else {}),
        ).id
        for part, kind in kinds.items()
    }
    sites["collection"] = sites["treatment"]
    reviewer = staff.add_person(session, name="quality", email="quality@prod.example", **how)
    staff.set_password(session, reviewer, SECRET, **how)
    staff.grant(session, reviewer, "qa_reviewer", sites["manufacturing"], trained_until=at + timedelta(days=9), **how)
    approver = Deed(people.person(session, reviewer), sites["manufacturing"], at)
    for data in protocol_check.shipped_bytes().values():
        sha256 = protocol_actions.propose_at_console(session, data, at)
        protocol_actions.approve(session, approver, sha256, "quality@prod.example", SECRET)
    tokens = {}
    for role in ("coordinator", "physician"):
        person = staff.add_person(session, name=role, email=f"{role}@prod.example", **how)
        staff.grant(session, person, role, sites["treatment"], trained_until=at + timedelta(days=9), **how)
        tokens[role] = staff.create_token(session, person, role, sites["treatment"], by=person, at=at).secret
    return sites, tokens
