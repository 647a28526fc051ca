"""No path leads to an infusion round a mandatory handoff, and where one does it is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody import protocol_reach
from coi.custody.protocol_check import shipped_bytes
from coi.custody.protocol_reading import parse

if TYPE_CHECKING:
    from coi.custody.protocol import Protocol

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
    done: set[str] = set()
    for each in (PROTOCOL.checkpoint(name) for name in path):
        assert set(each.needs) <= done
        done.add(each.id)


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
    whole = said(short)[-1]

    assert whole.startswith("Expected no path to an infusion round h11_release")
    assert "→ h11_qc → " in whole
    assert "→ h12_pack → h12_offer → h12_accept →" in whole
    assert "h11_release →" not in whole
    assert whole.endswith("→ h16_start.")


def test_a_step_that_infuses_by_its_effect_is_an_infusion() -> None:
    """A step that moves no state and calls the bag infusing reaches a patient: the way to it is searched too."""
    hidden = with_step("h13_store", effects=({"do": "container", "slot": "product", "state": "administered"},))

    told = [line for line in said(hidden) if "h16_start" in line]

    assert told
    assert all(line.endswith("→ h13_store.") for line in told)


def test_what_was_done_against_a_stop_is_no_way() -> None:
    """The record of an infusion without verification is left out of the search, as a record and as nothing else."""
    record = PROTOCOL.checkpoint("h16_unverified")

    assert said(with_step(record.id, records_only=False, side=False, handoff="H14"))
    assert not said(with_step(record.id, handoff="H14"))


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
    assert said(without(*(each.id for each in PROTOCOL.checkpoints if each.handoff in {"H16", "H17"}))) == [
        "Expected a checkpoint that reaches INFUSING, seen none."
    ]
