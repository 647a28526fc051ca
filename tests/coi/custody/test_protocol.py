"""A protocol is read whole or not at all, and no element of the shipped one can be struck out to open a gate."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from coi.custody import protocol as protocols
from coi.custody.order import STATES
from coi.custody.protocol import BadProtocol, Protocol, parse, step_of
from coi.custody.verdict import Accepted, decide
from coi.errors import Unknown
from tests.coi.custody import paper
from tests.coi.custody.paper import PROTOCOL, STEPS, asked, changed, fresh, moment, road
from tests.coi.custody.test_cross_product import wrong_frames, wrong_scans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.evidence import Evidence

BYTES = (resources.files("coi.custody") / "protocols" / "cryo_car_t.json").read_bytes()
RAW: dict[str, Any] = json.loads(BYTES)
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

    *place* is the checkpoint that was changed; without one every checkpoint is tried.
    """
    for step in STEPS if place is None else (place,):
        mine = next((each for each in protocol.checkpoints if each.id == step), None)
        if mine is None:
            continue
        right, signed = moment(step).asked, moment(step).signed
        for what, question, _ in (*wrong_scans(0, right, others=(1,)), *wrong_frames(right, signed)):
            verdict = decide(replace(question, checkpoint=mine, protocol=protocol), fresh(step))
            if isinstance(verdict, Accepted) and not verdict.quarantine:
                return f"{step}: {what}"
        for here in STEPS:
            if here != step:
                question = replace(moment(step).asked, order=moment(here).asked.order)
                verdict = decide(replace(question, checkpoint=mine, protocol=protocol), fresh(step))
                if isinstance(verdict, Accepted):
                    return f"{step} at {here}"
    return ""


