"""Signatures bind to the record that was shown, and their secrets stay nowhere."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from structlog.testing import capture_logs

from coi.ledger.store import deed
from tests.canaries import sings
from tests.coi.custody.api.asking import (
    SUBMIT,
    a_stranger,
    canaries,
    opened,
    patient,
    wish,
)
from tests.programs import key, problem

if TYPE_CHECKING:
    from tests.programs import Program, Programs


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
            assert not sings(canary, told)

    def test_what_is_compared_cannot_be_guessed_from(self, town: Programs) -> None:
        """The digest under a key is no plain hash of the request: birth dates cannot be tried out against it."""
        once, body = key(), wish(town)
        town.program("coordinator", "treatment").post("/orders", body, once=once)
        (kept,) = town.world.database.read(
            lambda session: list(session.scalars(select(deed.c.request_sha256).where(deed.c.once == once)))
        )

        plain = [json.dumps(["POST", "/api/v1/orders", said], sort_keys=True) for said in (body, None)]
        assert kept not in {hashlib.sha256(text.encode()).hexdigest() for text in plain}
