"""What do measurements over HTTP stand on? A founded installation, its server processes, and clients that check.

Servers listen on loopback, are few, and are stopped by their own process id.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from coi import identity, people
from coi.app import PROJECTIONS, migrate
from coi.custody import protocol_register as protocols
from coi.custody.orders import PatientFacts
from coi.db import Database
from coi.demo import seed
from coi.demo.road import Clock
from coi.equipment import actions as equipment
from coi.people import actions as staff
from coi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from coi.custody.order import Order
    from coi.demo.road import Road

ROOT = Path(__file__).parents[1]
CARRIED = "h5_pack"
"""The checkpoint after which a shipper can be offered and declined again and again without a signature."""


class Still(Clock):
    """The demo's clock for a crowd: nobody rests between steps, so that all orders are of one hour."""

    def forward(self, **span: float) -> None:
        """Let no time pass."""

    def next_code(self) -> None:
        """Wait until the telephones show another code: each counts once."""
        self.now += timedelta(seconds=31)


@dataclass(frozen=True, slots=True)
class Request:
    """One deed as it is sent, and what must come back."""

    path: str
    token: str
    body: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to do: for each order the same three deeds, after which it stands as before."""

    orders: Sequence[Sequence[Request]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its status, how long it took, and its receipt."""

    status: int
    seconds: float
    receipt: tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Run:
    """What the clients saw in one round."""

    answers: list[Answer]
    seconds: float
    server_cpu: float
    client_cpu: float

    @property
    def rate(self) -> float:
        """Return deeds a second."""
        return len(self.answers) / self.seconds


@dataclass(frozen=True, slots=True)
class Served:
    """One server process."""

    pid: int
    port: int

    def memory(self, field: str) -> float:
        """Return VmRSS or VmHWM in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024

    def cpu(self) -> float:
        """Return the seconds of processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def found(url: str, folder: Path, orders: int) -> Ground:
    """Found an installation of *orders* orders, each in a sealed shipper; settings for its people are cheap."""
    settings = Settings(data=folder, database_url=url, purpose="demo", argon2_kib=8, argon2_passes=1)
    database = Database(url, PROJECTIONS)
    try:
        migrate(database)
        settings.attach(database.engine)
        road = seed.found(database, datetime.now(UTC) - timedelta(hours=2))
        road = replace(road, clock=Still(road.clock.now), shippers=_things(road, "shipper", orders))
        road = replace(road, loggers=_things(road, "logger", orders))
        names = [_carried(road, number) for number in range(orders)]
        giver = _token(road, "cell_lab", road.sites["collection"])
        taker = _token(road, "courier", road.sites["courier"])
        standing = [road.order(name) for name in names]
        pairs = [(order, standing[place ^ 1]) for place, order in enumerate(standing)]
        return Ground([_deeds(order, other, giver, taker) for order, other in pairs])
    finally:
        database.dispose()


def _things(road: Road, kind: str, count: int) -> list[str]:
    """Register a shipper, or a logger, for each order."""
    codes = [str(identity.HouseCode.from_random(kind, secrets.token_bytes)) for _ in range(count)]
    at, site = road.clock(), road.sites["collection"]
    admin = road.database.read(lambda session: people.person(session, road.persons["admin"]))

    def work(session: Session) -> None:
        """Register all of them."""
        valid = at + timedelta(days=30)
        for code in codes:
            equipment.register(
                session, code=code, kind=kind, site=site, label=kind, qualified_until=valid, by=admin, at=at
            )

    road.database.run(work)
    return codes


def _carried(road: Road, number: int) -> str:
    """Open the order of an invented patient and carry it to the sealed shipper."""
    patient = PatientFacts(f"Patient {number:04d} (demo)", "1970-01-01", "DEMO-N", f"{200_000 + number}")
    name = road.open(patient)
    clock = road.clock
    assert isinstance(clock, Still)
    for step in protocols.pinned(road.order(name).protocol_sha256).checkpoints:
        if step.sign is not None and step.sign.factor == "other":
            road.carry(name, step.id, patient)
            clock.next_code()
        if step.id == CARRIED:
            break
    road.carry(name, CARRIED, patient)
    road.reads.clear()
    return name


