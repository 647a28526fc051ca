"""Whether a printer that speaks IPP is understood; a small responder on loopback is the printer."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.printers import Identity, Ipp, NotSent, Sent, Status, Uncertain
from labels.printers import ipp_wire as wire
from tests.labels.printers.papers import ONE

if TYPE_CHECKING:
    from collections.abc import Iterator

Told = list[tuple[int, str, list[bytes]]]
LONG = 8.0


def number(value: int) -> bytes:
    """An integer as it stands on the wire."""
    return struct.pack(">i", value)


def printer(state: int = 3, *reasons: str, jobs: int = 0, accepting: bool = True) -> Told:
    """What a label printer's queue says of itself."""
    return [
        (wire.ENUM, "printer-state", [number(state)]),
        (wire.KEYWORD, "printer-state-reasons", [reason.encode() for reason in reasons or ("none",)]),
        (wire.BOOLEAN, "printer-is-accepting-jobs", [bytes([accepting])]),
        (wire.INTEGER, "queued-job-count", [number(jobs)]),
        (wire.MEDIA_TYPE, "document-format-supported", [b"image/pwg-raster", b"application/vnd.zebra-zpl"]),
        (0x41, "printer-make-and-model", [b"Zebra ZD621"]),
        (0x41, "printer-device-id", [b"MFG:Zebra;MDL:ZD621;CMD:ZPL;SN:D5J1;"]),
        (wire.RESOLUTION, "printer-resolution-default", [struct.pack(">iib", 300, 300, 3)]),
        (0x36, "printer-name", [b"\x00\x02en\x00\x03zpl"]),
    ]


def answered(code: int, request: int, told: Told, group: int = wire.PRINTER_GROUP) -> bytes:
    """Write a response; its frame is that of a request."""
    head = wire.request(code, request, [(wire.CHARSET, "attributes-charset", [b"utf-8"])])
    body = wire.request(0, 0, told)[9:]
    return head[:-1] + bytes([group]) + body


class Responder:
    """A printer: what it says, what it answers to a job, and what it was sent."""

    def __init__(self) -> None:
        """Be ready."""
        self.told = printer()
        self.code = 0
        self.job: Told = [(wire.INTEGER, "job-id", [number(17)]), (wire.ENUM, "job-state", [number(5)])]
        self.spoil: bytes | None = None
        self.status = 200
        self.requests: list[tuple[int, wire.Attributes, bytes]] = []

    def answer(self, body: bytes) -> bytes:
        """Answer one request."""
        operation, request = struct.unpack_from(">HI", body, 2)
        end = body.index(b"labels", 8) + len(b"labels")
        self.requests.append((operation, wire.response(body[: end + 1], request).attributes, body[end + 1 :]))
        if operation == wire.GET_PRINTER:
            return answered(0, request, self.told)
        if self.spoil is not None:
            return self.spoil
        return answered(self.code, request, self.job, wire.JOB_GROUP)


