"""What does a state mean to the one who stands before the printer? The state in words, and the next thing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labels.printers.base import State

SAYINGS: dict[State, tuple[str, str]] = {
    "ready": ("Ready", "It has nothing left to print."),
    "busy": ("Busy", "It prints, or holds a label that is still to come. Wait."),
    "paused": ("Paused", "Press PAUSE on the printer, or start its queue again."),
    "media_out": ("Out of labels", "Put in a roll, close the head, press FEED once."),
    "ribbon_out": ("Out of ribbon", "Put in a ribbon and close the head."),
    "head_open": ("Head open", "Press the head down until both sides click."),
    "over_temp": ("Too hot", "Let it cool down; it goes on by itself."),
    "fault": ("Out of order", "Read its display and call whoever looks after printers."),
    "unknown": ("No answer", "Nothing is printed on this. Look at its power, its cable and its address."),
}
