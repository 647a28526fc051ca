"""Whether the virtual network printer is as bad as a real one, and whether its user always knows what he may know."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import numpy as np
import pytest

from labels import zpl
from labels.printers import Identity, NotSent, Sent, Status, Tcp9100, Uncertain, opened
from labels.printers.network import VirtualZebra
from labels.printers.zebra import Faults, Zebra
from tests.labels.printers.papers import LABELS, ONE, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONG = 8.0
"""More seconds than anything here needs; only a test that waits for silence waits at all."""


@pytest.fixture
def zebra(tmp_path: Path) -> Iterator[VirtualZebra]:
    """A printer that stands on this machine."""
    with VirtualZebra(tmp_path / "tray", serial="VZ42") as printer:
        yield printer


@pytest.fixture
def line(zebra: VirtualZebra) -> Tcp9100:
    """Our way to it."""
    return Tcp9100("127.0.0.1", zebra.port, LONG)


def test_a_label_is_printed_counted_and_laid_into_the_tray(zebra: VirtualZebra, line: Tcp9100, tmp_path: Path) -> None:
    """What comes out is drawn from the bytes that were sent, dot by dot, and the odometer is one further."""
    assert Sent(len(ONE)) == line.send(ONE, "bag")

    assert [1001] == [label.number for label in zebra.labels]
    assert np.array_equal(zpl.read(ONE), zebra.labels[0].ink)
    assert [zebra.labels[0].png()] == [path.read_bytes() for path in (tmp_path / "tray").glob("*.png")]
    assert 1001 == line.counter(LONG) == zebra.odometer


def test_it_says_which_it_is_and_how_it_is(line: Tcp9100) -> None:
    """Model, firmware, resolution and serial number; ready, with nothing in its memory."""
    assert Identity("ZD621-300dpi", "V93.21.26Z", 12, "VZ42") == line.identity(LONG)

    status = line.status(LONG)
    assert ("ready", True, ()) == (status.state, status.idle, status.warnings)


def test_several_labels_on_one_line_and_bytes_one_by_one(zebra: VirtualZebra) -> None:
    """Where a write ends means nothing: every label comes out once and whole."""
    with socket.create_connection(("127.0.0.1", zebra.port)) as wire:
        wire.sendall(ONE + OTHER)
        for at in range(0, len(ONE), 7):
            wire.sendall(ONE[at : at + 7])
        wire.shutdown(socket.SHUT_WR)
        assert b"" == wire.recv(1)

    assert [ONE, OTHER, ONE] == [label.zpl + b"\n" for label in zebra.labels]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_a_question_is_understood_in_any_pieces(size: int) -> None:
    """A printer that is fed byte by byte answers as one that is fed at once, between labels and within one."""
    stream = b'~HS\r\n~HQES~HI! U1 getvar "head.latch"\r\n' + ONE[:50] + b"~HS" + ONE[50:] + b"^XA^HH^XZ"
    whole, pieces = Zebra(), Zebra()
    expected = whole.feed(stream)
    told = b"".join(pieces.feed(stream[at : at + size]) for at in range(0, len(stream), size))

    assert expected == told
    assert [ONE] == [label.zpl + b"\n" for label in pieces.labels]
    assert (9, 2) == (told.count(b"\x02"), told.count(b",1,000,0,0,0\x03") + told.count(b",0,000,0,0,0\x03"))


STANDING = {
    "media_out": "media_out",
    "ribbon_out": "ribbon_out",
    "head_open": "head_open",
    "over_temp": "over_temp",
    "paused": "paused",
}


@pytest.mark.parametrize("fault", STANDING)
def test_a_printer_that_cannot_print_says_why_and_keeps_the_label(
    fault: str, zebra: VirtualZebra, line: Tcp9100
) -> None:
    """It takes the bytes, prints nothing, names its state and what it holds; mended, it prints what it holds, once."""
    zebra.change(**{fault: True})
    assert Sent(len(ONE)) == line.send(ONE, "bag")

    status = line.status(LONG)
    assert (STANDING[fault], 1) == (status.state, status.buffered)
    assert ([], 1000) == (zebra.labels, line.counter(LONG))

    zebra.change(**{fault: False})
    assert ("ready", 1001, 1) == (line.status(LONG).state, line.counter(LONG), len(zebra.labels))


def test_a_stopped_printer_that_keeps_silent_still_names_its_errors(zebra: VirtualZebra, line: Tcp9100) -> None:
    """The guide: no answer to ``~HS`` while stopped. The errors are asked for on the same line, and believed."""
    zebra.change(media_out=True, mute=True)

    assert "media_out" == line.status(2).state


def test_the_roll_ends_in_the_middle_of_a_batch(zebra: VirtualZebra, line: Tcp9100) -> None:
    """Two labels come out, the third waits, and a new roll prints it: three labels, each once."""
    zebra.change(media_left=2)
    for label in LABELS[:3]:
        line.send(label, "bag")

    status = line.status(LONG)
    assert ("media_out", 1, 1002) == (status.state, status.buffered, line.counter(LONG))
    zebra.change(media_out=False)
    assert [*LABELS[:3]] == [label.zpl + b"\n" for label in zebra.labels]


@pytest.mark.parametrize(("told", "expected"), [(b"", [True, False]), (b"^JZY", [True, False]), (b"^JZN", [True])])
def test_a_label_cut_by_the_end_of_the_roll_comes_again_unless_told_not_to(told: bytes, expected: list[bool]) -> None:
    """``^JZY`` is how it leaves the factory: half a label and, after the new roll, the same label whole."""
    zebra = Zebra()
    zebra.faults.change(media_left=0, cut_short=True)
    zebra.feed(ONE.replace(b"^PQ1", told + b"^PQ1"))
    assert zebra.stopped

    zebra.faults.change(media_out=False)
    zebra.run()
    assert expected == [label.cut for label in zebra.labels]
    assert 1000 + len(expected) == zebra.odometer


def test_twins_and_miscounts_show_in_the_odometer(zebra: VirtualZebra, line: Tcp9100) -> None:
    """A twin counts two, a label that is not counted none, somebody else's labels count as well."""
    zebra.change(twin=True)
    line.send(ONE, "bag")
    assert (1002, 2) == (line.counter(LONG), len(zebra.labels))

    zebra.change(twin=False, miscount=True)
    line.send(ONE, "bag")
    assert (1002, 3) == (line.counter(LONG), len(zebra.labels))

    zebra.change(miscount=False, foreign=5)
    line.send(ONE, "bag")
    assert (1008, 4) == (line.counter(LONG), len(zebra.labels))

    zebra.somebody_prints(3)
    assert 1011 == line.counter(LONG)