@contextmanager
def standing() -> Iterator[tuple[Responder, Ipp]]:
    """Stand a printer on loopback; give it and the way to it."""
    responder = Responder()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = responder.answer(body)
            self.send_response(responder.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield responder, Ipp("127.0.0.1", server.server_port, "/ipp/print", LONG)
        server.shutdown()
        thread.join()


@pytest.fixture
def both() -> Iterator[tuple[Responder, Ipp]]:
    """A printer and the way to it."""
    with standing() as pair:
        yield pair


def test_a_label_is_a_raw_job_with_a_number(both: tuple[Responder, Ipp]) -> None:
    """The bytes go as they are, in a format that is handed on as it is; the job's number is the receipt."""
    responder, ipp = both

    assert Sent(len(ONE), "17") == ipp.send(ONE, "bag")
    operation, attributes, document = responder.requests[-1]
    assert (wire.PRINT_JOB, ONE) == (operation, document)
    assert ["attributes-charset", "attributes-natural-language", "printer-uri"] == list(attributes)[:3]
    assert [ipp.uri] == attributes["printer-uri"]
    assert (["bag"], ["application/vnd.zebra-zpl"]) == (attributes["job-name"], attributes["document-format"])


REFUSED = {
    "not possible": (0x0404, NotSent),
    "not allowed": (0x0401, NotSent),
    "not accepting": (0x0506, NotSent),
    "busy": (0x0507, NotSent),
    "something broke in there": (0x0500, Uncertain),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_not_sent_and_a_breakdown_is_uncertain(case: str, both: tuple[Responder, Ipp]) -> None:
    """A status that says *no job was made* is safe to try again; an inner failure is not."""
    responder, ipp = both
    responder.code, kind = REFUSED[case]
    outcome = ipp.send(ONE, "bag")

    assert kind is type(outcome)
    assert f"{REFUSED[case][0]:#06x}" in str(outcome)


SPOILED = {
    "no IPP": b"<html>",
    "nothing": b"",
    "another request": answered(0, 4711, []),
    "half": answered(0, 2, [])[:-1],
}


@pytest.mark.parametrize("case", SPOILED)
def test_an_odd_answer_to_a_job_is_uncertain(case: str, both: tuple[Responder, Ipp]) -> None:
    """The bytes are gone and nobody said what became of them."""
    responder, ipp = both
    responder.spoil = SPOILED[case]

    assert isinstance(ipp.send(ONE, "bag"), Uncertain)


def test_a_job_without_a_number_is_uncertain(both: tuple[Responder, Ipp]) -> None:
    """Taken, but under no number: nobody can ask what became of it."""
    responder, ipp = both
    responder.job = []

    assert Uncertain(f"bag: {ipp.uri} told no job id") == ipp.send(ONE, "bag")


def test_a_printer_that_takes_no_raw_bytes_is_sent_none(both: tuple[Responder, Ipp]) -> None:
    """A queue that would draw the bytes as text is not trusted with a label."""
    responder, ipp = both
    kinds = "document-format-supported"
    others = [one for one in responder.told if one[1] != kinds]
    responder.told = [*others, (wire.MEDIA_TYPE, kinds, [b"application/pdf"])]

    outcome = ipp.send(ONE, "bag")
    assert isinstance(outcome, NotSent)
    assert outcome.reason.endswith("it takes application/pdf")
    assert [wire.GET_PRINTER] == [operation for operation, _, _ in responder.requests]


def test_a_stopped_queue_is_given_nothing(both: tuple[Responder, Ipp]) -> None:
    """It would keep the label and print it at an hour when nobody waits for it."""
    responder, ipp = both
    responder.told = printer(5, "paused")

    assert NotSent(f"bag: {ipp.uri} is stopped") == ipp.send(ONE, "bag")
    assert [wire.GET_PRINTER] == [operation for operation, _, _ in responder.requests]


def test_nobody_there_is_not_sent_and_unknown(both: tuple[Responder, Ipp]) -> None:
    """No connection, or a web server that is no printer: not a label left, and no state."""
    responder, ipp = both
    responder.status = 404
    nobody = Ipp("127.0.0.1", 1, seconds=1)

    for way in (ipp, nobody):
        assert isinstance(way.send(ONE, "bag"), NotSent)
        assert Status("unknown") == way.status()
        assert way.identity() is None
        assert "unknown" == way.job("17")


STATES = {
    "idle": (printer(), "ready", ()),
    "printing": (printer(4), "busy", ()),
    "jobs wait": (printer(jobs=2), "busy", ()),
    "paper out": (printer(5, "media-empty-error"), "media_out", ()),
    "paper wanted": (printer(3, "media-needed"), "media_out", ()),
    "ribbon out": (printer(5, "marker-supply-empty-error"), "ribbon_out", ()),
    "cover open": (printer(5, "cover-open", "media-empty"), "head_open", ("media-empty",)),
    "paused": (printer(5, "paused"), "paused", ()),
    "stopped": (printer(5), "paused", ()),
    "takes nothing": (printer(accepting=False), "paused", ()),
    "paper low": (printer(3, "media-low-report"), "ready", ("media-low-report",)),
    "a warning": (printer(3, "media-empty-warning"), "ready", ("media-empty-warning",)),
    "jam": (printer(5, "media-jam"), "fault", ("media-jam",)),
    "no state": ([], "unknown", ()),
    "a state that is none": (printer(9), "unknown", ()),
}


@pytest.mark.parametrize("case", STATES)
def test_the_standards_words_make_one_state(case: str, both: tuple[Responder, Ipp]) -> None:
    """State and reasons are read together; a reason of little weight is a warning."""
    responder, ipp = both
    responder.told, state, warnings = STATES[case]

    status = ipp.status(LONG)
    assert (state, warnings) == (status.state, status.warnings)


def test_it_says_which_printer_stands_behind_it(both: tuple[Responder, Ipp]) -> None:
    """Model, resolution and serial number, if the queue knows them; a count it never has."""
    responder, ipp = both

    assert Identity("Zebra ZD621", "", 12, "D5J1") == ipp.identity(LONG)
    assert ipp.counter() is None
    responder.told = [one for one in responder.told if one[0] != wire.RESOLUTION]
    assert ipp.identity(LONG) is None


@pytest.mark.parametrize(
    ("state", "expected"),
    [(3, "waiting"), (4, "waiting"), (5, "waiting"), (9, "done"), (7, "failed"), (8, "failed"), (1, "unknown")],
)
def test_a_jobs_end_is_known(state: int, expected: str, both: tuple[Responder, Ipp]) -> None:
    """Waiting, handed on, or failed; what is no number of a job is not asked for."""
    responder, ipp = both
    responder.job = [(wire.ENUM, "job-state", [number(state)])]

    assert expected == ipp.job("17", LONG)
    assert [17] == responder.requests[-1][1]["job-id"]
    assert "unknown" == ipp.job("zd621-17")


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda tail: answered(0, 1, printer())[:40] + tail))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    """Every answer is read, or refused as none."""
    try:
        read = wire.response(raw, 1)
    except wire.NotIpp:
        return
    assert 0 <= read.code <= 0xFFFF
