"""Where are the test vectors of others?

Published cases of GS1, RFC 8785, Wycheproof and others are not copied into this repository; they lie in a folder beside
it, or where ``COI_VECTORS`` says. A test that reads them bears ``@pytest.mark.vectors``. In a clone without the folder
these tests are left out, and one line at the end of the run says so; ``.ci/run`` fails there instead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parent.parent


def folder(name: str = "") -> Path:
    """Return the folder of the vectors, or the one called *name* in it, such as ``ledger/jcs``."""
    return (ROOT / os.environ.get("COI_VECTORS", "../shared/vectors") / name).resolve()


def names(where: str, pattern: str = "*") -> list[str]:
    """Return the names of the files in a folder, for ``parametrize``; none where there are no vectors."""
    return sorted(path.name for path in folder(where).glob(pattern))


def lines(path: str) -> list[str]:
    """Return the lines of a file without comments and blank lines, for ``parametrize``; none without vectors."""
    file = folder(path)
    if not folder().is_dir():
        return []
    text = file.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs vectors where there are none."""
    if folder().is_dir():
        return
    left = [item for item in items if item.get_closest_marker("vectors")]
    items[:] = [item for item in items if not item.get_closest_marker("vectors")]
    config.hook.pytest_deselected(items=left)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that the outside vectors were not run, if so."""
    if not folder().is_dir():
        terminalreporter.write_line(f"The outside test vectors were not run: found no folder {folder()} (COI_VECTORS).")
