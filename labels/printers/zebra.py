"""What would a Zebra do with these bytes? A printer without paper or network: fed, it prints and answers.

* Bytes come in any pieces. A format is what stands between ``^XA`` and ``^XZ``; a question is answered at once, even in
  the middle of a format, as the guide has it of ``~`` commands.
* A label is drawn from the bytes that came. It is counted when it comes out, and a twin is counted twice.
* A printer that is stopped (no paper, no ribbon, head open, paused, too hot) keeps formats and prints them when it runs
  again. Where the roll ends in the middle of a label, ``^JZY``, the factory's setting, prints that label once more.
* No Zebra stood beside this one: it is as the ZPL guide says, and where the guide is silent it does the worse.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, get_args

from labels.errors import NotOurZpl
from labels.printers import interpreter
from labels.printers.base import DOTS_PER_MM
from labels.printers.virtual import picture

if TYPE_CHECKING:
    from collections.abc import Callable

    from labels.symbols import Dots

Reset = Literal["", "before_first_byte", "after_bytes", "mid_format", "after_print", "during_status"]
RESETS: tuple[Reset, ...] = get_args(Reset)

_TOKEN = re.compile(rb'\^XA|\^XZ|~HS|~HI|~HQES|~JA|! U1 getvar "([^"\r\n]{0,80})"\r?\n')
_BEGUN = re.compile(rb"(?:[~^][A-Z]{0,3}|!(?: (?:U(?:1[^\n]{0,100})?)?)?)\Z")
_REMEMBERED = 2_000
_FIRMWARE = "V93.21.26Z"
_MEMORY = "8176KB"


@dataclass(slots=True)
class Faults:
    """What is wrong with the printer: how it stands, what it does to labels, what it does to the line."""

    media_out: bool = False
    ribbon_out: bool = False
    head_open: bool = False
    over_temp: bool = False
    paused: bool = False
    media_left: int | None = None
    """So many labels are on the roll; then it is out of paper."""
    cut_short: bool = False
    """The roll ends in the middle of a label, not between two."""
    twin: bool = False
    """Each label comes out twice."""
    miscount: bool = False
    """Labels come out and are not counted."""
    foreign: int = 0
    """So many labels of somebody else come out before each of ours."""
    model: str = ""
    """Another printer answers at this address."""
    mute: bool = False
    """While stopped it keeps silent to ``~HS``, as the guide says that some do."""
    truncated_status: bool = False
    """Half of an answer, then nothing."""
    slow: float = 0.0
    """So many seconds between one small piece that it reads and the next."""
    reset: Reset = ""
    """When the line is torn."""
    reset_after: int = 0
    """For ``after_bytes``: after how many."""

    def change(self, **to: object) -> None:
        """Set what is named; a name or a kind of value that does not exist is refused before anything is set."""
        kinds = {one.name: type(one.default) for one in fields(self)} | {"media_left": int, "slow": float}
        for name, value in to.items():
            if name not in kinds:
                raise ValueError(f"expected a fault of {', '.join(kinds)}, got {name!r}")
            if name == "reset" and value not in RESETS:
                raise ValueError(f"expected a reset of {', '.join(RESETS[1:])} or nothing, got {value!r}")
            if not (value is None and name == "media_left") and type(value) is not kinds[name]:
                raise ValueError(f"expected {name} as {kinds[name].__name__}, got {value!r}")
            if isinstance(value, (int, float)) and value < 0:
                raise ValueError(f"expected {name} as 0 or more, got {value!r}")
        for name, value in to.items():
            setattr(self, name, value)


@dataclass(frozen=True, slots=True)
class Printed:
    """One label that came out: its number in this printer's life, the format that it was drawn from, cut or whole."""

    number: int
    zpl: bytes
    dpi: int
    cut: bool = False

    @property
    def ink(self) -> Dots:
        """The dots of it, drawn from the format; of one that the end of the roll cut, the first half."""
        ink = interpreter.drawn(self.zpl)
        return ink[: len(ink) // 2] if self.cut else ink

    def png(self) -> bytes:
        """Return the picture of it, as a person picks it up."""
        return picture(self.ink, self.dpi)


class Zebra:
    """One printer of *dpi*, told its *serial* number and how many labels it has printed before."""

    def __init__(
        self,
        dpi: int = 300,
        serial: str = "VZ00000001",
        odometer: int = 1000,
        room: int = 16,
        printed: Callable[[Printed], None] | None = None,
    ) -> None:
        """Switch it on, ready; it holds *room* formats and then reads no more. *printed* is told of each label."""
        if dpi not in DOTS_PER_MM:
            raise ValueError(f"expected a resolution of {tuple(DOTS_PER_MM)} dpi, got {dpi}")
        self.dpi = dpi
        self.serial = serial
        self.odometer = odometer
        self.faults = Faults()
        self.waiting: list[bytes] = []
        self.labels: deque[Printed] = deque(maxlen=_REMEMBERED)
        self.out = 0
        self.odd = 0
        self._printed = printed
        self._room = room
        self._format: bytearray | None = None
        self._tail = b""

    @property
    def partial(self) -> bool:
        """Whether it holds the beginning of a format."""
        return self._format is not None

    @property
    def full(self) -> bool:
        """Whether it can take no more formats."""
        return len(self.waiting) >= self._room

    @property
    def stopped(self) -> bool:
        """Whether it cannot print now."""
        now = self.faults
        return now.media_out or now.ribbon_out or now.head_open or now.over_temp or now.paused

    def feed(self, data: bytes) -> bytes:
        """Take *data*; return what is answered to it."""
        stream, answers = self._tail + data, b""
        at = 0
        for token in _TOKEN.finditer(stream):
            self._keep(stream[at : token.start()])
            answers += self._obey(token)
            at = token.end()
        rest = stream[at:]
        begun = _BEGUN.search(rest)
        cut = begun.start() if begun else len(rest)
        self._keep(rest[:cut])
        self._tail = rest[cut:]
        return answers

    def says(self) -> bytes:
        """Return what it would answer to ``~HS`` and ``~HQES``."""
        return self._host_status() + self._troubles()

    def run(self) -> None:
        """Print what waits, as far as it can."""
        while self.waiting and not self.stopped:
            job = self.waiting[0]
            try:
                interpreter.drawn(job)
            except NotOurZpl:
                self.odd += 1
                self.waiting.pop(0)
                continue
            if self.faults.media_left == 0:
                self._roll_ends(job)
                return
            self.waiting.pop(0)
            for _ in range(2 if self.faults.twin else 1):
                self._out(job)

    def _roll_ends(self, job: bytes) -> None:
        self.faults.media_out = True
        self.faults.media_left = None
        if self.faults.cut_short:
            self._out(job, cut=True)
            if b"^JZN" in job:
                self.waiting.pop(0)

    def _out(self, job: bytes, *, cut: bool = False) -> None:
        now = self.faults
        self.odometer += now.foreign + (0 if now.miscount else 1)
        if now.media_left:
            now.media_left -= 1
        self.out += 1
        label = Printed(self.odometer, job, self.dpi, cut)
        self.labels.append(label)
        if self._printed:
            self._printed(label)

    def _keep(self, data: bytes) -> None:
        if self._format is not None:
            self._format += data

    def _obey(self, token: re.Match[bytes]) -> bytes:
        match token[0]:
            case b"^XA":
                self._format = bytearray(b"^XA")
            case b"^XZ":
                return self._formed()
            case b"~JA":
                self.waiting.clear()
                self._format = None
            case b"~HS":
                return b"" if self.faults.mute and self.stopped else self._host_status()
            case b"~HI":
                return b"\x02%b,%b,%d,%b\x03\r\n" % (
                    self.model.encode("ascii"),
                    _FIRMWARE.encode("ascii"),
                    DOTS_PER_MM[self.dpi],
                    _MEMORY.encode("ascii"),
                )
            case b"~HQES":
                return self._troubles()
            case _:
                return b'"%b"' % self._variable(token[1].decode("ascii", "replace")).encode("ascii")
        return b""

    def _formed(self) -> bytes:
        if self._format is None:
            return b""
        job, self._format = bytes(self._format) + b"^XZ", None
        if b"^HH" in job:
            return self._configuration()
        self.waiting.append(job)
        self.run()
        return b""

    @property
    def model(self) -> str:
        """What it says that it is."""
        return self.faults.model or f"ZD621-{self.dpi}dpi"

    def _host_status(self) -> bytes:
        now = self.faults
        return (
            b"\x02030,%d,%d,%04d,%03d,%d,0,%d,000,0,0,%d\x03\r\n\x02000,0,%d,%d,1,2,4,0,%08d,1,000\x03\r\n\x021234,0\x03\r\n"
            % (
                now.media_out,
                now.paused or self.stopped,
                0,
                min(len(self.waiting), 999),
                self.full,
                self.partial,
                now.over_temp,
                now.head_open,
                now.ribbon_out,
                0,
            )
        )

    def _troubles(self) -> bytes:
        now = self.faults
        errors = now.media_out | now.ribbon_out << 1 | now.head_open << 2 | now.over_temp << 4 | now.paused << 16
        low = 8 if now.media_left is not None and not now.media_out else 0
        return (
            b"\x02\r\n\r\n  PRINTER STATUS                                         \r\n"
            b"   ERRORS:         %d 00000000 %08X                       \r\n"
            b"   WARNINGS:       %d 00000000 %08X                       \r\n\x03\r\n"
        ) % (bool(errors), errors, bool(low), low)

    def _variable(self, name: str) -> str:
        now = self.faults
        known = {
            "odometer.total_label_count": str(self.odometer),
            "device.unique_id": self.serial,
            "device.friendly_name": self.serial,
            "head.resolution.in_dpi": str(self.dpi),
            "head.latch": "open" if now.head_open else "ok",
            "media.status": "out" if now.media_out else "ok",
        }
        return known.get(name, "?")

    def _configuration(self) -> bytes:
        lines = {
            self.model: "PRINTER MODEL",
            "+10.0": "DARKNESS",
            "THERMAL-TRANS.": "PRINT METHOD",
            f"{DOTS_PER_MM[self.dpi]}/MM": "RESOLUTION",
            _FIRMWARE: "FIRMWARE",
            self.serial: "SERIAL NUMBER",
        }
        told = "".join(f"  {value:<20}{name:<20}\r\n" for value, name in lines.items())
        return b"\x02" + told.encode("ascii") + b"\x03\r\n"
