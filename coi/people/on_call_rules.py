"""Who is called at three in the morning?

A duty is a person, a role, a site, and a span of time. Duties may overlap; whoever is on duty now is called, the one
who began last first. Nothing here reads a clock or a database, and no number to call stands here: that is a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from coi.errors import Malformed, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from coi.person import Person

LONGEST: Final = timedelta(days=92)
"""A duty is looked at again each quarter: nobody stays on a list for ever because nobody thought of it."""
QUALITY: Final = frozenset({"qa_reviewer", "qa_releaser"})
"""Who lifts holds and closes deviations."""
HEAD: Final = frozenset({"qa_releaser"})
"""The head of quality: who is called when the first did not answer."""
CONTACT: Final = 80
"""Characters of a contact: a telephone number, a pager, an extension."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One line of a site's on-call list."""

    id: str
    site: str
    person: str
    role: str
    begins: datetime
    ends: datetime

    def covers(self, at: datetime) -> bool:
        """Tell whether the duty runs at that instant; the end itself belongs to the next one."""
        return self.begins <= at < self.ends


def on_duty(duties: Iterable[Duty], roles: AbstractSet[str], at: datetime) -> tuple[Duty, ...]:
    """Return who is on duty in one of *roles*: the one who began last first, each person once."""
    running = [duty for duty in duties if duty.role in roles and duty.covers(at)]
    called: dict[str, Duty] = {}
    for duty in sorted(running, key=lambda one: (one.begins, one.id), reverse=True):
        called.setdefault(duty.person, duty)
    return tuple(called.values())


def check(person: Person, role: str, site: str, begins: datetime, ends: datetime, at: datetime) -> None:
    """Refuse a duty that nobody could serve.

    1. It ends after it begins, not in the past, and lasts a quarter at most.
    2. The person is active and holds the role at the site.
    """
    if not begins < ends <= begins + LONGEST:
        raise Malformed(
            f"Expected a duty that ends after it begins and lasts at most {LONGEST.days} days, seen another."
        )
    if ends <= at:
        raise Malformed("Expected a duty that is not over yet, seen one in the past.")
    if not person.active or person.grant((role,), site, None) is None:
        raise NotPermitted(f"Expected somebody who is {role[:40]} at {site}, seen {person.id}, who is not.")


def check_contact(text: str) -> str:
    """Return a contact as it is kept: one line that a person can dial or write to."""
    line = " ".join(text.split())
    if not line or len(line) > CONTACT or not line.isprintable():
        raise Malformed(f"Expected a contact of 1 to {CONTACT} printable characters, seen another.")
    return line
