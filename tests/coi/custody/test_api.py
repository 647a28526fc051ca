"""Programs do the same deeds as persons at screens: once under each key, with every reason and a receipt."""

from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from structlog.testing import capture_logs

from coi import ledger, people
from coi.app import PROJECTIONS
from coi.custody import protocol as protocols
from coi.custody.api_models import Judged
from coi.demo.road import Clock
from coi.ledger.store import deed
from coi.people import actions as staff
from coi.settings import Settings
from tests import programs
from tests import world as worlds
from tests.coi.people.test_devices import Station
from tests.programs import Programs, key, problem, sent

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from tests.conftest import MakeDatabase
    from tests.programs import Program
    from tests.world import World

PROTOCOL = protocols.for_product("CRYO-CAR-T")
BOTH = pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
SUBMIT = "/orders/{}/checkpoints/h1_submit"
SCHEDULE = "/orders/{}/checkpoints/h2_schedule"
SLOTS = {"slot_collection": "2026-11-09", "slot_manufacturing": "2026-11-12", "slot_infusion": "2026-12-10"}


@pytest.fixture
def database_kind() -> str:
    """SQLite, where a test does not say that it runs on both databases."""
    return "sqlite"


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world without orders."""
    return worlds.make(make_database(*PROJECTIONS), tmp_path)


@pytest.fixture
def town(world: World) -> Programs:
    """The world, served."""
    return programs.serve(world)


def patient(town: Programs, number: int = 0) -> dict[str, str]:
    """Return what identifies an invented patient, as a program sends it."""
    facts = town.world.patient(number)
    return {
        "name": facts.name,
        "birth_date": facts.birth_date,
        "issuer": facts.issuer,
        "record_number": facts.record_number,
    }


def wish(town: Programs, number: int = 0) -> dict[str, Any]:
    """Return an order as a coordinator's program sends it."""
    parts = {part: town.site(part) for part in ("collection", "manufacturing", "treatment", "courier")}
    return {"patient": patient(town, number), "product": "CRYO-CAR-T", **parts}


def opened(town: Programs, number: int = 0) -> str:
    """Open an order through the API; return its number."""
    reply = town.program("coordinator", "treatment").post("/orders", wish(town, number))
    assert reply.status_code == 201, reply.get_json()
    return str(reply.get_json()["order"])


def canaries(town: Programs, number: int = 0) -> tuple[str, ...]:
    """Return what of a patient must not be found anywhere."""
    facts = town.world.patient(number)
    return (facts.name, facts.birth_date, facts.record_number)


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


def a_stranger(town: Programs) -> Program:
    """Return the program of a nurse of a hospital that has no part in any order."""
    road = town.world.road
    nurse, at = road.persons["nurse1"], road.clock()
    common = {"actor": "console", "at": ledger.instant(at), "outcome": "accepted", "basis": "bootstrap"}

    def work(session: Session) -> str:
        far, org = "S-FAR", ledger.installation(session).org_chain
        site = {"kind": "treatment", "zone": "UTC", "organization": people.sites(session)[0].organization}
        site |= {"opened": far, "scheme": "plain", "chain": ledger.new_chain(session, "site", far, at=at, by="console")}
        held = {"grant": "G-FAR", "person": nurse, "granted": "ward_nurse", "site": far, "product": None}
        ledger.record(session, org, "people.site_registered", {**common, **site, "fin": None, "id": key()}, at=at)
        said = {**common, **held, "approved_by": None, "trained_until": None, "id": key()}
        ledger.record(session, org, "people.role_granted", said, at=at)
        return staff.create_token(session, nurse, "ward_nurse", far, by=nurse, at=at).secret

    secret = town.world.database.run(work)
    return programs.Program(town.app.test_client(), {"Authorization": f"Bearer {secret}"})


