"""Whether an address leads to the right kind of printer, and a wrong one to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labels.printers import BadAddress, Capabilities, CupsQueue, Ipp, Tcp9100, Usb, VirtualPrinter, opened

if TYPE_CHECKING:
    from labels.printers import Printer

LINE = Capabilities(status=True, counter=True, identity=True, job_id=False)
QUEUE = Capabilities(status=True, counter=False, identity=False, job_id=True)
IPP = Capabilities(status=True, counter=False, identity=True, job_id=True)
ALL = Capabilities(status=True, counter=True, identity=True, job_id=True)
KINDS: dict[str, tuple[str, type[Printer], Capabilities]] = {
    "network": ("tcp://10.0.0.17:9100", Tcp9100, LINE),
    "network, usual port": ("tcp://zebra-1.lab.example", Tcp9100, LINE),
    "network, IPv6": ("tcp://[fe80::1]:9100", Tcp9100, LINE),
    "cable": ("usb:/dev/usb/lp0", Usb, LINE),
    "queue": ("cups:zd621", CupsQueue, QUEUE),
    "IPP": ("ipp://print.example:631/printers/zd621", Ipp, IPP),
    "IPP, usual path": ("ipp://print.example", Ipp, IPP),
    "virtual": ("virtual:tray", VirtualPrinter, ALL),
}


@pytest.mark.parametrize("case", KINDS)
def test_an_address_opens_its_kind_of_printer(case: str) -> None:
    """Opening speaks to nobody; what can be asked over the way is known at once."""
    address, kind, capabilities = KINDS[case]
    printer = opened(address)

    assert kind is type(printer)
    assert capabilities == printer.capabilities()


WRONG = (
    "",
    "10.0.0.17",
    "http://10.0.0.17",
    "tcp:10.0.0.17",
    "tcp://",
    "tcp://10.0.0.17:0",
    "tcp://10.0.0.17:65536",
    "tcp://10.0.0.17:9100/path",
    "tcp://a b:9100",
    "tcp://user@host:9100",
    "usb:lp0",
    "usb:/dev/../etc/passwd",
    "usb:/etc/passwd",
    "cups:",
    "cups:-d",
    "ipp:host",
    "ipp://host:0/",
    "ipp://host/a?b",
    "ipp://host/a\r\nX: y",
    "virtual:",
)


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_address_is_refused(address: str) -> None:
    """The message says what was expected."""
    with pytest.raises(BadAddress, match="expected"):
        opened(address)
