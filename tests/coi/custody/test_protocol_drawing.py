"""A person who reads the drawing of a protocol has read all of it."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask_babel import Babel

from coi.custody import check_words, protocol_drawing, protocol_told, protocol_words
from coi.custody.checks import ALWAYS, NAMED
from coi.custody.protocol import Checkpoint, Slot
from coi.custody.protocol_check import shipped_bytes
from coi.custody.protocol_reading import parse
from tests.coi.custody.paper import PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = {name: parse(data) for name, data in shipped_bytes().items()}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Words need a language."""
    app = Flask("words")
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize("name", SHIPPED)
def test_every_step_is_drawn_once(name: str) -> None:
    """On the road or in the lane beside it, in the protocol's order, with all that it asks for and causes."""
    protocol = SHIPPED[name]
    drawing = protocol_drawing.drawn(protocol)
    road = [card for stage in drawing.road for card in stage.cards]
    sides = [card for stage in (*drawing.road, *drawing.others) for card in stage.sides]

    assert sorted(card.id for card in (*road, *sides)) == sorted(c.id for c in protocol.checkpoints)
    assert [card.id for card in road] == [step.id for step in protocol.checkpoints if not step.side]
    for card in (*road, *sides):
        step = protocol.checkpoint(card.id)
        assert [len(card.scans), len(card.stated), len(card.compared), len(card.then)] == [
            len(step.slots), len(step.values), len(step.checks), len(step.effects)
        ]  # fmt: skip
        assert len(card.signed) == (0 if step.sign is None else len(step.sign.by))
        assert all((card.who, card.where, card.before, card.due))


@pytest.mark.parametrize("name", SHIPPED)
def test_no_name_of_the_data_is_shown_to_people(name: str) -> None:
    """What a card says has no underscore: every word of the data has its words."""
    drawing = protocol_drawing.drawn(SHIPPED[name])
    for card in (card for stage in (*drawing.road, *drawing.others) for card in (*stage.cards, *stage.sides)):
        texts = [card.title, card.who, card.where, card.due, *card.stated, *card.compared, *card.signed, *card.then]
        assert not [text for text in (*texts, *card.notes) if "_" in text], card.id
    assert not [text for _, text in drawing.limits if "_" in text]


def test_every_comparison_says_what_it_is() -> None:
    """Those that every step is judged by, and those that a protocol names: no docstring of ours is shown."""
    ours = {check_words.first_line(check) for check in (*NAMED.values(), *ALWAYS)}
    said = [*(check_words.named(name) for name in NAMED), *check_words.always()]

    assert not ours & set(said)
    assert len(check_words.always()) == len(ALWAYS)
    assert check_words.named("not_known_here") == "not known here"


def test_a_field_that_has_no_words_is_shown_by_its_name() -> None:
    """A later field of a scan or step is never left out of what a reviewer signs."""
    bag = PROTOCOL.checkpoint("h3_begin").slot("bag")

    assert protocol_words.unsaid(bag, frozenset({"say", "states", "many"})) == [
        "name: bag",
        "klass: container",
        "kind: starting material",
        "piece: printed",
    ]
    assert protocol_words.unsaid(bag, protocol_words.SLOT_SAID) == []
    assert {field.name for field in fields(Slot)} == protocol_words.SLOT_SAID
    assert {field.name for field in fields(Checkpoint)} == protocol_drawing.SAID


def test_a_number_has_its_range_and_a_limit_its_bounds() -> None:
    """Volume with unit and both ends; the window with the hard bound; a deadline of minutes in minutes."""
    (volume,) = PROTOCOL.checkpoint("h4_end").values
    (condition,) = PROTOCOL.checkpoint("h7_receive").values
    text = dict(protocol_drawing.drawn(PROTOCOL).limits)

    assert protocol_words.value_words(volume) == f"Volume collected: 1–{volume.high} mL"
    assert protocol_words.value_words(condition).endswith(": in range ✓, out of range, no data")
    assert all("(never below" in limit for limit in text.values())
    assert text["Wristband to bag"] == "120 s (never below 1 or above 600)"
    assert protocol_words.span(PROTOCOL.checkpoint("h15_issue").due_h) == "within 15 min"
    assert protocol_words.span(PROTOCOL.checkpoint("h10_print").due_h) == "within 240 h"
    assert protocol_words.limit_words("seats", 3) == "3"


