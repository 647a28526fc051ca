"""Which knobs does one installation have, and where do its secrets lie?

One installation lies in one data folder: the SQLite file ``coi.db``, ``keys/`` and ``files/``.

* Every knob is read from the environment as ``COI_<NAME>``; its unit and default stand in its docstring.
* A key is 32 random bytes in a file of its own, made at first use with mode 0600. A key file that others may read is
  refused: a leaked key must never look like a kept one.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self
from weakref import WeakKeyDictionary, ref

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from coi.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import Dialect
    from sqlalchemy.orm import Session

KEY_BYTES: Final = 32
DEMO_ORIGIN: Final = "demo.invalid/coi"
ARGON2_FLOOR_KIB: Final = 19456
"""Least memory of one password hash in production, in KiB (OWASP's floor for two passes)."""

KeyName = Literal["session", "kek", "index", "badge", "token", "password", "totp", "station"]


class Settings(BaseSettings):
    """The knobs of one installation, read once at start and never changed while it runs."""

    model_config = SettingsConfigDict(env_prefix="COI_", frozen=True, use_attribute_docstrings=True, extra="ignore")

    data: Path = Path(".data")
    """Data folder. Default ``.data`` in the working folder."""
    database_url: str | None = None
    """SQLAlchemy URL of the database. Default: the SQLite file ``coi.db`` in the data folder."""
    purpose: Literal["production", "training", "demo"] = "demo"
    """Purpose given to a *new* database; a founded one keeps its own for ever. Default ``demo``."""
    log_origin: str | None = None
    """Name of the log inside every entry, fixed at genesis (``host/name``). Required for production."""
    node: str = Field(default="n1", pattern=r"^[a-z0-9-]{1,20}$")
    """Name of this server inside every entry it records. Default ``n1``."""
    host: str = "127.0.0.1"
    """Address to listen on. Default the loopback address."""
    port: int = Field(default=8000, ge=1, le=65535)
    """TCP port to listen on. Default 8000."""
    secure_cookies: bool | None = None
    """Send cookies over TLS only. Default: yes in production, no elsewhere."""
    printers: dict[str, str] = Field(default_factory=dict)
    """Label printer of each site that has registered none, as JSON: site id to ``host`` or ``host:port``; port 9100.

    For training only: in production a printer is registered. Default none."""
    printer_networks: tuple[str, ...] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    """Networks in which a printer may be looked for and registered, as JSON list. Default loopback and private ones."""
    erased_list: Path | None = None
    """File that names whose data were destroyed, for the day an old backup is restored. Keep it apart from what is
    backed up with the database: on another disk. Default ``erased.list`` in the data folder."""
    station_patience_ms: int = Field(default=2000, ge=500, le=10000)
    """A station that has no answer after so many milliseconds says NOT VERIFIED. Default 2000."""
    session_idle_minutes: int = Field(default=30, ge=1, le=720)
    """A session unused for so many minutes is closed. Default 30."""
    idle_lock_min: int = Field(default=5, ge=1, le=60)
    """A screen that nobody used for so many minutes asks for its person again. Default 5."""
    lockout_failures: int = Field(default=5, ge=1, le=10)
    """So many wrong secrets in a row lock an account. Default 5."""
    lockout_minutes: int = Field(default=15, ge=1, le=1440)
    """A locked account opens again after so many minutes. Default 15."""
    signature_seconds: int = Field(default=120, ge=1, le=600)
    """A prepared signature must be given within so many seconds. Default 120."""
    nonce_seconds: int = Field(default=120, ge=1, le=600)
    """A station must use a nonce within so many seconds. Default 120."""
    scanner_check_hours: int | None = Field(default=None, ge=0, le=168)
    """For so many hours a scanner's challenge card stands; 0 asks for none. Default 24 in production, 0 elsewhere."""
    keyed_steps: tuple[str, ...] | None = None
    """Steps at which two persons may type what no scanner reads, as JSON: names of checkpoints. Default none, and in a
    demo two of them, so that it can be tried."""
    password_length: int = Field(default=8, ge=8, le=128)
    """Fewest characters of a password. Default 8."""
    argon2_passes: int = Field(default=2, ge=1, le=20)
    """Passes of one password hash. Default 2."""
    argon2_kib: int = Field(default=ARGON2_FLOOR_KIB, ge=8, le=1048576)
    """Memory of one password hash in KiB. Default 19456, which is also the least for production."""

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        """Refuse a production that has no name of its own, or hashes passwords cheaply."""
        if self.purpose == "production":
            if not self.log_origin:
                raise ValueError("COI_LOG_ORIGIN: expected the log's name (host/name) for production, seen none")
            if self.argon2_kib < ARGON2_FLOOR_KIB:
                raise ValueError(
                    f"COI_ARGON2_KIB: expected at least {ARGON2_FLOOR_KIB} in production, seen {self.argon2_kib}"
                )
        return self

    @property
    def url(self) -> str:
        """Return the database URL, by default that of ``coi.db`` in the data folder."""
        return self.database_url or f"sqlite:///{self.data.absolute() / 'coi.db'}"

    @property
    def origin(self) -> str:
        """Return the log's name; outside production it may be the demo's."""
        return self.log_origin or DEMO_ORIGIN

    @property
    def files(self) -> Path:
        """Return the folder of bulk bytes (pictures, attachments)."""
        return self.data / "files"

    @property
    def tombstones(self) -> Path:
        """Return the file that names whose data were destroyed."""
        return self.erased_list or self.data / "erased.list"

    @property
    def cookies_need_tls(self) -> bool:
        """Tell whether cookies go over TLS only."""
        return self.purpose == "production" if self.secure_cookies is None else self.secure_cookies

    @property
    def typed_at(self) -> tuple[str, ...]:
        """Return the steps at which a code may be typed; where two persons sign it never counts."""
        if self.keyed_steps is None:
            return ("h7_accept", "h13_store") if self.purpose == "demo" else ()
        return self.keyed_steps

    @property
    def lockout(self) -> timedelta:
        """Return how long an account stays locked."""
        return timedelta(minutes=self.lockout_minutes)

    @property
    def signature_life(self) -> timedelta:
        """Return how long a prepared signature may be given."""
        return timedelta(seconds=self.signature_seconds)

    @property
    def nonce_life(self) -> timedelta:
        """Return how long a station's nonce may be used."""
        return timedelta(seconds=self.nonce_seconds)

    def key(self, name: KeyName) -> bytes:
        """Return the key of that name, made at first use.

        Raises:
            Unavailable: The file is readable by others, or does not hold 32 bytes.
        """
        return _key(self.data.absolute() / "keys" / f"{name}.key")

    def attach(self, engine: Engine) -> None:
        """Let every session of *engine* find these settings by ``settings.of``."""
        _attached[engine.dialect] = (self, ref(engine))


_attached: WeakKeyDictionary[Dialect, tuple[Settings, ref[Engine]]] = WeakKeyDictionary()
"""Settings and engine by dialect object: each engine has its own, and copies with other options share it."""

_keys: dict[tuple[Path, int, int], bytes] = {}
"""Keys already read, by file, inode and time of change."""


def of(session: Session) -> Settings:
    """Return the settings attached to the session's database.

    Raises:
        Unavailable: Nobody attached any, so no key can be found.
    """
    return of_engine(session.get_bind().engine)


def of_engine(engine: Engine) -> Settings:
    """Return the settings attached to *engine*, or raise as ``of`` does."""
    attached = _attached.get(engine.dialect)
    if attached is None:
        raise Unavailable("Expected Settings.attach(engine) before the first session, seen no settings for it.")
    return attached[0]


def writer_of(session: Session) -> Engine:
    """Return the engine that settings were attached to: it writes, even where the session's own copy only reads."""
    attached = _attached.get(session.get_bind().dialect)
    engine = None if attached is None else attached[1]()
    if engine is None:
        raise Unavailable("Expected Settings.attach(engine) before the first session, seen no engine for it.")
    return engine


def _key(path: Path) -> bytes:
    """Read the key file, or make it; of two processes that make it at once, one wins and both read the same."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        _keep_folder(path.parent)
    seen = path.stat()
    if seen.st_mode & 0o077:
        raise Unavailable(f"{path.name}: expected a key file of mode 0600, seen {seen.st_mode & 0o777:04o}")
    mark = (path, seen.st_ino, seen.st_mtime_ns)
    if mark not in _keys:
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise Unavailable(f"{path.name}: expected {KEY_BYTES} bytes in hexadecimal, seen something else")
        _keys[mark] = key
    return _keys[mark]


def _keep_folder(folder: Path) -> None:
    """Make the new file's name durable: a key lost in a power cut would take the vault with it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
