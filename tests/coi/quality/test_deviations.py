"""What opens a deviation, until when it is worked on, and who may close it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from coi.custody.reasons import CODES, IDENTITY
from coi.errors import Conflict, Malformed, NotPermitted
from coi.person import Grant, Person
from coi.quality import deviations
from coi.quality.deviations import Deviation, Severity

AT = datetime(2026, 11, 2, tzinfo=UTC)

OPENS = {
    "unreadable": (["unreadable"], "blocked", None),
    "typed": (["keyed", "missing"], "blocked", None),
    "not now": (["not_now"], "blocked", None),
    "a hold": (["held"], "blocked", None),
    "nothing": ([], "accepted", None),
    "done after all": (["other_order"], "accepted", None),
    "another's bag": (["missing", "other_order"], "blocked", "major"),
    "a dead label": (["dead_piece"], "blocked", "major"),
    "other contents": (["contents_differ", "wrong_container"], "blocked", "major"),
    "another bag of one's own": (["wrong_container"], "blocked", "minor"),
    "no temperature record": (["condition"], "quarantined", "major"),
    "a manifest that differs": (["not_in_manifest"], "quarantined", "major"),
    "given without being verified": (["infused_without_verification"], "noted", "critical"),
    "given without, and another's": (["other_order", "infused_without_verification"], "noted", "critical"),
}


@pytest.mark.parametrize(("codes", "outcome", "severity"), OPENS.values(), ids=OPENS)
def test_what_opens_one(codes: list[str], outcome: str, severity: str | None) -> None:
    """Cells that may have been mixed up, received into quarantine, or given unverified; never a code to scan again."""
    assert severity == deviations.opens(codes, outcome)


def test_every_identity_reason_has_a_weight() -> None:
    """And nothing else of the reasons has: what must only be scanned again is no deviation."""
    weighed = set(deviations.BY_REASON) - {"infused_without_verification"}

    assert set(IDENTITY) <= weighed
    assert [] == [code for code in CODES if code not in IDENTITY and code in weighed]


@pytest.mark.parametrize(
    ("codes", "name"),
    [
        (["missing", "wrong_container", "other_order"], "other_order"),
        (["condition", "expired"], "condition"),
        (["two_in_view"], "two_in_view"),
        ([], "quarantined"),
    ],
)
def test_the_worst_reason_names_it(codes: list[str], name: str) -> None:
    """The reason that weighs most, else the first."""
    assert name == deviations.leading(codes)


OPEN = Deviation(
    id="DEV-1",
    chain="c",
    order="O-1",
    product="CAR",
    site="S-WARD",
    owner="S-PLANT",
    severity=Severity.MAJOR,
    reason="other_order",
    cause=("c", 7),
    concerns=("U-NURSE",),
    opened_at=AT,
)
TAKEN = replace(OPEN, taken_by="U-QA", taken_at=AT)
KNOWN = replace(TAKEN, findings=1)
CLOSED = replace(KNOWN, closed_by="U-QA", closed_at=AT)


@pytest.mark.parametrize(
    ("deviation", "state", "after"),
    [
        (OPEN, "open", timedelta(days=1)),
        (TAKEN, "taken", timedelta(days=20)),
        (CLOSED, "closed", None),
        (replace(OPEN, severity=Severity.CRITICAL), "open", timedelta(hours=1)),
        (replace(TAKEN, severity=Severity.CRITICAL), "taken", timedelta(days=5)),
        (replace(OPEN, severity=Severity.MINOR), "open", timedelta(days=3)),
        (replace(TAKEN, severity=Severity.MINOR), "taken", timedelta(days=30)),
    ],
)
def test_until_when(deviation: Deviation, state: str, after: timedelta | None) -> None:
    """Taken on soon, closed in time, both counted from its opening; the worse, the sooner."""
    assert state == deviation.state
    assert (None if after is None else AT + after) == deviations.due(deviation)


def person(role: str, site: str, name: str = "U-QA", product: str | None = None) -> Person:
    """Return somebody with one role."""
    return Person(name, (Grant(role, site, product),))


def test_quality_of_either_site_works_on_it() -> None:
    """Of the owner or of where it happened, for every product or for this one."""
    for somebody in (
        person("qa_reviewer", "S-PLANT"),
        person("qa_releaser", "S-WARD"),
        person("qa_reviewer", "S-WARD", product="CAR"),
    ):
        assert deviations.may_work(somebody, OPEN) == somebody.grants[0]


@pytest.mark.parametrize(
    "somebody",
    [
        person("ward_nurse", "S-WARD"),
        person("qa_reviewer", "S-ELSEWHERE"),
        person("qa_reviewer", "S-PLANT", product="OTHER"),
        replace(person("qa_reviewer", "S-PLANT"), active=False),
    ],
)
def test_nobody_else_does(somebody: Person) -> None:
    """Another role, site or product, or who has left."""
    with pytest.raises(
        NotPermitted, match=r"^Expected qa_reviewer or qa_releaser at S-PLANT or S-WARD, seen another role\.$"
    ):
        deviations.may_work(somebody, OPEN)


def test_a_closed_one_stays_as_it_is() -> None:
    """Nobody works on it any more."""
    with pytest.raises(Conflict, match=r"^Expected a deviation that is open, seen one that was closed\.$"):
        deviations.may_work(person("qa_reviewer", "S-PLANT"), CLOSED)


def test_who_closes_it() -> None:
    """Quality that looked into it and had no hand in the cause; a critical one is for its head."""
    reviewer, head = person("qa_reviewer", "S-PLANT"), person("qa_releaser", "S-PLANT", "U-QP")
    critical = replace(KNOWN, severity=Severity.CRITICAL)

    assert deviations.may_close(reviewer, KNOWN).role == "qa_reviewer"
    assert deviations.may_close(head, critical).role == "qa_releaser"
    with pytest.raises(NotPermitted, match=r"^Expected qa_releaser at S-PLANT or S-WARD"):
        deviations.may_close(reviewer, critical)
    with pytest.raises(NotPermitted, match=r"^Expected somebody who had no hand in the cause, seen one who had\.$"):
        deviations.may_close(reviewer, replace(KNOWN, concerns=("U-NURSE", "U-QA")))
    for early in (OPEN, TAKEN, replace(OPEN, findings=1)):
        with pytest.raises(Conflict, match=r"^Expected a deviation that was taken on and looked into"):
            deviations.may_close(reviewer, early)


def test_a_conclusion_is_of_the_list() -> None:
    """Cause and impact are codes."""
    deviations.check_conclusion("training_gap", "none")
    with pytest.raises(Malformed, match=r"^Expected one of \('wrong_item_taken', .*\), seen 'bad luck'\.$"):
        deviations.check_conclusion("bad luck", "none")
    with pytest.raises(Malformed, match=r"^Expected one of \('none', .*\), seen ''\.$"):
        deviations.check_conclusion("training_gap", "")


def test_what_is_written_is_kept_trimmed() -> None:
    """Some words; nothing, or a book, is refused."""
    assert "two\nlines" == deviations.check_text("  two\r\nlines ")
    assert 4000 == len(deviations.check_text("x" * 4000))
    for text in ("", " \n ", "x" * 4001):
        with pytest.raises(Malformed, match=r"^Expected a text of 1 to 4000 characters, seen \d+\.$"):
            deviations.check_text(text)
