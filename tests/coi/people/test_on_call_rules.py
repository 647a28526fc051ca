"""Who is on duty, and what is a duty that somebody could serve?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coi.errors import Malformed, NotPermitted
from coi.people.on_call_rules import LONGEST, QUALITY, Duty, check, check_contact, on_duty
from coi.person import Grant, Person

AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
QA = Person("U-QA", (Grant("qa_reviewer", "S-1"),))


def duty(name: str, person: str, began: timedelta, lasts: timedelta, role: str = "qa_reviewer") -> Duty:
    """Return a duty that began so long before ``AT``."""
    return Duty(name, "S-1", person, role, AT - began, AT - began + lasts)


def test_who_began_last_is_called_first() -> None:
    """Each person once; who is not yet, no longer, or in another role on duty is not called."""
    week = duty("R-1", "U-A", 3 * DAY, 7 * DAY)
    night = duty("R-2", "U-B", timedelta(hours=2), DAY)
    again = duty("R-3", "U-A", DAY, 7 * DAY)
    others = [
        duty("R-4", "U-C", DAY, DAY),
        duty("R-5", "U-D", -MINUTE, DAY),
        duty("R-6", "U-E", DAY, 3 * DAY, role="courier"),
    ]

    assert (night, again) == on_duty([week, night, again, *others], QUALITY, AT)
    assert () == on_duty(others, QUALITY, AT)


def test_a_duty_begins_and_ends_on_the_minute() -> None:
    """The first instant belongs to it, the last to the next one."""
    one = duty("R-1", "U-A", timedelta(), DAY)

    assert [False, True, True, False] == [
        one.covers(AT - MINUTE),
        one.covers(AT),
        one.covers(AT + DAY - MINUTE),
        one.covers(AT + DAY),
    ]


def test_a_duty_can_be_served() -> None:
    """By somebody who holds the role there, for a quarter at most, not in the past."""
    check(QA, "qa_reviewer", "S-1", AT - DAY, AT + DAY, AT)
    check(QA, "qa_reviewer", "S-1", AT, AT + LONGEST, AT)


@pytest.mark.parametrize(
    ("begins", "ends", "told"),
    [
        (AT, AT, "Expected a duty that ends after it begins and lasts at most 92 days, seen another."),
        (AT, AT - DAY, "Expected a duty that ends after it begins and lasts at most 92 days, seen another."),
        (AT, AT + LONGEST + MINUTE, "Expected a duty that ends after it begins and lasts at most 92 days"),
        (AT - 2 * DAY, AT, "Expected a duty that is not over yet, seen one in the past."),
    ],
)
def test_a_span_that_is_none(begins: datetime, ends: datetime, told: str) -> None:
    """Backwards, empty, without end, or over."""
    with pytest.raises(Malformed, match=told):
        check(QA, "qa_reviewer", "S-1", begins, ends, AT)


@pytest.mark.parametrize(
    ("person", "role", "site"),
    [
        (QA, "qa_releaser", "S-1"),
        (QA, "qa_reviewer", "S-2"),
        (Person("U-QA", QA.grants, active=False), "qa_reviewer", "S-1"),
    ],
)
def test_somebody_who_could_not(person: Person, role: str, site: str) -> None:
    """Without the role, elsewhere, or gone."""
    with pytest.raises(NotPermitted, match=rf"^Expected somebody who is {role} at {site}, seen U-QA, who is not\.$"):
        check(person, role, site, AT, AT + DAY, AT)


def test_a_contact_is_one_line() -> None:
    """Spaces are tidied; nothing, too much, or what no screen prints is refused."""
    assert check_contact("  +49 30  123 ") == "+49 30 123"
    assert len(check_contact("1" * 80)) == 80
    for text in ("", "  ", "1" * 81, "a\x00b"):
        with pytest.raises(Malformed, match=r"^Expected a contact of 1 to 80 printable characters, seen another\.$"):
            check_contact(text)
