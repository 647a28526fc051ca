"""Where does a person look at the virtual printer? A page of its own on loopback: its tray, its state, its faults.

* ``GET /`` the page · ``GET /state.json`` · ``GET /labels/N.png`` the Nth label that came out · ``POST /faults``: a
  form sets every fault, JSON those that it names; ``{"somebody_prints": 3}`` lets the odometer run.
* Only this machine, by its own name: a request under another ``Host``, or sent by a page of somebody else, is refused.
  Nothing is read from or written to a path that a request names.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from threading import Thread
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs

from jinja2 import Environment

from labels.printers.desk_form import groups, of_form
from labels.printers.sayings import SAYINGS
from labels.printers.zebra import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels.printers.network import VirtualZebra

_SHOWN = 12
_MOST = 65_536
_FILES = resources.files("labels.printers")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_PICTURE = re.compile(r"/labels/(\d{1,9})\.png")


class Desk:
    """The page of *printer*, at *port* of this machine or at a free one."""

    def __init__(self, printer: VirtualZebra, port: int = 0) -> None:
        """Stand ready; nothing listens yet."""
        self._printer = printer
        self._wanted = port
        self._server: _Server | None = None
        self._page = Environment(autoescape=True).from_string((_FILES / "desk.html").read_text(encoding="utf-8"))

    def start(self) -> Self:
        """Begin to listen."""
        self._server = _Server(("127.0.0.1", self._wanted), _Handler)
        self._server.desk = self
        Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="desk").start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("expected a desk that was started")
        return self._server.server_port

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> _Answer:
        """Answer one request."""
        names = {f"{host}:{self.port}" for host in ("127.0.0.1", "localhost")}
        if headers.get("Host") not in names:
            return _plain(HTTPStatus.MISDIRECTED_REQUEST, f"expected a Host of {' or '.join(sorted(names))}")
        if method == "POST":
            origin = headers.get("Origin")
            if origin is not None and origin not in {f"http://{name}" for name in names}:
                return _plain(HTTPStatus.FORBIDDEN, "expected a form of this very page")
            return self._faults(headers.get("Content-Type", ""), body) if path == "/faults" else _nowhere()
        picture = _PICTURE.fullmatch(path)
        if picture is not None:
            return self._label(int(picture[1]))
        match path:
            case "/":
                return _Answer(HTTPStatus.OK, "text/html; charset=utf-8", self._drawn().encode())
            case "/desk.css":
                return _Answer(HTTPStatus.OK, "text/css; charset=utf-8", (_FILES / "desk.css").read_bytes())
            case "/favicon.ico":
                return _Answer(HTTPStatus.NO_CONTENT, "image/png", b"")
            case "/state.json":
                return _json(HTTPStatus.OK, self._state())
            case _:
                return _nowhere()

    def _label(self, number: int) -> _Answer:
        labels = self._printer.labels
        at = number - 1 - (self._printer.out - len(labels))
        if not 0 <= at < len(labels):
            return _nowhere()
        return _Answer(HTTPStatus.OK, "image/png", labels[at].png())

    def _faults(self, kind: str, body: bytes) -> _Answer:
        try:
            if kind.partition(";")[0].strip() == "application/json":
                self._told(json.loads(body))
                return _json(HTTPStatus.OK, self._state())
            form = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
            self._printer.change(**(asdict(Faults()) if "mend" in form else of_form(form)))
        except ValueError as error:
            return _json(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})
        return _Answer(HTTPStatus.SEE_OTHER, "text/plain", b"", {"Location": "/"})

    def _told(self, told: object) -> None:
        if not isinstance(told, dict):
            raise ValueError("expected an object of faults")  # noqa: TRY004 - it is a value that came over the wire
        labels = told.pop("somebody_prints", 0)
        if type(labels) is not int or labels < 0:
            raise ValueError(f"expected somebody_prints as a number of labels, got {labels!r}")
        self._printer.change(**told)
        self._printer.somebody_prints(labels)

    def _state(self) -> dict[str, object]:
        status = self._printer.status()
        return {
            "address": self._printer.address,
            "state": status.state,
            "warnings": list(status.warnings),
            "odometer": self._printer.odometer,
            "out": self._printer.out,
            "waiting": self._printer.waiting,
            "odd": self._printer.odd,
            "faults": asdict(self._printer.faults),
            "labels": [{"number": label.number, "cut": label.cut} for label in self._printer.labels[-_SHOWN:]],
        }

    def _drawn(self) -> str:
        labels, out, status = self._printer.labels, self._printer.out, self._printer.status()
        first = out - len(labels) + 1
        return self._page.render(
            status=status,
            said=SAYINGS[status.state],
            model=self._printer.model,
            serial=self._printer.serial,
            address=self._printer.address,
            odometer=self._printer.odometer,
            out=out,
            waiting=self._printer.waiting,
            odd=self._printer.odd,
            labels=list(enumerate(labels, first))[-_SHOWN:][::-1],
            groups=groups(self._printer.faults),
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    kind: str
    body: bytes
    more: Mapping[str, str] | None = None


def _plain(status: HTTPStatus, text: str) -> _Answer:
    return _Answer(status, "text/plain; charset=utf-8", text.encode())


def _json(status: HTTPStatus, told: object) -> _Answer:
    return _Answer(status, "application/json", json.dumps(told).encode())


def _nowhere() -> _Answer:
    return _plain(HTTPStatus.NOT_FOUND, "expected /, /state.json, /labels/N.png or /faults")


class _Server(ThreadingHTTPServer):
    """A server that knows its desk."""

    daemon_threads = True
    desk: Desk


class _Handler(BaseHTTPRequestHandler):
    """One request: read, answered, closed."""

    server: _Server

    server_version = "desk"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        told = self.headers.get("Content-Length", "0")
        self._answer(self.rfile.read(min(int(told), _MOST)) if told.isascii() and told.isdigit() else b"")

    def _answer(self, body: bytes) -> None:
        answer = self.server.desk.answer(self.command, self.path, dict(self.headers), body)
        self.send_response(answer.status)
        for name, value in (_HEADERS | dict(answer.more or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Say nothing: there is a page to look at."""
