"""How is a page dressed: words for times, the menu, headers, and the mark against forged forms?

* Every time shows its zone and a month by name, so that no date can be read two ways.
* Headers allow this origin and nothing else: no inline script, no other host, no frame around us.
"""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from flask import request
from flask_babel import Babel, format_datetime, get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChainableUndefined, ChoiceLoader, FileSystemLoader, PackageLoader

from coi.errors import Unavailable
from coi.web.menu import Menu, drawn
from coi.web.role_words import role_words
from coi.web.wiring import now, somebody, wired

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from flask import Flask, Response

    from coi.web.menu import MenuItem

csrf = CSRFProtect()

LOCALES = ("en",)
"""Languages with a complete catalogue; every text already goes through gettext."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), serial=(self), microphone=(), geolocation=(), usb=(), payment=()",
}
_SOON = timedelta(hours=4)


def zone() -> ZoneInfo | None:
    """Return the zone of the site where the reader works; None means UTC."""
    who = somebody()
    return who.tz if who else None


def when(at: datetime | None) -> str:
    """Say an instant in the site's zone: "21 Nov 2026, 14:05 CET"."""
    if at is None:
        return ""
    local = at.astimezone(zone() or UTC)
    return f"{format_datetime(local.replace(tzinfo=None), 'd MMM y, HH:mm', rebase=False)} {local.tzname()}"


def left(due: datetime | None) -> str:
    """Say how long it is until *due*: "2 h 10 min", "overdue by 5 min"."""
    if due is None:
        return ""
    rest = due - now()
    if rest < timedelta(0):
        return str(_("overdue by %(time)s", time=_span(-rest)))
    return _span(rest)


def urgency(due: datetime | None) -> str:
    """Return overdue, soon or calm."""
    if due is None:
        return "calm"
    rest = due - now()
    return "overdue" if rest < timedelta(0) else "soon" if rest < _SOON else "calm"


def _span(rest: timedelta) -> str:
    """Say a length of time with its two largest units."""
    minutes, seconds = divmod(int(rest.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min" if minutes >= 5 else f"{minutes}:{seconds:02d} min"  # noqa: PLR2004  the last minutes count by the second


def new_once() -> str:
    """Return a fresh idempotency key for a form."""
    return str(uuid.uuid4())


def harden(response: Response) -> Response:
    """Add the headers that every reply carries; pages and data are never cached."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def dress(app: Flask, templates: tuple[Path, ...], menu: tuple[MenuItem, ...]) -> None:
    """Give *app* the templates of every room, our filters and words, headers and form marks."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    app.before_request(_refuse_forgery)
    Babel(app, default_translation_directories="translations", locale_selector=_locale)
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader([str(folder) for folder in templates]), PackageLoader("nhsuk_frontend_jinja")]
    )
    app.jinja_env.undefined = ChainableUndefined  # the component macros ask for members of what was not given
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"when": when, "left": left, "urgency": urgency, "role_words": role_words}
    app.jinja_env.globals |= {"once": new_once, "get_locale": get_locale}
    app.after_request(harden)

    @app.context_processor
    def _words() -> dict[str, object]:
        """Return what every template may use."""
        try:
            who = somebody()
        except Unavailable:  # the page that says so must not fail for the same reason
            who = None
        here = request.endpoint or ""
        shown = drawn(menu, who.person, here) if who else Menu()
        return {"me": who, "purpose": wired().purpose, "log": wired().log, "menu": shown}


def _refuse_forgery() -> None:
    """Ask for the form's mark on every page; no foreign page can send a bearer token, and the API asks by itself."""
    by_token = request.headers.get("Authorization", "").startswith("Bearer ")
    if request.method == "POST" and request.url_rule and not by_token and not request.path.startswith("/api/"):
        csrf.protect()


def _locale() -> str:
    """Return the best language of the browser among those we have."""
    return request.accept_languages.best_match(LOCALES) or LOCALES[0]
