"""The commands of protocols: checked by anybody, proposed at the console, approved by a person."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from coi.app import PROJECTIONS, create_app, migrate, open_database
from coi.cli import command_line
from coi.commands.console import Wiring
from coi.custody.protocol_check import shipped_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


class Console:
    """The console of an installation, with somebody at its keyboard."""

    def __init__(self) -> None:
        """Wire the command as the app does."""
        self._command = command_line(Wiring(open_database, create_app, migrate, PROJECTIONS))

    def says(self, *words: str, code: int = 0, typed: str | None = None) -> str:
        """Return what a command prints, and assert its exit code."""
        result: Result = CliRunner().invoke(self._command, list(words), input=typed)
        assert code == result.exit_code, (result.output, result.exception)
        return result.output.strip()


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A founded training installation."""
    monkeypatch.setenv("COI_DATA", str(tmp_path))
    monkeypatch.setenv("COI_ARGON2_KIB", "8")
    made = Console()
    made.says("init", "--purpose", "training", "--log", "coi.example.org/protocols")
    return made


def test_a_protocol_is_checked_by_its_exit_code(console: Console, tmp_path: Path) -> None:
    """Sound is 0, the shipped ones without a file; faults are 1, each named; a file that cannot be read is 2."""
    shipped = shipped_bytes()["cryo_car_t.json"]
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(shipped)
    bad.write_bytes(shipped.replace(b'"wristband_to_bag_s": 120', b'"wristband_to_bag_s": 86400', 1)[:-2] + b',"x":1}')

    assert console.says("protocol", "check") == "\n".join(f"{name}: sound" for name in shipped_bytes())
    assert console.says("protocol", "check", str(good)).endswith("good.json: sound")
    told = console.says("protocol", "check", str(good), str(bad), code=1).splitlines()
    assert told[1].endswith("bad.json: 2 faults")
    assert told[2:] == [
        "  Expected only fields that something reads, seen 'x'.",
        "  Limit wristband_to_bag_s: expected a whole number from 1 to 600, seen 86400.",
    ]
    assert "Could not read" in console.says("protocol", "check", str(tmp_path / "none.json"), code=2)


def test_protocols_are_proposed_at_the_console_and_approved_by_a_person(console: Console, tmp_path: Path) -> None:
    """The console proposes the shipped ones; a reviewer signs one by login and password; others are refused with 2."""
    owner = console.says("setup", "organization", "Maker")
    site = console.says("setup", "site", "Works", "--kind", "manufacturing", "--organization", owner)
    secret = "a-long-password"
    persons: dict[str, str] = {}
    for name, role in (("reviewer", "qa_reviewer"), ("nobody", "materials"), ("writer", "doc_control")):
        person = persons[name] = console.says("setup", "person", name, f"{name}@example.org", "--password", secret)
        console.says(
            "setup", "role", "--person", person, "--role", role, "--site", site, "--trained-until", "2099-01-01"
        )
    proposed = console.says("setup", "protocol").splitlines()
    assert len(proposed) == len(shipped_bytes())

    def approve(login: str, password: str, code: int) -> str:
        return console.says(
            "setup", "protocol", "--approve", proposed[0][:12], code=code, typed=f"{login}\n{password}\n"
        )

    assert "Sign in first" in approve("reviewer@example.org", "wrong-password", 2)
    assert "Your role does not allow this here" in approve("nobody@example.org", secret, 2)
    assert "Approved" in approve("reviewer@example.org", secret, 0)
    assert "The present state" in approve("reviewer@example.org", secret, 2)
    assert "There is no such thing" in console.says("setup", "protocol", "--approve", "f" * 64, code=2, typed="a\nb\n")
    later = tmp_path / "later.json"
    text = shipped_bytes()["cryo_car_t.json"].replace(b'"version": 2', b'"version": 9', 1)
    later.write_bytes(text)
    sha = console.says("setup", "protocol", str(later), "--by", persons["writer"], "--site", site)
    assert hashlib.sha256(text).hexdigest() == sha
    assert "again" in console.says("setup", "protocol", str(later), code=2)
    assert "Could not read" in console.says("setup", "protocol", str(tmp_path / "none.json"), code=2)
    assert console.says("rebuild", "--check") == "Equal."
