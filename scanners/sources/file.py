"""Pictures in a folder, as if a camera had taken them: for a phone that shares its photos, for training and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanners import guard
from scanners.scan import Scan, ScanError
from scanners.sources.base import Dropped, Why
from scanners.vote import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from threading import Event


class FileSource:
    """Yields what stands in *files*, each read in a process that may die of it."""

    source_class = "camera_station"

    def __init__(self, files: Iterable[Path], *, dropped: Callable[[Dropped], None] = lambda _one: None) -> None:
        """Read *files* one after the other."""
        self._files = files
        self._dropped = dropped

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield the codes of each file, but of a file that shows several labels none."""
        for file in self._files:
            if stop.is_set():
                return
            try:
                scans = guard.read_upload(file.read_bytes())
            except (ScanError, OSError):
                self._dropped(Dropped(Why.NO_PICTURE))
                continue
            if Window(live=False).add(scans, 0.0).conflict:
                self._dropped(Dropped(Why.CONFLICT, len(scans)))
            else:
                yield from (Scan(scan.data, scan.aim, "file", scan.quad) for scan in scans)
