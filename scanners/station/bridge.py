"""How does a page on this machine get a scan while the server is away? From a listener that exists only then.

127.0.0.1 alone, a port drawn by chance, ``GET /scans?after=N`` and nothing else. Each request is refused unless

1. its Host is this listener, letter for letter (a name that was rebound to 127.0.0.1 is another Host);
2. it is no attempt to change the protocol (there is no WebSocket here);
3. its Origin is the server's own, letter for letter, and it has one;
4. its address holds nothing but the number to go on from: no token belongs into an address;
5. it is GET, or the browser's question before it (OPTIONS); no GET changes anything;
6. its pairing token, in a header, is one that this agent gave to the server for the bound session, and not run out;
7. there were not too many.
"""

from __future__ import annotations

import hmac
import json
import re
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from scanners.scan import ScanError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

HOST: Final = "127.0.0.1"
PAIRING: Final = "X-Station-Pairing"
MOST_A_SECOND: Final = 20
_AFTER = re.compile(r"after=[0-9]{1,15}")


class NotLoopback(ScanError):
    """Somebody asked the bridge to listen where others can reach it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A pairing token and when it ends."""

    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says before anything of it is believed."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        """Return the one value of a header; None where it is missing or stands there twice."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class No:
    """A refusal: HTTP status and code."""

    status: int
    code: str


def refusal(asked: Asked, *, port: int, origin: str, tokens: Sequence[Token], at: datetime) -> No | None:
    """Say why a request is refused, or None."""
    if asked.header("Host") != f"{HOST}:{port}":
        return No(421, "wrong_host")
    if any(name.lower() == "upgrade" for name, _ in asked.headers):
        return No(400, "no_upgrade")
    if asked.header("Origin") != origin:
        return No(403, "foreign_origin")
    parts = urlsplit(asked.target)
    if parts.scheme or parts.netloc or parts.path != "/scans":
        return No(404, "unknown")
    if parts.fragment or (parts.query and not _AFTER.fullmatch(parts.query)):
        return No(400, "only_after_in_address")
    if asked.method == "OPTIONS":
        return None
    if asked.method != "GET":
        return No(405, "only_get")
    given = asked.header(PAIRING)
    if not given:
        return No(401, "token_missing")
    known = [one for one in tokens if hmac.compare_digest(one.text.encode(), given.encode("utf-8", "replace"))]
    if not known:
        return No(401, "token_wrong")
    return None if at < known[0].until else No(401, "token_expired")


class Limit:
    """Lets so many through in each second of a steady clock."""

    def __init__(self, steady: Callable[[], int], most: int = MOST_A_SECOND) -> None:
        """Count against *most* a second."""
        self._steady = steady
        self._most = most
        self._second = -1
        self._seen = 0
        self._lock = threading.Lock()

    def takes(self) -> bool:
        """Tell whether one more is let through now."""
        second = self._steady() // 1_000_000_000
        with self._lock:
            if second != self._second:
                self._second, self._seen = second, 0
            self._seen += 1
            return self._seen <= self._most


class Bridge:
    """The listener: ``open`` and ``close`` it as the server goes and comes."""

    def __init__(
        self,
        origin: str,
        tokens: Callable[[], Sequence[Token]],
        now: Callable[[], datetime],
        scans: Callable[[int], dict[str, Any]],
        steady: Callable[[], int],
        ports: Sequence[int],
        host: str = HOST,
    ) -> None:
        """Answer pages of *origin* with what *scans* gives, on the first of *ports* that is free."""
        if host != HOST:
            raise NotLoopback(f"expected {HOST} for the bridge, seen {host}")
        self.origin, self.tokens, self.now, self.scans = origin, tokens, now, scans
        self.limit = Limit(steady)
        self.ports = tuple(ports)
        self._server: ThreadingHTTPServer | None = None
        self._lock = threading.Lock()

    @property
    def address(self) -> tuple[str, int] | None:
        """Return what is listened on, or None while nothing is."""
        if self._server is None:
            return None
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    @property
    def port(self) -> int | None:
        """Return the port that is listened on, or None while nothing is."""
        return None if self.address is None else self.address[1]

    def open(self) -> bool:
        """Listen, if nothing is listened on yet; tell whether something is now."""
        with self._lock:
            for port in self.ports if self._server is None else ():
                try:
                    self._server = _Server((HOST, port), self)
                except OSError:
                    continue
                threading.Thread(target=self._server.serve_forever, args=(0.1,), name="bridge", daemon=True).start()
                break
            return self._server is not None

    def close(self) -> None:
        """Listen no more."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, address: tuple[str, int], bridge: Bridge) -> None:
        self.bridge = bridge
        super().__init__(address, _Handler)

    def handle_error(self, *_about: Any, **_named: Any) -> None:  # noqa: ANN401 - socketserver's signature
        """Say nothing: a page that goes away in the middle is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5
    server_version, sys_version = "coi-station", ""

    def handle_one_request(self) -> None:
        """Read one request, whatever its method, and answer it."""
        self.raw_requestline = self.rfile.readline(4097)
        if not self.raw_requestline or len(self.raw_requestline) > 4096 or not self.parse_request():  # noqa: PLR2004 - an address
            self.close_connection = True
            return
        self.close_connection = True
        bridge = self.server.bridge
        asked = Asked(self.command, self.path, tuple(self.headers.items()))
        port = int(self.server.server_address[1])
        no = refusal(asked, port=port, origin=bridge.origin, tokens=bridge.tokens(), at=bridge.now())
        if not bridge.limit.takes():
            no = No(429, "too_many")
        if no is not None:
            self._say(no.status, {"refused": no.code}, allowed=no.status in {401, 429})
        elif asked.method == "OPTIONS":
            self._say(204, None, allowed=True)
        else:
            query = urlsplit(asked.target).query
            self._say(200, bridge.scans(int(query.partition("=")[2] or 0)), allowed=True)

    def _say(self, status: int, body: dict[str, Any] | None, *, allowed: bool) -> None:
        self.send_response(status)
        raw = b"" if body is None else json.dumps(body).encode("utf-8")
        headers = {
            "Cache-Control": "no-store",
            "Content-Length": str(len(raw)),
            "Connection": "close",
            "Vary": "Origin",
        }
        if allowed:
            headers |= {
                "Access-Control-Allow-Origin": self.server.bridge.origin,
                "Access-Control-Allow-Methods": "GET",
                "Access-Control-Allow-Headers": PAIRING,
                "Access-Control-Allow-Private-Network": "true",
                "Content-Type": "application/json",
            }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's signature
        """Write no log: it would hold addresses."""