class TestOrders:
    """An order is opened once, and read by everybody who has a part in it."""

    def test_an_order_is_opened_and_read(self, town: Programs) -> None:
        """A coordinator's program opens an order, and hears its number, its receipt and where to read it."""
        reply = town.program("coordinator", "treatment").post("/orders", wish(town))
        told = reply.get_json()
        read = town.program("physician", "treatment").get(reply.headers["Location"].removeprefix(programs.BASE))
        order = read.get_json()

        entry = town.entries(told["order"])[-1]
        assert (201, told["order"]) == (reply.status_code, order["id"])
        assert told["receipt"] == {"chain": entry.chain, "seq": entry.seq, "hash": entry.hash}
        assert reply.headers["ETag"] == read.headers["ETag"] == f'"{entry.hash}"'
        assert (order["state"], order["patient"][:2], order["custodian"]) == ("DRAFT", "P-", None)
        assert [gate["checkpoint"] for gate in order["next"]] == ["h1_submit"]

    def test_only_a_coordinator_opens_one(self, town: Programs) -> None:
        """Another role is 403, and no order comes of it."""
        problem(town.program("physician", "treatment").post("/orders", wish(town)), 403, "not-permitted")

        assert town.world.road.all_orders() == ()

    def test_one_open_order_for_one_patient(self, town: Programs) -> None:
        """A second open order of the same patient for the same product is 409."""
        opened(town)

        problem(town.program("coordinator", "treatment").post("/orders", wish(town)), 409, "conflict")

    def test_a_wrong_site_or_product_is_malformed(self, town: Programs) -> None:
        """What is unknown in the body is 422: the address itself is right."""
        wrong = {"product": "NONE", "courier": "S-NONE", "manufacturing": town.site("treatment"), "treatment": "../x"}
        for field, value in wrong.items():
            reply = town.program("coordinator", "treatment").post("/orders", {**wish(town), field: value})
            problem(reply, 422, "malformed")

    def test_a_malformed_patient_is_never_repeated(self, town: Programs) -> None:
        """The problem names the field; no value of it, not even an unknown field's name, is in reply or log."""
        cases = (
            {"name": ""},
            {"name": " "},
            {"birth_date": "12 April 1961"},
            {"birth_date": "1961-02-31"},
            {"record_number": "1" * 61},
            {"erika": "Erika Mustermann"},
            {"Erika Mustermann": "x"},
        )
        coordinator = town.program("coordinator", "treatment")
        with capture_logs() as log:
            replies = [
                coordinator.post("/orders", {**wish(town), "patient": {**patient(town), **case}}) for case in cases
            ]
        told, logged = "".join(reply.get_data(as_text=True) for reply in replies), repr(log)

        assert {("/api/v1/orders", 422)} == {(line["route"], line["status"]) for line in log if "route" in line}
        for reply in replies:
            problem(reply, 422, "malformed")
        for canary in ("Erika", "erika", "1961", "Mustermann", "12 April", "1" * 61):
            assert canary not in told + logged

    def test_orders_are_listed_in_pages(self, town: Programs) -> None:
        """Pages follow one another without gap or repetition, and end."""
        names = {opened(town, number) for number in range(3)}
        coordinator = town.program("coordinator", "treatment")
        first = coordinator.get("/orders", limit="2").get_json()
        second = coordinator.get("/orders", limit="2", after=first["next"], only_open="true").get_json()

        assert [2, 1] == [len(first["orders"]), len(second["orders"])]
        assert names == {one["id"] for one in first["orders"] + second["orders"]}
        assert second["next"] is None

    def test_entries_are_read_byte_for_byte(self, town: Programs) -> None:
        """Entries come in pages, and an entry's bytes hash to what the receipt says."""
        order = opened(town)
        physician = town.program("physician", "treatment")
        first = physician.get(f"/orders/{order}/entries", limit="1").get_json()
        second = physician.get(f"/orders/{order}/entries", after=str(first["next"])).get_json()
        whole = physician.get(f"/orders/{order}/entries/2").get_json()

        assert [1, 2] == [one["seq"] for one in first["entries"] + second["entries"]]
        assert second["next"] is None
        assert whole["hash"] == hashlib.sha256(b"\x00" + whole["body"].encode()).hexdigest()
        assert json.loads(whole["body"])["stmt"] == whole["stmt"]
        for seq in ("3", "0", str(2**53), "9" * 30):
            problem(physician.get(f"/orders/{order}/entries/{seq}"), 404, "unknown")

    def test_what_cannot_be_a_name_is_unknown(self, town: Programs) -> None:
        """A text in the address that no name looks like is 404, and is not repeated."""
        for name in ("a%00b", "%ff", "Erika Mustermann", "a" * 65):
            reply = town.program("physician", "treatment").get(f"/orders/{name}")
            assert "Mustermann" not in problem(reply, 404, "unknown")["detail"]


