"""What is missing at this station? One line a thing, said so that the IT administrator can mend it."""

from __future__ import annotations

import grp
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanners.scan import ScanError
from scanners.station import keys
from scanners.station.clock import BLOCK, WARN
from scanners.station.config import KEY, OUTBOX
from scanners.station.outbox import Outbox
from scanners.station.server import Away, Server
from scanners.station.unit import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from scanners.station.clock import Clock
    from scanners.station.config import Config

WANTED = {"serial": "dialout", "evdev": "input", "camera": "video"}
MANY = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: ``ok``, ``warn`` or ``bad``."""

    state: str
    what: str
    says: str


def examine(folder: Path, config: Config, clock: Clock) -> list[Line]:
    """Look at everything that a station needs."""
    lines: list[Line] = []
    try:
        key = keys.load(folder / KEY)
    except keys.BadKey as bad:
        return [Line("bad", "key", str(bad))]
    lines.append(Line("ok", "key", keys.thumbprint(key.public_key())))
    lines += _server(config, key, clock)
    lines += [one for source in config.sources for one in _source(source)]
    if not config.sources:
        lines.append(Line("bad", "sources", "none: run coi-station enrol with --source"))
    return [*lines, *_groups(config.sources), *_outbox(folder)]


def _server(config: Config, key: Ed25519PrivateKey, clock: Clock) -> Iterable[Line]:
    if not config.device:
        yield Line("bad", "device", "not in the register: propose the key, then run coi-station enrol again")
        return
    server = Server(config, key)
    asked = clock.steady_ns()
    try:
        register = server.enrolment(keys.thumbprint(key.public_key()))
    except Away as away:
        yield Line("bad", "server", str(away))
        return
    if register.code:
        yield Line("bad", "server", f"does not know this key ({register.code}): enrol this station anew")
        return
    clock.heard(datetime.fromisoformat(str(register.said["now"])), asked)
    yield Line("ok", "server", config.server)
    state = str(register.said.get("state", "unknown"))
    yield Line("ok" if state == "qualified" else "bad", "device", f"{config.device} at {config.site}: {state}")
    if register.said.get("server_key") != config.server_key:
        yield Line("bad", "server key", "another than at enrolment: ask the administrator before anything else")
    skew = abs(clock.skew)
    word = "bad" if skew > BLOCK else "warn" if skew > WARN else "ok"
    yield Line(word, "clock", f"{clock.skew.total_seconds():+.1f} s against the server")


def _source(source: str) -> Iterable[Line]:
    kind, _, place = source.partition(":")
    path = Path(f"/dev/video{place}") if kind == "camera" and place.isdigit() else Path(place)
    if not path.exists():
        yield Line("bad", "source", f"{source}: {path} is not there")
    elif not os.access(path, os.R_OK):
        yield Line("bad", "source", f"{source}: may not be read by this user")
    else:
        yield Line("ok", "source", source)


def _groups(sources: Iterable[str]) -> Iterable[Line]:
    held = {_group(number) for number in os.getgroups()}
    kinds = {one.partition(":")[0] for one in sources}
    for kind, group in WANTED.items():
        if kind in kinds and os.geteuid() != 0:
            there = group in held
            yield Line(
                "ok" if there else "bad", "group", group if there else f"{group} is missing: usermod -aG {group}"
            )
    if os.geteuid() == 0:
        yield Line("warn", "user", f"runs as root; an own user in the groups {', '.join(GROUPS)} is enough")


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _outbox(folder: Path) -> Iterable[Line]:
    try:
        outbox = Outbox(folder / OUTBOX)
    except (ScanError, OSError) as bad:
        yield Line("bad", "outbox", str(bad))
        return
    newest, waiting, refused = outbox.newest(), outbox.waiting(), outbox.note("refused")
    outbox.close()
    yield Line("ok", "outbox", f"{newest.seq if newest else 0} scans, {len(waiting)} of them waiting")
    if refused:
        yield Line("bad", "server said", refused)
