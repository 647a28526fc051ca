"""What does every room's ``web.py`` share?

Where the database and the clock are (``wiring``), how an error is told (``problems``), how a page is dressed
(``pages``), and what the log may know of a request (``log``). Nothing here knows a room: what would point upwards is
told by ``coi.app`` when it wires the house.
"""

from __future__ import annotations

from coi.web.forms import chosen
from coi.web.menu import MenuItem
from coi.web.pages import dress
from coi.web.problems import Problem, reference, reply, tell_problems, wants_json
from coi.web.role_words import role_words
from coi.web.wiring import (
    OpenTask,
    TaskSource,
    Who,
    Wiring,
    deed,
    me,
    now,
    once,
    open_tasks,
    read,
    request_digest,
    require_match,
    somebody,
    taken_before,
    wired,
)

__all__ = [
    "MenuItem",
    "OpenTask",
    "Problem",
    "TaskSource",
    "Who",
    "Wiring",
    "chosen",
    "deed",
    "dress",
    "me",
    "now",
    "once",
    "open_tasks",
    "read",
    "reference",
    "reply",
    "request_digest",
    "require_match",
    "role_words",
    "somebody",
    "taken_before",
    "tell_problems",
    "wants_json",
    "wired",
]