class TestGates:
    """Every attempt at a gate is judged, recorded, and answered with all that a program needs."""

    def test_signatures_are_asked_for_and_given(self, town: Programs) -> None:
        """Where all agrees and a signature is wanted, 202 gives the statement, and its signature does the deed."""
        order = opened(town)
        physician = town.program("physician", "treatment")
        body = {"values": {"consent": "yes"}, "patient": patient(town)}
        waits = physician.post(SUBMIT.format(order), body)
        told = waits.get_json()
        path = waits.headers["Location"].removeprefix(programs.BASE)
        done = physician.post(path, {"sha256": told["sha256"], "signatures": town.auths("physician")})

        entry = town.entries(order)[-1]
        assert (202, 201) == (waits.status_code, done.status_code)
        assert told["sha256"] == ledger.statement_hash(told["statement"]) == entry.sig[0]["sha256"]
        assert told["places"] == [{"roles": ["physician"], "meaning": told["meaning"], "factor": "any"}]
        assert done.get_json()["receipt"] == {"chain": entry.chain, "seq": entry.seq, "hash": entry.hash}
        assert (done.get_json()["outcome"], done.get_json()["state"]) == ("accepted", "ORDERED")

    def test_a_blind_entry_that_differs_is_refused(self, town: Programs) -> None:
        """A physician who enters another birth date is refused, and nothing of either patient is told."""
        order = opened(town)
        other = {**patient(town), "birth_date": "1961-04-13"}
        reply = town.program("physician", "treatment").post(
            SUBMIT.format(order), {"values": {"consent": "yes", "identity_match": "yes"}, "patient": other}
        )
        told = problem(reply, 409, "refused")

        assert {"not_stated"} == {reason["code"] for reason in told["reasons"]}
        for canary in (*canaries(town), "1961-04-13"):
            assert canary not in reply.get_data(as_text=True)

    def test_a_patient_is_wanted_only_where_it_is_compared(self, town: Programs) -> None:
        """Facts of a patient at a gate that compares none are 422: they must not be sent about."""
        order = opened(town)
        body = {"patient": patient(town)}

        problem(town.program("coordinator", "treatment").post(SCHEDULE.format(order), body), 422, "malformed")

    def test_a_refusal_says_every_reason_and_has_its_receipt(self, town: Programs) -> None:
        """409 names each reason with slot, expected, seen and sentence, and its entry says the same."""
        order = opened(town)
        body = {"values": {"slot_collection": "soon"}, "scans": [{"data": base64.b64encode(b"?").decode()}]}
        told = problem(town.program("coordinator", "treatment").post(SCHEDULE.format(order), body), 409, "refused")

        entry = town.entries(order)[-1]
        said = [{name: one[name] for name in ("code", "slot", "expected", "seen")} for one in told["reasons"]]
        assert {"not_now", "value_wrong", "value_missing", "unreadable"} <= {one["code"] for one in said}
        assert entry.stmt["reasons"] == said
        assert told["receipt"] == {"chain": entry.chain, "seq": entry.seq, "hash": entry.hash}
        assert all(one["sentence"] for one in told["reasons"])

    def test_only_the_wrong_role_is_forbidden_and_recorded(self, town: Programs) -> None:
        """Refused for the role alone is 403, and is an entry like any refusal."""
        order = opened(town)
        body = {"values": {"consent": "yes"}, "patient": patient(town)}
        told = problem(town.program("coordinator", "treatment").post(SUBMIT.format(order), body), 403, "refused")

        assert ["role"] == [one["code"] for one in told["reasons"]]
        assert told["receipt"]["seq"] == town.entries(order)[-1].seq

    @BOTH
    def test_an_order_is_carried_through_the_api(self, town: Programs) -> None:
        """From the order to the collected bag every checkpoint is passed by programs that scan printed labels."""
        order = opened(town)
        carry(town, order, until="h5_accept")

        known = town.world.road.order(order)
        assert known.did("h5_accept") is not None
        assert known.custodian == town.site("courier")
        town.world.is_whole()

    def test_another_patients_bag_is_stopped_with_a_hold(self, town: Programs) -> None:
        """The bag of another order is refused; holds are named, and the other order's number is not told."""
        mine, other = (town.world.order(number, "h4_end") for number in (0, 1))
        road = town.world.road
        theirs = road.order(other)
        piece = road.piece(theirs, "container", theirs.of_kind("starting_material")[-1].id, "applied")
        swapped = {"bag": road.read_piece(piece, linear=False)}
        scans = town.scans(mine, "h5_pack", **swapped)
        reply = town.program("cell_lab", "collection").post(f"/orders/{mine}/checkpoints/h5_pack", {"scans": scans})
        told = problem(reply, 409, "refused")

        assert "other_order" in {reason["code"] for reason in told["reasons"]}
        for secret in (other, theirs.coi, piece.id):
            assert str(secret) not in reply.get_data(as_text=True)

    def test_an_unknown_gate_is_unknown(self, town: Programs) -> None:
        """A checkpoint that the order's protocol does not have is 404."""
        order = opened(town)

        problem(town.program("physician", "treatment").post(f"/orders/{order}/checkpoints/h99", {}), 404, "unknown")

    def test_a_scan_that_is_no_transport_of_bytes_is_malformed(self, town: Programs) -> None:
        """What cannot be bytes from a scanner is 422; bytes that say nothing are judged instead."""
        path = SCHEDULE.format(opened(town))
        coordinator = town.program("coordinator", "treatment")
        wrong: tuple[dict[str, object], ...] = (
            {"data": "not base64!"},
            {"data": "abc"},
            {"data": "A" * 8193},
            {"data": "", "aim": "]d1x"},
            {"data": "", "nonce": "\x00"},
            {"data": 1},
            {},
        )

        for scan in wrong:
            problem(coordinator.post(path, {"scans": [scan]}), 422, "malformed")
        problem(coordinator.post(path, {"scans": [{"data": ""}] * 13}), 422, "malformed")
        told = problem(coordinator.post(path, {"scans": [{"data": ""}]}), 409, "refused")
        assert "unreadable" in {reason["code"] for reason in told["reasons"]}

    def test_a_wrong_shaped_verdict_cannot_leave(self) -> None:
        """An answer that says neither accepted nor quarantined, or says more than is described, is not made."""
        receipt = {"chain": "c", "seq": 1, "hash": "h"}
        right: dict[str, Any] = {"outcome": "accepted", "order": "O-1", "checkpoint": "h1", "state": "S"}
        right |= {"receipt": receipt, "effects": [], "reasons": [], "holds": []}
        assert Judged.model_validate(right).outcome == "accepted"

        for wrong in ({"outcome": "blocked"}, {"patient": "Erika"}, {"receipt": None}):
            with pytest.raises(ValidationError) as refused:
                Judged.model_validate({**right, **wrong})
            assert "Erika" not in str(refused.value)


