"""Temperature traces for programs: hand a logger's file in at the receipt, and read what it proved."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from coi import ledger, web
from coi.custody import legs
from coi.custody.api_answers import Recorded
from coi.custody.api_models import FileBase64  # noqa: TC001 - pydantic reads it
from coi.errors import Malformed, Unknown
from coi.shipping import trace_store, traces
from coi.web import api, openapi
from coi.web.api import At, In, Out

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

    from coi.person import Person
    from coi.shipping.trace_leg import Leg

bp = api.blueprint("traces", "Temperature traces")


class TraceFile(In):
    """A logger's file as it came out of the logger."""

    file: FileBase64
    dialect: str = Field(default="auto", pattern=r"^[a-z0-9_-]{1,40}$")
    """How the logger's maker writes its files; auto where the file tells."""
    zone: str = Field(default="", pattern=r"^[A-Za-z0-9_+:/-]{0,40}$")
    """The time zone of the file's instants, such as UTC or Europe/Berlin; empty where the file says it."""


class TraceReason(Out):
    """One reason why a trace proves nothing, or the contrary of what was wanted."""

    code: str
    expected: str
    seen: str
    since: At | None
    until: At | None


class TraceOut(Out):
    """One file of a logger, read and judged."""

    id: str
    shipment: str
    logger: str
    """The serial number that the file says."""
    sha256: str
    verdict: Literal["in_range", "out_of_range", "no_data"]
    profile: str | None
    samples: int
    first_at: At | None
    last_at: At | None
    lowest: str | None
    highest: str | None
    taken_at: At
    reasons: list[TraceReason]


class Traces(Out):
    """The traces of one shipment, the newest first."""

    shipment: str
    temperature: Literal["in_range", "out_of_range", "no_data"]
    traces: list[TraceOut]


class TraceTaken(Recorded):
    """The file was judged, and the verdict stands in the ledger, whichever it is."""

    trace: TraceOut


@bp.get("/orders/<order>/shipments/<shipment>/traces")
@bp.output(Traces)
@bp.doc(operation_id="list_traces", responses=api.told(404))
def list_traces(order: str, shipment: str) -> Traces:
    """List what the loggers of a shipment said, the newest first."""
    who, at = web.me(), web.now()

    def work(session: Session) -> Traces:
        leg = _leg(session, who.person, order, shipment)
        taken = trace_store.of_shipment(session, leg.shipment)
        return Traces(
            shipment=leg.shipment,
            temperature=traces.verdict_of(session, leg.shipment, leg.received_at or at),
            traces=[TraceOut.model_validate(one) for one in taken],
        )

    return web.read(work)


@bp.post("/orders/<order>/shipments/<shipment>/traces")
@bp.input(TraceFile, arg_name="asked")
@bp.output(TraceTaken, status_code=201)
@bp.doc(operation_id="take_trace", responses=api.told(403, 404, 412, 413, 415, 422, 428), extensions=openapi.MATCHED)
def take_trace(order: str, shipment: str, asked: TraceFile) -> Response:
    """Hand in a logger's file: it is read, judged and kept; one that cannot be read is 422, and nothing is recorded."""

    def work(session: Session, who: web.Who, at: datetime) -> api.Reply:
        leg = _leg(session, who.person, order, shipment)
        api.match(session, leg.chain)
        try:
            file = traces.read(base64.b64decode(asked.file), asked.dialect, asked.zone)
        except Unknown as unknown:  # what is unknown stands in the body, not in the address
            raise Malformed(str(unknown)) from unknown
        taken = traces.take(session, leg=leg, file=file, by=who.person, at=at)
        newest = next(one for one in trace_store.of_shipment(session, leg.shipment) if one.id == taken.entry.stmt["id"])
        body = TraceTaken(order=leg.order, receipt=api.Receipt.of(taken.entry), trace=TraceOut.model_validate(newest))
        return api.Reply(201, body, api.etag(ledger.head(session, leg.chain)))

    return api.deed(asked, work)


def _leg(session: Session, person: Person, order: str, shipment: str) -> Leg:
    """Return one leg that *person* may see.

    Raises:
        Unknown: The order has no such shipment, or is not this person's.
    """
    found = next((leg for leg in legs.seen_by(session, person, order) if leg.shipment == shipment), None)
    if found is None:
        raise Unknown("Expected a shipment of this order, seen none of that number.")
    return found
