"""Whether a client that somebody else wrote finds a Zebra where ours stands.

``zpl`` reads ``~HS`` with the unused field in its place, ``~HI``, ``~HQES``, ``^HH``; it runs in a process of its own.
The second client with a status query, zpl-toolchain, comes for Python 3.12 only and leaves the unused field out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import cast

import pytest

from labels.printers import status as ours
from labels.printers.network import VirtualZebra
from labels.printers.zebra import Zebra

SCRIPT = """
import json, sys, zpl
printer = zpl.TCPPrinter("127.0.0.1", int(sys.argv[1]), 20)
errors = printer.get_printer_errors()
print(json.dumps({
    "status": printer.get_printer_status(), "errors": errors, "info": printer.get_printer_info(),
    "config": printer.get_printer_config(),
}))
"""

FAULTS: dict[str, tuple[dict[str, object], dict[str, str], list[str]]] = {
    "whole": ({}, {}, []),
    "out of labels": ({"media_out": True}, {"paper_out": "1", "pause": "1"}, ["Media Out"]),
    "out of ribbon": ({"ribbon_out": True}, {"ribbon_out": "1", "pause": "1"}, ["Ribbon Out"]),
    "head open": ({"head_open": True}, {"head_up": "1", "pause": "1"}, ["Head Open"]),
    "too hot": ({"over_temp": True}, {"over_temp": "1", "pause": "1"}, ["Printhead Over Temperature"]),
    "paused": ({"paused": True}, {"pause": "1"}, ["Paused"]),
}
QUIET = {
    "paper_out": "0",
    "pause": "0",
    "number_of_formats_in_recv_buf": "000",
    "buffer_full": "0",
    "comm_diag_mode": "0",
    "partial_format": "0",
    "corrupt_ram": "0",
    "under_temp": "0",
    "over_temp": "0",
    "head_up": "0",
    "ribbon_out": "0",
    "labels_remaining": "00000000",
}
"""Their names of the fields that can say that something is wrong."""


def asked(**faults: object) -> dict[str, object]:
    """Stand a printer with these *faults* and let the foreign client ask it all it can."""
    with VirtualZebra(serial="VZ42") as printer:
        printer.change(**faults)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(printer.port)], capture_output=True, text=True, timeout=60, check=True
        )
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("case", FAULTS)
def test_a_foreign_client_sees_the_same_state(case: str) -> None:
    """Each fault stands in the field where another author looks for it, and in no other; so do the named errors."""
    faults, differs, errors = FAULTS[case]
    told = asked(**faults)

    status = cast("dict[str, str]", told["status"])
    assert QUIET | differs == {name: status[name] for name in QUIET}
    flag, names = cast("list[object]", told["errors"])[2:]
    assert (str(int(bool(errors))), errors) == (flag, names)
    assert {"model": "ZD621-300dpi", "version": "V93.21.26Z", "dpmm": "12", "mem": "8176KB"} == told["info"]
    assert "VZ42" == cast("dict[str, str]", told["config"])["SERIAL NUMBER"]


def test_it_and_we_read_every_field_alike() -> None:
    """Read by the other author's names, the answer says field by field what our reader says."""
    status = cast("dict[str, str]", asked()["status"])
    read = ours.host_status(Zebra().feed(b"~HS"))

    assert read is not None
    ordered = [value for name, value in asdict(read).items() if not name.startswith("unused")]
    assert [int(value) for value in ordered] == [int(value) for value in status.values()]