def carry(town: Programs, order: str, *, until: str) -> None:
    """Carry an order along its road through the API, each step by a program of who may do it."""
    road = town.world.road
    for step in PROTOCOL.checkpoints:
        known = road.order(order)
        actor = road.actor(known, step)
        role = next(role for role in step.roles if (role, actor.site) in road.cast)
        part = next(part for part, site in road.sites.items() if site == actor.site)
        logins = road.signers(known, step, actor)
        number = list(road.cast[role, actor.site]).index(logins[0])
        body: dict[str, Any] = {"scans": town.scans(order, step.id), "values": road.values(step)}
        if step.id == "h1_submit":
            body["patient"] = patient(town)
        program = town.program(role, part, number)
        reply = program.post(f"/orders/{order}/checkpoints/{step.id}", body, match=head(program, order))
        if reply.status_code == 202:
            told = reply.get_json()
            signing = {"sha256": told["sha256"], "signatures": town.auths(*logins, places=told["places"])}
            reply = program.post(f"/prepared/{reply.get_json()['id']}/signatures", signing)
        assert (201, "accepted") == (reply.status_code, reply.get_json().get("outcome")), reply.get_json()
        road.print_queued()
        road.clock.forward(minutes=7)
        if step.id == until:
            return


def head(program: Program, order: str) -> str:
    """Return the ETag of an order as a program reads it."""
    return program.get(f"/orders/{order}").headers["ETag"]


class TestSigning:
    """Signatures bind to the record that was shown, and their secrets stay nowhere."""

    def waiting(self, town: Programs) -> tuple[str, dict[str, Any], Program]:
        """Return an order, its prepared statement, and the program that prepared it."""
        order = opened(town)
        physician = town.program("physician", "treatment")
        body = {"values": {"consent": "yes"}, "patient": patient(town)}
        waits: dict[str, Any] = physician.post(SUBMIT.format(order), body).get_json()
        return order, waits, physician

    def test_a_wrong_secret_is_401_and_the_statement_waits_on(self, town: Programs) -> None:
        """A wrong secret writes nothing; the same key may then carry the right one."""
        order, waits, physician = self.waiting(town)
        path, once, before = f"/prepared/{waits['id']}/signatures", key(), len(town.entries(order))
        wrong = {"login": "physician@demo.example", "secret": "a wrong secret"}
        refused = physician.post(path, {"sha256": waits["sha256"], "signatures": [wrong]}, once=once)
        problem(refused, 401, "wrong-secret")
        assert before == len(town.entries(order))
        done = physician.post(path, {"sha256": waits["sha256"], "signatures": town.auths("physician")}, once=once)

        assert done.status_code == 201

    def test_another_record_than_was_shown_is_not_signed(self, town: Programs) -> None:
        """Signatures over another SHA-256 than the prepared one are 409."""
        _order, waits, physician = self.waiting(town)
        body = {"sha256": "0" * 64, "signatures": town.auths("physician")}

        problem(physician.post(f"/prepared/{waits['id']}/signatures", body), 409, "conflict")

    def test_the_wrong_signer_is_forbidden_and_recorded(self, town: Programs) -> None:
        """A right secret of somebody who may not sign this is 403 with a receipt."""
        order, waits, physician = self.waiting(town)
        body = {"sha256": waits["sha256"], "signatures": town.auths("nurse1")}
        told = problem(physician.post(f"/prepared/{waits['id']}/signatures", body), 403, "refused")

        assert "signer_role" in {reason["code"] for reason in told["reasons"]}
        assert told["receipt"]["seq"] == town.entries(order)[-1].seq

    def test_a_statement_is_signed_once_and_in_time(self, town: Programs) -> None:
        """A used statement, and one that waited too long, are refused with a receipt."""
        _order, waits, physician = self.waiting(town)
        path = f"/prepared/{waits['id']}/signatures"
        body = {"sha256": waits["sha256"], "signatures": town.auths("physician")}
        town.world.road.clock.forward(minutes=3)

        told = problem(physician.post(path, body), 409, "refused")
        assert {"signature_void"} == {reason["code"] for reason in told["reasons"]}

    def test_only_who_prepared_it_brings_it_to_its_end(self, town: Programs) -> None:
        """Another person's statement is 403, and to who may not see the order it does not exist."""
        _order, waits, _physician = self.waiting(town)
        path, body = f"/prepared/{waits['id']}/signatures", {"sha256": waits["sha256"]}
        body |= {"signatures": town.auths("physician")}

        problem(town.program("coordinator", "treatment").post(path, body), 403, "not-permitted")
        problem(a_stranger(town).post(path, body), 404, "unknown")
        problem(town.program("physician", "treatment").post("/prepared/none/signatures", body), 404, "unknown")

    def test_no_secret_and_no_patient_is_kept_or_told(self, town: Programs) -> None:
        """Neither the remembered answers nor log, ledger or replies hold a secret or a patient's facts."""
        with capture_logs() as log:
            _order, waits, physician = self.waiting(town)
            body = {"sha256": waits["sha256"], "signatures": town.auths("physician")}
            done = physician.post(f"/prepared/{waits['id']}/signatures", body)
        kept = town.world.database.read(lambda session: [tuple(row) for row in session.execute(select(deed))])
        told = json.dumps(waits) + done.get_data(as_text=True) + repr(kept) + repr(log)

        assert len(kept) == 3
        assert ("/api/v1/prepared/<statement>/signatures", 201) in {(line["route"], line["status"]) for line in log}
        for canary in (*canaries(town), town.world.road.secret, *town.tokens.values()):
            assert canary not in told

    def test_what_is_compared_cannot_be_guessed_from(self, town: Programs) -> None:
        """The digest under a key is no plain hash of the request: birth dates cannot be tried out against it."""
        once, body = key(), wish(town)
        town.program("coordinator", "treatment").post("/orders", body, once=once)
        (kept,) = town.world.database.read(
            lambda session: list(session.scalars(select(deed.c.request_sha256).where(deed.c.once == once)))
        )

        plain = [json.dumps(["POST", "/api/v1/orders", said], sort_keys=True) for said in (body, None)]
        assert kept not in {hashlib.sha256(text.encode()).hexdigest() for text in plain}


