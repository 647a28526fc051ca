"""A printer or a queue that speaks IPP: CUPS on another machine, LPrint, a printer with a print server in it.

* ``Print-Job`` sends the label raw, in the first of the formats that the printer names and we trust; ``Sent`` carries
  the job's number, and ``job()`` says what became of it. *done* is handed on, not scanned.
* ``Get-Printer-Attributes`` tells the state and its reasons in words that are the standard's (RFC 8011 5.4.11).
* A queue that is stopped keeps what it is given and prints it when somebody starts it again. So it is given nothing.
* A refusal by status code has made no job: not sent. A line that broke behind the first byte is uncertain.
"""

from __future__ import annotations

import http.client
import io
import struct
from itertools import count
from time import monotonic
from typing import TYPE_CHECKING, Literal, cast

from labels.printers import ipp_wire as ipp
from labels.printers.base import DOTS_PER_MM, Capabilities, Identity, NotSent, Outcome, Sent, Status, Uncertain
from labels.printers.wire import BROKEN, connected, words

if TYPE_CHECKING:
    import socket

    from labels.printers.base import State

Job = Literal["waiting", "done", "failed", "unknown"]

RAW = ("application/vnd.cups-raw", "application/vnd.zebra-zpl", "application/octet-stream")
"""Formats that a spooler hands on as they are, the surest first."""

_OK = 0x0100
_SERVER = 0x0500
_NOT_TAKEN = {0x0502, 0x0503, 0x0506, 0x0507}  # unavailable, version, not accepting, busy
_HTTP_OK = 200
_ACCEPTED = 3
_IDLE, _PROCESSING, _STOPPED = 3, 4, 5
_JOB_WAITS, _JOB_FAILED, _JOB_DONE = {3, 4, 5, 6}, {7, 8}, {9}
_MOST = 1 << 20

_REASONS: dict[str, State] = {
    "cover-open": "head_open",
    "door-open": "head_open",
    "interlock-open": "head_open",
    "media-empty": "media_out",
    "media-needed": "media_out",
    "marker-supply-empty": "ribbon_out",
    "paused": "paused",
    "moving-to-paused": "paused",
    "hold-new-jobs": "paused",
}
"""Which reason names a state of its own, in the order in which a person mends them."""
_NO_FAULT = {"none", "media-low", "marker-supply-low", "connecting-to-device"}
_BROKEN = (*BROKEN, http.client.HTTPException, ipp.NotIpp)

More = list[tuple[int, str, list[bytes]]]


