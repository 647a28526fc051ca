"""Every fault of a protocol is named, and no element of a shipped one can be left out without being missed."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import protocol_check, protocol_reading
from coi.custody.protocol_check import faults_of, shipped_bytes
from coi.custody.protocol_reading import BadProtocol, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.evidence import Evidence

SHIPPED = shipped_bytes()
RAW: dict[str, Any] = json.loads(SHIPPED["cryo_car_t.json"])
Path = tuple[str | int, ...]


def paths(node: Any, here: Path = ()) -> Iterator[Path]:  # noqa: ANN401  any JSON
    """Yield the path of every element of a JSON document."""
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*here, key)
        yield from paths(value, (*here, key))


def at(node: Any, path: Path) -> Any:  # noqa: ANN401  any JSON
    """Return the element at a path."""
    for key in path:
        node = node[key]
    return node


def without(raw: dict[str, Any], path: Path) -> bytes:
    """Return a protocol without one element."""
    cut = copy.deepcopy(raw)
    del at(cut, path[:-1])[path[-1]]
    return json.dumps(cut).encode()


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """Return the faults of the first shipped protocol after *change*."""
    raw = copy.deepcopy(RAW)
    change(raw)
    return faults_of(json.dumps(raw).encode())


def step(raw: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a checkpoint of a protocol as plain JSON."""
    found: dict[str, Any] = next(each for each in raw["checkpoints"] if each["id"] == name)
    return found


HARMLESS: dict[str, str] = {
    "roles": "one role of several: fewer persons may do the step",
    "by": "one role of several of one signer: fewer persons may sign",
    "from": "one state of several: the step is open less often",
    "in": "one state of several: fewer containers may be scanned",
    "optional": "a scan that might be left out must then be made",
}
"""What may be struck out, and why it opens nothing; everything else is missed. Law 1's proof is in test_protocol.py:
there each of these protocols is asked every wrong question, and refuses it."""

DEMANDED = frozenset({"id", "version", "title", "product", "isbt_product_code", "limits", "checkpoints"}) | {
    *("handoff", "site", "due_h", "is", "say", "slot", "do", "name", "type", "ask", "meaning", "to", "state"),
}
"""Keys that no protocol can do without, wherever they stand."""


def kind_of(path: Path) -> str:
    """Return which sort of element stands at a path: the key of HARMLESS that it would need."""
    if len(path) == 2 and path[0] == "checkpoints":
        return "side"
    return [key for key in path if isinstance(key, str)][-1]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_protocol_is_sound(name: str) -> None:
    """What we ship has no fault, and no path in it leads round a mandatory handoff."""
    assert faults_of(SHIPPED[name]) == []


@pytest.mark.long("custody")
@pytest.mark.parametrize("name", SHIPPED)
def test_each_element_that_is_struck_out_is_missed_or_named_harmless(name: str, evidence: Evidence) -> None:
    """One element at a time: the protocol is refused, or what was struck out is of a sort with a reason (R12)."""
    raw: dict[str, Any] = json.loads(SHIPPED[name])
    chosen = list(paths(raw))
    opened = {}
    for path in evidence.random().sample(chosen, evidence.size(24, len(chosen))):
        evidence.count("elements struck out")
        faults = faults_of(without(raw, path))
        if faults:
            evidence.count("elements missed")
        elif kind_of(path) not in HARMLESS:
            opened[path] = at(raw, path)

    assert opened == {}


@pytest.mark.parametrize("name", SHIPPED)
def test_no_demanded_key_can_be_struck_out(name: str) -> None:
    """Each sort of key that no protocol can do without is missed wherever it stands first."""
    raw: dict[str, Any] = json.loads(SHIPPED[name])
    seen: set[str] = set()
    for path in paths(raw):
        key = path[-1]
        if isinstance(key, str) and key in DEMANDED and key not in seen:
            seen.add(key)
            assert faults_of(without(raw, path)), path


BREAKS: tuple[object, ...] = (None, True, -1, "", "nobody", [], ["nobody"], {}, [[]], 1.5)


