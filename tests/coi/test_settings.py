"""The knobs of an installation, and its key files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coi import settings
from coi.errors import Unavailable
from coi.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def test_knobs_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``COI_DATA`` and its like are read; what is not said has its default."""
    monkeypatch.setenv("COI_DATA", str(tmp_path))
    monkeypatch.setenv("COI_PORT", "8123")
    knobs = Settings()

    assert (tmp_path, 8123, "demo", "demo.invalid/coi") == (knobs.data, knobs.port, knobs.purpose, knobs.origin)
    assert f"sqlite:///{tmp_path / 'coi.db'}" == knobs.url
    assert "postgresql://db/coi" == Settings(database_url="postgresql://db/coi").url
    assert (tmp_path / "files", False) == (knobs.files, knobs.cookies_need_tls)


def test_every_knob_says_what_it_is() -> None:
    """Each knob has a docstring that names its default."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.default is None or "Default" in field.description, name


def test_production_has_a_name_and_costly_hashes() -> None:
    """A production without its log's name, or with cheap password hashes, does not start; cookies need TLS there."""
    with pytest.raises(ValidationError, match="COI_LOG_ORIGIN"):
        Settings(purpose="production")
    with pytest.raises(ValidationError, match="COI_ARGON2_KIB"):
        Settings(purpose="production", log_origin="coi.example.org/acme-1", argon2_kib=8)
    assert Settings(purpose="production", log_origin="coi.example.org/acme-1").cookies_need_tls


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """Sixteen that ask at once get one key, in a file that only its owner may read."""
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: Settings(data=tmp_path).key("kek"), range(16)))
    path = tmp_path / "keys" / "kek.key"

    assert 1 == len(keys)
    assert 0o600 == path.stat().st_mode & 0o777
    assert keys != {Settings(data=tmp_path).key("index")}
    assert ["index.key", "kek.key"] == sorted(file.name for file in path.parent.iterdir())


def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    """A leaked or damaged key file stops the installation instead of serving."""
    knobs = Settings(data=tmp_path)
    knobs.key("kek")
    path = tmp_path / "keys" / "kek.key"
    path.chmod(0o640)
    with pytest.raises(Unavailable, match="expected a key file of mode 0600, seen 0640"):
        knobs.key("kek")
    path.chmod(0o600)
    path.write_text("not hexadecimal", encoding="ascii")
    with pytest.raises(Unavailable, match="expected 32 bytes"):
        knobs.key("kek")


def test_a_database_without_settings_has_no_keys() -> None:
    """A session whose database nobody attached settings to finds none; another engine's are not its own."""
    mine, other = create_engine("sqlite://"), create_engine("sqlite://")
    knobs = Settings()
    knobs.attach(mine)
    with Session(mine) as session:
        assert knobs is settings.of(session)
    with Session(mine.execution_options(some="thing")) as session:
        assert knobs is settings.of(session)
    with Session(other) as session, pytest.raises(Unavailable):
        settings.of(session)