class TestOnce:
    """One key is one deed."""

    def test_a_deed_needs_a_key(self, town: Programs) -> None:
        """Without a key nothing is done: 428; a key of another shape is 422."""
        coordinator = town.program("coordinator", "treatment")

        problem(coordinator.post("/orders", wish(town), once=None), 428, "no-idempotency-key")
        problem(coordinator.post("/orders", wish(town), once="short"), 422, "malformed")
        assert town.world.road.all_orders() == ()

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_repeat_hears_the_same_answer(self, town: Programs, *, accepted: bool) -> None:
        """The same key and request get the same status, body and head again, done or refused, and add no entry."""
        order, once = opened(town), key()
        physician = town.program("physician", "treatment")
        body = {"values": {"consent": "yes" if accepted else "no"}, "patient": patient(town)}
        first = physician.post(SUBMIT.format(order), body, once=once)
        entries = len(town.entries(order))
        again = physician.post(SUBMIT.format(order), body, once=once)

        assert (202 if accepted else 409) == first.status_code
        assert (first.status_code, first.data, first.mimetype) == (again.status_code, again.data, again.mimetype)
        assert first.headers.get("ETag") == again.headers.get("ETag")
        assert entries == len(town.entries(order))

    def test_a_key_belongs_to_one_request_of_one_person(self, town: Programs) -> None:
        """The key with another body, at another address or from another person is 422."""
        order, once = opened(town), key()
        physician = town.program("physician", "treatment")
        body = {"values": {"consent": "no"}, "patient": patient(town)}
        physician.post(SUBMIT.format(order), body, once=once)
        another = {**body, "patient": patient(town, 1)}

        problem(physician.post(SUBMIT.format(order), another, once=once), 422, "key-reused")
        problem(physician.post(SCHEDULE.format(order), {}, once=once), 422, "key-reused")
        coordinator = town.program("coordinator", "treatment")
        problem(coordinator.post(SUBMIT.format(order), body, once=once), 422, "key-reused")

    @BOTH
    def test_a_hundred_repeats_at_once_are_one_deed(self, town: Programs) -> None:
        """A hundred parallel repeats of one key leave one entry, and all hear its receipt."""
        order, once = opened(town), key()
        coordinator = town.program("coordinator", "treatment")

        def again(_number: int) -> tuple[int, str]:
            program = programs.Program(town.app.test_client(), coordinator.headers)
            reply = program.post(SCHEDULE.format(order), {"values": SLOTS}, once=once)
            return reply.status_code, reply.get_data(as_text=True)

        before = len(town.entries(order))
        with ThreadPoolExecutor(16) as pool:
            replies = set(pool.map(again, range(100)))

        assert before + 1 == len(town.entries(order))
        assert len(replies) == 1, replies
        assert {409} == {status for status, _body in replies}

    @BOTH
    def test_of_two_deeds_on_one_head_one_wins(self, town: Programs) -> None:
        """Sixteen deeds under different keys that all name the same head: one is judged, the others are 412."""
        order = opened(town)
        coordinator = town.program("coordinator", "treatment")
        seen, before = head(coordinator, order), len(town.entries(order))

        def race(_number: int) -> int:
            program = programs.Program(town.app.test_client(), coordinator.headers)
            return program.post(SCHEDULE.format(order), {"values": SLOTS}, match=seen).status_code

        with ThreadPoolExecutor(16) as pool:
            answers = sorted(pool.map(race, range(16)))

        assert [409] + [412] * 15 == answers
        assert before + 1 == len(town.entries(order))

    def test_a_stale_head_is_told_and_nothing_is_done(self, town: Programs) -> None:
        """If-Match with another head is 412 without an entry; a deed answers with the head for the next."""
        order = opened(town)
        coordinator, path = town.program("coordinator", "treatment"), SCHEDULE.format(order)
        before = len(town.entries(order))
        problem(coordinator.post(path, {}, match=f'"{"0" * 64}"'), 412, "stale-head")
        problem(coordinator.post(path, {}, match="O-1"), 422, "malformed")
        assert before == len(town.entries(order))
        first = coordinator.post(path, {}, match=head(coordinator, order))
        second = coordinator.post(path, {}, match=first.headers["ETag"])

        assert [409, 409] == [first.status_code, second.status_code]