@pytest.mark.long("custody")
@pytest.mark.parametrize("name", SHIPPED)
def test_the_check_and_the_loader_agree(name: str, evidence: Evidence) -> None:
    """What the check finds nothing in the loader loads, whatever one element is replaced by; it never stumbles."""
    raw: dict[str, Any] = json.loads(SHIPPED[name])
    chosen = list(paths(raw))
    for path in evidence.random().sample(chosen, evidence.size(3, len(chosen))):
        for value in BREAKS:
            broken = copy.deepcopy(raw)
            at(broken, path[:-1])[path[-1]] = value
            data = json.dumps(broken).encode()
            evidence.count("elements broken")
            try:
                parse(data)
            except BadProtocol:
                assert faults_of(data), (path, value)


NUMBER = [each["id"] for each in RAW["checkpoints"]].index("h4_end") + 1
TOLD: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a window of days": (
        lambda raw: raw["limits"].update(wristband_to_bag_s=86_400),
        "Limit wristband_to_bag_s: expected a whole number from 1 to 600, seen 86400.",
    ),
    "no signer of two": (
        lambda raw: step(raw, "h16_start")["sign"].update(by=[]),
        "Checkpoint h16_start: expected 2 signatures where INFUSING is reached, seen 0",
    ),
    "no signature at all": (
        lambda raw: step(raw, "h11_release").update(sign=None),
        "Checkpoint h11_release: expected 1 signatures where RELEASED is reached, seen 0",
    ),
    "a slip of the pen": (
        lambda raw: step(raw, "h7_deliver").update(chekcs=[]),
        "Checkpoint h7_deliver: expected only fields that something reads, seen 'chekcs'",
    ),
    "a slip in a scan": (
        lambda raw: step(raw, "h4_end")["scans"][0].update(colour="red"),
        "Checkpoint h4_end: expected only fields that something reads, seen 'colour'",
    ),
    "a slip at the top": (
        lambda raw: raw.update(author="somebody"),
        "Expected only fields that something reads, seen 'author'.",
    ),
    "a title that is no text": (
        lambda raw: step(raw, "h4_end").update(title=7),
        "Checkpoint h4_end: expected another value of title, seen 7",
    ),
    "no title": (
        lambda raw: step(raw, "h4_end").pop("title"),
        "Checkpoint h4_end: expected the field title, seen none",
    ),
    "a version that is no number": (
        lambda raw: raw.update(version="x"),
        'Expected another value of version, seen "x".',
    ),
    "no limits": (lambda raw: raw.pop("limits"), "Expected an object limits, seen nothing."),
    "no id at the top": (lambda raw: raw.pop("id"), "Expected the field id, seen none."),
    "no checkpoints": (lambda raw: raw.update(checkpoints=[]), "Expected a list of checkpoints, seen list []."),
    "a checkpoint of no name": (
        lambda raw: step(raw, "h4_end").pop("id"),
        f"Checkpoint number {NUMBER}: expected the field id, seen none",
    ),
    "a checkpoint that is a text": (
        lambda raw: raw["checkpoints"].append("infuse"),
        f'Checkpoint number {len(RAW["checkpoints"]) + 1}: expected an object, seen str "infuse"',
    ),
    "an effect of no name": (
        lambda raw: step(raw, "h4_end")["effects"][0].pop("do"),
        "Checkpoint h4_end: expected every effect with its fields, seen a fault at 'do'",
    ),
}


@pytest.mark.parametrize(("change", "said"), TOLD.values(), ids=TOLD)
def test_a_fault_is_told_where_it_is(change: Callable[[dict[str, Any]], object], said: str) -> None:
    """Place, what was expected, what was seen; the loader refuses it too, but for what it cannot know to be a slip."""
    assert said in changed(change)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_comparison_of_a_mandatory_gate_can_be_emptied(name: str) -> None:
    """A gate that is kept but asks nothing is no gate: no checks, no scans, no signers, one at a time."""
    raw: dict[str, Any] = json.loads(SHIPPED[name])
    for item in raw["checkpoints"]:
        if item["handoff"] not in {"H4", "H7", "H11", "H13", "H16"} or item["to"] is None or item.get("back"):
            continue
        for key in ("checks", "scans", "effects"):
            if item[key]:
                emptied = copy.deepcopy(raw)
                step(emptied, item["id"])[key] = []
                assert faults_of(json.dumps(emptied).encode()), (item["id"], key)


