"""A station's program, killed at random while the network comes and goes: what it told is kept once, in order."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from coi import people
from coi.app import PROJECTIONS
from coi.db import Database
from coi.ledger import audit
from coi.people import actions, device_store, devices, station_intake, station_store
from scanners.station import command, config, keys
from scanners.station.config import Config
from scanners.station.outbox import Outbox
from scanners.station.server import Server
from tests import programs
from tests import world as worlds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session
    from werkzeug.serving import BaseWSGIServer

    from tests.conftest import Templates
    from tests.evidence import Evidence
    from tests.world import World

PATIENCE = 60.0
"""Seconds after which a program that does nothing has failed."""
LISTENS = "0A"
_READ = re.compile(r"read (\d+)")


def now() -> datetime:
    """Return the machine's time: the program under test has no other."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Net:
    """The server on a port of its own; ``cut`` and ``mend`` are the network."""

    world: World
    port: int = 0
    server: BaseWSGIServer | None = None
    address: str = ""

    def mend(self) -> None:
        """Let the server be reached."""
        app = programs.application(self.world.database, now)
        self.server = make_server("127.0.0.1", self.port, app, threaded=True)
        self.port = self.server.server_port
        self.address = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self) -> None:
        """Let nobody be reached."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@dataclass(slots=True)
class Running:
    """The program in a process of its own, fed by a file, heard by what it says."""

    folder: Path
    feed: Path
    process: subprocess.Popen[str]
    heard: list[int] = field(default_factory=list)
    ear: threading.Thread | None = None

    @classmethod
    def start(cls, folder: Path, number: int) -> Running:
        """Start it on its folder, with an empty feed."""
        feed = folder / f"feed-{number}"
        feed.touch()
        config.save(folder, replace(config.load(folder), sources=(f"file:{feed}",)))
        command = [sys.executable, "-m", "scanners.station", "--data", str(folder), "run"]
        root = Path(__file__).parents[2]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        running = cls(folder, feed, process)
        running.ear = threading.Thread(target=running.listen, daemon=True)
        running.ear.start()
        return running

    def listen(self) -> None:
        """Note every "read" that it says."""
        for line in self.process.stdout or ():
            found = _READ.search(line)
            if found:
                self.heard.append(int(found[1]))

    def scan(self, data: bytes) -> None:
        """Pull the trigger."""
        with self.feed.open("a", encoding="ascii") as file:
            file.write(f"]d2 {data.hex()}\n")

    def kill(self) -> list[int]:
        """Take the power away; return what was heard until then."""
        self.process.kill()
        self.process.wait(PATIENCE)
        if self.ear is not None:
            self.ear.join(PATIENCE)  # what was said before is heard to its end
        if self.process.stdout is not None:
            self.process.stdout.close()
        return list(self.heard)

    def listening(self) -> set[str]:
        """Return the addresses on which the process listens, as the kernel says."""
        folder = Path(f"/proc/{self.process.pid}")
        sockets = set()
        for handle in (folder / "fd").iterdir():
            try:
                sockets.add(str(handle.readlink()))
            except OSError:
                continue
        found = set()
        for table in ("tcp", "tcp6"):
            for line in (folder / "net" / table).read_text().splitlines()[1:]:
                parts = line.split()
                if parts[3] == LISTENS and f"socket:[{parts[9]}]" in sockets:
                    found.add(parts[1].partition(":")[0])
        return found


def until(what: str, done: object) -> None:
    """Wait until *done* is true; how long it takes says nothing."""
    assert callable(done)
    ends = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < ends, f"expected {what} within a minute, seen nothing"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def founded(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One founded installation for all."""
    folder = tmp_path_factory.mktemp("founded")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    yield worlds.make(database, folder)
    database.dispose()


@pytest.fixture
def net(founded: World, tmp_path: Path) -> Iterator[Net]:
    """The installation, reachable, with a station in ``station`` that is enrolled and qualified."""
    net = Net(founded)
    net.mend()
    folder = tmp_path / "station"
    key = keys.make(folder / config.KEY)
    site, nurse = founded.road.sites["treatment"], founded.road.persons["nurse1"]
    jwk = dict(keys.jwk(key.public_key()))
    device = founded.database.run(lambda session: devices.propose(session, site, jwk, "Bedside", by=nurse, at=now()))
    founded.database.run(lambda session: devices.qualify_in_demo(session, device.id, at=now()))
    config.save(folder, Config(net.address, "Bedside", device.id, site))
    yield net
    net.cut()