def test_effects_are_told_whole() -> None:
    """What an effect says beyond its sentence is told too; one that nobody knows by its name."""
    said = protocol_words.effect_words

    assert said({"do": "offer", "to": "treatment", "unit": "lab"}).startswith(
        "Custody is offered to: Treating hospital · lab;"
    )
    assert said({"do": "container", "slot": "bag", "state": "collected", "expires": "collected_expires_h"}) == (
        "bag becomes: collected. Its expiry comes from the limit “Collected expires”."
    )
    assert said({"do": "container", "slot": "a", "state": "stored", "parent": "b", "location": "c"}).endswith(
        "It was made from: b. It lies at: c."
    )
    assert said({"do": "dance", "with": "wolves"}) == "dance. With: wolves."


@pytest.mark.parametrize("name", SHIPPED)
def test_every_effect_of_a_shipped_protocol_has_its_sentence(name: str) -> None:
    """No effect is told by its bare name."""
    for step in SHIPPED[name].checkpoints:
        for effect in step.effects:
            assert not protocol_words.effect_words(effect).startswith(f"{effect['do'].replace('_', ' ')}."), effect


def test_states_that_follow_each_other_are_told_by_their_ends() -> None:
    """Three are listed, four are a stretch of the road; what stands apart is told apart."""
    whole = ("DRAFT", "ORDERED", "SCHEDULED", "COLLECTING", "COLLECTED")

    assert protocol_words.states(whole[:3], whole) == "draft, ordered, scheduled"
    assert protocol_words.states(whole[:4], whole) == "all from “draft” to “collecting”"
    assert protocol_words.states((whole[4], whole[0]), whole) == "draft, collected"


def test_differences_are_told_in_words_by_step() -> None:
    """A limit for the whole; a signer, a comparison, a state, a new step and one that falls away, each at its step."""
    first, *rest = PROTOCOL.checkpoints
    begin = PROTOCOL.checkpoint("h3_begin")
    sign = begin.sign
    assert sign is not None
    changed = replace(
        begin, sign=replace(sign, by=sign.by[:1]), checks=(*begin.checks, "qc_passed"), to="COLLECTED", slots=()
    )
    steps = [changed if each.id == begin.id else each for each in rest if each.id != "h17_reconcile"]
    new = replace(
        PROTOCOL,
        limits={**PROTOCOL.limits, "wristband_to_bag_s": 90},
        checkpoints=(first, replace(first, id="again", title="Once more"), *steps),
    )

    whole, added, at_begin, removed = protocol_told.told(PROTOCOL, new)

    assert [(one.what, one.before[:5], one.after[:5]) for one in whole.changes] == [
        ("Wristband to bag", "120 s", "90 s ")
    ]
    assert (added.title, added.kind, added.changes[0].what) == ("Once more", "added", "New step")
    assert added.changes[0].after == "after “Bind the patient and submit the order”"
    assert (at_begin.handoff, at_begin.kind) == ("H3", "changed")

    def said(slot: Slot) -> str:
        return f"{slot.say} ({protocol_words.scan_notes(slot) or slot.klass})"

    assert [(one.kind, one.what, one.before, one.after) for one in at_begin.changes] == [
        ("changed", "Leads to", "collecting", "collected"),
        *(("removed", f"Scan: {slot.name.replace('_', ' ')}", said(slot), "") for slot in begin.slots),
        ("added", "Compared", "", "Quality control passed."),
        ("changed", "Signatures", "collection operator + cell lab or collection operator", "collection operator"),
    ]
    assert (removed.kind, removed.changes[0].what) == ("removed", "The step falls away")


def test_more_differences_have_words() -> None:
    """A statement's range, a deadline, an effect, a signature that is gone, a flag, a place."""
    end = PROTOCOL.checkpoint("h4_end")
    (volume,) = end.values
    changed = replace(
        end,
        values=(replace(volume, high=volume.low), replace(volume, name="more")),
        due_h=PROTOCOL.checkpoint("h15_issue").due_h,
        effects=(),
        sign=None,
        repeat=True,
        roles=("inspector",),
    )
    second, third, *rest = PROTOCOL.checkpoints[1:]
    steps = [changed if each.id == end.id else each for each in rest]
    new = replace(PROTOCOL, checkpoints=(PROTOCOL.checkpoints[0], third, second, *steps))

    moved, back, at_end = protocol_told.told(PROTOCOL, new)
    said = {one.what: (one.before, one.after) for one in at_end.changes}

    assert moved.changes[0].what == back.changes[0].what == "The step has another place"
    assert said["Statement: volume (highest)"] == (str(volume.high), "1")
    assert said["Statement: more"] == ("", f"Volume collected: 1–{volume.high} mL")
    assert said["Deadline"] == ("within 6 h", "within 15 min")
    assert said["May be done again"] == ("no", "yes")
    assert said["Signatures"][0].startswith("collection operator + cell lab or collection operator: I did this")
    assert said["Follows from it"][0].startswith("bag becomes: collected.")
