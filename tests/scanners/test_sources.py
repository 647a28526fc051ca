"""Whether every source gives the same bytes for the same symbol, and drops whole what is no scan."""

from __future__ import annotations

import errno
import os
import pty
import threading
import tty
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zint

from scanners.scan import Scan
from scanners.sources import NoDevice
from scanners.sources.base import Dropped, Why
from scanners.sources.camera import CameraSource, V4l2
from scanners.sources.evdev_ import CODES, RECORD, EvdevSource, Record, grabbed, piped
from scanners.sources.fake import FakeSource
from scanners.sources.file import FileSource
from scanners.sources.framing import IDLE_SECONDS, MOST_BYTES, Framing
from scanners.sources.serial_ import SerialSource
from scanners.stream import Reader
from scanners.wedge import _KEYS
from tests.scanners.test_decode import GS1, ISBT, PIECE, drawn, png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from scanners.pipeline import Picture
    from scanners.sources import Source
    from tests.evidence import Evidence


def gs1_qr() -> Picture:
    """Draw a GS1 QR code, which zxing-cpp's own writer cannot."""
    drawing = zint.Symbol()
    drawing.symbology = zint.Symbology.QRCODE
    drawing.input_mode = zint.InputMode.GS1
    drawing.encode("[01]09506000134352[17]261231[10]LOT42A[21]COI7[250]7K3MXHD90BC2")
    rows = np.asarray(drawing.encoded_data, dtype=np.uint8)[: drawing.rows]
    dark = np.unpackbits(rows, axis=1, bitorder="little")[:, : drawing.width]
    return np.pad(np.repeat(np.repeat(255 - 255 * dark, 4, axis=0), 4, axis=1), 40, constant_values=255)


BRACKETED = b"(01)09506000134352(17)261231(10)LOT42A(21)COI7(250)7K3MXHD90BC2"
SYMBOLS = {
    "]C0": (PIECE, drawn(PIECE, "Code128")),
    "]C1": (GS1, drawn(BRACKETED, "Code128", gs1=True)),
    "]d1": (ISBT, drawn(ISBT, "DataMatrix")),
    "]d2": (GS1, drawn(BRACKETED, "DataMatrix", gs1=True)),
    "]Q1": (ISBT, drawn(ISBT, "QRCodeModel2")),
    "]Q3": (GS1, gs1_qr()),
}
WIRE = [aim.encode() + data + b"\r\n" for aim, (data, _) in SYMBOLS.items()]
TRUE = [(data, aim) for aim, (data, _) in SYMBOLS.items()]


def took(source: Source, count: int) -> list[Scan]:
    """Return the first *count* scans of a source."""
    stop, scans = threading.Event(), []
    for scan in source.events(stop):
        scans.append(scan)
        if len(scans) == count:
            stop.set()
    return scans


def said(scans: Sequence[Scan | Dropped]) -> list[tuple[bytes, str]]:
    """Return bytes and AIM identifiers alone."""
    return [(scan.data, scan.aim) for scan in scans if isinstance(scan, Scan)]


# ---------------------------------------------------------------- frames of bytes


def test_bytes_come_in_any_pieces() -> None:
    """Byte by byte, all at once or cut anywhere: the same scans."""
    wire = b"".join(WIRE)
    for size in (1, 2, 7, len(wire)):
        framing = Framing()
        found = [one for at in range(0, len(wire), size) for one in framing.feed(wire[at : at + size], 0.0)]
        assert TRUE == said(found)
        assert not framing.holding


