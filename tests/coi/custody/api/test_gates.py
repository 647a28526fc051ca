"""Every attempt at a gate is judged, recorded, and answered with all that a program needs."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from coi import ledger
from coi.custody.api_answers import Judged
from tests import programs
from tests.canaries import sings
from tests.coi.custody.api.asking import (
    SCHEDULE,
    SUBMIT,
    canaries,
    opened,
    patient,
)
from tests.programs import problem

if TYPE_CHECKING:
    from tests.programs import Program, Programs


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
            assert not sings(canary, reply.get_data(as_text=True))

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

    def test_another_patients_bag_is_stopped_with_a_hold(self, town: Programs) -> None:
        """The bag of another order is refused; holds are named, and the other order's number is not told."""
        mine, other = (town.world.order(number, "h5_bench") for number in (0, 1))
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

    def test_what_the_patient_says_is_entered_and_never_answered_by_a_client(self, town: Programs) -> None:
        """Name and birth date are compared by the vault: others are refused, a client's own yes counts for nothing."""
        order = town.world.order(0, "h2_print")
        nurse, path = town.program("collection_operator", "collection"), f"/orders/{order}/checkpoints/h3_begin"
        right = {**town.said(order, "h3_begin"), "scans": town.scans(order, "h3_begin")}
        name_and_birth = {name: right["patient"][name] for name in ("name", "birth_date")}
        wrong = {**right, "patient": {**name_and_birth, "birth_date": "1961-04-13"}}
        silent = {name: value for name, value in right.items() if name != "patient"}
        told = [
            problem(nurse.post(path, body), 409, "refused")
            for body in (wrong, {**silent, "values": {**right["values"], "spoken": "yes"}}, silent)
        ]

        assert [["not_spoken"], ["value_missing"], ["value_missing"]] == [
            [reason["code"] for reason in one["reasons"]] for one in told
        ]
        assert 202 == nurse.post(path, {**right, "patient": name_and_birth}).status_code
        problem(
            nurse.post(path, {**right, "patient": {**name_and_birth, "birth_date": "1961-02-31"}}), 422, "malformed"
        )
        for canary in (*canaries(town), "1961-04-13"):
            assert canary not in json.dumps(told)

    def test_who_cannot_speak_needs_a_witness(self, town: Programs) -> None:
        """The answer cannot_speak stands only on the signature of somebody who knows the patient."""
        order = town.world.order(0, "h2_print")
        nurse, path = town.program("collection_operator", "collection"), f"/orders/{order}/checkpoints/h3_begin"
        said = {"values": {**town.said(order, "h3_begin")["values"], "spoken": "cannot_speak"}}
        body = {**said, "scans": town.scans(order, "h3_begin")}
        alone = problem(nurse.post(path, body), 409, "refused")
        town.world.road.do(order, "h3_witness")
        seen = nurse.post(path, {**said, "scans": town.scans(order, "h3_begin")})

        assert ["no_witness"] == [reason["code"] for reason in alone["reasons"]]
        assert 202 == seen.status_code, seen.get_json()

    def test_twins_are_told_apart_by_the_third_identifier(self, town: Programs) -> None:
        """Where another patient could be taken for this one the gate says so, and wants the record number as well."""
        order = town.world.order(0, "h2_print")
        nurse, path = town.program("collection_operator", "collection"), f"/orders/{order}/checkpoints/h3_begin"
        assert twins(nurse, order) == {False}
        facts = town.world.patient(0)
        first = facts.name.split()[0]
        twin = replace(facts, name=facts.name.replace(first, "Elke"), record_number="200001")
        town.world.road.open(twin)
        body = {**town.said(order, "h3_begin"), "scans": town.scans(order, "h3_begin")}
        two = {**body, "patient": {name: body["patient"][name] for name in ("name", "birth_date")}}

        assert twins(nurse, order) == {True}
        assert ["not_spoken"] == [one["code"] for one in problem(nurse.post(path, two), 409, "refused")["reasons"]]
        assert 202 == nurse.post(path, body).status_code

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


def twins(program: Program, order: str) -> set[bool]:
    """Return what the gates where the patient card would open say of twins, as a task and in the order."""
    gates = [task["gate"] for task in program.get("/tasks").get_json()["tasks"] if task["order"] == order]
    gates += program.get(f"/orders/{order}").get_json()["next"]
    return {gate["twins"] for gate in gates if gate["checkpoint"] == "h3_begin"}
