"""Everything that the step asks for is stated, in its kind and range, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from coi.custody.checks import values
from coi.custody.reasons import Reason
from tests.coi.custody.detours import ALL, question
from tests.coi.custody.paper import asked

VOLUME = "1 to 2000 mL"
ASKED = {
    "consent": "Consent is signed and on file",
    "volume": "Volume collected",
    "qc_result": "Result against the release specification",
}


def wrong(expected: str, seen: str, name: str) -> Reason:
    """Return the reason for a value out of its range or kind."""
    return Reason("value_wrong", name, expected, seen)


@pytest.mark.parametrize(("form", "step"), ALL)
def test_the_right_statements_pass(form: str, step: str) -> None:
    """At every checkpoint of every protocol."""
    assert values.check(question(form, step)) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1", None),
        ("2000", None),
        ("2000.000000", None),
        ("120.5", None),
        ("0001", None),
        ("0.999999", wrong(VOLUME, "0.999999", "volume")),
        ("2000.000001", wrong(VOLUME, "2000.000001", "volume")),
        ("0", wrong(VOLUME, "0", "volume")),
        ("-120", wrong(VOLUME, "-120", "volume")),
        ("1e2", wrong(VOLUME, "3 characters", "volume")),
        ("1,5", wrong(VOLUME, "3 characters", "volume")),
        ("+120", wrong(VOLUME, "4 characters", "volume")),
        ("120.", wrong(VOLUME, "4 characters", "volume")),
        (".5", wrong(VOLUME, "2 characters", "volume")),
        (" 120", wrong(VOLUME, "4 characters", "volume")),
        ("120\n", wrong(VOLUME, "4 characters", "volume")),
        ("NaN", wrong(VOLUME, "3 characters", "volume")),
        ("Infinity", wrong(VOLUME, "8 characters", "volume")),
        ("1234567890", wrong(VOLUME, "10 characters", "volume")),
        ("1.1234567", wrong(VOLUME, "9 characters", "volume")),
        ("١٢٠", wrong(VOLUME, "3 characters", "volume")),
        ("Erika Mustermann", wrong(VOLUME, "16 characters", "volume")),
        ("", Reason("value_missing", "volume", ASKED["volume"], "nothing")),
    ],
)
def test_a_number_is_a_plain_decimal_in_its_range(text: str, reason: Reason | None) -> None:
    """Both ends belong to the range; what is no number is not repeated, for it may be a name."""
    assert (() if reason is None else (reason,)) == values.check(asked("h4_end", values={"volume": text}))


@pytest.mark.parametrize("low", [None, Decimal(0)])
def test_a_bound_that_is_not_set_does_not_bind(low: Decimal | None) -> None:
    """Each end is judged by itself."""
    question = asked("h4_end", values={"volume": "0"})
    value = replace(question.checkpoint.values[0], low=low, high=None)

    assert values.check(replace(question, checkpoint=replace(question.checkpoint, values=(value,)))) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("pass", None),
        ("fail", None),
        ("PASS", wrong("pass or fail", "4 characters", "qc_result")),
        ("Erika Mustermann", wrong("pass or fail", "16 characters", "qc_result")),
        ("", Reason("value_missing", "qc_result", ASKED["qc_result"], "nothing")),
    ],
)
def test_a_choice_is_one_of_the_list(text: str, reason: Reason | None) -> None:
    """To the letter."""
    assert (() if reason is None else (reason,)) == values.check(asked("h11_qc", values={"qc_result": text}))


@pytest.mark.parametrize(
    ("text", "ok"),
    [("2026-11-05", True), ("2024-02-29", True), ("2026-02-29", False), ("20261105", False), ("2026-W45-4", False),
     ("05.11.2026", False), ("2026-11-05 ", False), ("Erika Mustermann", False)],
)  # fmt: skip
def test_a_date_is_an_iso_day(text: str, ok: bool) -> None:  # noqa: FBT001  a case
    """One spelling, so that days compare as text."""
    said = {"slot_collection": text, "slot_manufacturing": "2026-11-07", "slot_infusion": "2026-12-02", "bags": "1"}
    reason = wrong("a date as 2026-11-21", f"{len(text)} characters", "slot_collection")

    assert (() if ok else (reason,)) == values.check(asked("h2_schedule", values=said))


@pytest.mark.parametrize("name", ["consent", "identity_match"])
@pytest.mark.parametrize(("text", "seen"), [("no", "no"), ("Yes", "3 characters"), ("true", "4 characters")])
def test_only_yes_is_a_statement(name: str, text: str, seen: str) -> None:
    """Anything else was not stated, whatever the other statement says."""
    said = {"consent": "yes", "identity_match": "yes", name: text}

    assert values.check(asked("h1_submit", values=said)) == (Reason("not_stated", name, "yes", seen),)


def test_nothing_stated_is_everything_missing() -> None:
    """Missing is a value, never no."""
    assert [(reason.code, reason.slot) for reason in values.check(asked("h1_submit", values={}))] == [
        ("value_missing", "consent"),
        ("value_missing", "identity_match"),
    ]


def test_what_nobody_asked_for_is_refused() -> None:
    """Told by how many they are: neither text nor name of such a value is repeated, for both may be a person's."""
    said = {"volume": "120", "Erika": "Mustermann", "a": "b"}

    assert values.check(asked("h4_end", values=said)) == (
        Reason("value_wrong", "", "only what this step asks for", "2 more"),
    )


