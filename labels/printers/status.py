r"""What does a Zebra say of itself? Strict and total readers: the value, or ``None``; never an exception.

On the wire (ZPL guide, ``~HS``, ``~HQES``, ``~HI``, SGD ``getvar``)::

    ~HS     STX 030,0,0,1245,000,0,0,0,000,0,0,0 ETX CR LF       aaa,b,c,dddd,eee,f,g,h,iii,j,k,l
            STX 000,0,0,0,0,2,4,0,00000000,1,000 ETX CR LF       mmm,n,o,p,q,r,s,t,uuuuuuuu,v,www
            STX 1234,0 ETX CR LF                                 xxxx,y
    ~HQES   STX … PRINTER STATUS … ERRORS: 1 00000000 00000005 … WARNINGS: 0 00000000 00000000 … ETX
    ~HI     STX ZD621-300dpi,V93.21.26Z,12,8176KB ETX CR LF
    getvar  "1043"                                               no line end

* Every field stands at its own place and in its own width. ``n`` of the second string is unused and is counted: a
  published client that leaves it out reports an open head as a missing ribbon.
* Anything before, between or behind is no answer: half of one, two of them, or the strings in another order.

>>> read = host_status(b"\x02030,0,1,1245,002,0,0,0,000,0,0,0\x03\r\n"
...                    b"\x02000,0,0,0,1,2,4,0,00000003,1,000\x03\r\n\x021234,0\x03\r\n")
>>> read.paused, read.formats_in_buffer, read.labels_remaining, read.ribbon_out
(True, 2, 3, False)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labels.printers.base import Status

if TYPE_CHECKING:
    from labels.printers.base import State

_HOST_STATUS = re.compile(
    rb"\x02(?P<aaa>\d{3}),(?P<b>[01]),(?P<c>[01]),(?P<dddd>\d{4,5}),(?P<eee>\d{3}),(?P<f>[01]),(?P<g>[01]),(?P<h>[01]),"
    rb"(?P<iii>\d{3}),(?P<j>[01]),(?P<k>[01]),(?P<l>[01])\x03\r\n"
    rb"\x02(?P<mmm>\d{3}),(?P<n>\d),(?P<o>[01]),(?P<p>[01]),(?P<q>[01]),(?P<r>[0-9A-Z]),(?P<s>\d),(?P<t>[01]),"
    rb"(?P<u>\d{8}),(?P<v>[01]),(?P<www>\d{3})\x03\r\n"
    rb"\x02(?P<xxxx>\d{4}),(?P<y>[01])\x03\r\n"
)
_FLAGS = rb"([01])[ \t]+([0-9A-Fa-f]{8})[ \t]+([0-9A-Fa-f]{8})"
_ERRORS = re.compile(
    rb"\x02\s*PRINTER STATUS\s+ERRORS:\s+" + _FLAGS + rb"\s+WARNINGS:\s+" + _FLAGS + rb"\s*\x03(?:\r\n)?"
)
_MODEL = re.compile(rb"\x02([ -+\x2d-~]{1,64}),([ -+\x2d-~]{1,32}),(\d{1,2}),([ -~]{1,64})\x03(?:\r\n)?")
_VALUE = re.compile(rb'"([ !#-~]{0,128})"')
_COUNT = re.compile(r"\d{1,12}")
_DOTS = (6, 8, 12, 24)

_ERROR_BITS = {
    0x0000_0001: "media_out",
    0x0000_0002: "ribbon_out",
    0x0000_0004: "head_open",
    0x0000_0008: "cutter_fault",
    0x0000_0010: "head_over_temperature",
    0x0000_0020: "motor_over_temperature",
    0x0000_0040: "bad_head_element",
    0x0000_0080: "head_not_detected",
    0x0000_0100: "wrong_firmware_configuration",
    0x0000_0200: "head_thermistor_open",
    0x0001_0000: "paused",
}
_WARNING_BITS = {
    0x0000_0001: "needs_calibration",
    0x0000_0002: "clean_head",
    0x0000_0004: "replace_head",
    0x0000_0008: "media_low",
}
_STATES: tuple[tuple[str, State], ...] = (
    ("head_open", "head_open"),
    ("media_out", "media_out"),
    ("ribbon_out", "ribbon_out"),
    ("head_over_temperature", "over_temp"),
    ("motor_over_temperature", "over_temp"),
)
"""Which error names a state of its own, in the order in which a person mends them; every other error is ``fault``."""


@dataclass(frozen=True, slots=True)
class HostStatus:
    """Every field of ``~HS`` under its name; the guide's letter stands beside it."""

    interface: int  # aaa
    media_out: bool  # b
    paused: bool  # c
    label_length: int  # dddd
    formats_in_buffer: int  # eee
    buffer_full: bool  # f
    diagnostic_mode: bool  # g
    partial_format: bool  # h
    unused_1: int  # iii
    corrupt_memory: bool  # j
    under_temperature: bool  # k
    over_temperature: bool  # l
    functions: int  # mmm
    unused_2: int  # n
    head_open: bool  # o
    ribbon_out: bool  # p
    thermal_transfer: bool  # q
    print_mode: str  # r
    width_mode: int  # s
    label_waiting: bool  # t
    labels_remaining: int  # uuuuuuuu
    format_while_printing: bool  # v
    graphics: int  # www
    password: str  # xxxx
    static_memory: bool  # y