@pytest.mark.long("scanners")
def test_what_was_told_read_is_kept_once_and_in_order(net: Net, tmp_path: Path, evidence: Evidence) -> None:
    """Network cut after scan k and mended later, SIGKILL at random: all that was told is there, the chain whole."""
    random, folder, many = evidence.random(), tmp_path / "station", evidence.size(40, 200)
    cut_at = random.randrange(many // 4, many // 2)
    mend_at = random.randrange(many // 2, many)
    told: dict[int, bytes] = {}
    fed, runs = 0, 0
    while fed < many:
        runs += 1
        running = Running.start(folder, runs)
        lives = min(many - fed, random.randrange(5, max(6, many // 3)))
        data = [b"%d" % (fed + number) for number in range(lives)]
        for one in data:
            running.scan(one)
            fed += 1
            if fed == cut_at:
                net.cut()
            if fed == mend_at:
                net.mend()
        wanted = random.randrange(1, lives + 1)
        until("a word", lambda running=running, wanted=wanted: len(running.heard) >= wanted)
        for number, seq in enumerate(running.kill()):
            assert seq not in told, "a number was told twice"
            told[seq] = data[number]
    if net.server is None:
        net.mend()
    last = Running.start(folder, runs + 1)
    device = config.load(folder).device
    until("everything", lambda: _head(net, device) >= max(told))
    last.kill()

    found = _payloads(net, device)
    assert list(range(1, len(found) + 1)) == sorted(found), "every number once, and none left out"
    assert told == {seq: found[seq] for seq in told}
    known = net.world.database.read(lambda session: device_store.device(session, device))
    assert known is not None
    proven = net.world.database.run(lambda session: station_intake.verified(session, known, by="console", at=now()))
    assert len(found) == proven
    assert net.world.database.read(audit.fsck).ok
    evidence.count("scans told", len(told))
    evidence.count("scans kept", len(found))
    evidence.count("kills", runs + 1)


def _head(net: Net, device: str) -> int:
    return net.world.database.read(lambda session: station_store.head(session, device).seq)


def _payloads(net: Net, device: str) -> dict[int, bytes]:
    kept = net.world.database.read(lambda session: station_store.after(session, device, 0))

    def opened(session: Session) -> dict[int, bytes]:
        return {one.seq: station_intake.opened(session, one, by="console", why="test", at=now()).data for one in kept}

    return net.world.database.run(opened)


def test_it_listens_only_while_the_server_is_away(net: Net, tmp_path: Path) -> None:
    """The kernel knows of no listening socket of the process while the server answers; without it, 127.0.0.1 alone."""
    running = Running.start(tmp_path / "station", 1)
    device = config.load(tmp_path / "station").device
    try:
        running.scan(b"one")
        until("the first scan", lambda: _head(net, device) == 1)
        before = running.listening()
        net.cut()
        running.scan(b"two")
        until("a listener", running.listening)
        away = running.listening()
        net.mend()
        until("the second scan", lambda: _head(net, device) == 2)
        until("no listener", lambda: not running.listening())
    finally:
        running.kill()

    assert set() == before
    assert {"0100007F"} == away


def test_the_command_enrols_and_says_what_is_missing(
    net: Net, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that nobody proposed is printed; with a token it is proposed, and the doctor says what it still lacks."""
    road = net.world.road
    site = road.sites["treatment"]
    token = tmp_path / "token"
    person = road.persons["nurse1"]
    minted = net.world.database.run(
        lambda session: actions.create_token(session, person, "ward_nurse", site, by=people.CONSOLE, at=now())
    )
    token.write_text(minted.secret)
    feed = tmp_path / "feed"
    feed.touch()

    def says(*words: str) -> tuple[int, str]:
        status = command.main(["--data", str(tmp_path / "new"), *words])
        told = capsys.readouterr()
        return status, told.out + told.err

    alone = says("enrol", net.address, "--source", f"file:{feed}")
    named = says("enrol", net.address, "--token-file", str(token), "--name", "Bedside 9")
    doctor = says("doctor")
    mine = config.load(tmp_path / "new")
    net.world.database.run(lambda session: devices.qualify_in_demo(session, mine.device, at=now()))
    well = says("doctor")

    assert (1, True) == (alone[0], "public key" in alone[1] and "Not in the register" in alone[1])
    assert (0, site, True) == (named[0], mine.site, "proposed" in named[1])
    assert (1, True) == (doctor[0], f"{mine.device} at {site}: proposed" in doctor[1])
    assert 0 == well[0], well[1]
    assert "BEGIN" not in json.dumps([alone, named, doctor, well])


def test_the_command_reads_until_it_is_told_to_stop(
    net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says "read", hands in, fetches what it may show alone, and ends on the signal with everything handed in."""
    folder = tmp_path / "station"
    feed = folder / "feed"
    feed.write_text(f"]d2 {b'one'.hex()}\n", encoding="ascii")
    device = config.load(folder).device
    known = Server(config.load(folder), keys.load(folder / config.KEY)).enrolment(
        keys.thumbprint(keys.load(folder / config.KEY).public_key())
    )
    server_key = str(known.said["server_key"])
    config.save(folder, replace(config.load(folder), sources=(f"file:{feed}",), server_key=server_key))
    handlers: list[Callable[..., None]] = []
    monkeypatch.setattr(signal, "signal", lambda _number, handler: handlers.append(handler))

    def stop() -> None:
        until("the scan", lambda: _head(net, device) == 1)
        handlers[0]()

    stopping = threading.Thread(target=stop)
    stopping.start()
    status = command.main(["--data", str(folder), "run"])
    stopping.join(PATIENCE)
    told = capsys.readouterr().out

    assert (0, True) == (status, "\aread 1\n" in told)
    assert 0 == command.main(["--data", str(folder), "status"])
    assert "handed in    1" in capsys.readouterr().out
    outbox = Outbox(folder / config.OUTBOX)
    assert server_key
    assert " " in (outbox.note("manifest") or "")
    outbox.close()
