"""Which printers are there? Queues and cables of this machine, and what answers at addresses that somebody names.

Only addresses inside the networks of the settings are asked, on the printers' own port, one question each; so that this
page cannot be turned into a look round the house.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from coi.errors import Malformed
from coi.labelling.printers import DPI
from labels.printers import BadAddress, opened
from labels.printers.cups import queues

if TYPE_CHECKING:
    from collections.abc import Iterable

    from labels.printers import Printer

MOST = 32
"""Addresses asked at once; each silent one costs a second."""
SECONDS = 1.0
CABLE = re.compile(r"/dev/usb/lp\d{1,3}")
"""Where the kernel shows a printer's cable."""


@dataclass(frozen=True, slots=True)
class Found:
    """A printer that could be registered."""

    address: str
    model: str = ""
    serial: str = ""
    dpi: int = 0
    answers: bool = True


def here() -> tuple[Found, ...]:
    """Return the print queues and printer cables of this machine."""
    cables = sorted(str(path) for path in Path("/dev/usb").glob("lp*"))
    return (
        *(Found(f"usb:{cable}", answers=False) for cable in cables),
        *(Found(f"cups:{queue}", answers=False) for queue in queues()),
    )


def at(hosts: str, networks: Iterable[str]) -> tuple[Found, ...]:
    """Ask each of *hosts*, parted by blanks or commas, which printer it is.

    Raises:
        Malformed: One is no address of a network of this house, or there are too many.
    """
    asked = hosts.replace(",", " ").split()
    if not 0 < len(asked) <= MOST:
        raise Malformed(f"Expected 1 to {MOST} addresses, seen {len(asked)}.")
    return tuple(_ask(f"tcp://{host}") for host in asked if check(f"tcp://{host}", networks))


def allowed(address: str, networks: Iterable[str]) -> None:
    """Prove that a printer may be registered there: in a network of this house, or on a cable of this machine.

    Raises:
        Malformed: It may not; anybody who could name any address could reach whatever the server reaches.
    """
    scheme, _, rest = address.partition(":")
    if scheme in {"tcp", "ipp"}:
        check(f"tcp://{rest.removeprefix('//').partition('/')[0]}", networks)
    if scheme == "usb" and not CABLE.fullmatch(rest):
        raise Malformed(f"Expected usb:/dev/usb/lp and a number, seen {address[:60]!r}.")


def check(address: str, networks: Iterable[str]) -> bool:
    """Prove that an address may be asked.

    Raises:
        Malformed: It lies in no network of this house.
    """
    host = address.removeprefix("tcp://").rpartition(":")[0] or address.removeprefix("tcp://")
    try:
        inside = any(ip_address(host.strip("[]")) in ip_network(one) for one in networks)
    except ValueError:
        inside = False
    if not inside:
        raise Malformed(f"Expected an address inside {', '.join(networks)}, seen {address[:60]!r}.")
    return True


def _ask(address: str) -> Found:
    try:
        line = opened(address, seconds=SECONDS)
    except BadAddress as error:
        raise Malformed(str(error)) from error
    return told(address, line)


def told(address: str, line: Printer) -> Found:
    """Return what a printer says of itself; one that can be asked and does not answer is found silent."""
    able = line.capabilities()
    identity = line.identity(SECONDS) if able.identity else None
    if identity is None:
        return Found(address, answers=not able.identity)
    return Found(address, identity.model, identity.serial, DPI.get(identity.dpmm, 0))
