"""What does a camera see over time? Each frame is read, the last frames vote, and one verdict comes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scanners import pipeline, zbar
from scanners.pipeline import Looked
from scanners.vote import WINDOW, Verdict, Window

if TYPE_CHECKING:
    from scanners.pipeline import Picture, Valid
    from scanners.vote import Told

_FOREIGN_EVERY = 4


class Reader:
    """Reads the frames of one camera.

    *valid* and *told* are as in ``decode.read`` and ``vote``; *live* says that frames follow each other quickly;
    *second* lets ZBar vote where the machine has it.
    """

    def __init__(
        self,
        formats: Looked = Looked.IDENTITY,
        window: int = WINDOW,
        *,
        live: bool = True,
        valid: Valid | None = None,
        told: Told | None = None,
        second: bool = False,
    ) -> None:
        """Look for *formats* in the last *window* frames."""
        self._formats = formats
        self._valid = valid
        self._window = Window(window, live=live, told=told)
        self._second = second and zbar.second_reader() is not None
        self._blind = 0

    def feed(self, frame: Picture | bytes, at: float) -> Verdict:
        """Take the frame of the moment *at* (seconds, of a clock that never goes back)."""
        scans = pipeline.read(frame, valid=self._valid, looked=self._formats)
        echoes = [scan.data for scan in zbar.second_opinion(frame)] if self._second and not scans else []
        verdict = self._window.add(scans, at, echoes=echoes)
        if scans:
            self._blind = 0
            return verdict
        self._blind += 1
        if self._blind % _FOREIGN_EVERY:
            return verdict
        return _naming(verdict, pipeline.foreign(frame))

    def forget(self) -> None:
        """Begin anew, as after a STOP that somebody has taken note of."""
        self._window.forget()


def _naming(verdict: Verdict, foreign: str | None) -> Verdict:
    return replace(verdict, foreign=foreign)
