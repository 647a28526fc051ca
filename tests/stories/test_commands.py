"""Command cards: a shift by scanning alone, where a card does no more than a finger could."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.custody import commands, tasks
from tests.stories.test_station import At, through
from tests.world import said

if TYPE_CHECKING:
    from coi.custody.commands import Heard
    from coi.custody.station import Work
    from tests.moments import MakeStory


@pytest.fixture
def database_kind() -> str:
    """SQLite: what a card does is the same on both."""
    return "sqlite"


def card(at: At, word: str) -> Heard:
    """Scan a command card."""
    return at.story.world.database.run(lambda session: commands.obey(session, at.now(), word))


def step_of(work: Work) -> str:
    """Return the name of the step in hand."""
    assert work.checkpoint is not None
    return work.checkpoint.id


def test_a_step_that_asks_nothing_is_done_by_two_cards(before: MakeStory) -> None:
    """NEXT opens the soonest task, CONFIRM does it; the labels are ordered and nothing was touched."""
    at = At(before("h2_print"), "h2_print")

    opened = card(at, "NEXT").work
    done = card(at, "CONFIRM").work

    assert step_of(opened) == "h2_print"
    assert done.verdict is not None
    assert (done.verdict.type, said(done.verdict)["outcome"]) == ("custody.h2_print", "accepted")
    at.story.world.is_whole()


def test_a_number_opens_the_task_with_that_number(before: MakeStory) -> None:
    """As an idle station lists them; a number that no task has changes nothing."""
    at = At(before("h5_bench"), "h5_bench")
    listed = at.story.world.database.read(lambda session: tasks.at_station(session, at.deed.by, at.deed.site))

    assert step_of(card(at, "ONE").work) == listed[0].checkpoint.id
    card(at, "CANCEL")
    assert card(at, "NINE").work.checkpoint is None
    assert card(at, "CONFIRM").notice != ""


def test_next_in_a_step_goes_round_the_orders_other_steps(before: MakeStory) -> None:
    """The steps of the road come first, those beside it after them, and then the first again."""
    at = At(before("h17_end"), "h17_end")
    at.begin()
    seen = ["h17_end"]
    while (name := step_of(card(at, "NEXT").work)) not in seen:
        seen.append(name)

    assert {"h17_stop", "h17_discard"} <= set(seen)
    assert name == seen[0]


def test_what_several_steps_want_asks_which_one(before: MakeStory) -> None:
    """The vessel could be sampled, or emptied into bags: the person says, and the scan counts for the step chosen."""
    story = before("h10_print")
    at = At(story, "h10_print")
    entries = at.entries()

    asked = at.scan(at.right("vessel"))

    names = [step.id for step in asked.choices]
    assert {"h9_sample_print", "h10_print"} <= set(names)
    assert asked.checkpoint is None
    assert card(at, "NINE").work.choices == asked.choices
    assert card(at, "HELP").notice != ""
    chosen = card(at, commands.NUMBERS[names.index("h10_print")]).work
    assert step_of(chosen) == "h10_print"
    assert [item.klass for item in chosen.items] == ["container"]
    assert chosen.wants_values
    assert at.entries() == entries


def test_a_stop_goes_away_by_confirm_and_by_no_other_card(before: MakeStory) -> None:
    """Whoever has read it scans CONFIRM; any other card leaves it standing."""
    at = At(before("h5_pack"), "h5_pack")
    at.scan(at.right("bag"))
    stop = at.scan(at.theirs())

    for word in ("CANCEL", "NEXT", "ONE", "YES", "HELP", "SECOND"):
        assert card(at, word).work.verdict == stop.verdict
        assert not at.look().acknowledged
    assert card(at, "CONFIRM").work.verdict is None


def test_answers_and_signatures_are_pressed_in_the_page(before: MakeStory) -> None:
    """Only the page knows what was typed: the card's word is handed to it, and nothing is judged by the card."""
    at = At(before("h4_end"), "h4_end")
    at.begin()
    assert (card(at, "CONFIRM").press, card(at, "CONFIRM").notice != "") == ("", True)
    assert card(at, "TWO").press == "2"
    assert card(at, "YES").press == "YES"
    for slot in at.step.slots:
        at.scan(at.right(slot.name))
    entries = at.entries()
    assert card(at, "CONFIRM").press == "CONFIRM"
    assert card(at, "SECOND").press == ""
    assert card(at, "HELP").notice != ""

    at.state(volume="120")

    assert card(at, "CONFIRM").press == "CONFIRM"
    assert card(at, "SECOND").press == "SECOND"
    assert card(at, "YES").press == ""
    assert card(at, "NEXT").work.prepared is not None
    assert card(at, "NEXT").notice != ""
    assert at.entries() == entries
    assert card(at, "CANCEL").work.checkpoint is None


def test_after_a_go_the_next_card_begins_anew(before: MakeStory) -> None:
    """A GO needs no card: NEXT opens what comes then."""
    at = At(before("h5_bench"), "h5_bench")
    through(at)

    assert step_of(card(at, "NEXT").work) in {"h5_bench", "h5_pack"}


def test_without_a_task_next_opens_nothing(before: MakeStory) -> None:
    """An idle station with nothing to do stays idle."""
    at = At(before("h5_bench"), "h5_bench", "hospitalqa")

    assert card(at, "NEXT").work.checkpoint is None
    assert card(at, "HELP").notice != ""
