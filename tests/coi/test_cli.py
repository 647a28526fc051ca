"""The command of an installation's administrator: set it up, verify it, rebuild it."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest
from pydantic import TypeAdapter, ValidationError
from typer.testing import CliRunner

from coi.app import PROJECTIONS, create_app, migrate, open_database
from coi.cli import command_line
from coi.commands.console import Wiring
from coi.errors import Unavailable
from coi.settings import Settings
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typer.testing import Result

    from coi.db import Database

LOG = "coi.example.org/cli"
GTIN = "09506000134390"


class Console:
    """An administrator at the console of an installation in a folder."""

    def __init__(self) -> None:
        """Wire the command as the app does."""
        self._command = command_line(Wiring(open_database, create_app, migrate, PROJECTIONS))
        self.beside = ""

    def says(self, *words: str, code: int = 0, typed: str = "") -> str:
        """Return what a command prints, and assert its exit code; of a good one what a script would read."""
        result: Result = CliRunner().invoke(self._command, list(words), input=typed or None)
        assert code == result.exit_code, (result.output, result.exception)
        self.beside = result.stderr
        return (result.output if code or not result.stdout else result.stdout).strip()


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A founded training installation."""
    monkeypatch.setenv("COI_DATA", str(tmp_path))
    monkeypatch.setenv("COI_ARGON2_KIB", "8")
    made = Console()
    made.says("init", "--purpose", "training", "--log", LOG)
    return made


def test_a_collecting_site_is_told_how_it_labels(console: Console) -> None:
    """The id alone is printed, what the scheme means stands beside it; a scheme without its number is refused."""
    owner = console.says("setup", "organization", "Hospital")
    site = ("setup", "site", "North", "--kind", "treatment", "--organization", owner)
    made = console.says(*site)
    assert made.startswith("S-")
    assert "our own code: it needs no number of ICCBBA or GS1" in console.beside
    assert "Expected the GTIN of the bags" in console.says(*site, "--scheme", "gs1", code=2)
    assert "Expected a GTIN of 14 digits" in console.says(*site, "--scheme", "gs1", "--gtin", "123", code=2)

    assert f"{made} labels by gs1." == console.says("setup", "labels", made, "--scheme", "gs1", "--gtin", GTIN)
    assert f"with the GTIN {GTIN}" in console.beside
    factory = console.says("setup", "site", "Plant", "--kind", "manufacturing", "--organization", owner)
    assert factory.startswith("S-")
    assert "" == console.beside


def test_an_installation_is_set_up_at_the_console(console: Console, tmp_path: Path) -> None:
    """Organisation, site, person, role, shipper and seal are made one after the other, and the tags can be scanned."""
    owner = console.says("setup", "organization", "Hospital")
    site = console.says(
        "setup",
        "site",
        "North",
        "--kind",
        "treatment",
        "--organization",
        owner,
        "--scheme",
        "isbt128",
        "--fin",
        "A9990",
    )
    person = console.says("setup", "person", "A. Person", "a@example.org", "--password", "a-long-password")
    console.says("setup", "role", "--person", person, "--role", "site_admin", "--site", site)
    picture = tmp_path / "tag.png"
    code = console.says(
        "setup", "thing", "--kind", "shipper", "--site", site, "--label", "Dry 1",
        "--qualified-until", "2030-01-01", "--by", person, "--tag", str(picture),
    )  # fmt: skip

    assert {scan.data.decode() for scan in decode.read(picture.read_bytes())} == {code}
    assert console.says("setup", "seal", "--tag", str(tmp_path / "seal.png")).startswith("SEA-")
    assert console.says("rebuild", "--check") == "Equal."
    assert "training" in console.says("doctor")


def test_doctor_says_whether_anybody_looks_for_overdue_checks(console: Console) -> None:
    """Nobody did in a fresh installation; after one look the doctor says when."""
    assert "nobody looks now (last never)" in console.says("doctor")
    assert console.says("watch") == ""
    assert "overdue checks: looked for at" in console.says("doctor")


def test_the_console_grants_nothing_once_there_is_an_administrator(console: Console) -> None:
    """As soon as somebody administers, the console is refused, and says so with exit code 2."""
    owner = console.says("setup", "organization", "Hospital")
    site = console.says("setup", "site", "North", "--kind", "treatment", "--organization", owner)
    person = console.says("setup", "person", "A. Person", "a@example.org", "--password", "a-long-password")
    console.says("setup", "role", "--person", person, "--role", "system_admin", "--site", site)

    assert "administrator" in console.says(
        "setup", "role", "--person", person, "--role", "coordinator", "--site", site, code=2
    )


