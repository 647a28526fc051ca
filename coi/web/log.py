"""What may the log know of a request?

Method, route, status, milliseconds, reference id and the person's pseudonym. Never an address with its values, a query,
a body, a name or a code: a route says ``/orders/<coi>``, not which order.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

import structlog
from flask import g, request
from prometheus_client import CollectorRegistry, Counter, Histogram

from coi.web.problems import reference
from coi.web.wiring import Who

if TYPE_CHECKING:
    from flask import Flask, Response

registry = CollectorRegistry()
requests = Counter("coi_requests_total", "Requests by route and status", ("route", "status"), registry=registry)
seconds = Histogram("coi_request_seconds", "Seconds from request to reply", ("route",), registry=registry)

_log = structlog.get_logger()


def configure_log(level: str = "INFO") -> None:
    """Write one JSON object a line to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),  # standard error as it is now, not at start
    )


def note_requests(app: Flask) -> None:
    """Log and count every request, by its route."""

    @app.before_request
    def _begin() -> None:
        """Remember when it came."""
        g.coi_began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        """Log it and put the reference id into the reply."""
        route = request.url_rule.rule if request.url_rule else "unrouted"
        took = time.perf_counter() - g.get("coi_began", time.perf_counter())
        requests.labels(route, response.status_code).inc()
        seconds.labels(route).observe(took)
        response.headers["X-Reference"] = reference()
        if not route.startswith("/static") and route not in {"/healthz", "/readyz", "/metrics"}:
            who = g.get("coi_who")
            _log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round(took * 1000, 1),
                reference=reference(),
                person=who.id if isinstance(who, Who) else None,
            )
        return response
