"""No path leads to an infusion round a mandatory handoff, and where one does it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coi.custody import protocol_reach
from coi.custody.protocol import Protocol, parse
from coi.custody.protocol_check import shipped_bytes

SHIPPED = {name: parse(data) for name, data in shipped_bytes().items()}
PROTOCOL = SHIPPED["cryo_car_t.json"]


def said(protocol: Protocol) -> list[str]:
    """Return what the search finds."""
    return list(protocol_reach.faults(protocol))


def with_step(name: str, **fields: object) -> Protocol:
    """Return the protocol with one checkpoint changed."""
    return replace(
        PROTOCOL,
        checkpoints=tuple(
            replace(each, **fields) if each.id == name else each  # type: ignore[arg-type]
            for each in PROTOCOL.checkpoints
        ),
    )


def without(*names: str) -> Protocol:
    """Return the protocol without some checkpoints."""
    return replace(PROTOCOL, checkpoints=tuple(each for each in PROTOCOL.checkpoints if each.id not in names))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_protocol_leads_round_nothing(name: str) -> None:
    """There is a path to an infusion, and every one goes through H4, H7, H11, H13 and H16."""
    protocol = SHIPPED[name]
    by_id = {each.id: each.handoff for each in protocol.checkpoints}
    path = protocol_reach.path(protocol.checkpoints)

    assert said(protocol) == []
    assert path is not None
    assert set(protocol_reach.MANDATORY) <= {by_id[step] for step in path}


def test_the_path_is_told_in_the_order_done() -> None:
    """From the order to the bedside, each step after what it needs."""
    path = protocol_reach.path(PROTOCOL.checkpoints)

    assert path is not None
    assert path[0] == "h1_submit"
    assert path[-1] == "h16_start"
    assert list(path) == [each.id for each in PROTOCOL.checkpoints if each.id in path]


def test_a_shortcut_round_the_release_is_told_with_its_path() -> None:
    """Where packing begins right after quality control, the way round the release is named step by step."""
    short = replace(
        PROTOCOL,
        checkpoints=tuple(
            replace(each, states=("QC_PENDING", "RELEASED"), needs=tuple(n for n in each.needs if n != "h11_release"))
            if each.id.startswith("h12_")
            else each
            for each in PROTOCOL.checkpoints
        ),
    )
    (whole,) = said(short)

    assert whole.startswith("Expected no path to an infusion round h11_release")
    assert "→ h11_qc → h12_pack → h12_offer → h12_accept →" in whole
    assert whole.endswith("→ h16_start.")


def test_a_step_that_infuses_by_its_effect_is_an_infusion() -> None:
    """A step that moves no state and calls the bag infusing reaches a patient: the way to it is searched too."""
    hidden = with_step("h13_store", effects=({"do": "container", "slot": "product", "state": "administered"},))

    assert (
        said(hidden)
        == [
            "Expected no path to an infusion round h16_start (the comparison at the bedside), seen "
            + " → ".join(protocol_reach.path(hidden.checkpoints) or ())
            + "."
        ]
        * 2
    )


def test_a_side_step_that_leads_round_is_found() -> None:
    """A step back that is wanted by nobody may still open a door: the search takes it."""
    start = PROTOCOL.checkpoint("h16_start")
    door = replace(start, id="side", handoff="H14", states=("READY_FOR_INFUSION",), needs=(), to="INFUSING")
    opened = replace(PROTOCOL, checkpoints=(*PROTOCOL.checkpoints, door))

    assert any("→ h14_ready → side" in line for line in said(opened))


@pytest.mark.parametrize("handoff", protocol_reach.MANDATORY)
def test_a_mandatory_handoff_that_is_missing_is_told(handoff: str) -> None:
    """A protocol without one of the five is none, and says which."""
    rest = tuple(each for each in PROTOCOL.checkpoints if each.handoff != handoff)
    told = said(replace(PROTOCOL, checkpoints=rest))

    if handoff == "H16":
        assert told[0].startswith(("Expected a checkpoint that reaches INFUSING", "Expected a path from the draft"))
    else:
        assert any(line.startswith(f"Expected a checkpoint of {handoff},") for line in told)


def test_a_road_that_ends_nowhere_is_told() -> None:
    """A step that needs what nothing does leaves no path; without an infusion there is nothing to search."""
    assert said(with_step("h5_pack", needs=("h5_pack",)))[0].startswith("Expected a path from the draft")
    assert said(without("h16_start", "h17_end")) == ["Expected a checkpoint that reaches INFUSING, seen none."]