class Ipp:
    """The printer at *host* and *port* under *path*."""

    def __init__(self, host: str, port: int = 631, path: str = "/ipp/print", seconds: float = 10.0) -> None:
        """Send to it, each label within *seconds*."""
        self._address, self._path = (host, port), path
        self._seconds = seconds
        self._numbers = count(1)

    @property
    def uri(self) -> str:
        """Where it stands."""
        return f"ipp://{_where(self._address)}{self._path}"

    def send(self, zpl: bytes, name: str) -> Outcome:
        """Print one label as the job *name*."""
        deadline = monotonic() + self._seconds
        try:
            printer = self._asked(ipp.GET_PRINTER, deadline)
        except _BROKEN as error:
            return NotSent(f"{name}: no answer from {self.uri}: {words(error)}")
        if _judged(printer).state == "paused":
            return NotSent(f"{name}: {self.uri} is stopped")
        kinds = printer.texts("document-format-supported")
        kind = next((one for one in RAW if one in kinds), None)
        if kind is None:
            return NotSent(f"{name}: expected {self.uri} to take one of {', '.join(RAW)}, it takes {', '.join(kinds)}")
        more = [(ipp.NAME, "job-name", [name.encode()[:255]]), (ipp.MEDIA_TYPE, "document-format", [kind.encode()])]
        line = _Line(self._address, deadline)
        try:
            done = self._spoken(line, ipp.PRINT_JOB, more, zpl)
        except _BROKEN as error:
            reason = f"{name}: {self.uri} broke off: {words(error)}"
            return Uncertain(reason) if line.begun else NotSent(reason)
        if done.code >= _SERVER and done.code not in _NOT_TAKEN:
            return Uncertain(f"{name}: {self.uri} failed with status {done.code:#06x}")
        if done.code >= _OK:
            return NotSent(f"{name}: {self.uri} refused with status {done.code:#06x}")
        job = done.number("job-id")
        return Uncertain(f"{name}: {self.uri} told no job id") if job is None else Sent(len(zpl), str(job))

    def status(self, seconds: float = 2.0) -> Status:
        """Ask for the printer's state and its reasons."""
        try:
            return _judged(self._asked(ipp.GET_PRINTER, monotonic() + seconds))
        except _BROKEN:
            return Status("unknown")

    def job(self, receipt: str, seconds: float = 2.0) -> Job:
        """Ask what became of the job with this *receipt*."""
        if not (receipt.isascii() and receipt.isdigit()):
            return "unknown"
        more = [(ipp.INTEGER, "job-id", [struct.pack(">I", int(receipt) & 0x7FFF_FFFF)])]
        try:
            state = self._asked(ipp.GET_JOB, monotonic() + seconds, more).number("job-state")
        except _BROKEN:
            return "unknown"
        if state in _JOB_WAITS:
            return "waiting"
        if state in _JOB_DONE:
            return "done"
        return "failed" if state in _JOB_FAILED else "unknown"

    def counter(self, seconds: float = 2.0) -> int | None:  # noqa: ARG002 - there is nobody to wait for
        """Say that IPP knows no odometer: what it counts are jobs and sheets of this queue."""
        return None

    def identity(self, seconds: float = 2.0) -> Identity | None:
        """Ask which printer this is; a queue that does not know its resolution does not know its printer."""
        try:
            told = self._asked(ipp.GET_PRINTER, monotonic() + seconds)
        except _BROKEN:
            return None
        name, dpi = told.texts("printer-make-and-model"), told.number("printer-resolution-default")
        if not name or not dpi:
            return None
        ids = dict(
            pair.split(":", 1) for one in told.texts("printer-device-id") for pair in one.split(";") if ":" in pair
        )
        firmware = told.texts("printer-firmware-string-version")
        serial = ids.get("SN") or ids.get("SERN") or ids.get("SERIALNUMBER") or ""
        return Identity(name[0], firmware[0] if firmware else "", DOTS_PER_MM.get(dpi, round(dpi / 25.4)), serial)

    def capabilities(self) -> Capabilities:
        """Say that there is a state, a job's number and, from some, an identity; never an odometer."""
        return Capabilities(status=True, counter=False, identity=True, job_id=True)

    def _asked(self, operation: int, deadline: float, more: More | None = None) -> ipp.Response:
        told = self._spoken(_Line(self._address, deadline), operation, more or [], b"")
        if told.code >= _OK:
            raise ipp.NotIpp(f"it refused with status {told.code:#06x}")
        return told

    def _spoken(self, line: _Line, operation: int, more: More, document: bytes) -> ipp.Response:
        number = next(self._numbers)
        attributes = [
            (ipp.CHARSET, "attributes-charset", [b"utf-8"]),
            (ipp.LANGUAGE, "attributes-natural-language", [b"en"]),
            (ipp.URI, "printer-uri", [self.uri.encode()]),
            *more,
            (ipp.NAME, "requesting-user-name", [b"labels"]),
        ]
        return ipp.response(line.post(self._path, ipp.request(operation, number, attributes) + document), number)


class _Line:
    """One HTTP request, heard to its end under one deadline; *begun* when a byte of it has left."""

    def __init__(self, address: tuple[str, int], deadline: float) -> None:
        self._address, self._deadline = address, deadline
        self.begun = False

    def post(self, path: str, body: bytes) -> bytes:
        head = f"POST {path} HTTP/1.1\r\nHost: {_where(self._address)}\r\nContent-Type: application/ipp\r\n"
        ask = head.encode() + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
        heard = bytearray()
        with connected(self._address, self._deadline) as wire:
            while ask:
                ask = ask[wire.write(ask, self._deadline) :]
                self.begun = True
            while (part := wire.read(self._deadline)) and len(heard) < _MOST:
                heard += part
        with http.client.HTTPResponse(cast("socket.socket", _Heard(bytes(heard))), method="POST") as answer:
            answer.begin()
            if answer.status != _HTTP_OK:
                raise ipp.NotIpp(f"expected HTTP status 200, got {answer.status}")
            return answer.read()


class _Heard:
    """What was heard, as the one thing that ``HTTPResponse`` wants of a socket: a file."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def _where(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _judged(told: ipp.Response) -> Status:
    number, reasons = told.number("printer-state"), told.texts("printer-state-reasons")
    waiting = told.number("queued-job-count")
    hard = [
        _plain(one) for one in reasons if not one.endswith(("-warning", "-report")) and _plain(one) not in _NO_FAULT
    ]
    state: State
    if number not in {_IDLE, _PROCESSING, _STOPPED}:
        state = "unknown"
    elif hard:
        state = next((state for name, state in _REASONS.items() if name in hard), "fault")
    elif number == _STOPPED or told.first("printer-is-accepting-jobs") is False:
        state = "paused"
    else:
        state = "busy" if number == _PROCESSING or waiting else "ready"
    rest = tuple(
        one for one in reasons if one != "none" and (_REASONS.get(_plain(one)) != state or _plain(one) not in hard)
    )
    return Status(state, " ".join(reasons).encode(), buffered=waiting, warnings=rest)


def _plain(reason: str) -> str:
    """Return *reason* without the word of its weight."""
    for weight in ("-error", "-warning", "-report"):
        reason = reason.removesuffix(weight)
    return reason
