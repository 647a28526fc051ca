"""Whether a person at a terminal can ask a printer and stand a virtual one."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from labels.__main__ import main
from labels.printers import Tcp9100
from labels.printers.network import VirtualZebra
from tests.labels.printers.papers import ONE

if TYPE_CHECKING:
    from pathlib import Path


def test_a_printer_is_asked_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """The state, what to do next, which printer it is and what it counted; the exit status says whether it is ready."""
    with VirtualZebra(serial="VZ42") as printer:
        assert 0 == main(["status", printer.address, "--seconds", "8"])
        assert (
            f"Ready (ready)  {printer.address}\n"
            "  It has nothing left to print.\n"
            "  In its memory 0, of a batch still to come 0\n"
            "  ZD621-300dpi, 12 dots/mm, firmware V93.21.26Z, serial number VZ42\n"
            "  Labels printed in its life: 1000\n"
        ) == capsys.readouterr().out

        printer.change(head_open=True, media_out=True)
        assert 1 == main(["status", printer.address, "--seconds", "8"])
        said = capsys.readouterr().out
        assert "Head open (head_open)" in said
        assert "It also says: media_out, paused" in said

        printer.change(head_open=False, media_out=False, reset="after_bytes", reset_after=100)
        Tcp9100("127.0.0.1", printer.port).send(ONE, "bag")
        printer.change(reset="")
        assert 1 == main(["status", printer.address, "--seconds", "8"])
        assert "its end never came: switch it off and on" in capsys.readouterr().out


def test_a_printer_is_asked_by_a_program(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same as JSON, of any kind of printer; of one that is not there, that nothing is known."""
    assert 0 == main(["status", f"virtual:{tmp_path}", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ("ready", 0, "VIRTUAL") == (told["state"], told["counter"], told["identity"]["model"])

    assert 1 == main(["status", "tcp://127.0.0.1:1", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert ("unknown", None, None) == (told["state"], told["counter"], told["identity"])


def test_a_wrong_address_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names what was expected."""
    assert 2 == main(["status", "zebra"])
    assert "expected an address that begins with tcp:, usb:" in capsys.readouterr().out


def test_a_virtual_printer_stands_until_it_is_stopped(tmp_path: Path) -> None:
    """It says where it is, prints what it is sent into its tray, and ends cleanly on TERM."""
    command = [sys.executable, "-m", "labels", "virtual", "--port", "0", "--http", "0", "--tray", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            where, page = running.stdout.readline(), running.stdout.readline()
            found = re.search(r"tcp://127\.0\.0\.1:(\d+)", where)
            assert found is not None
            assert "http://127.0.0.1:" in page
            printer = Tcp9100("127.0.0.1", int(found[1]))
            printer.send(ONE, "bag")
            assert 1001 == printer.counter(8)
        finally:
            running.send_signal(signal.SIGTERM)
        assert 0 == running.wait(20)

    assert 1 == len(list(tmp_path.glob("*.png")))


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """No second printer stands at the same port."""
    with VirtualZebra() as printer:
        old = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            assert 2 == main(["virtual", "--port", str(printer.port), "--http", "0"])
        finally:
            for one, handler in old.items():
                signal.signal(one, handler)

    assert "expected a free port, got: Address already in use" in capsys.readouterr().out


WRONG = {
    "no port at all": (["virtual", "--port", "99999"], "expected a port of 0 to 65535, got 99999"),
    "a port below": (["virtual", "--port=-5"], "expected a port of 0 to 65535, got -5"),
    "a page beyond": (["virtual", "--port", "0", "--http", "70000"], "expected a port of 0 to 65535, got 70000"),
    "a port in words": (["virtual", "--port", "http"], "expected a port of 0 to 65535, got http"),
    "no such resolution": (["virtual", "--dpi", "150"], "invalid choice: 150"),
    "a serial number that breaks its answer": (
        ["virtual", "--serial", "A\r\n~HS"],
        "expected a serial number of 1 to 20",
    ),
    "no serial number": (["virtual", "--serial", ""], "expected a serial number of 1 to 20"),
    "no time": (["status", "tcp://127.0.0.1:1", "--seconds", "0"], "expected 0.1 to 60.0 seconds, got 0"),
    "time that is no number": (["status", "tcp://127.0.0.1:1", "--seconds", "nan"], "expected 0.1 to 60.0 seconds"),
    "time without end": (["status", "tcp://127.0.0.1:1", "--seconds", "1e999"], "expected 0.1 to 60.0 seconds"),
    "no command": ([], "the following arguments are required: COMMAND"),
    "another command": (["print"], "invalid choice: 'print'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_words_that_are_none_are_told_so(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2 and a sentence, never a trace of the program."""
    words, told = WRONG[case]

    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    assert told in capsys.readouterr().err


def test_a_tray_that_keeps_nothing_is_told_before_anything_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file, a place where no folder can be made, and an odometer that is no number: exit status 2, each with why."""
    (tmp_path / "file").write_text("", encoding="ascii")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / ".odometer").write_text("many", encoding="ascii")
    (tmp_path / "folded" / ".odometer").mkdir(parents=True)

    for tray in ("file", "file/deeper", "odd", "folded", "nul\0"):
        assert 2 == main(["virtual", "--port", "0", "--http", "0", "--tray", str(tmp_path / tray)])
        assert "expected a folder that keeps labels and their odometer" in capsys.readouterr().out
    assert 2 == main(["status", f"virtual:{tmp_path / 'file'}"])
    assert "which is no folder" in capsys.readouterr().out
    assert ["file", "folded", "odd"] == sorted(path.name for path in tmp_path.iterdir())