class TestOtherDeeds:
    """Labels, offers and holds."""

    def test_a_label_is_replaced(self, town: Programs) -> None:
        """The old label is dead from the answer on; the new one takes its place."""
        order = town.world.order(0, "h4_end")
        known = town.world.road.order(order)
        piece = town.world.road.piece(known, "container", known.of_kind("starting_material")[-1].id, "applied").id
        lab = town.program("cell_lab", "collection")
        path = f"/orders/{order}/labels/{piece}/reprint"
        told = lab.post(path, {"why": "damaged"}).get_json()

        found = {one["id"]: one for one in lab.get(f"/orders/{order}").get_json()["pieces"]}
        assert ("voided", piece) == (found[piece]["state"], told["voided"])
        assert (piece, "intended") == (found[told["piece"]]["replaces"], found[told["piece"]]["state"])
        problem(lab.post(path, {"why": "damaged"}), 422, "malformed")
        problem(lab.post(path, {"why": "because"}), 422, "malformed")
        problem(lab.post(f"/orders/{order}/labels/NONE/reprint", {"why": "damaged"}), 404, "unknown")
        problem(town.program("physician", "treatment").post(path, {"why": "damaged"}), 403, "not-permitted")

    def test_an_offer_is_declined(self, town: Programs) -> None:
        """Who was offered custody may leave it with the giver; nobody else may."""
        order = town.world.order(0, "h5_offer")
        path, body = f"/orders/{order}/decline", {"why": "no_capacity"}
        problem(town.program("mfg_operator", "manufacturing").post(path, body), 403, "not-permitted")
        reply = town.program("courier", "courier").post(path, body)

        assert (201, town.entries(order)[-1].seq) == (reply.status_code, reply.get_json()["receipt"]["seq"])
        assert town.program("courier", "courier").get(f"/orders/{order}").get_json()["offer"] is None

    def test_a_hold_is_lifted_by_the_signature_of_quality(self, town: Programs) -> None:
        """Holds are listed with their way out; only quality's own signature lifts one, and once."""
        order, hold = held(town)
        quality = town.program("qa_reviewer", "manufacturing")
        body = {"basis": worlds.BASIS, **town.auths("qa")[0]}
        listed = quality.get("/holds", only_open="true").get_json()["holds"]
        assert (hold, order) in [(one["id"], one["order"]) for one in listed]
        problem(town.program("mfg_operator", "manufacturing").post(f"/holds/{hold}/lift", body), 403, "not-permitted")
        problem(quality.post(f"/holds/{hold}/lift", {**body, "secret": "wrong"}), 401, "wrong-secret")
        problem(a_stranger(town).post(f"/holds/{hold}/lift", body), 404, "unknown")
        problem(quality.post("/holds/H-none/lift", body), 404, "unknown")
        reply = quality.post(f"/holds/{hold}/lift", body)

        assert (201, "hold.lifted") == (reply.status_code, town.entries(order)[-1].type)
        still = quality.get("/holds", only_open="true").get_json()["holds"]
        assert [one["id"] for one in listed if one["id"] != hold] == [one["id"] for one in still]
        problem(quality.post(f"/holds/{hold}/lift", body), 422, "malformed")


def held(town: Programs) -> tuple[str, str]:
    """Let another order's bag be scanned where an own one was due; return the order and the hold on it."""
    mine, other = (town.world.order(number, "h4_end") for number in (0, 1))
    road = town.world.road
    theirs = road.order(other)
    piece = road.piece(theirs, "container", theirs.of_kind("starting_material")[-1].id, "applied")
    extra = sent(road.read_piece(piece, linear=False))
    scans = [*town.scans(mine, "h5_pack"), extra]
    reply = town.program("cell_lab", "collection").post(f"/orders/{mine}/checkpoints/h5_pack", {"scans": scans})
    (hold,) = problem(reply, 409, "refused")["holds"]
    return mine, hold


