"""A Zebra on the network that is none: a server on loopback that prints into a folder, answers, and fails as told.

One connection at a time, as many models have it; a second one waits in the line. What a real one says and does is
``zebra.Zebra``'s; this file tears the line.

>>> from labels.printers.tcp import Tcp9100
>>> with VirtualZebra() as printer:
...     Tcp9100("127.0.0.1", printer.port).status().state
'ready'
"""

from __future__ import annotations

import select
import socket
import struct
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, Self

from labels.printers.status import judged
from labels.printers.zebra import Zebra

if TYPE_CHECKING:
    from pathlib import Path

    from labels.printers.base import Status
    from labels.printers.zebra import Faults, Printed

_CHUNK = 8192
_SMALL = 64
_BUFFER = 4096
_REST = 0.02
_TORN = struct.pack("ii", 1, 0)
ODOMETER = ".odometer"
"""The file of a tray in which a printer that stood there before has left its odometer."""
_MOST_DIGITS = 9
_SERVER, _BELL, _WAKE = range(3)


class VirtualZebra:
    """A virtual network printer of *dpi* that lays its labels into *tray*; without a tray it only keeps them."""

    def __init__(
        self,
        tray: Path | None = None,
        dpi: int = 300,
        port: int = 0,
        *,
        serial: str = "VZ00000001",
        odometer: int = 1000,
        room: int = 16,
    ) -> None:
        """Stand ready at *port* of this machine, or at a free one; an odometer that lies in the tray goes on."""
        self.tray = tray
        self._wanted = port
        self._zebra = Zebra(dpi, serial, self._lying(odometer), room, self._lay)
        self._lock = RLock()
        self._stop = Event()
        self._thread = Thread(target=self._listen, daemon=True, name="virtual zebra")
        self._open: list[socket.socket] = []

    def start(self) -> Self:
        """Begin to listen, or raise ``OSError`` where the port is taken."""
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)  # small, so that a slow printer is felt
            server.bind(("127.0.0.1", self._wanted))
            server.listen(16)
        except OSError:
            server.close()
            raise
        self._open = [server, *socket.socketpair()]
        self._thread.start()
        return self

    def stop(self) -> None:
        """Hang up and listen no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._open[_BELL].send(b"!")
            self._thread.join()
        for one in self._open:
            one.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        if not self._open:
            raise RuntimeError("expected a printer that was started")
        return int(self._open[_SERVER].getsockname()[1])

    @property
    def address(self) -> str:
        """Where it listens, as ``opened`` takes it."""
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def faults(self) -> Faults:
        """What is wrong with it; what is set here counts from the next byte on."""
        return self._zebra.faults

    @property
    def odometer(self) -> int:
        """How many labels it says that it has printed."""
        return self._zebra.odometer

    @property
    def labels(self) -> list[Printed]:
        """The labels that came out since it was switched on, in order; of very many the last ones."""
        with self._lock:
            return list(self._zebra.labels)

    @property
    def waiting(self) -> int:
        """How many formats it holds and cannot print."""
        return len(self._zebra.waiting)

    @property
    def out(self) -> int:
        """How many labels came out since it was switched on."""
        return self._zebra.out

    @property
    def odd(self) -> int:
        """How many formats it could not read; nothing came out for them."""
        return self._zebra.odd

    @property
    def model(self) -> str:
        """What it says that it is."""
        return self._zebra.model

    @property
    def serial(self) -> str:
        """Its serial number."""
        return self._zebra.serial

    @property
    def dpi(self) -> int:
        """Its resolution."""
        return self._zebra.dpi

    def change(self, **to: object) -> None:
        """Set faults by name, and let it print what waits if it can."""
        with self._lock:
            self._zebra.faults.change(**to)
            self._zebra.run()

    def somebody_prints(self, labels: int) -> None:
        """Let somebody else have printed so many labels here."""
        with self._lock:
            self._zebra.odometer += labels

    def status(self) -> Status:
        """Say how it is, as it would say itself if its line were whole."""
        with self._lock:
            return judged(self._zebra.says())

    # ------------------------------------------------------------ the line

    def _listen(self) -> None:
        while self._ready(self._open[_SERVER]):
            line, _ = self._open[_SERVER].accept()
            with line:
                try:
                    self._serve(line)
                except OSError:
                    continue

    def _serve(self, line: socket.socket) -> None:
        got = 0
        before = self._zebra.out
        if self.faults.reset == "before_first_byte":
            _tear(line)
            return
        while self._roomy() and self._ready(line):
            part = line.recv(self._size(got))
            if not part:
                return
            got += len(part)
            with self._lock:
                answer = self._zebra.feed(part)
            if self._torn(got, before) or not self._answer(line, answer):
                _tear(line)
                return
            if self.faults.slow:
                self._stop.wait(self.faults.slow)

    def _torn(self, got: int, before: int) -> bool:
        match self.faults.reset:
            case "after_bytes":
                return got >= self.faults.reset_after
            case "mid_format":
                return self._zebra.partial
            case "after_print":
                return self._zebra.out > before
            case _:
                return False

    def _answer(self, line: socket.socket, answer: bytes) -> bool:
        """Answer, if there is something to; say whether the line lives."""
        if self.faults.reset == "during_status" and answer:
            line.sendall(answer[: len(answer) // 2])
            return False
        line.sendall(answer[: len(answer) // 2] if self.faults.truncated_status else answer)
        return True

    def _size(self, got: int) -> int:
        if self.faults.reset == "after_bytes":
            return max(1, min(_CHUNK, self.faults.reset_after - got))
        return _SMALL if self.faults.slow or self.faults.reset == "mid_format" else _CHUNK

    def _roomy(self) -> bool:
        """Wait until there is room for one more format; while there is none, nothing is read and nobody answered."""
        while self._zebra.full and not self._stop.wait(_REST):
            pass
        return not self._stop.is_set()

    def _ready(self, line: socket.socket) -> bool:
        """Wait until *line* has something; say whether this goes on at all."""
        wake = self._open[_WAKE]
        found, _, _ = select.select([line, wake], [], [])
        return wake not in found

    # ------------------------------------------------------------ the tray

    def _lying(self, odometer: int) -> int:
        left = counted_in(self.tray) if self.tray else None
        return odometer if left is None else left

    def _lay(self, label: Printed) -> None:
        if self.tray is None:
            return
        self.tray.mkdir(parents=True, exist_ok=True)
        name = f"{label.number:08d}-{self._zebra.out:04d}.png"
        (self.tray / name).write_bytes(label.png())
        (self.tray / ODOMETER).write_text(str(label.number), encoding="ascii")


def counted_in(tray: Path) -> int | None:
    """Return the odometer that lies in *tray*, if one does; ``ValueError`` where it is no number."""
    path = tray / ODOMETER
    if not path.exists():
        return None
    told = path.read_text(encoding="ascii").strip() if path.is_file() else ""
    if not (told.isdecimal() and len(told) <= _MOST_DIGITS):
        raise ValueError(f"expected up to {_MOST_DIGITS} digits in {path}, got something else")
    return int(told)


def _tear(line: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _TORN)
    line.close()
