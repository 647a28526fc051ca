"""Where does a printer stand? An address is one line of text; opening it talks to nobody yet.

tcp://HOST:9100          raw bytes on the network (the port may be left out)
usb:/dev/usb/lp0         a cable to this machine
cups:QUEUE               a print queue of this machine
ipp://HOST:631/ipp/print a printer or a queue that speaks IPP
virtual:FOLDER           no printer: pictures in a folder
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from labels.printers.cups import CupsQueue
from labels.printers.ipp import Ipp
from labels.printers.tcp import Tcp9100
from labels.printers.usb import Usb
from labels.printers.virtual import VirtualPrinter

if TYPE_CHECKING:
    from collections.abc import Callable

    from labels.printers.base import Printer

_HOST = r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>\d{1,5}))?"
_NETWORK = re.compile(_HOST + r"/?")
_QUEUE = re.compile(_HOST + r"(?P<path>/[A-Za-z0-9._~%/-]{0,255})?")
_DEVICE = re.compile(r"/dev/(?!.*\.\.)[A-Za-z0-9_./-]{1,128}")
_PORTS = range(1, 65536)


class BadAddress(ValueError):
    """The text is no address of a printer; the message says what was expected and what was seen."""


def opened(address: str, *, dpi: int = 300, seconds: float = 10.0) -> Printer:
    """Return the printer at *address*; each label has *seconds* to leave. Only a virtual one needs to be told *dpi*."""
    scheme, colon, rest = address.partition(":")
    if not colon or scheme not in _KINDS:
        raise BadAddress(
            f"expected an address that begins with {', '.join(f'{kind}:' for kind in _KINDS)}, got {address!r}"
        )
    return _KINDS[scheme](rest, dpi, seconds)


def _tcp(rest: str, _dpi: int, seconds: float) -> Printer:
    match = _NETWORK.fullmatch(rest.removeprefix("//")) if rest.startswith("//") else None
    port = int(match["port"] or 9100) if match else 0
    if match is None or port not in _PORTS:
        raise BadAddress(f"expected tcp://HOST:PORT, got 'tcp:{rest}'")
    return Tcp9100(match["host"].strip("[]"), port, seconds)


def _usb(rest: str, _dpi: int, seconds: float) -> Printer:
    if not _DEVICE.fullmatch(rest):
        raise BadAddress(f"expected usb:/dev/usb/lp0 or another device, got 'usb:{rest}'")
    return Usb(Path(rest), seconds)


def _ipp(rest: str, _dpi: int, seconds: float) -> Printer:
    match = _QUEUE.fullmatch(rest.removeprefix("//")) if rest.startswith("//") else None
    port = int(match["port"] or 631) if match else 0
    if match is None or port not in _PORTS:
        raise BadAddress(f"expected ipp://HOST:PORT/PATH, got 'ipp:{rest}'")
    return Ipp(match["host"].strip("[]"), port, match["path"] or "/ipp/print", seconds)


def _cups(rest: str, _dpi: int, seconds: float) -> Printer:
    try:
        return CupsQueue(rest, seconds)
    except ValueError as error:
        raise BadAddress(str(error)) from error


def _virtual(rest: str, dpi: int, _seconds: float) -> Printer:
    if not rest:
        raise BadAddress("expected virtual:FOLDER, got no folder")
    folder = Path(rest)
    if "\0" in rest or (folder.exists() and not folder.is_dir()):
        raise BadAddress(f"expected virtual:FOLDER, got 'virtual:{rest}', which is no folder")
    return VirtualPrinter(folder, dpi)


_KINDS: dict[str, Callable[[str, int, float], Printer]] = {
    "tcp": _tcp,
    "usb": _usb,
    "cups": _cups,
    "ipp": _ipp,
    "virtual": _virtual,
}
