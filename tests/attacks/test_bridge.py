"""Who may ask a station's program on its own machine? Its page while the server is away, and nobody else."""

from __future__ import annotations

import http.client
import json
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from scanners.station.bridge import HOST, MOST_A_SECOND, PAIRING, Bridge, NotLoopback, Token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ORIGIN = "https://coi.example"
SCAN = {"seq": 1, "aim": "]d2", "word": "expected", "data": "41"}


@dataclass(slots=True)
class Open:
    """An open bridge, its clock in the test's hand, and what it was asked."""

    bridge: Bridge
    clock: list[datetime]
    second: list[int]
    asked: list[int] = field(default_factory=list)

    def ask(
        self, target: str = "/scans?after=0", method: str = "GET", headers: Mapping[str, str | None] | None = None
    ) -> tuple[int, str, bytes]:
        """Send one request with these headers; None leaves one of the right ones out. Return status, CORS and body."""
        self.second[0] += 1
        said: dict[str, str | None] = {"Host": f"{HOST}:{self.bridge.port}", "Origin": ORIGIN, PAIRING: "paired"}
        said |= headers or {}
        connection = http.client.HTTPConnection(HOST, self.bridge.port or 0, timeout=20)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in said.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        told = reply.status, reply.getheader("Access-Control-Allow-Origin") or "", reply.read()
        connection.close()
        return told


@pytest.fixture
def page() -> Iterator[Open]:
    """A bridge that is open, with one token that lives for an hour."""
    clock, second, asked = [NOON], [0], list[int]()

    def scans(after: int) -> dict[str, object]:
        asked.append(after)
        return {"scans": [SCAN]}

    tokens = (Token("paired", NOON + timedelta(hours=1)),)
    bridge = Bridge(ORIGIN, lambda: tokens, lambda: clock[0], scans, lambda: second[0] * 10**9, [0])
    assert bridge.open()
    yield Open(bridge, clock, second, asked)
    bridge.close()


def test_the_paired_page_is_answered(page: Open) -> None:
    """Its origin alone may read the answer; the browser's question beforehand is answered too, and gives nothing."""
    status, allowed, body = page.ask("/scans?after=7")
    before = page.ask(method="OPTIONS", headers={PAIRING: None})

    assert (200, ORIGIN, {"scans": [SCAN]}) == (status, allowed, json.loads(body))
    assert (204, ORIGIN, b"") == before
    assert [7] == page.asked


REFUSED: dict[str, tuple[int, str, dict[str, str | None]]] = {
    "foreign origin": (403, "foreign_origin", {"Origin": "https://evil.example"}),
    "origin of another port": (403, "foreign_origin", {"Origin": f"{ORIGIN}:8443"}),
    "origin with another case": (403, "foreign_origin", {"Origin": "https://COI.example"}),
    "origin null": (403, "foreign_origin", {"Origin": "null"}),
    "no origin": (403, "foreign_origin", {"Origin": None}),
    "rebound name": (421, "wrong_host", {"Host": "evil.example"}),
    "localhost": (421, "wrong_host", {"Host": "localhost"}),
    "no port": (421, "wrong_host", {"Host": HOST}),
    "no host": (421, "wrong_host", {"Host": None}),
    "no token": (401, "token_missing", {PAIRING: None}),
    "empty token": (401, "token_missing", {PAIRING: ""}),
    "wrong token": (401, "token_wrong", {PAIRING: "paired "[:-2]}),
    "web socket": (400, "no_upgrade", {"Upgrade": "websocket", "Connection": "Upgrade"}),
    "web socket without origin": (400, "no_upgrade", {"Upgrade": "websocket", "Origin": None}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_everybody_else_is_refused(page: Open, case: str) -> None:
    """Each with its code, with no byte of a scan, and, but for a wrong token, without a word to the asking page."""
    expected, code, headers = REFUSED[case]

    status, allowed, body = page.ask(headers=headers)

    assert (expected, {"refused": code}) == (status, json.loads(body))
    assert (ORIGIN if expected == 401 else "") == allowed
    assert [] == page.asked


def test_a_token_ends(page: Open) -> None:
    """To the second."""
    page.clock[0] = NOON + timedelta(minutes=59, seconds=59)
    assert 200 == page.ask()[0]
    page.clock[0] = NOON + timedelta(hours=1)
    assert (401, {"refused": "token_expired"}) == (page.ask()[0], json.loads(page.ask()[2]))


@pytest.mark.parametrize(
    "target",
    [
        "/scans?token=paired", "/scans?after=0&token=paired", "/scans?after=-1", "/scans?after=x", "/scans?after=",
        "/scans?after=1234567890123456",
    ],
)  # fmt: skip
def test_no_token_belongs_into_an_address(page: Open, target: str) -> None:
    """An address with anything but a number is refused, even with the right token in its header."""
    status, _, body = page.ask(target)

    assert (400, {"refused": "only_after_in_address"}) == (status, json.loads(body))
    assert 400 == page.ask(target, headers={PAIRING: None})[0]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "PATCH", "TRACE", "CONNECT"])
