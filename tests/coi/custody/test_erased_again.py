"""An old backup brings nobody back: what was erased is destroyed again before a page is served."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from coi import ledger, vault
from coi.app import PROJECTIONS, create_app
from coi.custody import erased_again
from coi.errors import Unavailable
from coi.settings import Settings
from coi.vault import store
from tests import wanderer
from tests import world as worlds
from tests.coi.custody.test_erasure import cancelled, erase
from tests.coi.custody.test_legal_hold import place
from tests.coi.test_web import PAGE, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from sqlalchemy.orm import Session

    from tests.conftest import MakeDatabase
    from tests.world import World

TABLES = (store.key_table, store.value_table, store.index_table)


@pytest.fixture
def world(make_database: MakeDatabase, tmp_path: Path) -> World:
    """A founded world."""
    return wanderer.quick(worlds.make(make_database(*PROJECTIONS), tmp_path))


def backup(world: World, patient: str) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return what the vault holds of a patient, as a backup has it."""

    def work(session: Session) -> list[tuple[Any, list[dict[str, Any]]]]:
        found = []
        for table in TABLES:
            who = table.c.subject if table is store.index_table else table.c.owner
            found.append(
                (table, [dict(row) for row in session.execute(select(table).where(who == patient)).mappings()])
            )
        return found

    return world.database.read(work)


def restore(world: World, kept: list[tuple[Any, list[dict[str, Any]]]]) -> None:
    """Bring back what a backup of the vault holds."""
    world.database.run(lambda session: [session.execute(insert(table), rows) for table, rows in kept] and None)


def knows(world: World, patient: str) -> tuple[bool, str | None]:
    """Say whether the vault opens a patient's data, and to whom the record number leads."""
    facts = world.patient(0)
    code = vault.record_number(facts.issuer, facts.record_number)
    return world.database.read(lambda session: (vault.is_kept(session, patient), vault.resolve(session, code)))


def test_a_restored_vault_is_erased_again_by_what_the_ledger_says(world: World) -> None:
    """The ledger knows of the erasure: no entry more, and nobody is found, whoever starts the server."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    kept = backup(world, patient)
    entry = erase(world, name, "hospitalqa", "physician")
    restore(world, kept)
    assert knows(world, patient) == (True, patient)

    looked = erased_again.look(world.database, world.road.clock())

    assert (looked, knows(world, patient)) == (erased_again.Looked(1, 1), (False, None))
    assert world.database.read(vault.erasures)[patient] == (entry.chain, entry.seq)
    assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(1, 0)
    world.is_whole()


def test_after_an_older_ledger_was_restored_the_list_beside_it_says_whose_data_go(world: World, tmp_path: Path) -> None:
    """The start of the server destroys them, and one entry says so; a second start finds nothing to do."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    home = world.database.read(ledger.installation).org_chain
    knobs = worlds.settings(tmp_path)
    stone = erased_again.Tombstone(patient, home, "2026-11-20T00:00:00.000000Z", "ab" * 32)
    stranger = erased_again.Tombstone(patient, "another-house", stone.at, stone.entry)
    knobs.tombstones.write_text(
        f"{stone.line(knobs)}\n{stranger.line(knobs)}\n{patient} {home} forged\n", encoding="ascii"
    )

    create_app(Settings(**knobs.model_dump()), database=world.database, clock=world.road.clock)

    assert knows(world, patient) == (False, None)
    where = world.database.read(vault.erasures)[patient]
    entry = world.database.read(lambda session: ledger.entry(session, *where))
    assert (entry.stmt["basis"], entry.stmt["orders"], entry.sig) == ("restored", [name], ())
    assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(1, 0, 1)
    world.is_whole()


