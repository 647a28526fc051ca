"""Is what nobody finds named so that it can be nothing else?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody import missing
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to give up what no label of this order names, or what is not in a house.

    That is what is empty or ended, at the patient or on its way to him: thawed, issued, or leased to a station.
    A dead label names its thing as well as a live one: what it says of the thing is true, and nothing is moved by it.
    """
    if missing.named(asked, asked.facts.values.get("missing", "")) is None:
        return (Reason("not_missing", slot="missing", expected="the label of something that lies here", seen="other"),)
    return ()
