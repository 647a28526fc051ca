"""What does a person see of an attempt and its verdict?

Frozen pictures for the templates, in the words of the people who read them: an action makes one after the commit,
a template draws it, and nothing here knows a request, a clock or a table.

* An identity stands here only as this order's own, or as a class and a last four ("bag of another order, …7K3M").
* Words are ready to be shown: translated, grouped for reading, without a person's data unless the vault was opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from coi.custody.cues import BY_WORD

if TYPE_CHECKING:
    from datetime import datetime

    from coi.custody.cues import Cues
    from coi.people import ToCall

Word = Literal["GO", "STOP", "HOLD", "NOT VERIFIED"]
"""The one word of a full screen."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where the ledger keeps what was just judged."""

    chain: str
    seq: int
    hash: str
    """Hex SHA-256 of the entry; the screen shows the first twelve characters and links to the whole."""

    @property
    def short(self) -> str:
        """Return the part of the hash that a person reads aloud, in groups of four."""
        return " ".join(self.hash[i : i + 4] for i in range(0, 12, 4))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One slot of a gate: what had to be there and what was scanned, as grouped text."""

    slot: str
    """Words such as "Bag" or "Wristband"."""
    expected: str
    scanned: str
    """Empty when nothing was scanned for the slot."""
    agrees: bool

    @property
    def marked(self) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
        """Return both texts cut into runs, each with whether it differs from the other side."""
        return marks(self.expected, self.scanned)


def marks(expected: str, scanned: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """Cut two texts into runs of characters that agree (False) and that differ (True).

    Texts of one length are compared place by place, because that is how a person with two labels compares.

    >>> marks("7K3M", "7X3M")
    ((('7', False), ('K', True), ('3M', False)), (('7', False), ('X', True), ('3M', False)))
    >>> marks("7K3M", "")
    ((('7K3M', True),), ())
    >>> marks("7K3M LNPQ", "…LNVQ")[1]
    (('…', False), ('LN', False), ('V', True), ('Q', False))
    """
    if scanned.startswith("…"):  # of another order's code only the tail is told: it is compared with ours
        kept = len(expected) - len(scanned) + 1
        left_tail, right_tail = marks(expected[kept:], scanned[1:])
        return ((expected[:kept], False), *left_tail), (("…", False), *right_tail)
    if len(expected) == len(scanned):
        differs = [a != b for a, b in zip(expected, scanned, strict=True)]
        return _runs(expected, differs), _runs(scanned, differs)
    left, right = [True] * len(expected), [True] * len(scanned)
    for a, b, size in SequenceMatcher(None, expected, scanned, autojunk=False).get_matching_blocks():
        left[a : a + size] = [False] * size
        right[b : b + size] = [False] * size
    return _runs(expected, left), _runs(scanned, right)


def _runs(text: str, differs: list[bool]) -> tuple[tuple[str, bool], ...]:
    """Join neighbouring characters of one mark."""
    runs: list[tuple[str, bool]] = []
    for character, mark in zip(text, differs, strict=True):
        if runs and runs[-1][1] == mark:
            runs[-1] = (runs[-1][0] + character, mark)
        else:
            runs.append((character, mark))
    return tuple(runs)


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A full screen that answers one attempt."""

    word: Word
    headline: str
    """One line under the word: "The bag belongs to another order"."""
    what: str
    """What is it: the gate and the order, "H5 Hand over to courier, order A9992 26 000123 4"."""
    happened: str
    """What happened, in one or two sentences."""
    risk: str
    """Is the product at risk? Always answered, "No. Nothing has moved." is an answer."""
    next: tuple[str, ...]
    """What to do now, in order, each a short imperative."""
    comparisons: tuple[Comparison, ...] = ()
    reasons: tuple[str, ...] = ()
    by: str = ""
    also_by: tuple[str, ...] = ()
    """Those who signed with them."""
    at: datetime | None = None
    site: str = ""
    device: str = ""
    receipt: Receipt | None = None
    calls: tuple[ToCall, ...] = ()
    """Who is called about it, the first one first."""
    notes: tuple[tuple[str, str], ...] = ()
    """What every screen of this order says, as kind and text."""
    reference: str = ""
    """The id that stands in the log, when nothing could be judged."""

    @property
    def cues(self) -> Cues:
        """Return the shape, the tone and the vibration that go with the word."""
        return BY_WORD[self.word]

    @property
    def stays(self) -> bool:
        """Tell whether the screen stays until a person has acknowledged it."""
        return self.word != "GO"