@pytest.mark.parametrize(
    ("step", "name", "good", "bad"),
    [
        ("h1_submit", "consent", ["yes", "no"], ["", "Yes", "maybe"]),
        ("h1_submit", "identity_match", ["yes", "no"], ["", "true"]),
        ("h2_schedule", "slot_collection", ["2026-11-05"], ["", "5.11.", "Erika"]),
        ("h7_receive", "condition", ["in_range", "no_data"], ["", "good"]),
        ("h4_end", "volume", ["120", "-1", "99999"], ["", "1e2", "Erika"]),
        ("h3_begin", "spoken", ["yes", "no", "cannot_speak"], ["", "Erika Mustermann", "Yes"]),
        ("h16_start", "first_bag", ["0000", "A*Z9", "0W000003T003"], ["", "000", "0000 ", "abcd", "Erika"]),
        ("r9_lab", "piece_first", ["0000", "0W000003T003"], ["", "0W000003T00", "ERIKA MUSTER"]),
        ("x_change_site", "new_site", ["S-NEW", "S-1"], ["", "NEW", "s-new", "S-", "S-NEW HOSPITAL"]),
    ],
)
def test_what_may_stand_in_an_entry(step: str, name: str, good: list[str], bad: list[str]) -> None:
    """Only text of the value's own kind; of anything else its length is shown."""
    value = next(each for each in question("frozen", step).checkpoint.values if each.name == name)

    assert [values.may_stand(value, text) for text in good] == [True] * len(good)
    assert [values.may_stand(value, text) for text in bad] == [False] * len(bad)
    assert [values.shown(value, text) for text in (*good, *bad)] == [
        *good,
        *(f"{len(text)} characters" for text in bad),
    ]


@pytest.mark.parametrize(
    ("step", "name"),
    [("h3_begin", "spoken"), ("h16_start", "second_band"), ("r9_ward", "piece_second"), ("x_change_site", "new_site")],
)
def test_what_is_compared_is_first_of_its_kind(step: str, name: str) -> None:
    """A spoken answer, four keyed characters, a label number, a site: anything else is wrong, and is not repeated."""
    right = question("frozen", step)
    said = {**right.facts.values, name: "Erika Mustermann"}
    value = next(each for each in right.checkpoint.values if each.name == name)

    assert values.check(question("frozen", step, values=said)) == (wrong(value.ask, "16 characters", name),)


def test_under_a_lease_nobody_could_compare_a_spoken_name() -> None:
    """Alone, at a station whose lease both persons began, the spoken name is not asked for; everything else is."""
    right = asked("h16_start")
    silent = {name: text for name, text in right.facts.values.items() if name != "spoken"}
    told = replace(right, facts=replace(right.facts, values=silent))
    by_lease = replace(told, facts=replace(told.facts, by_lease=True))

    assert [reason.code for reason in values.check(told)] == ["value_missing"]
    assert values.check(by_lease) == ()
    assert len(values.check(replace(by_lease, facts=replace(by_lease.facts, values={})))) == len(silent)
