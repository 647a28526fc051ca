"""Whether a network printer's silence is told from its word."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest

from labels import zpl
from labels.printers import Identity, NotSent, Sent, Status, Tcp9100, Uncertain
from tests.labels.printers.papers import ONE
from tests.labels.printers.test_status import FINE, QUIET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listening(then: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a printer that does *then* with its first connection; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                then(line)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def everything(line: socket.socket) -> bytes:
    """Read until the other side has closed."""
    parts = []
    while part := line.recv(4096):
        parts.append(part)
    return b"".join(parts)


def test_a_label_arrives_whole_and_the_line_is_closed_first() -> None:
    """The printer gets every byte and then our half-close, without which it would wait for more."""
    got: list[bytes] = []
    with listening(lambda line: got.append(everything(line))) as port:
        outcome = Tcp9100("127.0.0.1", port, 5).send(ONE, "bag")

    assert Sent(len(ONE)) == outcome
    assert np.array_equal(zpl.read(ONE), zpl.read(got[0]))


def test_nobody_there_is_not_sent() -> None:
    """A refused connection has sent nothing: it is safe to try again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    outcome = Tcp9100("127.0.0.1", port, 5).send(ONE, "bag")
    assert isinstance(outcome, NotSent)
    assert f"bag: no connection to 127.0.0.1:{port}" in outcome.reason


def test_a_line_that_breaks_is_uncertain() -> None:
    """A printer that resets in the middle may have printed: nobody knows, and that is what is said."""

    def reset(line: socket.socket) -> None:
        line.recv(100)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with listening(reset) as port:
        outcome = Tcp9100("127.0.0.1", port, 5).send(ONE, "bag")

    assert isinstance(outcome, Uncertain)
    assert f"bag: 127.0.0.1:{port} broke off after" in outcome.reason


def test_a_printer_that_never_ends_is_uncertain_by_the_deadline() -> None:
    """Bytes taken and no end of the line within the time: uncertain, and the sender is free again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        outcome = Tcp9100("127.0.0.1", server.getsockname()[1], 0.3).send(ONE, "bag")

    assert isinstance(outcome, Uncertain)


def saying(*answers: bytes, size: int = 10_000) -> Callable[[socket.socket], None]:
    """Answer each question with the next of *answers*, in pieces of *size*."""

    def serve(line: socket.socket) -> None:
        with suppress(OSError):  # who has heard enough hangs up
            for answer in answers:
                line.recv(4096)
                for at in range(0, len(answer), size):
                    line.sendall(answer[at : at + size])
            everything(line)

    return serve


LONG, SHORT = 8.0, 0.5
"""Time that is never used up, and time that is: where the rest of an answer does not come."""

ASKED = {
    "at once": (saying(QUIET, FINE), LONG, "ready"),
    "byte by byte": (saying(QUIET, FINE, size=1), LONG, "ready"),
    "doubled": (saying(QUIET * 2, FINE), LONG, "unknown"),
    "doubled, byte by byte": (saying(QUIET * 2, FINE, size=1), LONG, "unknown"),
    "the errors doubled": (saying(QUIET, FINE * 2), LONG, "unknown"),
    "in another order": (saying(b"".join(QUIET.splitlines(keepends=True)[::-1]), FINE), LONG, "unknown"),
    "noise": (saying(b"\x02" * 100), SHORT, "unknown"),
    "a flood": (saying(b"x" * 100_000), SHORT, "unknown"),
    "cut": (saying(QUIET[:40]), SHORT, "unknown"),
    "closed at once": (saying(), SHORT, "unknown"),
}


@pytest.mark.parametrize("case", ASKED)
def test_only_the_one_right_answer_is_ready(case: str) -> None:
    """However it comes in pieces, one whole answer is ready; half of it, two of it, noise is unknown."""
    then, seconds, state = ASKED[case]
    with listening(then) as port:
        assert state == Tcp9100("127.0.0.1", port).status(seconds).state


COUNTS = {
    "whole": (b'"1043"', LONG, 1043),
    "doubled": (b'"1043""1043"', LONG, None),
    "no closing quote": (b'"1043', SHORT, None),
    "not known": (b'"?"', LONG, None),
    "no number": (b'"many"', LONG, None),
}


@pytest.mark.parametrize("case", COUNTS)
def test_a_count_is_read_to_its_closing_quote(case: str) -> None:
    """There is no line end to wait for; without the closing quote there is no count."""
    raw, seconds, count = COUNTS[case]
    with listening(saying(raw, size=1)) as port:
        assert count == Tcp9100("127.0.0.1", port).counter(seconds)


MODEL = b"\x02ZD621-203dpi,V93,8,8176KB\x03\r\n"
IDENTITIES = {
    "with a serial number": (saying(MODEL, b'"D5J1"', size=1), LONG, Identity("ZD621-203dpi", "V93", 8, "D5J1")),
    "without": (saying(MODEL, b'"?"'), LONG, Identity("ZD621-203dpi", "V93", 8, "")),
    "silent to the second question": (saying(MODEL, b""), 2, Identity("ZD621-203dpi", "V93", 8, "")),
    "half a serial number": (saying(MODEL, b'"D5'), 2, None),
    "another tongue": (saying(b"@PJL INFO ID\r\n\x03"), SHORT, None),
}


@pytest.mark.parametrize("case", IDENTITIES)
def test_a_printer_says_which_it_is(case: str) -> None:
    """Model and serial number, or an empty one where the printer has none to tell; half of one is no identity."""
    then, seconds, identity = IDENTITIES[case]
    with listening(then) as port:
        assert identity == Tcp9100("127.0.0.1", port).identity(seconds)


@pytest.mark.parametrize("host", ["127.0.0.1", "no such host", "." * 70, "a" * 300])
def test_who_is_not_there_is_unknown(host: str) -> None:
    """No connection, and a name that is none: no exception, and not a byte sent."""
    printer = Tcp9100(host, 1, 1)

    assert Status("unknown") == printer.status(0.5)
    assert (None, None) == (printer.counter(0.5), printer.identity(0.5))
    assert isinstance(printer.send(b"^XA^XZ", "bag"), NotSent)
