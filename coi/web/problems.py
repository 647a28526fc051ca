"""How is an error told, to a program and to a person?

As RFC 9457 ``application/problem+json`` with a reference id that also stands in the log, or as a page that says what
happened, whether the product is at risk, and what comes next. The family is that of ``coi.errors``; what is not of the
family is 500; the log says where it happened, and its text, which may hold values, is told to nobody.
"""

from __future__ import annotations

import secrets
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from flask import g, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from coi.errors import CoiError

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

log = structlog.get_logger()

TYPES = "https://coi.invalid/problems/"
"""Problem types are names, not addresses: nothing is fetched from there."""

_PLAIN = {
    400: ("bad-request", "The request could not be understood"),
    404: ("unknown", "There is no such page"),
    405: ("method", "This address does not take that method"),
    413: ("too-large", "The body is too large"),
    415: ("media-type", "The body has another media type than expected"),
    422: ("malformed", "The value has the wrong shape"),
    429: ("too-many", "Too many requests"),
}
"""Slug and title of errors that the framework itself raises."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as it leaves the house."""

    status: int
    slug: str
    title: str
    detail: str
    reference: str
    reasons: tuple[str, ...] = ()
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def next(self) -> str:
        """Return what a person does now."""
        words = {
            400: _("Sign in, open the page again, and enter it once more. Your scans and the ledger are as they were.")
            if self.slug == "signed-out"
            else _("Tell the administrator the reference below."),
            401: _("Sign in and try again."),
            403: _("Ask a colleague with the right role, or the site's administrator."),
            404: _("Check the address, or look for it from My work."),
            409: _("Look at the present state of the order and start again from there."),
            412: _("Read the order again; somebody else has changed it meanwhile."),
            422: _("Correct the value and send it again."),
            503: _("Wait a minute and try again. Do not release anything meanwhile."),
        }
        return str(words.get(self.status, _("Tell the administrator the reference below.")))

    def body(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        document: dict[str, Any] = {
            "type": TYPES + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "reference": self.reference,
        }
        if self.reasons:
            document["reasons"] = list(self.reasons)
        return document | dict(self.extra)


def new_reference() -> str:
    """Return a reference id that a person can read out: twelve characters in groups of four."""
    text = secrets.token_hex(6).upper()
    return "-".join(text[i : i + 4] for i in range(0, 12, 4))


def reference() -> str:
    """Return the reference id of this request; the same in log, problem body and page."""
    if "coi_reference" not in g:
        g.coi_reference = new_reference()
    return str(g.coi_reference)


def wants_json() -> bool:
    """Tell whether a program or the station's script asks."""
    return not wants_page()


def wants_page() -> bool:
    """Tell whether a person in a browser asks, and not a program or the station's script."""
    if request.path.startswith("/api/"):
        return False
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best == "text/html"


def reply(problem: Problem) -> ResponseReturnValue:
    """Return *problem* as a page or as a problem document."""
    if wants_page():
        if problem.status == 401:  # noqa: PLR2004  not authenticated
            wanted = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("people.sign_in", next=wanted))
        return render_template("error.html", problem=problem), problem.status
    response = jsonify(problem.body())
    response.status_code = problem.status
    response.mimetype = "application/problem+json"
    if problem.status == 401:  # noqa: PLR2004  RFC 9110 15.5.2
        response.headers["WWW-Authenticate"] = 'Bearer realm="coi"'
    return response


def of_family(error: CoiError) -> ResponseReturnValue:
    """Tell an error of our own family."""
    problem = Problem(error.status, error.slug, _(error.title), str(error) or error.title, reference())
    log.warning("problem", status=problem.status, slug=problem.slug, reference=problem.reference)
    return reply(problem)


def of_framework(error: HTTPException) -> ResponseReturnValue:
    """Tell an error that the framework raised, without echoing what was sent."""
    status = error.code or 500
    if status < 400:  # noqa: PLR2004  redirects are raised as exceptions too
        return error.get_response(request.environ)
    if isinstance(error, CSRFError) and wants_page():
        return render_template("error.html", problem=Problem(status, *_signed_out(), reference()), door=True), status
    slug, title = _PLAIN.get(status, ("http", error.name))
    told = make_response(reply(Problem(status, slug, _(title), error.description or title, reference())))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        told.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return told


def _signed_out() -> tuple[str, str, str]:
    """Return slug, title and detail of what a page sent that is older than its reader's sign-in."""
    return (
        "signed-out",
        _("You have been signed out meanwhile"),
        _("This page was opened before that. What it sent was not read, so that nobody acts in your name."),
    )


def of_surprise(error: Exception) -> ResponseReturnValue:
    """Tell an error that nobody expected; what it says stays in the log."""
    log.error("surprise", reference=reference(), error=type(error).__name__, at=_places(error))
    detail = _("The request failed on our side; nothing of it was recorded.")
    return reply(Problem(500, CoiError.slug, _(CoiError.title), detail, reference()))


def _places(error: Exception) -> list[str]:
    """Return where it happened, innermost first, without a single value."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)][:12]


def tell_problems(app: Flask) -> None:
    """Register how errors are told."""
    app.register_error_handler(CoiError, of_family)
    app.register_error_handler(HTTPException, of_framework)
    app.register_error_handler(Exception, of_surprise)