class TestReading:
    """What waits, and what the ledger says."""

    def test_tasks_say_what_a_gate_wants(self, town: Programs) -> None:
        """A task names its gate with the scans, values and signatures that it wants, at the site of who asks."""
        order = town.world.order(0, "h2_print")
        (task,) = town.program("collection_operator", "collection").get("/tasks").get_json()["tasks"]

        gate = task["gate"]
        assert (order, "h3_begin", False) == (task["order"], gate["checkpoint"], task["held"])
        assert ["wristband", "container"] == [slot["what"] for slot in gate["scans"]]
        assert 2 == len(gate["places"])
        assert town.program("courier", "courier").get("/tasks").get_json() == {"tasks": []}

    def test_the_newest_entries_are_those_that_one_may_see(self, town: Programs) -> None:
        """A reader sees the chains of own orders and sites; an inspector those of the organisation too."""
        order = opened(town)
        nurse, inspector = town.program("ward_nurse", "treatment"), town.program("inspector", "treatment")
        seen = nurse.get("/ledger/recent").get_json()
        page = inspector.get("/ledger/recent", limit="2").get_json()
        rest = inspector.get("/ledger/recent", before=page["next"], limit="200").get_json()

        assert town.entries(order)[-1].hash == seen["entries"][0]["hash"]
        assert not {one["type"] for one in seen["entries"]} & {"people.person_added"}
        assert "people.person_added" in {one["type"] for one in rest["entries"]}
        assert not {one["hash"] for one in page["entries"]} & {one["hash"] for one in rest["entries"]}

    def test_the_ledger_is_verified(self, town: Programs) -> None:
        """Reading and hashing everything again finds it whole."""
        told = town.program("inspector", "treatment").get("/ledger/verify").get_json()

        assert (True, []) == (told["ok"], told["faults"])
        assert told["entries"] > 60

    def test_a_malformed_query_names_its_field(self, town: Programs) -> None:
        """A query of another shape is 422 and names the field; a field that is none of ours is not repeated."""
        inspector = town.program("inspector", "treatment")
        told = [
            problem(inspector.get(path), 422, "malformed")["fields"]
            for path in ("/orders?limit=0", "/holds?only_open=7", "/ledger/recent?before=x", "/orders?erika=1")
        ]

        assert [["limit"], ["only_open"], ["before"], ["?"]] == told


class TestProtocolOfTheWire:
    """What is no request of ours."""

    def test_a_body_is_json_of_the_described_shape(self, town: Programs) -> None:
        """Another media type is 415; no JSON, or too deep a one, is 422."""
        coordinator = town.program("coordinator", "treatment")
        headers = {**coordinator.headers, "Idempotency-Key": key()}

        def post(data: str, kind: str = "application/json") -> Any:  # noqa: ANN401 - a reply
            return coordinator.client.post("/api/v1/orders", data=data, content_type=kind, headers=headers)

        problem(post("x=1", "application/x-www-form-urlencoded"), 415, "media-type")
        for data in ("{", "[" * 100_000, '"\\ud800"', "[]", "null", "NaN", ""):
            problem(post(data), 422, "malformed")

    def test_a_body_that_is_too_large_is_not_read(self, town: Programs) -> None:
        """More than eight megabytes are 413."""
        coordinator = town.program("coordinator", "treatment")
        body = {**wish(town), "product": "A" * (8 * 1024 * 1024)}

        problem(coordinator.post("/orders", body), 413, "too-large")

    def test_other_methods_are_named(self, town: Programs) -> None:
        """A method that an address does not take is 405, and Allow names those it takes."""
        coordinator = town.program("coordinator", "treatment")
        reply = coordinator.client.delete("/api/v1/me", headers=dict(coordinator.headers))

        problem(reply, 405, "method")
        assert "GET" in reply.headers["Allow"]


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
    tokens = {}
    for role in ("coordinator", "physician"):
        person = staff.add_person(session, name=role, email=f"{role}@prod.example", **how)
        staff.grant(session, person, role, sites["treatment"], trained_until=at + timedelta(days=9), **how)
        tokens[role] = staff.create_token(session, person, role, sites["treatment"], by=person, at=at).secret
    return sites, tokens


class TestStations:
    """A site's stations: proposed by one, qualified by another, out of use for ever."""

    def test_a_station_lives_through_its_states(self, town: Programs) -> None:
        """Each step is an entry of the site's chain with its receipt, and only an administrator takes it."""
        nurse, admin = town.program("ward_nurse", "treatment"), town.program("site_admin", "treatment")
        proposed = nurse.post("/devices", {"label": "Bedside 3", "key": Station().jwk})
        device = proposed.get_json()["id"]
        problem(nurse.post(f"/devices/{device}/qualify"), 403, "not-permitted")
        states = [admin.post(f"/devices/{device}/{verb}").get_json() for verb in ("qualify", "suspend", "retire")]

        assert (201, "proposed") == (proposed.status_code, proposed.get_json()["state"])
        assert ["qualified", "suspended", "retired"] == [one["state"] for one in states]
        seqs = [proposed.get_json()["receipt"]["seq"], *(one["receipt"]["seq"] for one in states)]
        assert list(range(seqs[0], seqs[0] + 4)) == seqs
        problem(admin.post(f"/devices/{device}/qualify"), 409, "conflict")
        assert [{"id": device, "site": town.site("treatment"), "state": "retired"}] == (
            nurse.get("/devices").get_json()["devices"]
        )

    def test_a_key_is_public_and_of_one_station(self, town: Programs) -> None:
        """A private key, a point off the curve, and a key that is enrolled already are refused."""
        nurse, jwk = town.program("ward_nurse", "treatment"), Station().jwk
        assert nurse.post("/devices", {"label": "A", "key": jwk}).status_code == 201

        problem(nurse.post("/devices", {"label": "B", "key": jwk}), 409, "conflict")
        problem(nurse.post("/devices", {"label": "B", "key": {**jwk, "d": "A" * 43}}), 422, "malformed")
        problem(nurse.post("/devices", {"label": "B", "key": {**jwk, "x": "A" * 43}}), 422, "malformed")

    def test_a_station_of_another_site_is_unknown(self, town: Programs) -> None:
        """Who works elsewhere hears that there is no such station."""
        device = town.program("ward_nurse", "treatment").post("/devices", {"label": "A", "key": Station().jwk})
        path = f"/devices/{device.get_json()['id']}"
        courier = town.program("courier", "courier")

        for verb in ("nonces", "qualify", "suspend", "retire"):
            problem(courier.post(f"{path}/{verb}"), 404, "unknown")
            problem(courier.post(f"/devices/D-NONE/{verb}"), 404, "unknown")
        assert courier.get("/devices").get_json() == {"devices": []}


