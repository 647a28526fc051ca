"""Which words of the main menu does a person get, and which of them in the row?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from flask import url_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from coi.person import Person


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One word of the main menu."""

    endpoint: str
    label: object
    """A lazy text, put into the reader's language when it is drawn."""
    subject: object
    """What it is about, likewise: the heading that it stands under when it is not in the row."""
    daily: tuple[str, ...] = ()
    """Who has it in the row: holders of one of these roles anywhere."""
    roles: tuple[str, ...] = ()
    """Who has it at all: holders of one of these roles anywhere; everybody when empty."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A menu item as the template draws it."""

    label: str
    url: str
    here: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """The menu of one person on one page."""

    row: tuple[Shown, ...] = ()
    more: tuple[tuple[str, tuple[Shown, ...]], ...] = ()
    """What else the person may read: subject and words."""

    @property
    def in_more(self) -> bool:
        """Tell whether the page that is shown stands behind "More"."""
        return any(item.here for _subject, items in self.more for item in items)


def drawn(items: Sequence[MenuItem], person: Person, here: str) -> Menu:
    """Return the menu of *person* on the page of endpoint *here*."""
    held = {grant.role for grant in person.grants}
    mine = [item for item in items if not item.roles or held & set(item.roles)]
    exact = any(item.endpoint == here for item in items)

    def shown(item: MenuItem) -> Shown:
        marked = item.endpoint == here if exact else item.endpoint.partition(".")[0] == here.partition(".")[0]
        return Shown(str(item.label), url_for(item.endpoint), marked)

    rest = [item for item in mine if not held & set(item.daily)]
    return Menu(
        tuple(shown(item) for item in mine if held & set(item.daily)),
        tuple(
            (subject, tuple(shown(item) for item in group))
            for subject, group in groupby(rest, key=lambda item: str(item.subject))
        ),
    )