def test_every_fault_is_named_at_once() -> None:
    """Eight slips in eight places are eight lines, beside what the form asks for; no other step is told."""

    def change(raw: dict[str, Any]) -> None:
        raw["limits"]["wristband_to_bag_s"] = 86_400
        raw["version"] = "x"
        step(raw, "h5_pack")["effects"][0]["do"] = "nothing"
        step(raw, "h5_offer")["roles"] = ["king"]
        del step(raw, "h5_accept")["title"]
        step(raw, "h5_accept")["scans"][0]["say"] = 3
        step(raw, "h7_deliver")["chekcs"] = []
        step(raw, "h11_release")["sign"] = None

    told = changed(change)
    of_form = {line for line in told if "of the form" in line or "that mean released" in line}

    assert len(of_form) == 2
    assert [line for line in told if line not in of_form] == [
        'Expected another value of version, seen "x".',
        "Checkpoint h5_pack: expected known effects",
        "Checkpoint h5_offer: expected known roles, seen ('king',)",
        "Checkpoint h5_accept: expected the field title, seen none",
        'Checkpoint h5_accept: expected another value of scans, seen {"slot": "shipper", "is": "shipper", "say": 3}',
        "Checkpoint h7_deliver: expected only fields that something reads, seen 'chekcs'",
        "Limit wristband_to_bag_s: expected a whole number from 1 to 600, seen 86400.",
        "Checkpoint h11_release: expected 1 signatures where RELEASED is reached, seen 0",
    ]


NO_PROTOCOL = {
    "half a text": (b"{", "Expected JSON in UTF-8, seen something else: "),
    "a list": (b"[]", "Expected an object with the protocol's fields, seen list."),
    "a deep hole": (b"[" * 100_000, "Expected JSON in UTF-8, seen something else: too many levels."),
    "no UTF-8": (SHIPPED["cryo_car_t.json"].decode().encode("utf-16"), "Expected JSON in UTF-8, seen something else: "),
    "far too long": (b" " * (protocol_check.LARGEST + 1), "Expected at most 262144 bytes, seen 262145."),
    "nothing": (b"", "Expected JSON in UTF-8, seen something else: "),
}


@pytest.mark.parametrize(("data", "said"), NO_PROTOCOL.values(), ids=NO_PROTOCOL)
def test_what_is_no_protocol_is_one_fault(data: bytes, said: str) -> None:
    """Bytes that cannot be read are told in one line."""
    (told,) = faults_of(data)

    assert told.startswith(said)


def test_a_key_that_comes_twice_is_a_fault() -> None:
    """A reader sees the first "checks", a loader takes the last: neither may be trusted."""
    text = SHIPPED["cryo_car_t.json"].decode()
    number = next(n for n, each in enumerate(RAW["checkpoints"], start=1) if each["handoff"] == "H4")
    twice = text.replace('"handoff": "H4",', '"handoff": "H4", "handoff": "H4",', 1)

    assert faults_of(twice.encode()) == [f"Expected each key once, seen checkpoints.{number}.'handoff' twice."]


def test_a_checkpoint_that_nothing_shipped_resembles_is_left_out() -> None:
    """A broken step of an unknown name is told, and what comes after it is judged as far as it can be."""

    def change(raw: dict[str, Any]) -> None:
        raw["checkpoints"].insert(1, {"id": "h0_new", "handoff": "H1"})
        raw["limits"]["wristband_to_bag_s"] = 0

    told = changed(change)

    assert "Checkpoint h0_new: expected the field title, seen none" in told
    assert "Limit wristband_to_bag_s: expected a whole number from 1 to 600, seen 0." in told


def test_what_only_the_loader_finds_is_told_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called sound that the loader would refuse."""

    def refuse(_data: bytes) -> None:
        raise BadProtocol("Expected another moon.")

    sound = SHIPPED["cryo_car_t.json"]
    assert faults_of(sound) == []
    monkeypatch.setattr(protocol_check, "_walk", lambda _raw: iter(()))
    monkeypatch.setattr(protocol_reading, "parse", refuse)

    assert faults_of(sound) == ["Expected another moon."]