BROKEN = {
    "no AIM identifier": (b"7K3MXHD90BC2\n", Why.NO_AIM),
    "an AIM identifier alone": (b"]C0\r\n", Why.PARTIAL),
    "two glued": (b"]C07K3MXHD90BC2]C07K3MXHD90BC2\n", Why.GLUED),
    "a zero byte": (b"]C07K3M\x00XHD\n", Why.NOT_TEXT),
    "a byte above ASCII": (b"]C07K3M\x80XHD\n", Why.NOT_TEXT),
    "a lone CR inside": (b"]C07K3M\rXHD\n", Why.NOT_TEXT),
    "too long": (b"]C0" + b"7" * MOST_BYTES + b"\n", Why.TOO_LONG),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_scan_is_dropped_whole(case: str) -> None:
    """It is said why, nothing of it is left, and the next scan is whole."""
    wire, why = BROKEN[case]
    framing = Framing()
    assert [Dropped(why, len(wire.removesuffix(b"\n").removesuffix(b"\r")))] == framing.feed(wire, 0.0)
    assert [TRUE[0]] == said(framing.feed(b"\x02" + WIRE[0] + b"\r\n", 0.0))


def test_a_scan_that_breaks_off_is_dropped_after_a_fifth_of_a_second() -> None:
    """The rest that comes later is not put to it, and makes no scan of its own."""
    framing = Framing()
    assert [] == framing.feed(b"]C07K3MX", 0.0)
    assert [] == framing.idle(IDLE_SECONDS / 2)
    assert [Dropped(Why.PARTIAL, 8), Dropped(Why.NO_AIM, 7)] == framing.feed(b"HD90BC2\r\n", IDLE_SECONDS)


# ---------------------------------------------------------------- a serial line


class Line:
    """A pseudo terminal that plays a serial scanner at a path that stays."""

    def __init__(self, path: Path) -> None:
        """Plug it in."""
        self.path = path
        self.far = -1
        self.plug()

    def plug(self) -> None:
        """Plug it in, perhaps again."""
        self.far, near = pty.openpty()
        tty.setraw(near)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(near))
        self.near = near

    def unplug(self) -> None:
        """Pull it out."""
        if self.far >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self.near)
            os.close(self.far)
            self.far = -1


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """One line."""
    made = Line(tmp_path / "scanner")
    yield made
    made.unplug()


def test_a_serial_scanner_gives_the_bytes_and_belongs_to_us_alone(line: Line) -> None:
    """What the scanner sends arrives; a second opener is refused, and a line that is not there is none."""
    source = SerialSource(str(line.path))
    with pytest.raises(NoDevice):
        SerialSource(str(line.path))
    with pytest.raises(NoDevice):
        SerialSource(str(line.path) + "-not")
    os.write(line.far, b"".join(WIRE))

    assert TRUE == said(took(source, len(WIRE)))


def test_a_scanner_pulled_out_in_mid_scan_gives_nothing_and_comes_back(line: Line) -> None:
    """What had come is dropped and said, so is that another device may hang there now; then scans are whole."""
    dropped: list[Why] = []
    heard = threading.Event()

    def told(one: Dropped) -> None:
        dropped.append(one.why)
        if one.why in {Why.GONE, Why.BACK}:
            heard.set()

    source = SerialSource(str(line.path), dropped=told, again=0.01)
    scans: list[Scan] = []
    first = threading.Event()

    def listen() -> None:
        stop = threading.Event()
        for scan in source.events(stop):
            scans.append(scan)
            first.set()
            if len(scans) == 2:
                stop.set()

    os.write(line.far, WIRE[0] + WIRE[1][:9])
    thread = threading.Thread(target=listen)
    thread.start()
    assert first.wait(30)
    line.unplug()
    assert heard.wait(30)
    heard.clear()
    line.plug()
    assert heard.wait(30)
    os.write(line.far, WIRE[2])
    thread.join(30)

    assert [Why.GONE, Why.BACK] == [why for why in dropped if why != Why.PARTIAL]
    assert [TRUE[0], TRUE[2]] == said(scans)


@pytest.mark.long("scan")
def test_no_scan_on_a_serial_line_is_merged_cut_or_doubled(evidence: Evidence, line: Line) -> None:
    """Thousands of scans, split and glued anywhere, with rubbish between them: each arrives once, in order."""
    random = evidence.random()
    count = evidence.size(400, 10_000)
    sent: list[tuple[bytes, str]] = []
    wire = bytearray()
    rubbish = 0
    for number in range(count):
        aim, data = random.choice(list(SYMBOLS)), b"%07d\x1d%d" % (number, random.randrange(10**9))
        if random.random() < 0.05:
            rubbish += 1
            wire += random.choice([b"\x00\x80\n", b"garbage\r\n", b"]C0" + data + b"]C0" + data + b"\r\n", b"]d2\n"])
        sent.append((data, aim))
        wire += aim.encode() + data + random.choice([b"\r\n", b"\n"])
    dropped: list[Dropped] = []
    source = SerialSource(str(line.path), dropped=dropped.append)

    def write() -> None:
        rest = memoryview(wire)
        while rest:
            rest = rest[os.write(line.far, rest[: random.choice((1, 3, 17, 160, 1000))]) :]

    writer = threading.Thread(target=write)
    writer.start()
    found = took(source, count)
    writer.join()
    evidence.count("scans", count)
    evidence.count("rubbish dropped", rubbish)

    assert sent == said(found)
    assert rubbish == len(dropped)


