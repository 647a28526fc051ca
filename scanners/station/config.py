"""Where does a station stand, whom does it tell, and what does it read? One JSON file of mode 0600."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scanners.scan import ScanError

if TYPE_CHECKING:
    from pathlib import Path

FILE, KEY, OUTBOX = "station.json", "station.key", "outbox.db"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class BadConfig(ScanError):
    """The station's settings are missing, or no settings."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings; ``device``, ``site`` and ``server_key`` are the server's words, empty until it has given them."""

    server: str
    name: str = ""
    device: str = ""
    site: str = ""
    server_key: str = ""
    sources: tuple[str, ...] = ()
    authority: str = ""
    """A file of the certificate authority that the server's certificate hangs on; empty for the machine's own."""

    @property
    def origin(self) -> str:
        """Return the origin of the server's pages: the only one that the bridge answers."""
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{parts.netloc}"


def checked_address(server: str) -> str:
    """Return the server's address without a slash at its end.

    Raises:
        BadConfig: It is no https address, nor http on this machine.
    """
    parts = urlsplit(server)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or not parts.netloc or parts.username or parts.query or parts.fragment or parts.path not in {"", "/"}:
        raise BadConfig(f"expected https://HOST (http only on this machine), seen {server[:200]!r}")
    return f"{parts.scheme}://{parts.netloc}"


def load(folder: Path) -> Config:
    """Return the settings of a folder.

    Raises:
        BadConfig: There are none.
    """
    try:
        said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Config(**{**said, "sources": tuple(said["sources"])})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as broken:
        raise BadConfig(f"expected settings in {FILE}, seen none: run coi-station enrol") from broken


def save(folder: Path, config: Config) -> None:
    """Keep the settings: whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{FILE}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(config), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / FILE)