@pytest.mark.long("custody")
def test_no_element_can_be_struck_out_to_open_a_gate(evidence: Evidence) -> None:
    """Without any one element the protocol is refused, or it still refuses every wrong thing at that checkpoint."""
    chosen = list(paths(RAW))
    for path in evidence.random().sample(chosen, evidence.size(500, len(chosen))):
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
    for path in evidence.random().sample(chosen, evidence.size(40, len(chosen))):
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
        "Checkpoint h1_submit: expected states reached before, seen ('RELEASED',)",
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
        with_value(("checkpoints", 3, "checks"), ["window", "luck"]),
        "Checkpoint h3_begin: expected known checks, seen ['luck']",
    ),
    "nobody signs": (
        with_value(("checkpoints", 3, "sign", "by"), []),
        "Checkpoint h3_begin: expected at least one signer",
    ),
    "who acts does not sign": (
        with_value(("checkpoints", 3, "sign", "by"), [["physician"], ["cell_lab"]]),
        "Checkpoint h3_begin: expected the first signer to be who acts",
    ),
    "one signer of two": (
        without(("checkpoints", 3, "sign", "by", 1)),
        "Checkpoint h3_begin: expected 2 signatures where COLLECTING is reached, seen 1",
    ),
    "a day of two minutes": (
        with_value(("limits", "wristband_to_bag_s"), 86_400),
        "Limit wristband_to_bag_s: expected a whole number from 1 to 600, seen 86400.",
    ),
    "an infusion that nothing stops": (
        with_value(("checkpoints", STEPS.index("h16_start"), "records_only"), value=True),
        "Checkpoint h16_start: expected records_only where INFUSED is reached and nowhere else",
    ),
    "a bedside without the lot": (
        without(("checkpoints", STEPS.index("h16_start"), "checks", 0)),
        (
            (
                "Checkpoint h16_start: expected the checks ['both_symbols', 'certificate', 'thaw_clock',"
                " 'window'] where INFUSING"
            ),
            " is reached, ['certificate'] missing",
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
    with pytest.raises(Unknown, match=r"Expected a protocol with SHA-256 ffffffffffff…, seen only \['cryo-car-t'\]."):
        protocols.pinned("f" * 64)
    with pytest.raises(Unknown, match=r"Expected one of \['CRYO-CAR-T'\], seen product 'OTHER'."):
        protocols.for_product("OTHER")


def test_a_checkpoint_is_found_by_its_name() -> None:
    """An unknown one is told with the protocol."""
    assert [PROTOCOL.checkpoint(step).id for step in STEPS] == list(STEPS)
    with pytest.raises(Unknown, match=r"Expected a checkpoint of protocol cryo-car-t version 1, seen 'h99'."):
        PROTOCOL.checkpoint("h99")


def test_the_road_reaches_every_state_once_in_order() -> None:
    """From the draft to the closing of the books."""
    assert [step.to for step in PROTOCOL.checkpoints if step.to is not None] == list(STATES[1:])


@pytest.mark.parametrize("step", STEPS)
def test_at_each_moment_exactly_the_next_step_is_open(step: str) -> None:
    """On a straight road there is one thing to do."""
    assert [each.id for each in PROTOCOL.open_for(moment(step).asked.order)] == [step]


def test_at_the_end_nothing_is_open() -> None:
    """A closed order has no next step."""
    assert PROTOCOL.open_for(road(0)[1]) == ()


def test_a_declined_offer_may_be_made_again() -> None:
    """Without the offer the taker's step closes and the giver's opens again; once taken, it stays closed."""
    offered = moment("h5_accept").asked.order
    declined = replace(offered, offer=None)

    assert [each.id for each in PROTOCOL.open_for(offered)] == ["h5_accept"]
    assert [each.id for each in PROTOCOL.open_for(declined)] == ["h5_offer"]
    assert "h15_issue" not in [each.id for each in PROTOCOL.open_for(moment("h16_start").asked.order)]
    assert PROTOCOL.open_for(replace(offered, offer=replace(offered.offer, to="S-X"))) == ()  # type: ignore[type-var]


WHERE = {
    "h2_print": ("collection", ""), "h4_end": ("collection", ""), "h7_deliver": ("courier", ""),
    "h9_transfer": ("manufacturing", ""), "h14_thaw": ("treatment", "lab"), "h16_start": ("treatment", "ward"),
}  # fmt: skip


@pytest.mark.parametrize("what", ["wristband", "starting_material", "intermediate", "drug_product"])
@pytest.mark.parametrize("step", WHERE)
def test_a_new_label_is_put_on_where_the_thing_is(step: str, what: str) -> None:
    """The gate of a relabelling stands at the custodian's point, takes one printed label and two signatures."""
    found = step_of(PROTOCOL, moment(step).asked.order, f"relabel_{what}")

    assert (found.site, found.unit) == WHERE[step]
    assert [(slot.klass, slot.kind, slot.piece) for slot in found.slots] == [
        ("wristband", None, "printed") if what == "wristband" else ("container", what, "printed")
    ]
    assert found.checks == ("replaces_dead",)
    assert found.sign is not None
    assert len(found.sign.by) == 2
    assert found.effects == ({"do": "piece", "slot": "label", "to": "applied"},)
    assert found.to is None


def test_only_known_things_are_relabelled() -> None:
    """Another name is no gate; the name of a step is that step."""
    order = moment("h5_pack").asked.order

    assert step_of(PROTOCOL, order, "h5_pack") is PROTOCOL.checkpoint("h5_pack")
    with pytest.raises(Unknown, match=r"Expected relabel_wristband or relabel_ and one of .*, seen 'relabel_patient'."):
        step_of(PROTOCOL, order, "relabel_patient")


def test_a_relabelling_with_a_reprint_is_accepted_and_with_anything_else_refused() -> None:
    """The reprint of a dead label goes on; the old label, another's, and a label that replaces nothing do not."""
    right = asked("h5_pack")
    step = step_of(PROTOCOL, right.order, "relabel_starting_material")
    old = next(piece for piece in right.facts.pieces if piece.design == "collection_bag")
    dead, new = replace(old, state="voided"), replace(old, id="NEW000000001", state="printed", replaces=old.id)
    pieces = (*(piece for piece in right.facts.pieces if piece.id != old.id), dead, new)

    def verdict(*items: object) -> set[str]:
        facts = replace(right.facts, items=items, pieces=pieces)  # type: ignore[arg-type]
        found = decide(replace(right, checkpoint=step, facts=facts), {})
        return set() if isinstance(found, Accepted) else paper.codes(found)

    assert verdict(paper.own(new, right.order, right.at)) == set()
    assert "dead_piece" in verdict(paper.own(dead, right.order, right.at))
    assert "not_a_reprint" in verdict(paper.own(replace(new, replaces=None), right.order, right.at))
    assert "other_order" in verdict(paper.foreign(new, right.at))
    assert "missing" in verdict()
    assert "bar_alone" in verdict(paper.own(new, right.order, right.at, linear=True))


def test_the_custody_point_of_a_step_is_its_site_and_unit() -> None:
    """A unit inside a hospital is a point of its own."""
    order = changed(asked("h16_start")).order

    assert PROTOCOL.checkpoint("h16_start").point(order) == "S-TRT/ward"
    assert PROTOCOL.checkpoint("h5_pack").point(order) == "S-COL"
    assert PROTOCOL.checkpoint("h5_pack").slot("seal").klass == "seal"