def test_another_printer_at_the_address_is_seen(zebra: VirtualZebra, line: Tcp9100) -> None:
    """A wrong model is told by its identity, not by its status."""
    zebra.change(model="GK420d")

    seen = line.identity(LONG)
    assert seen is not None
    assert "GK420d" == seen.model


TORN: dict[str, tuple[dict[str, object], int]] = {
    "in the middle of the format": ({"reset": "mid_format"}, 0),
    "after some bytes": ({"reset": "after_bytes", "reset_after": 100}, 0),
    "after all bytes but the line end": ({"reset": "after_bytes", "reset_after": len(ONE) - 1}, 1),
    "after it was printed": ({"reset": "after_print"}, 1),
}


@pytest.mark.parametrize("case", TORN)
def test_a_line_torn_after_the_first_byte_is_uncertain(case: str, zebra: VirtualZebra, line: Tcp9100) -> None:
    """Printed or not: the sender is told that nobody knows."""
    faults, papers = TORN[case]
    zebra.change(**faults)
    outcome = line.send(ONE, "bag")
    zebra.change(reset="", reset_after=0)

    assert isinstance(outcome, Uncertain)
    assert 1000 + papers == line.counter(LONG)
    assert papers == len(zebra.labels)


def test_a_line_torn_before_the_first_byte_prints_nothing(zebra: VirtualZebra, line: Tcp9100) -> None:
    """Whether the sender could give a byte to its own machine before the tear or not, it never says *sent*."""
    zebra.change(reset="before_first_byte")
    outcome = line.send(ONE, "bag")

    assert isinstance(outcome, (NotSent, Uncertain))
    assert [] == zebra.labels


BAD_LINES: dict[str, dict[str, object]] = {
    "torn in the answer": {"reset": "during_status"},
    "torn at once": {"reset": "before_first_byte"},
    "half an answer": {"truncated_status": True},
}