# ---------------------------------------------------------------- keys of the kernel

PLACES = {name: code for code, name in CODES.items()}
TYPED = {
    letter: (place, shift)
    for place, pair in _KEYS.items()
    if not place.startswith("Numpad")
    for shift, letter in enumerate(pair)
}


def keys(wire: bytes, *, start: float = 1000.0, pace: float = 5.0) -> list[Record]:
    """Return what the kernel tells of a wedge that types *wire*, GS as Ctrl+], the end as Enter."""
    out: list[Record] = []
    at = start

    def stroke(place: str, held: str | None) -> None:
        nonlocal at
        order = [(place, 1), (place, 0)] if held is None else [(held, 1), (place, 1), (place, 0), (held, 0)]
        for name, value in order:
            at += pace / len(order)
            out.extend((Record(at, 4, 4, 458_756), Record(at, 1, PLACES[name], value), Record(at, 0, 0, 0)))

    for letter in wire.decode("ascii"):
        if letter == "\x1d":
            stroke("BracketRight", "ControlLeft")
        elif letter in TYPED:
            place, shift = TYPED[letter]
            stroke(place, "ShiftLeft" if shift else None)
    stroke("Enter", None)
    return out


def packed(records: list[Record]) -> bytes:
    """Return records as the kernel writes them."""
    return b"".join(
        RECORD.pack(int(one.at // 1000), round(one.at % 1000 * 1000), one.kind, one.code, one.value) for one in records
    )


def test_every_key_has_one_place() -> None:
    """All places that a wedge may type are known by their number in the kernel, each once."""
    assert set(_KEYS) <= set(PLACES)
    assert len(PLACES) == len(CODES)
    assert (30, 28, 29, 57) == (PLACES["KeyA"], PLACES["Enter"], PLACES["ControlLeft"], PLACES["Space"])


def test_a_grabbed_keyboard_gives_the_bytes() -> None:
    """Records through a pipe, cut anywhere, are the scans that were typed; its end is a scanner pulled out."""
    here, there = os.pipe()
    data = b"".join(packed(keys(wire, start=1000.0 * (1 + at))) for at, wire in enumerate(WIRE))
    dropped: list[Why] = []
    source = EvdevSource(
        lambda seconds: piped(here, seconds),
        dropped=lambda one: dropped.append(one.why),
        close=lambda: os.close(here),
    )

    def write() -> None:
        for at in range(0, len(data), 1000):
            os.write(there, data[at : at + 1000])
        os.close(there)

    writer = threading.Thread(target=write)
    writer.start()
    found = list(source.events(threading.Event()))
    writer.join()

    assert TRUE == said(found)
    assert {"evdev"} == {scan.source for scan in found}
    assert [Why.GONE] == dropped


def test_a_scan_that_breaks_off_or_is_mixed_with_keys_is_dropped() -> None:
    """Broken off, without AIM identifier, too slow for a scanner: none is a scan."""
    calls: list[list[Record] | None] = [
        keys(WIRE[0])[:-6],
        [],
        [],
        [],
        [],
        keys(PIECE, start=9000),
        keys(WIRE[0], start=20_000, pace=80),
        keys(WIRE[0], start=40_000),
        [Record(50_000, 1, PLACES["KeyA"], 2), Record(50_010, 1, 240, 1)],
        None,
    ]
    dropped: list[Why] = []
    rounds = iter(calls)
    source = EvdevSource(lambda _seconds: next(rounds), dropped=lambda one: dropped.append(one.why))

    assert [TRUE[0]] == said(list(source.events(threading.Event())))
    assert [Why.PARTIAL, Why.NO_AIM] == dropped[:2]
    assert Why.GONE == dropped[-1]


def test_what_is_no_keyboard_is_not_taken(tmp_path: Path) -> None:
    """A path without a device, or of a plain file, is ``NoDevice``."""
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    for path in (plain, tmp_path / "none"):
        with pytest.raises(NoDevice):
            grabbed(str(path))


# ---------------------------------------------------------------- cameras, files, the fake


class Shown:
    """A capture that shows given frames, each when the one before was taken, and then has gone."""

    def __init__(self, frames: list[Picture]) -> None:
        """Take what to show."""
        self._frames = iter(frames)
        self.taken = threading.Semaphore(1)
        self.closed = False

    def frame(self) -> Picture | None:
        """Wait until the last frame was looked at."""
        self.taken.acquire(timeout=30)
        return next(self._frames, None)

    def close(self) -> None:
        """Note it."""
        self.closed = True


def ticking(shown: Shown) -> Callable[[], float]:
    """Return a clock that goes on with every frame that is looked at."""
    moment = 0.0

    def clock() -> float:
        nonlocal moment
        moment += 0.1
        shown.taken.release()
        return moment

    return clock


@pytest.mark.parametrize("aim", SYMBOLS)
def test_a_camera_gives_the_same_bytes(aim: str) -> None:
    """Two frames of a label are one scan, byte for byte what the other sources give."""
    data, picture = SYMBOLS[aim]
    shown = Shown([picture] * 3)
    dropped: list[Why] = []
    source = CameraSource(shown, clock=ticking(shown), dropped=lambda one: dropped.append(one.why))

    found = list(source.events(threading.Event()))

    assert [Scan(data, aim, "camera")] == found
    assert [Why.GONE] == dropped
    assert shown.closed


def test_two_labels_before_the_camera_are_a_conflict_told_once() -> None:
    """Nothing is accepted while two labels alternate, and it is said once, not with each frame."""
    first, second = SYMBOLS["]d1"][1], drawn(GS1.replace(b"\x1d", b""), "DataMatrix")
    shown = Shown([first, second] * 4)
    dropped: list[Why] = []
    source = CameraSource(shown, reader=Reader(), clock=ticking(shown), dropped=lambda one: dropped.append(one.why))

    assert [] == list(source.events(threading.Event()))
    assert [Why.CONFLICT, Why.GONE] == dropped


def test_a_camera_that_is_not_there_is_none(capfd: pytest.CaptureFixture[str]) -> None:
    """No camera at that place is ``NoDevice``."""
    with pytest.raises(NoDevice):
        V4l2("/dev/video-none")
    capfd.readouterr()  # OpenCV says so as well, on a stream of its own


def test_files_are_read_and_a_file_with_two_labels_is_not(tmp_path: Path) -> None:
    """A folder of photographs gives their scans; rubbish and two labels in one picture give none, and it is said."""
    two = np.concatenate([drawn(ISBT, "DataMatrix"), drawn(b"=A9999" + ISBT[6:], "DataMatrix")], axis=1)
    pictures = {
        "a.png": png(SYMBOLS["]d2"][1]),
        "b.png": b"rubbish",
        "c.png": png(two),
        "d.png": png(SYMBOLS["]C0"][1]),
    }
    for name, data in pictures.items():
        (tmp_path / name).write_bytes(data)
    dropped: list[Why] = []
    files = [*sorted(tmp_path.iterdir()), tmp_path / "none.png"]
    found = list(FileSource(files, dropped=lambda one: dropped.append(one.why)).events(threading.Event()))

    assert [(GS1, "]d2"), (PIECE, "]C0")] == said(found)
    assert [Why.NO_PICTURE, Why.CONFLICT, Why.NO_PICTURE] == dropped
    stopped = threading.Event()
    stopped.set()
    assert [] == list(FileSource(files).events(stopped))


def test_the_fake_yields_what_it_was_given() -> None:
    """Until it is told to stop."""
    scans = [Scan(data, aim, "fake") for data, aim in TRUE]
    assert scans == list(FakeSource(scans).events(threading.Event()))
    assert scans[:2] == took(FakeSource(scans), 2)


def test_a_pipe_that_breaks_is_a_scanner_that_went() -> None:
    """A read that fails is no scan and no crash."""
    here, there = os.pipe()
    os.write(there, b"half a record")
    os.close(there)
    assert piped(here, 1.0) is None
    os.close(here)
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        piped(here, 0.0)