FORGED = {
    "another's mark": lambda line: line[:-4] + ("0000" if line[-4:] != "0000" else "1111"),
    "another patient": lambda line: line.replace("P-", "P-X", 1),
    "no mark": lambda line: line.rpartition(" ")[0],
    "not ASCII": lambda line: line[:-1] + "é",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_nobody_has_data_destroyed_by_writing_into_the_list(
    world: World, tmp_path: Path, forge: Callable[[str], str]
) -> None:
    """A line without the mark of this installation counts for nothing, and is told."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    knobs = worlds.settings(tmp_path)
    home = world.database.read(ledger.installation).org_chain
    line = erased_again.Tombstone(patient, home, "2026-11-20T00:00:00.000000Z", "ab" * 32).line(knobs)
    knobs.tombstones.write_bytes(b"# a comment\n\n  \n" + forge(line).encode("latin-1") + b"\n")

    assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(0, 0, 1)
    assert knows(world, patient) == (True, patient)


def test_a_list_that_cannot_be_written_is_told_and_stops_no_erasure(world: World, tmp_path: Path) -> None:
    """The erasure stands; whoever did it, or starts the server, is told what is missing."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    worlds.settings(tmp_path).tombstones.symlink_to(tmp_path / "none" / "there")
    (tmp_path / "none").write_text("a file where a folder should be", encoding="ascii")
    erase(world, name, "hospitalqa", "physician")

    with pytest.raises(Unavailable, match="list of the erased"):
        erased_again.remember(world.database)

    assert knows(world, patient) == (False, None)


def test_a_list_that_cannot_be_read_keeps_nobody_from_working(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger's erasures are done again, the server serves, and quality finds the task."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    kept = backup(world, patient)
    erase(world, name, "hospitalqa", "physician")
    restore(world, kept)
    knobs = worlds.settings(tmp_path)
    knobs.tombstones.mkdir()

    app = create_app(Settings(**knobs.model_dump()), database=world.database, clock=world.road.clock)

    assert knows(world, patient) == (False, None)
    assert '"fault": "Expected to read the list of the erased' in capsys.readouterr().err
    client, _ = sign_in(app, "hospitalqa")
    assert "list of the erased" in client.get("/work", headers=PAGE).get_data(as_text=True)
    nurse, _ = sign_in(app, "nurse1")
    assert "list of the erased" not in nurse.get("/work", headers=PAGE).get_data(as_text=True)


@pytest.mark.parametrize("against", ["an open order", "a legal hold"])
def test_what_only_the_list_knows_waits_while_something_stands_against_it(
    world: World, tmp_path: Path, against: str
) -> None:
    """Nothing is destroyed and no entry written; whoever treats the patient is told, until nothing stands there."""
    name = cancelled(world, closed=against == "a legal hold")
    patient = world.road.order(name).patient
    if against == "a legal hold":
        place(world, name)
    knobs = worlds.settings(tmp_path)
    home = world.database.read(ledger.installation).org_chain
    stone = erased_again.Tombstone(patient, home, "2026-11-20T00:00:00.000000Z", "ab" * 32)
    knobs.tombstones.write_text(stone.line(knobs) + "\n", encoding="ascii")

    app = create_app(Settings(**knobs.model_dump()), database=world.database, clock=world.road.clock)

    looked = erased_again.look(world.database, world.road.clock())
    assert (looked, looked.asks) == (erased_again.Looked(1, 0, waiting=(patient,)), True)
    assert knows(world, patient) == (True, patient)
    assert world.database.read(vault.erasures) == {}
    client, _ = sign_in(app, "hospitalqa")
    assert f"/orders/{name}/erasure" in client.get("/work", headers=PAGE).get_data(as_text=True)
    if against == "an open order":
        assert world.road.do(name, "x_close").outcome == "accepted"
        assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(1, 1)
        assert f"/orders/{name}/erasure" not in client.get("/work", headers=PAGE).get_data(as_text=True)


def test_a_list_whose_disk_is_not_there_is_told_and_not_begun_anew(world: World, tmp_path: Path) -> None:
    """An installation without erasures begins it; from then on one that is gone is lost, until a person makes it."""
    apart = tmp_path / "disk" / "erased.list"
    knobs = Settings(**{**worlds.settings(tmp_path).model_dump(), "erased_list": apart})
    knobs.attach(world.database.engine)
    assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(0, 0)
    assert apart.read_bytes() == b""
    name = cancelled(world)
    erase(world, name, "hospitalqa", "physician")
    assert erased_again.remember(world.database) == 1
    apart.unlink()

    looked = erased_again.look(world.database, world.road.clock())

    assert "mounted" in looked.fault
    assert looked.asks
    assert not apart.exists()
    apart.touch()
    assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(1, 0)
    assert len(apart.read_bytes().splitlines()) == 1


def test_a_torn_line_spoils_no_other_and_short_writes_are_gone_on_with(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power cut left of a line stays one strange line, and the whole line is written after it."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    knobs = worlds.settings(tmp_path)
    erase(world, name, "hospitalqa", "physician")
    knobs.tombstones.write_bytes(patient.encode())
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, text: write(handle, text[:7]))

    assert erased_again.remember(world.database) == 1

    monkeypatch.undo()
    torn, whole = knobs.tombstones.read_text(encoding="ascii").splitlines()
    assert torn == patient
    assert erased_again.Tombstone.read(whole, knobs) is not None
    assert erased_again.look(world.database, world.road.clock()) == erased_again.Looked(1, 0, 1)


def test_the_list_is_completed_from_the_ledger(world: World, tmp_path: Path) -> None:
    """Every erasure stands in it once, by pseudonym and hash of its entry; a list that was lost is written anew."""
    name = cancelled(world)
    patient = world.road.order(name).patient
    knobs = worlds.settings(tmp_path)
    entry = erase(world, name, "hospitalqa", "physician")

    assert erased_again.remember(world.database) == 1
    assert erased_again.remember(world.database) == 0
    (line,) = knobs.tombstones.read_text(encoding="ascii").splitlines()
    assert line.split()[0] == patient
    assert line.split()[3] == entry.hash
    assert knobs.tombstones.stat().st_mode & 0o077 == 0
    knobs.tombstones.unlink()
    assert erased_again.look(world.database, world.road.clock()).known == 1
    assert knobs.tombstones.read_text(encoding="ascii").splitlines() == [line]
