"""Programs that use the API of a small world: one bearer token a role, the same road, answers as they leave the house.

Requests go through the whole application in the process: routes, wiring, transaction, problem documents.
"""

from __future__ import annotations

import base64
import re
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from coi import settings
from coi.app import create_app
from coi.custody import protocol_register as protocols
from coi.custody import steps
from coi.custody.protocol import COMPARED
from coi.people import actions as staff

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from coi.custody.orders import PatientFacts
    from coi.custody.reading import Scanned
    from coi.db import Database
    from coi.ledger import Entry
    from tests.world import World

BASE = "/api/v1"
PROBLEM = "application/problem+json"


def key() -> str:
    """Return a new idempotency key."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class Program:
    """One program with its token."""

    client: FlaskClient
    headers: Mapping[str, str]

    def get(self, path: str, **query: str) -> TestResponse:
        """Read."""
        return self.client.get(BASE + path, headers=dict(self.headers), query_string=query or None)

    def post(
        self, path: str, body: object = None, *, once: str | None = "", match: str | None = None, **headers: str
    ) -> TestResponse:
        """Do a deed under a new key, or under *once*; None sends no key."""
        sent = {**self.headers, **headers}
        if once is not None:
            sent["Idempotency-Key"] = once or key()
        if match is not None:
            sent["If-Match"] = match
        return self.client.post(BASE + path, json=body, headers=sent)


@dataclass(slots=True)
class Programs:
    """The application of one world, and the programs that use it."""

    world: World
    app: Flask
    tokens: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def site(self, part: str) -> str:
        """Return the id of a site by its part in an order; what is no part is an id already."""
        return self.world.road.sites.get(part, part)

    def token(self, role: str, part: str, number: int = 0) -> str:
        """Return the token of who plays a role at a site."""
        site = self.site(part)
        wanted = (role, site, number)
        if wanted not in self.tokens:
            road = self.world.road
            person, at = road.persons[road.cast[role, site][number]], road.clock()
            minted = self.world.database.run(
                lambda session: staff.create_token(session, person, role, site, by=person, at=at)
            )
            self.tokens[wanted] = minted.secret
        return self.tokens[wanted]

    def program(self, role: str, part: str, number: int = 0) -> Program:
        """Return the program of who plays a role at a site."""
        bearer = {"Authorization": f"Bearer {self.token(role, part, number)}"}
        return Program(self.app.test_client(), bearer)

    def browser(self, login: str) -> Program:
        """Return a signed-in browser with the mark of its session."""
        client = self.app.test_client()
        client.post("/sign-in", data={"csrf_token": mark(client), "login": login, "password": self.world.road.secret})
        return Program(client, {"X-CSRFToken": mark(client, "/work")})

    def scans(self, order: str, checkpoint: str, **instead: Scanned | Sequence[Scanned]) -> list[dict[str, str]]:
        """Return the right scans for a checkpoint as a program sends them; *instead* puts others into a slot.

        All that stand there for a slot that wants many, none for one that may lack.
        """
        road = self.world.road
        known = road.order(order)
        step = steps.step_of(protocols.pinned(known.protocol_sha256), known, checkpoint)
        return [sent(scan) for slot in step.slots for scan in road.scans(known, slot, step, instead)]

    def said(self, order: str, checkpoint: str, number: int = 0) -> dict[str, Any]:
        """Return what the persons of a straight road state at a checkpoint: values, and what is entered blind."""
        road = self.world.road
        known = road.order(order)
        step = steps.step_of(protocols.pinned(known.protocol_sha256), known, checkpoint)
        body: dict[str, Any] = {"values": road.values(known, step)}
        if any(value.type in COMPARED for value in step.values):
            body["patient"] = entered(self.world.patient(number))
        return body

    def auths(self, *logins: str, places: Sequence[Mapping[str, Any]] = ()) -> list[dict[str, str]]:
        """Return the components of the signatures of these persons, with a code where a place asks for one."""
        road = self.world.road
        asks = [place["factor"] == "other" for place in places] + [False] * len(logins)
        return [
            {"login": road.login(login), "secret": road.secret} | ({"code": road.code(login)} if ask else {})
            for login, ask in zip(logins, asks, strict=False)
        ]

    def entries(self, order: str) -> Sequence[Entry]:
        """Return the entries of an order."""
        return self.world.road.entries(order)


def entered(facts: PatientFacts) -> dict[str, str]:
    """Return what identifies a patient as a program sends it."""
    return {
        "name": facts.name,
        "birth_date": facts.birth_date,
        "issuer": facts.issuer,
        "record_number": facts.record_number,
    }


def mark(client: FlaskClient, page: str = "/sign-in") -> str:
    """Return the mark against forged requests that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).get_data(as_text=True))
    assert found is not None
    return found[1]


def sent(scan: Scanned) -> dict[str, str]:
    """Return a scan as a program sends it."""
    return {"data": base64.b64encode(scan.data).decode("ascii"), "aim": scan.aim, "source": scan.source}


def serve(world: World) -> Programs:
    """Serve a world; what deeds queue for the printer is printed when the road says so, not by a thread."""
    return Programs(world, application(world.database, world.road.clock))


def application(database: Database, clock: Callable[[], datetime]) -> Flask:
    """Return the application of a founded database, whose printing never wakes by itself."""
    app = create_app(settings.of_engine(database.engine), database=database, clock=clock)
    app.extensions["coi"] = replace(app.extensions["coi"], after_deed=lambda: None)
    return app


def problem(reply: TestResponse, status: int, slug: str) -> dict[str, Any]:
    """Assert that a reply is that problem, and return its document."""
    document = reply.get_json()
    assert (status, PROBLEM) == (reply.status_code, reply.mimetype), document
    assert document["type"].endswith(f"/{slug}"), document
    assert document["status"] == status
    assert re.fullmatch(r"[0-9A-F]{4}(-[0-9A-F]{4}){2}", document["reference"])
    found: dict[str, Any] = document
    return found