def test_nothing_but_get_is_known(page: Open, method: str) -> None:
    """There is nothing to change; no other method gets further than the door."""
    assert 405 == page.ask(method=method)[0]
    assert [] == page.asked


@pytest.mark.parametrize("target", ["/", "/scans/", "/scans/1", "/SCANS", "http://127.0.0.1/scans"])
def test_nothing_but_scans_is_there(page: Open, target: str) -> None:
    """No other address exists."""
    assert 404 == page.ask(target)[0]
    assert [] == page.asked


def test_asking_changes_nothing(page: Open) -> None:
    """The same question twice has the same answer."""
    assert page.ask() == page.ask()


def test_who_asks_too_often_waits(page: Open) -> None:
    """Twenty a second, and then none until the next."""
    told = []
    for _ in range(MOST_A_SECOND + 2):
        told.append(page.ask()[0])
        page.second[0] = 0
    page.second[0] = 5

    assert [200] * MOST_A_SECOND + [429] * 2 == told
    assert 200 == page.ask()[0]


def test_rubbish_is_hung_up_on(page: Open) -> None:
    """A line without end, half a request and bytes that are no HTTP give nothing, and the next page is served."""
    for raw in (b"GET /" + b"a" * 5000, b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET /scans HTTP/9.9\r\n\r\n", b"\r\n\r\n"):
        with socket.create_connection((HOST, page.bridge.port or 0), timeout=20) as line:
            line.sendall(raw)
            line.shutdown(socket.SHUT_WR)
            told = b"".join(iter(lambda line=line: line.recv(4096), b""))  # type: ignore[misc]
        assert b'scans":' not in told
    assert 200 == page.ask()[0]
    assert [0] == page.asked


def test_it_listens_on_loopback_alone(page: Open) -> None:
    """The socket is bound to 127.0.0.1; any other address is refused before a socket is made."""
    assert (HOST, page.bridge.port) == page.bridge.address
    with pytest.raises(NotLoopback):
        Bridge(ORIGIN, lambda: (), lambda: NOON, lambda _after: {}, lambda: 0, [0], "0.0.0.0")  # noqa: S104 - refused


def test_a_taken_port_is_passed_over(page: Open) -> None:
    """Of the ports drawn, the first free one; with none, nothing is open. Closing twice is closing."""
    taken = page.bridge.port or 0
    other = Bridge(ORIGIN, lambda: (), lambda: NOON, lambda _after: {}, lambda: 0, [taken, 0])
    none = Bridge(ORIGIN, lambda: (), lambda: NOON, lambda _after: {}, lambda: 0, [taken])

    assert [True, False] == [other.open(), none.open()]
    assert other.port not in {taken, None}
    other.close()
    other.close()
    assert other.port is None
