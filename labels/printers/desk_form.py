"""What can be switched on the virtual printer's page, in which words, and what does a sent form mean?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from labels.printers.zebra import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels.printers.zebra import Reset

_TEXTS = {
    "How it stands": {
        "media_out": "Out of labels",
        "ribbon_out": "Out of ribbon",
        "head_open": "Head open",
        "over_temp": "Too hot",
        "paused": "Paused",
    },
    "What it does to labels": {
        "media_left": "So many labels are left on the roll",
        "cut_short": "The roll ends in the middle of a label",
        "twin": "Each label comes out twice",
        "miscount": "Labels are not counted",
        "foreign": "So many labels of others before each of ours",
    },
    "What it does to the line": {
        "reset": "Tear the line",
        "reset_after": "After so many bytes",
        "slow": "Seconds between two small pieces that it reads",
        "truncated_status": "Half of each answer, then nothing",
        "mute": "Silent to ~HS while it cannot print",
        "model": "Another printer answers; its model",
    },
}
_RESETS: dict[Reset, str] = {
    "": "never",
    "before_first_byte": "before the first byte",
    "after_bytes": "after some bytes",
    "mid_format": "in the middle of a label",
    "after_print": "after a label was printed",
    "during_status": "in the middle of an answer",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault on the page."""

    name: str
    text: str
    kind: str
    value: object
    choices: tuple[tuple[str, str], ...] = ()


def groups(faults: Faults) -> list[tuple[str, list[Switch]]]:
    """Return the switches of the page under their headings, each as it stands."""
    now = asdict(faults)

    def switch(name: str, text: str) -> Switch:
        if name == "reset":
            return Switch(name, text, "choice", now[name], tuple(_RESETS.items()))
        kind = "switch" if isinstance(now[name], bool) else "text" if name == "model" else "number"
        value = f"{now[name]:g}" if isinstance(now[name], float) else now[name]
        return Switch(name, text, kind, value)

    return [(title, [switch(*one) for one in group.items()]) for title, group in _TEXTS.items()]


def of_form(form: Mapping[str, list[str]]) -> dict[str, object]:
    """Read every fault from a form: a switch that is not sent is off."""
    to: dict[str, object] = {}
    for name, normal in asdict(Faults()).items():
        text = form.get(name, [""])[0].strip()
        if isinstance(normal, bool):
            to[name] = bool(text)
        elif name == "slow":
            to[name] = float(text or 0)
        elif name == "media_left":
            to[name] = int(text) if text else None
        else:
            to[name] = text if isinstance(normal, str) else int(text or 0)
    return to
