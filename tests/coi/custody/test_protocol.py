"""A protocol is read whole or not at all, and no element of the shipped one can be struck out to open a gate."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import protocol_register as protocols
from coi.custody.protocol_reading import BadProtocol, parse
from coi.custody.verdict import Accepted, decide
from coi.errors import Unknown
from tests.coi.custody.detours import before, right
from tests.coi.custody.paper import PROTOCOL, STEPS, asked, changed, sheet
from tests.coi.custody.test_cross_product import wrong_frames, wrong_scans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from coi.custody.protocol import Protocol
    from tests.evidence import Evidence

BYTES = (resources.files("coi.custody") / "protocols" / "cryo_car_t.json").read_bytes()
RAW: dict[str, Any] = json.loads(BYTES)
IDS = [each["id"] for each in RAW["checkpoints"]]
BEGIN, BEDSIDE = IDS.index("h3_begin"), IDS.index("h16_start")
Path = tuple[str | int, ...]


def paths(node: Any, here: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - any JSON
    """Yield the path of every element of a JSON document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*here, key)
        yield from paths(value, (*here, key))


def at(node: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON
    """Return the element at a path."""
    for key in path:
        node = node[key]
    return node


def without(path: Path) -> bytes:
    """Return the shipped protocol without one element."""
    raw = copy.deepcopy(RAW)
    del at(raw, path[:-1])[path[-1]]
    return json.dumps(raw).encode()


def with_value(path: Path, value: object) -> bytes:
    """Return the shipped protocol with one element replaced."""
    raw = copy.deepcopy(RAW)
    at(raw, path[:-1])[path[-1]] = value
    return json.dumps(raw).encode()


def parsed(data: bytes) -> Protocol | None:
    """Return the protocol, or None where it is refused; any other exception fails the test."""
    try:
        return parse(data)
    except BadProtocol:
        return None


def opens_a_gate(protocol: Protocol, place: str | None) -> str:
    """Return which wrong question a changed protocol accepts that the shipped one refuses; empty if none.

    *place* is the checkpoint that was changed; without one every checkpoint of the straight road is tried.
    """
    for step in STEPS if place is None else (place,):
        mine = next((each for each in protocol.checkpoints if each.id == step), None)
        if mine is None:
            continue
        moment, fresh = right("frozen", step), before("frozen", step).fresh(right("frozen", step).asked)
        asked, signed = moment.asked, moment.signed
        for what, question, _ in (*wrong_scans(0, asked, others=(1,)), *wrong_frames(asked, signed)):
            verdict = decide(replace(question, checkpoint=mine, protocol=protocol), fresh)
            if isinstance(verdict, Accepted) and not verdict.quarantine:
                return f"{step}: {what}"
        for here in STEPS:
            question = replace(asked, order=sheet(here).order)
            if not isinstance(decide(question, fresh), Accepted):
                verdict = decide(replace(question, checkpoint=mine, protocol=protocol), fresh)
                if isinstance(verdict, Accepted):
                    return f"{step} at {here}"
    return ""


@pytest.mark.long("custody")
def test_no_element_can_be_struck_out_to_open_a_gate(evidence: Evidence) -> None:
    """Without any one element the protocol is refused, or it still refuses every wrong thing at that checkpoint."""
    chosen = list(paths(RAW))
    for path in evidence.random().sample(chosen, evidence.size(150, len(chosen))):
        protocol = parsed(without(path))
        evidence.count("elements struck out")
        if protocol is None:
            evidence.count("protocols refused")
            continue
        place = RAW["checkpoints"][path[1]]["id"] if path[0] == "checkpoints" and len(path) > 2 else None
        opened = opens_a_gate(protocol, place) if path[0] in {"checkpoints", "limits"} else ""

        assert not opened, (path, opened)
        evidence.count("protocols that refuse all the same")


BREAKS: tuple[object, ...] = (None, True, -1, 10**6, "", "nobody", [], ["nobody"], {}, {"do": "nothing"}, [[]], 1.5)


@pytest.mark.long("custody")
def test_no_element_can_be_broken_to_open_a_gate_or_a_stray_exception(evidence: Evidence) -> None:
    """Any element replaced by a value of another kind: the one exception is BadProtocol, and no gate opens."""
    chosen = list(paths(RAW))
    for path in evidence.random().sample(chosen, evidence.size(20, len(chosen))):
        for value in BREAKS:
            protocol = parsed(with_value(path, value))
            evidence.count("elements broken")
            place = RAW["checkpoints"][path[1]]["id"] if path[0] == "checkpoints" and len(path) > 2 else None
            opened = "" if protocol is None or place is None else opens_a_gate(protocol, place)

            assert not opened, (path, value, opened)
            evidence.count("protocols refused", int(protocol is None))


TELLING = {
    "no JSON": (b"{", "Expected a protocol with every field of its kind, seen a fault at "),
    "no object": (b"[]", "Expected a protocol with every field of its kind, seen a fault at "),
    "a deep hole": (b"[" * 100_000, "Expected a protocol with every field of its kind, seen a fault at "),
    "an effect of no name": (
        without(("checkpoints", 1, "effects", 0, "do")),
        "Expected a protocol with every field of its kind, seen a fault at 'do'.",
    ),
    "an id twice": (
        with_value(("checkpoints", 1, "id"), "h1_submit"),
        "Checkpoint h1_submit: expected a new id, seen it twice",
    ),
    "a role of nobody": (
        with_value(("checkpoints", 0, "roles"), ["king"]),
        "Checkpoint h1_submit: expected known roles, seen ('king',)",
    ),
    "a site of nobody": (
        with_value(("checkpoints", 0, "site"), "moon"),
        "Checkpoint h1_submit: expected a site of the order, seen 'moon'",
    ),
    "a state before its time": (
        with_value(("checkpoints", 0, "from"), ["RELEASED"]),
        "Checkpoint h1_submit: expected it to start from ('DRAFT',) at most, seen ('RELEASED',)",
    ),
    "a state of nowhere": (
        with_value(("checkpoints", 0, "to"), "HEAVEN"),
        "Checkpoint h1_submit: expected a state, seen 'HEAVEN'",
    ),
    "a need of later": (
        with_value(("checkpoints", 0, "needs"), ["h2_print"]),
        "Checkpoint h1_submit: expected earlier checkpoints, seen ('h2_print',)",
    ),
    "a check of no name": (
        with_value(("checkpoints", BEGIN, "checks"), ["window", "luck"]),
        "Checkpoint h3_begin: expected known checks, seen ['luck']",
    ),
    "nobody signs": (
        with_value(("checkpoints", BEGIN, "sign", "by"), []),
        "Checkpoint h3_begin: expected at least one signer",
    ),
    "who acts does not sign": (
        with_value(("checkpoints", BEGIN, "sign", "by"), [["physician"], ["cell_lab"]]),
        "Checkpoint h3_begin: expected the first signer to be who acts",
    ),
    "one signer of two": (
        without(("checkpoints", BEGIN, "sign", "by", 1)),
        "Checkpoint h3_begin: expected 2 signatures where COLLECTING is reached, seen 1",
    ),
    "a day of two minutes": (
        with_value(("limits", "wristband_to_bag_s"), 86_400),
        "Limit wristband_to_bag_s: expected a whole number from 1 to 600, seen 86400.",
    ),
    "an infusion that nothing stops": (
        with_value(("checkpoints", BEDSIDE, "records_only"), value=True),
        "Checkpoint h16_start: expected records_only where INFUSED is reached and nowhere else",
    ),
    "a bedside without the lot": (
        without(("checkpoints", BEDSIDE, "checks", 0)),
        (
            "Checkpoint h16_start: expected the checks ['banded', 'both_symbols', 'certificate', 'window'] where"
            " INFUSING is reached, ['certificate'] missing"
        ),
    ),
}


@pytest.mark.parametrize(("data", "said"), TELLING.values(), ids=TELLING)
def test_a_bad_protocol_is_told_by_checkpoint_and_fault(data: bytes, said: str) -> None:
    """The message names the checkpoint, what was expected and what was seen."""
    with pytest.raises(BadProtocol) as told:
        parse(data)

    assert str(told.value).startswith(said)


def test_the_shipped_protocol_is_known_by_its_bytes() -> None:
    """An order pins the SHA-256 of the file; another text is another protocol."""
    assert protocols.pinned(PROTOCOL.sha256) is PROTOCOL
    assert parse(BYTES) == PROTOCOL
    assert parse(BYTES + b" ").sha256 != PROTOCOL.sha256
    with pytest.raises(
        Unknown, match=r"Expected a protocol with SHA-256 ffffffffffff…, seen only \['cryo-car-t', .*\]."
    ):
        protocols.pinned("f" * 64)
    with pytest.raises(
        Unknown, match=r"Expected one of \['CRYO-CAR-T', 'FRESH-CAR-T', 'HOSPITAL-CAR-T'\], seen product 'OTHER'."
    ):
        protocols.for_product("OTHER")


def test_a_checkpoint_is_found_by_its_name() -> None:
    """An unknown one is told with the protocol."""
    assert [
        [each.id, *(protocol.checkpoint(each.id).id for protocol in [PROTOCOL])] for each in PROTOCOL.checkpoints
    ] == [[name, name] for name in IDS]
    with pytest.raises(Unknown, match=r"Expected a checkpoint of protocol cryo-car-t version 2, seen 'h99'."):
        PROTOCOL.checkpoint("h99")


def test_the_custody_point_of_a_step_is_its_site_and_unit() -> None:
    """A unit inside a hospital is a point of its own."""
    order = changed(asked("h16_start")).order

    assert PROTOCOL.checkpoint("h16_start").point(order) == "S-TRT/ward"
    assert PROTOCOL.checkpoint("h5_pack").point(order) == "S-COL"
    assert PROTOCOL.checkpoint("h5_pack").slot("seal").klass == "seal"
