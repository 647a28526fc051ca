"""The command of templates: the shipped ones are submitted with their proofs at the console, and a person signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.labelling import template_actions
from tests.coi.labelling.test_template_actions import changed
from tests.coi.test_cli_protocols import Console

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A founded training installation."""
    monkeypatch.setenv("COI_DATA", str(tmp_path))
    monkeypatch.setenv("COI_ARGON2_KIB", "8")
    made = Console()
    made.says("init", "--purpose", "training", "--log", "coi.example.org/templates")
    return made


def test_templates_are_submitted_at_the_console_and_approved_by_a_person(console: Console, tmp_path: Path) -> None:
    """Others than quality or document control are refused with 2; what is no template, or cannot be read, as well."""
    owner = console.says("setup", "organization", "Maker")
    site = console.says("setup", "site", "Works", "--kind", "manufacturing", "--organization", owner)
    secret = "a-long-password"
    for name, role in (("reviewer", "qa_reviewer"), ("nobody", "materials")):
        person = console.says("setup", "person", name, f"{name}@example.org", "--password", secret)
        console.says(
            "setup", "role", "--person", person, "--role", role, "--site", site, "--trained-until", "2099-01-01"
        )
    submitted = console.says("setup", "template").splitlines()
    assert len(submitted) == len(template_actions.shipped())

    def approve(login: str, password: str, code: int) -> str:
        return console.says(
            "setup", "template", "--approve", submitted[0][:12], code=code, typed=f"{login}\n{password}\n"
        )

    assert "Sign in first" in approve("reviewer@example.org", "wrong-password", 2)
    assert "Your role does not allow this here" in approve("nobody@example.org", secret, 2)
    assert "Approved" in approve("reviewer@example.org", secret, 0)
    assert "The present state" in approve("reviewer@example.org", secret, 2)
    later, none = tmp_path / "later.json", tmp_path / "none.json"
    later.write_bytes(changed(7))
    assert len(console.says("setup", "template", str(later))) == 64
    later.write_bytes(b"{}")
    console.says("setup", "template", str(later), code=2)
    assert "Could not read" in console.says("setup", "template", str(none), code=2)
    assert console.says("rebuild", "--check") == "Equal."
