"""When does a screen lock itself? A session that nobody used for some minutes opens nothing until its person is back.

What was in hand stays: the server keeps it by person and site, and the locked session remembers site and device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import flask
from flask import request

from coi import settings, web

if TYPE_CHECKING:
    from datetime import datetime

_SEEN: Final = "seen"


def use(at: datetime) -> None:
    """Note that somebody used this session."""
    flask.session[_SEEN] = int(at.timestamp())


def lock() -> None:
    """Lock this session now."""
    flask.session[_SEEN] = 0


def is_idle(at: datetime) -> bool:
    """Tell whether nobody has used this session for longer than the installation allows."""
    return at.timestamp() - int(flask.session.get(_SEEN, 0)) > seconds()


def by_hand() -> bool:
    """Tell whether a person made this request: a page, or a deed with its key, and not a page's own asking."""
    return not web.wants_json() or "Idempotency-Key" in request.headers or "once" in request.form


def seconds() -> int:
    """Return after how many seconds without use a session locks."""
    return settings.of_engine(web.wired().database.engine).idle_lock_min * 60