@dataclass(frozen=True, slots=True)
class Troubles:
    """What ``~HQES`` names: errors stop the printer, warnings do not."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """What ``~HI`` names."""

    name: str
    firmware: str
    dpmm: int
    memory: str


def host_status(raw: bytes) -> HostStatus | None:
    """Read the three strings of ``~HS``, exactly."""
    match = _HOST_STATUS.fullmatch(raw)
    return None if match is None else _host_status(match)


def troubles(raw: bytes) -> Troubles | None:
    """Read ``~HQES``; a flag that does not go with its bits is no answer."""
    match = _ERRORS.fullmatch(raw)
    return None if match is None else _troubles(match)


def model(raw: bytes) -> Model | None:
    """Read ``~HI``; a head of neither 6, 8, 12 nor 24 dots to the millimetre is no answer."""
    match = _MODEL.fullmatch(raw)
    if match is None or int(match[3]) not in _DOTS:
        return None
    return Model(match[1].decode("ascii"), match[2].decode("ascii"), int(match[3]), match[4].decode("ascii"))


def value(raw: bytes) -> str | None:
    """Read the answer to ``getvar``; a printer that does not know the name answers ``"?"``, which is no value."""
    match = _VALUE.fullmatch(raw)
    return None if match is None or match[1] == b"?" else match[1].decode("ascii")


def count(raw: bytes) -> int | None:
    """Read the answer to ``getvar`` of a counter."""
    told = value(raw)
    return int(told) if told is not None and _COUNT.fullmatch(told) else None


def judged(raw: bytes) -> Status:
    """Say how the printer is that answered *raw* to ``~HS`` and then, if it did, to ``~HQES``, or to ``~HQES`` alone.

    A printer without paper, ribbon or with its head open may keep silent to ``~HS`` (so the guide); then the errors
    that it names are believed. No errors named and no ``~HS`` is not ready, it is unknown.
    """
    alone = troubles(raw)
    if alone is not None:
        state = _state(alone.errors)
        return Status(state or "unknown", raw, warnings=_rest(alone))
    first = _HOST_STATUS.match(raw)
    if first is None:
        return Status("unknown", raw)
    rest = raw[first.end() :]
    more = troubles(rest) if rest else Troubles(warnings=("errors_not_told",))
    if more is None:
        return Status("unknown", raw)
    host = _host_status(first)
    errors = (*_host_errors(host), *(error for error in more.errors if error not in _host_errors(host)))
    state = _state(errors) or ("busy" if _busy(host) else "ready")
    waiting = ("label_waiting",) if host.label_waiting else ()
    return Status(
        state,
        raw,
        buffered=host.formats_in_buffer,
        partial=host.partial_format,
        remaining=host.labels_remaining,
        warnings=(*_rest(Troubles(errors, more.warnings)), *waiting),
    )


def _host_status(match: re.Match[bytes]) -> HostStatus:
    def number(letter: str) -> int:
        return int(match[letter])

    def flag(letter: str) -> bool:
        return bool(match[letter] == b"1")

    return HostStatus(
        interface=number("aaa"),
        media_out=flag("b"),
        paused=flag("c"),
        label_length=number("dddd"),
        formats_in_buffer=number("eee"),
        buffer_full=flag("f"),
        diagnostic_mode=flag("g"),
        partial_format=flag("h"),
        unused_1=number("iii"),
        corrupt_memory=flag("j"),
        under_temperature=flag("k"),
        over_temperature=flag("l"),
        functions=number("mmm"),
        unused_2=number("n"),
        head_open=flag("o"),
        ribbon_out=flag("p"),
        thermal_transfer=flag("q"),
        print_mode=match["r"].decode("ascii"),
        width_mode=number("s"),
        label_waiting=flag("t"),
        labels_remaining=number("u"),
        format_while_printing=flag("v"),
        graphics=number("www"),
        password=match["xxxx"].decode("ascii"),
        static_memory=flag("y"),
    )


def _troubles(match: re.Match[bytes]) -> Troubles | None:
    errors, warnings = (int(match[n] + match[n + 1], 16) for n in (2, 5))
    if (match[1] == b"1") != bool(errors) or (match[4] == b"1") != bool(warnings):
        return None
    return Troubles(_named(errors, _ERROR_BITS, "error"), _named(warnings, _WARNING_BITS, "warning"))


def _named(bits: int, names: dict[int, str], kind: str) -> tuple[str, ...]:
    """Name each bit; one that the guide does not name is still there."""
    known = tuple(name for bit, name in names.items() if bits & bit)
    others = bits & ~sum(names)
    return (*known, f"{kind}_{others:016X}") if others else known


def _host_errors(host: HostStatus) -> tuple[str, ...]:
    """Return the errors that ``~HS`` tells. In diagnostic mode a label would come out as a list of its bytes."""
    told = {
        "head_open": host.head_open,
        "media_out": host.media_out,
        "ribbon_out": host.ribbon_out,
        "head_over_temperature": host.over_temperature,
        "under_temperature": host.under_temperature,
        "corrupt_memory": host.corrupt_memory,
        "diagnostic_mode": host.diagnostic_mode,
        "paused": host.paused,
    }
    return tuple(name for name, there in told.items() if there)


def _state(errors: tuple[str, ...]) -> State | None:
    for name, state in _STATES:
        if name in errors:
            return state
    if any(name != "paused" for name in errors):
        return "fault"
    return "paused" if errors else None


def _busy(host: HostStatus) -> bool:
    return (
        host.buffer_full
        or host.partial_format
        or host.label_waiting
        or host.formats_in_buffer > 0
        or host.labels_remaining > 0
    )


def _rest(told: Troubles) -> tuple[str, ...]:
    """Return what the state alone does not say: every error beside it, then the warnings."""
    state = _state(told.errors)
    return (*(error for error in told.errors if error != state), *told.warnings)