def _token(road: Road, role: str, site: str) -> str:
    """Mint an API token for the first person of a role."""
    person = road.persons[road.cast[role, site][0]]
    at = road.clock()
    return road.database.run(lambda session: staff.create_token(session, person, role, site, by=person, at=at)).secret


def _deeds(order: Order, other: Order, giver: str, taker: str) -> tuple[Request, Request, Request]:
    """Return what is done to one order in turn: offer, offer another's shipper, decline."""
    gate = f"/api/v1/orders/{order.id}/checkpoints/h5_offer"
    return (
        Request(gate, giver, _scans(order), 201),
        Request(gate, giver, _scans(other), 409),
        Request(f"/api/v1/orders/{order.id}/decline", taker, b'{"why": "no_capacity"}', 201),
    )


def _scans(order: Order) -> bytes:
    """Return the body that brings an order's shipper and seal to a gate."""
    shipment = order.shipment()
    assert shipment is not None
    codes = [shipment.shipper, shipment.seal]
    scans = [{"data": base64.b64encode(code.encode()).decode(), "aim": "]d1", "source": "wedge"} for code in codes]
    return json.dumps({"scans": scans}).encode()


@contextmanager
def serving(url: str, folder: Path, processes: int) -> Iterator[list[Served]]:
    """Run ``coi serve`` on loopback, *processes* times, for as long as the block lasts."""
    started: list[subprocess.Popen[bytes]] = []
    env = {**os.environ, "COI_DATA": str(folder), "COI_DATABASE_URL": url}
    try:
        served = []
        for number in range(processes):
            port = _free_port()
            words = [sys.executable, "-c", "from coi.app import command; command()", "serve", "--port", str(port)]
            with (folder / f"server-{number}.log").open("wb") as log:
                started.append(subprocess.Popen(words, cwd=ROOT, env=env, stdout=log, stderr=log))
            served.append(Served(started[-1].pid, port))
        for one, process in zip(served, started, strict=True):
            _wait(one, process)
        yield served
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait(served: Served, process: subprocess.Popen[bytes]) -> None:
    """Return when the server is ready."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError("Expected a server that is ready within a minute, seen none.")


def run(served: Sequence[Served], ground: Ground, *, clients: int, deeds: int) -> Run:
    """Let *clients* do *deeds* in all, each on orders of its own, over one connection each."""
    share = len(ground.orders) // clients
    cycles = max(1, deeds // (3 * clients))
    barrier = threading.Barrier(clients + 1)
    answers: list[list[Answer]] = [[] for _ in range(clients)]
    faults: list[BaseException] = []

    def client(number: int) -> None:
        """Be one client."""
        connection = http.client.HTTPConnection("127.0.0.1", served[number % len(served)].port, timeout=60)
        mine = ground.orders[number * share : (number + 1) * share]
        try:
            connection.connect()
            barrier.wait(60)
            for cycle in range(cycles):
                answers[number] += [_sent(connection, request) for request in mine[cycle % share]]
        except BaseException as fault:  # noqa: BLE001  told by who waits for the thread
            faults.append(fault)
            barrier.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait(60)
    start, used, own = time.perf_counter(), sum(one.cpu() for one in served), time.process_time()
    for thread in threads:
        thread.join()
    seconds, own = time.perf_counter() - start, time.process_time() - own
    if faults:
        raise faults[0]
    return Run([a for one in answers for a in one], seconds, sum(one.cpu() for one in served) - used, own)


def _sent(connection: http.client.HTTPConnection, request: Request) -> Answer:
    """Send one deed and check what comes back."""
    headers = {
        "Authorization": f"Bearer {request.token}",
        "Content-Type": "application/json",
        "Idempotency-Key": uuid.uuid4().hex,
    }
    start = time.perf_counter()
    connection.request("POST", request.path, request.body, headers)
    response = connection.getresponse()
    body = response.read()
    took = time.perf_counter() - start
    if response.status != request.status:
        raise RuntimeError(f"Expected {request.status} of {request.path}, seen {response.status}: {body[:400]!r}")
    receipt = json.loads(body)["receipt"]
    return Answer(response.status, took, (receipt["chain"], receipt["seq"], receipt["hash"]))