@pytest.mark.parametrize("case", BAD_LINES)
def test_half_an_answer_is_unknown(case: str, zebra: VirtualZebra) -> None:
    """Nothing is made of half an answer, not even a count."""
    zebra.change(**BAD_LINES[case])
    line = Tcp9100("127.0.0.1", zebra.port)

    assert "unknown" == line.status(0.4).state
    assert line.counter(0.4) is None
    assert line.identity(0.4) is None


def test_a_printer_that_reads_slowly_is_waited_for_until_the_time_is_up(zebra: VirtualZebra) -> None:
    """Bytes given and no end in time: uncertain; a question that is not read is unknown."""
    zebra.change(slow=0.5)
    line = Tcp9100("127.0.0.1", zebra.port, 0.3)

    assert isinstance(line.send(ONE * 20, "bag"), Uncertain)
    assert Status("unknown") == line.status(0.2)


def test_a_full_printer_reads_no_more_until_there_is_room(tmp_path: Path) -> None:
    """Its memory full, it answers nobody; with a new roll it prints all that it took, and answers again."""
    with VirtualZebra(tmp_path, room=2) as zebra:
        zebra.change(media_out=True)
        line = Tcp9100("127.0.0.1", zebra.port, LONG)
        line.send(ONE, "bag")
        with socket.create_connection(("127.0.0.1", zebra.port)) as wire:
            wire.sendall(OTHER)
            while zebra.waiting < 2:
                pass
            assert "unknown" == line.status(0.3).state
            zebra.change(media_out=False)
            wire.shutdown(socket.SHUT_WR)
            assert b"" == wire.recv(1)

        assert "ready" == line.status(LONG).state
        assert [ONE, OTHER] == [label.zpl + b"\n" for label in zebra.labels]


def test_a_new_format_begins_where_an_old_one_was_broken_off(zebra: VirtualZebra, line: Tcp9100) -> None:
    """Half a format stays in memory and is told; the next label comes out alone. ``~JA`` empties the memory."""
    zebra.change(reset="after_bytes", reset_after=100)
    line.send(ONE, "bag")
    zebra.change(reset="", reset_after=0)
    status = line.status(LONG)
    assert ("busy", True) == (status.state, status.partial)

    line.send(OTHER, "bag")
    assert [OTHER] == [label.zpl + b"\n" for label in zebra.labels]

    machine = Zebra()
    machine.faults.change(paused=True)
    machine.feed(ONE + ONE[:50] + b"~JA")
    assert ([], False) == (machine.waiting, machine.partial)


def test_bytes_that_it_cannot_read_leave_no_paper(zebra: VirtualZebra, line: Tcp9100) -> None:
    """A format that is not one of ours is taken, and nothing comes out."""
    line.send(b"^XA^FO10,10^A0N,30^FDHello^FS^XZ^XZ", "bag")

    assert (1, [], 1000) == (zebra.odd, zebra.labels, line.counter(LONG))


def test_the_odometer_goes_on_where_it_was(tmp_path: Path) -> None:
    """Switched off and on, it counts on, as a real one does; the tray keeps its pictures."""
    for _ in range(2):
        with VirtualZebra(tmp_path) as zebra:
            Tcp9100("127.0.0.1", zebra.port, LONG).send(ONE, "bag")

    assert 1002 == VirtualZebra(tmp_path).odometer
    assert 2 == len(list(tmp_path.glob("*.png")))


@pytest.mark.parametrize(
    "to", [{"no_such": True}, {"media_out": "yes"}, {"reset": "sometimes"}, {"media_left": True}, {"slow": None}]
)
def test_a_fault_has_a_name_and_a_kind(to: dict[str, object]) -> None:
    """A wrong name or value is refused and nothing is set."""
    faults = Faults()

    with pytest.raises(ValueError, match="expected"):
        faults.change(paused=True, **to)
    assert Faults() == faults


def test_a_printer_has_one_of_three_resolutions_and_is_started_before_it_listens() -> None:
    """203, 300 or 600 dpi; before the start there is no port."""
    with pytest.raises(ValueError, match="expected a resolution of"):
        Zebra(dpi=301)
    with pytest.raises(RuntimeError, match="expected a printer that was started"):
        _ = VirtualZebra().port


def test_its_address_opens(zebra: VirtualZebra) -> None:
    """The address of the printer is one that ``opened`` takes."""
    assert "ready" == opened(zebra.address).status(LONG).state
