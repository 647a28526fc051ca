"""Programs read the protocols and hear every fault of one that is being written."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from coi import ledger
from coi.custody import protocol_check
from tests.programs import problem

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from tests.programs import Programs


def check(town: Programs, data: bytes) -> TestResponse:
    """Let a file be checked by somebody who writes none."""
    body = {"file": base64.b64encode(data).decode()}
    return town.program("ward_nurse", "treatment").post("/protocols/check", body, once=None)


def test_every_version_is_listed_and_read_byte_for_byte(town: Programs) -> None:
    """The text of a protocol hashes to the name by which it is found, whole or by its first twelve characters."""
    nurse = town.program("ward_nurse", "treatment")
    listed = nurse.get("/protocols").get_json()["protocols"]
    whole = [nurse.get(f"/protocols/{one['sha256'][:12]}").get_json() for one in listed]

    assert {one["state"] for one in listed} == {"approved"}
    assert [one["sha256"] for one in listed] == [hashlib.sha256(one["body"].encode()).hexdigest() for one in whole]
    assert {one["body"].encode() for one in whole} == set(protocol_check.shipped_bytes().values())
    for name in ("0" * 64, listed[0]["sha256"][:11], "none"):
        problem(nurse.get(f"/protocols/{name}"), 404, "unknown")


def test_every_fault_of_a_file_is_named(town: Programs) -> None:
    """A sound file has none; an emptied gate and a slip of the pen are both told, and nothing is recorded."""
    data = next(iter(protocol_check.shipped_bytes().values()))
    broken: dict[str, Any] = json.loads(data)
    broken["checkpoints"][0]["rolls"] = []
    broken["checkpoints"] = [step for step in broken["checkpoints"] if step["id"] != "h16_start"]
    town.token("ward_nurse", "treatment")  # which is an entry, and comes before what is compared
    before = town.world.database.read(lambda session: ledger.head(session, ledger.installation(session).org_chain))
    sound, told = check(town, data).get_json(), check(town, json.dumps(broken).encode()).get_json()
    after = town.world.database.read(lambda session: ledger.head(session, ledger.installation(session).org_chain))

    assert sound == {"sound": True, "faults": []}
    assert not told["sound"]
    assert len(told["faults"]) > 1
    assert any("'rolls'" in fault for fault in told["faults"])
    assert any("h16_start" in fault for fault in told["faults"])
    assert before == after


def test_what_is_no_protocol_is_told_so(town: Programs) -> None:
    """Any bytes are judged; what is no base64 is 422."""
    for data in (b"", b"{", b"\xff\xfe", b"[]", b"[" * 5000):
        assert check(town, data).get_json()["sound"] is False
    nurse = town.program("ward_nurse", "treatment")
    problem(nurse.post("/protocols/check", {"file": "no base64"}, once=None), 422, "malformed")
    assert 200 == check(town, b"x" * 300_000).status_code
