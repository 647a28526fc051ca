"""Two commands of ``python -m labels``: ask a printer how it is, and stand a virtual one on the network."""

from __future__ import annotations

import json
import re
import signal
from argparse import ArgumentTypeError
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event
from typing import TYPE_CHECKING

from labels.printers.address import BadAddress, opened
from labels.printers.desk import Desk
from labels.printers.network import VirtualZebra, counted_in
from labels.printers.sayings import SAYINGS

if TYPE_CHECKING:
    import argparse

    from labels.printers.base import Identity, Status

READY, NOT_READY, WRONG = 0, 1, 2

_PORTS = range(65536)
_LEAST_SECONDS, _MOST_SECONDS = 0.1, 60.0
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,6})?")
_PORT = re.compile(r"\d{1,5}")
_SERIAL = re.compile(r"[A-Za-z0-9-]{1,20}")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands; each sets ``run``, which takes the arguments and returns the exit status."""
    status = commands.add_parser("status", help="ask a printer how it is: exit status 0 ready, 1 not, 2 no address")
    status.add_argument(
        "address", help="tcp://HOST:9100, usb:/dev/usb/lp0, cups:QUEUE, ipp://HOST:631/PATH, virtual:FOLDER"
    )
    status.add_argument("--seconds", type=_seconds, default=2.0, help="how long each question may take: 0.1 to 60")
    status.add_argument("--json", action="store_true", help="answer as JSON")
    status.set_defaults(run=_status)
    virtual = commands.add_parser("virtual", help="stand a virtual Zebra on this machine until it is stopped")
    virtual.add_argument("--port", type=_port, default=9100, help="where it takes labels; 0 for a free port")
    virtual.add_argument("--http", type=_port, default=9180, help="where its page is; 0 for a free port")
    virtual.add_argument("--dpi", type=int, choices=(203, 300, 600), default=300)
    virtual.add_argument("--serial", type=_serial, default="VZ00000001", help="its serial number")
    virtual.add_argument("--tray", type=Path, help="a folder that keeps its labels as pictures, and its odometer")
    virtual.set_defaults(run=_virtual)


def _seconds(word: str) -> float:
    seconds = float(word) if _NUMBER.fullmatch(word) else 0.0
    if not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
        raise ArgumentTypeError(f"expected {_LEAST_SECONDS} to {_MOST_SECONDS} seconds, got {word}")
    return seconds


def _port(word: str) -> int:
    if not (_PORT.fullmatch(word) and int(word) in _PORTS):
        raise ArgumentTypeError(f"expected a port of 0 to {_PORTS[-1]}, got {word}")
    return int(word)


def _serial(word: str) -> str:
    if not _SERIAL.fullmatch(word):
        raise ArgumentTypeError(f"expected a serial number of 1 to 20 letters, digits and hyphens, got {word!r}")
    return word


def _status(arguments: argparse.Namespace) -> int:
    try:
        printer = opened(arguments.address)
    except BadAddress as error:
        print(error)  # noqa: T201 - a command speaks
        return WRONG
    status = printer.status(arguments.seconds)
    known = status.state != "unknown"
    identity = printer.identity(arguments.seconds) if known else None
    counted = printer.counter(arguments.seconds) if known else None
    told = _as_json if arguments.json else _as_words
    print(told(arguments.address, status, identity, counted))  # noqa: T201 - a command speaks
    return READY if status.state == "ready" else NOT_READY


def _as_json(address: str, status: Status, identity: Identity | None, counted: int | None) -> str:
    return json.dumps(
        {
            "address": address,
            "state": status.state,
            "buffered": status.buffered,
            "partial": status.partial,
            "remaining": status.remaining,
            "warnings": list(status.warnings),
            "raw": status.raw.decode("latin-1"),
            "identity": identity
            and {
                "model": identity.model,
                "firmware": identity.firmware,
                "dpmm": identity.dpmm,
                "serial": identity.serial,
            },
            "counter": counted,
        },
        indent=2,
    )


def _as_words(address: str, status: Status, identity: Identity | None, counted: int | None) -> str:
    title, next_thing = SAYINGS[status.state]
    lines = [f"{title} ({status.state})  {address}", f"  {next_thing}"]
    if status.warnings:
        lines.append(f"  It also says: {', '.join(status.warnings)}")
    if status.buffered is not None:
        lines.append(f"  In its memory {status.buffered}, of a batch still to come {status.remaining or 0}")
    if status.partial:
        lines.append("  The beginning of a label lies in its memory and its end never came: switch it off and on.")
    if identity is not None:
        serial = identity.serial or "not told"
        lines.append(
            f"  {identity.model}, {identity.dpmm} dots/mm, firmware {identity.firmware}, serial number {serial}"
        )
    if counted is not None:
        lines.append(f"  Labels printed in its life: {counted}")
    return "\n".join(lines)


def _virtual(arguments: argparse.Namespace) -> int:
    if (amiss := _tray_amiss(arguments.tray)) is not None:
        print(amiss)  # noqa: T201 - a command speaks
        return WRONG
    stop = Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: stop.set())
    try:
        with (
            VirtualZebra(arguments.tray, arguments.dpi, arguments.port, serial=arguments.serial) as printer,
            Desk(printer, arguments.http) as desk,
        ):
            print(f"A virtual Zebra takes labels at {printer.address}", flush=True)  # noqa: T201 - a command speaks
            print(f"Its page is http://127.0.0.1:{desk.port}/", flush=True)  # noqa: T201
            stop.wait()
    except OSError as error:
        print(f"expected a free port, got: {error.strerror}")  # noqa: T201
        return WRONG
    return 0


def _tray_amiss(tray: Path | None) -> str | None:
    """Say why *tray* can keep no labels, before a printer stands that would lose them."""
    if tray is None:
        return None
    try:
        tray.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=tray):
            counted_in(tray)
    except (OSError, ValueError) as error:
        return f"expected a folder that keeps labels and their odometer, got {str(tray)!r}: {error}"
    return None