def test_verify_tells_whole_from_broken_by_its_exit_code(console: Console, tmp_path: Path) -> None:
    """A whole ledger exits with 0, a changed one with 1 and the entry's number."""
    assert json.loads(console.says("ledger", "verify", "--json"))["ok"] is True

    with sqlite3.connect(tmp_path / "coi.db") as file:
        for (trigger,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {trigger}")
        file.execute("UPDATE ledger_entry SET body = replace(body, 'training', 'trainink') WHERE seq = 1")

    report = json.loads(console.says("ledger", "verify", "--json", code=1))
    assert {fault["seq"] for fault in report["faults"]} == {1}


def test_verify_that_cannot_look_exits_with_2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no installation nothing is said to be whole."""
    monkeypatch.setenv("COI_DATA", str(tmp_path / "nothing"))

    Console().says("ledger", "verify", code=2)


def test_doctor_says_that_nothing_is_installed_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder the doctor says what is there and what is not, and fails at nothing."""
    monkeypatch.setenv("COI_DATA", str(tmp_path / "empty"))

    assert "no installation here yet" in Console().says("doctor")


def test_a_taken_port_is_told_before_anything_is_cleared(tmp_path: Path) -> None:
    """A second demo on the port of the first ends with 2, names the port, and leaves the first one's folder alone."""
    (tmp_path / "coi.db").write_bytes(b"the first one's")
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = str(first.getsockname()[1])
        told = Console().says("demo", "--port", port, "--data", str(tmp_path), code=2)

    assert f"127.0.0.1:{port}" in told
    assert "--port" in told
    assert (tmp_path / "coi.db").read_bytes() == b"the first one's"


@pytest.mark.parametrize(
    "verb", ["serve", "rebuild", "worker", "watch", "upgrade", "erase-again", "ledger verify", "setup list"]
)
def test_every_verb_says_in_a_sentence_that_nothing_is_installed(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty folder each verb names the folder and what to do, ends with 2, and makes nothing there."""
    monkeypatch.setenv("COI_DATA", str(tmp_path / "empty"))

    told = Console().says(*verb.split(), code=2)

    assert str(tmp_path / "empty") in told.replace("\n", "")
    assert "coi init" in told
    assert not (tmp_path / "empty").exists()


def test_founding_says_what_is_wrong_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A purpose or log that does not exist, and a production without its log, are told in a sentence."""
    monkeypatch.setenv("COI_DATA", str(tmp_path))
    console = Console()

    assert "production, training, demo" in console.says("init", "--purpose", "prod", "--log", LOG, code=2)
    assert "log origin" in console.says("init", "--purpose", "training", "--log", "no log", code=2)
    monkeypatch.setenv("COI_PURPOSE", "production")
    assert console.says("serve", code=2).startswith("COI_LOG_ORIGIN: expected")


def test_an_installation_is_founded_once_and_upgraded_often(console: Console) -> None:
    """A second founding is refused and names the verb that was meant; that verb changes no entry."""
    assert "coi upgrade" in console.says("init", "--purpose", "training", "--log", LOG, code=2)
    assert LOG in console.says("upgrade")
    assert console.says("rebuild", "--check") == "Equal."


@contextmanager
def tampered(folder: Path) -> Iterator[sqlite3.Connection]:
    """The installation's database, open behind the software's back."""
    with closing(sqlite3.connect(folder / "coi.db")) as database:
        yield database
        database.commit()


@pytest.mark.parametrize("verb", ["serve", "doctor", "setup list", "ledger verify"])
def test_tables_of_another_version_are_told_in_words(console: Console, tmp_path: Path, verb: str) -> None:
    """Older tables name the verb that upgrades them, newer ones the newer software, and no verb goes on."""
    with tampered(tmp_path) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    assert "The tables are of an older version" in console.says(*verb.split(), code=2)
    assert "coi upgrade" in console.says(*verb.split(), code=2)
    with pytest.raises(Unavailable, match="coi upgrade"):
        create_app(Settings())

    with tampered(tmp_path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for one in (verb, "upgrade"):
        assert "step 9999 of a newer version. Run the newer software." in console.says(*one.split(), code=2)


@pytest.mark.parametrize("state", ["THAWING", "INFUSING", "STORED_AT_SITE"])
def test_nothing_is_upgraded_under_a_running_infusion(console: Console, tmp_path: Path, state: str) -> None:
    """While an order is thawed or being infused the upgrade is refused with its name; any other state may rest."""
    with tampered(tmp_path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(treatment_order)") if row[3]]
        row = dict.fromkeys(columns, "0") | {"order_id": "ORDER-1", "state": state}
        names, places = ", ".join(row), ", ".join("?" * len(row))
        database.execute(f"INSERT INTO treatment_order ({names}) VALUES ({places})", tuple(row.values()))

    if state == "STORED_AT_SITE":
        assert "are those of this version" in console.says("upgrade")
        return
    told = console.says("upgrade", code=2)
    assert f"seen ORDER-1 ({state})" in told
    assert "Finish or stop the infusion first" in told


@pytest.mark.usefixtures("console")
def test_a_fault_of_ours_is_no_knob() -> None:
    """What pydantic refuses outside the settings is a traceback, and names no knob that nobody has turned."""

    def faulty(_settings: Settings) -> Database:
        TypeAdapter(int).validate_python("no number")
        return open_database(Settings())

    command = command_line(Wiring(faulty, create_app, migrate, PROJECTIONS))
    result = CliRunner().invoke(command, ["setup", "list"])
    assert isinstance(result.exception, ValidationError)
    assert "COI_" not in result.output


def test_the_console_looks_after_who_may_do_what(console: Console) -> None:
    """Training is renewed, a role revoked, a password replaced, an account opened again, and who leaves can nothing."""
    owner = console.says("setup", "organization", "Hospital")
    site = console.says("setup", "site", "North", "--kind", "treatment", "--organization", owner)
    person = console.says("setup", "person", "A. Person", "a@example.org", "--password", "a-long-password")
    assert "no gate accepts" in console.says(
        "setup", "role", "--person", person, "--role", "coordinator", "--site", site
    )
    told = console.says("setup", "list").splitlines()
    assert told[0].startswith(f"{site}  North")
    assert told[1] == f"{person}  A. Person"
    assert told[2].endswith("coordinator at North, not trained")
    grant = told[2].split()[0]

    console.says("setup", "training", grant, "--until", "2031-01-31")
    assert "trained until 2031-01-31 UTC" in console.says("setup", "list")
    assert "no more" in console.says("setup", "training", grant)
    asked = console.says("setup", "password", person, typed="another-long-one\nanother-long-one\n")
    assert asked.endswith(f"{person} has another password.")
    assert "another-long-one" not in asked
    assert "No such option" in console.says("setup", "password", person, "--password", "another-long-one", code=2)
    console.says("setup", "unlock", person)
    console.says("setup", "revoke", grant)
    assert "coordinator" not in console.says("setup", "list")
    console.says("setup", "deactivate", person)
    assert "deactivated" in console.says("setup", "list")
    assert "deactivated" in console.says("setup", "deactivate", person, code=2)


def test_the_console_is_named_and_is_no_administrator(console: Console, tmp_path: Path) -> None:
    """Once somebody administers the console ends nothing and leaves the last one; its passwords name it."""
    owner = console.says("setup", "organization", "Hospital")
    site = console.says("setup", "site", "North", "--kind", "treatment", "--organization", owner)
    add = ("setup", "person", "A. Person", "--password", "a-long-password")
    chief, nurse = console.says(*add, "a@example.org"), console.says(*add, "b@example.org")
    console.says("setup", "role", "--person", chief, "--role", "system_admin", "--site", site)

    assert "Say who does it: --by" in console.says("setup", "deactivate", nurse, code=2)
    assert "Make another first" in console.says("setup", "deactivate", chief, "--by", chief, code=2)
    assert "Expected an administrator" in console.says("setup", "organization", "X", "--by", "U-NOBODY", code=2)
    console.says("setup", "password", nurse, "--by", chief, typed="another-long-one\nanother-long-one\n")
    console.says("setup", "deactivate", nurse, "--by", chief)

    with closing(sqlite3.connect(tmp_path / "coi.db")) as database:
        bodies = database.execute("SELECT body FROM ledger_entry ORDER BY seq").fetchall()
    entries = [json.loads(body) for (body,) in bodies]
    said = [entry["stmt"] for entry in entries if entry["type"] == "people.password_set"]
    assert [("console", "console"), ("console", "console"), (chief, "console")] == [
        (one["actor"], one["through"]) for one in said
    ]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines"])
def test_a_name_can_be_read(console: Console, name: str) -> None:
    """What nobody could read on a screen or a label names nothing."""
    assert "Expected a name" in console.says("setup", "organization", name, code=2)


def test_erase_again_says_what_came_back_and_what_is_not_of_this_house(console: Console, tmp_path: Path) -> None:
    """Nothing to do exits with 0; a list with a line of another installation is told (1)."""
    nothing = "erased patients: 0; back in this database and destroyed again: 0"
    assert console.says("erase-again") == nothing

    (tmp_path / "erased.list").write_text("P-000000000000 house day hash mark\n", encoding="ascii")

    told = console.says("erase-again", code=1)
    assert told == f"{nothing}; 1 lines of the list were not written by this installation and count for nothing"

    (tmp_path / "erased.list").unlink()
    (tmp_path / "erased.list").mkdir()

    assert "Is a directory" in console.says("erase-again", code=1)
