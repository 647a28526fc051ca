"""The words of ``coi-station``: enrol, run, doctor, status, unit."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scanners.scan import ScanError
from scanners.station import config as settings
from scanners.station import doctor, keys, sources, unit
from scanners.station.agent import Agent
from scanners.station.clock import Clock
from scanners.station.config import KEY, OUTBOX, Config
from scanners.station.outbox import Outbox
from scanners.station.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanners.station.agent import Heard

DONE, WRONG = 0, 1


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line says; 0 when all is well, 1 when something is missing."""
    asked = _words().parse_args(words)
    folder = Path(asked.data)
    try:
        match asked.word:
            case "enrol":
                return enrol(folder, asked)
            case "run":
                return run(folder, settings.load(folder))
            case "doctor":
                return examine(folder, settings.load(folder))
            case "status":
                return status(folder, settings.load(folder))
            case _:
                known = settings.load(folder).sources if (folder / settings.FILE).exists() else ()
                _say(unit.text(asked.program, known, asked.user))
                return DONE
    except ScanError as wrong:
        sys.stderr.write(f"coi-station: {wrong}\n")
        return WRONG


def script() -> None:
    """Be the program ``coi-station``."""
    sys.exit(main())


def enrol(folder: Path, asked: argparse.Namespace) -> int:
    """Make the key, propose it where a token was given, and take from the register what it says of it."""
    key = keys.make(folder / KEY)
    before = settings.load(folder) if (folder / settings.FILE).exists() else Config("")
    config = replace(
        before,
        server=settings.checked_address(asked.server),
        name=asked.name or before.name or os.uname().nodename,
        sources=tuple(asked.source) or before.sources,
        authority=asked.ca or before.authority,
    )
    for one in config.sources:
        sources.opened(one)
    settings.save(folder, config)
    public, print_ = keys.jwk(key.public_key()), keys.thumbprint(key.public_key())
    server = Server(config, key)
    if asked.token_file:
        reply = server.propose(config.name, public, Path(asked.token_file).read_text(encoding="utf-8").strip())
        if reply.code:
            sys.stderr.write(f"coi-station: the server did not take the key: {reply.said.get('detail', reply.code)}\n")
    register = server.enrolment(print_)
    if register.code:
        _say(f"public key   {public['x']}\nthumbprint   {print_}\n")
        _say("Not in the register yet: enter the public key on the page Devices, or give --token-file. Then again.\n")
        return WRONG
    said = register.said
    config = replace(config, device=str(said["device"]), site=str(said["site"]), server_key=str(said["server_key"]))
    settings.save(folder, config)
    _say(f"device       {config.device} at {config.site}: {said['state']}\n")
    _say(f"public key   {public['x']}\nthumbprint   {print_}\nserver key   {config.server_key}\n")
    return DONE


def run(folder: Path, config: Config) -> int:
    """Read and hand in until somebody says stop."""
    outbox = Outbox(folder / OUTBOX)
    skew = timedelta(milliseconds=int(outbox.note("skew_ms") or 0))
    key = keys.load(folder / KEY)
    clock = Clock(_wall, time.monotonic_ns, skew)
    agent = Agent(config, key, outbox, Server(config, key), clock, tell=_tell)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ears = sources.Ears(_dropped, agent.plugged, agent.pulled)
    agent.run([sources.opened(one, ears) for one in config.sources], stop)
    outbox.close()
    return DONE


def examine(folder: Path, config: Config) -> int:
    """Say what is there and what is missing."""
    found = doctor.examine(folder, config, Clock(_wall, time.monotonic_ns))
    _say("".join(f"{line.state:4}  {line.what:12} {line.says}\n" for line in found))
    return WRONG if any(line.state == "bad" for line in found) else DONE


def status(folder: Path, config: Config) -> int:
    """Say how far the server has what was read here."""
    outbox = Outbox(folder / OUTBOX)
    newest, refused = outbox.newest(), outbox.note("refused") or "nothing"
    _say(f"device       {config.device or 'not in the register'} at {config.site or 'no site'}\n")
    _say(f"read         {newest.seq if newest else 0}\nhanded in    {outbox.confirmed}\nrefused      {refused}\n")
    outbox.close()
    return DONE


def _words() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="coi-station", description="Reads scanners and tells the server, signed.")
    home = os.environ.get("STATE_DIRECTORY") or str(Path.home() / ".local" / "state" / "coi-station")
    words.add_argument(
        "--data", default=home, help="folder of the key, the settings and the outbox (default %(default)s)"
    )
    verbs = words.add_subparsers(dest="word", required=True)
    enrols = verbs.add_parser("enrol", help="make this station's key and find it in the server's register")
    enrols.add_argument("server", help="address of the server: https://HOST")
    enrols.add_argument("--name", default="", help="what people call this station (default: the machine's name)")
    enrols.add_argument(
        "--source", action="append", default=[], help="serial:PATH, evdev:PATH, camera:NUMBER, file:PATH"
    )
    enrols.add_argument("--token-file", default="", help="file with an API token of somebody who works at the site")
    enrols.add_argument("--ca", default="", help="file of the certificate authority of the server's certificate")
    verbs.add_parser("run", help="read and hand in until stopped")
    verbs.add_parser("doctor", help="say what is missing")
    verbs.add_parser("status", help="say how far the server has what was read")
    prints = verbs.add_parser("unit", help="print a unit file for systemd")
    prints.add_argument(
        "--program", default="/opt/coi/bin/coi-station", help="where this program lies (default %(default)s)"
    )
    prints.add_argument("--user", default="coi-station", help="as whom it runs (default %(default)s)")
    return words


def _tell(heard: Heard) -> None:
    """Let the person hear it: one bell is read, which is no verdict; two are blocked."""
    bell = "\a" if heard.word == "read" else "\a\a"
    _say(f"{bell}{heard.word} {heard.seq or heard.code}\n")


def _dropped(why: str) -> None:
    _say(f"\a\adropped {why}\n")


def _wall() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the station's clock is wired here and nowhere else


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