class TestSessions:
    """Through a session a scan is worth what its station's signature is."""

    @pytest.fixture
    def order(self, town: Programs) -> str:
        """An order whose labels are printed."""
        return town.world.order(0, "h2_print")

    def signed(
        self, town: Programs, browser: Program, station: Station, device: str, order: str
    ) -> list[dict[str, str]]:
        """Return the right scans, each signed by the station over a nonce of its own."""
        scans = town.scans(order, "h3_begin")
        for scan in scans:
            nonce = browser.post(f"/devices/{device}/nonces", once=None).get_json()["nonce"]
            signature = station.sign(nonce, base64.b64decode(scan["data"]), scan["aim"], scan["source"])
            scan |= {"device": device, "nonce": nonce, "signature": base64.b64encode(signature).decode()}
        return scans

    def enrolled(self, town: Programs, browser: Program, station: Station) -> str:
        """Propose and qualify a station of the hospital."""
        device = str(browser.post("/devices", {"label": "Bedside 3", "key": station.jwk}).get_json()["id"])
        admin = town.browser("admin@demo.example")
        assert admin.post(f"/devices/{device}/qualify").get_json()["state"] == "qualified"
        return device

    def test_scans_signed_by_a_qualified_station_count(self, town: Programs, order: str) -> None:
        """Signed scans pass the gate, and the deed names its station; a nonce that was used makes them keyed."""
        browser, station = town.browser("apheresis1@demo.example"), Station()
        device = self.enrolled(town, browser, station)
        scans = self.signed(town, browser, station, device, order)
        path = f"/orders/{order}/checkpoints/h3_begin"
        waits = browser.post(path, {"scans": scans})
        replayed = problem(browser.post(path, {"scans": scans}), 409, "refused")
        body = {"sha256": waits.get_json()["sha256"], "signatures": town.auths("apheresis1", "apheresis2")}
        done = browser.post(f"/prepared/{waits.get_json()['id']}/signatures", body)

        entry = town.entries(order)
        assert {"keyed"} == {reason["code"] for reason in replayed["reasons"]}
        assert 201 == done.status_code, done.get_json()
        stmt: Any = next(one.stmt for one in entry if one.seq == done.get_json()["receipt"]["seq"])
        assert (device, "session") == (stmt["device"], stmt["via"])
        assert {"signed"} == {line["assurance"] for line in stmt["items"]}

    def test_unsigned_scans_are_keyed(self, town: Programs, order: str) -> None:
        """Scans that no station signed are refused as keyed."""
        browser = town.browser("apheresis1@demo.example")
        reply = browser.post(f"/orders/{order}/checkpoints/h3_begin", {"scans": town.scans(order, "h3_begin")})

        assert {"keyed"} == {reason["code"] for reason in problem(reply, 409, "refused")["reasons"]}

    def test_a_station_is_named_only_by_its_signature(self, town: Programs, order: str) -> None:
        """A station that a scan merely claims does not stand in the entry, through a session or a token."""
        browser, station = town.browser("apheresis1@demo.example"), Station()
        device = self.enrolled(town, browser, station)
        scans = [{**scan, "device": device} for scan in town.scans(order, "h3_begin")]
        path = f"/orders/{order}/checkpoints/h3_begin"
        problem(browser.post(path, {"scans": scans}), 409, "refused")
        waits = town.program("collection_operator", "collection").post(path, {"scans": scans}).get_json()

        assert ("", "") == (town.entries(order)[-1].stmt["device"], waits["statement"]["device"])

    def test_one_deed_comes_through_one_station(self, town: Programs, order: str) -> None:
        """Scans of two stations in one deed are 422."""
        browser = town.browser("apheresis1@demo.example")
        scans = [{**scan, "device": f"D-{number}"} for number, scan in enumerate(town.scans(order, "h3_begin"))]

        problem(browser.post(f"/orders/{order}/checkpoints/h3_begin", {"scans": scans}), 422, "malformed")
