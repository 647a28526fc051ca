"""The station's own camera: always the newest frame, the last twelve vote.

A thread of its own empties the camera, so that no frame is old when it is looked at. The capture may be injected:
anything that gives a frame or None.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from scanners import picture as _limits  # noqa: F401 - sets OpenCV's pixel limit before OpenCV is imported
from scanners.scan import Scan
from scanners.sources.base import Dropped, NoDevice, Why
from scanners.stream import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Event

    from scanners.pipeline import Picture

_NEWEST_SECONDS = 0.5
WIDTH, HEIGHT = 1920, 1080


class Capture(Protocol):
    """What gives frames."""

    def frame(self) -> Picture | None:
        """Wait for the next frame; None says that there will be no more."""
        ...

    def close(self) -> None:
        """Let go of the camera."""
        ...


class Newest:
    """Keeps the newest frame of a capture and forgets all others."""

    def __init__(self, capture: Capture) -> None:
        """Begin to take frames."""
        self._capture = capture
        self._fresh = threading.Condition()
        self._frame: Picture | None = None
        self._ended = False
        self._stop = False
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the camera has gone and its last frame was taken."""
        with self._fresh:
            return self._ended and self._frame is None

    def take(self, seconds: float = _NEWEST_SECONDS) -> Picture | None:
        """Return the newest frame, each once, or None when none came in time."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._frame is not None or self._ended, seconds)
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Stop taking frames and let go of the camera."""
        self._stop = True
        self._thread.join()
        self._capture.close()

    def _run(self) -> None:
        while not self._stop:
            frame = self._capture.frame()
            with self._fresh:
                if frame is None:
                    self._ended = True
                else:
                    self._frame = frame
                self._fresh.notify_all()
            if frame is None:
                return


class CameraSource:
    """Scans by the frames of a camera; *reader* votes, *clock* tells the moment of a frame."""

    source_class = "camera_station"

    def __init__(
        self,
        capture: Capture,
        *,
        reader: Reader | None = None,
        clock: Callable[[], float] = time.monotonic,
        dropped: Callable[[Dropped], None] = lambda _one: None,
    ) -> None:
        """Take frames from *capture*."""
        self._newest = Newest(capture)
        self._reader = reader or Reader()
        self._clock = clock
        self._dropped = dropped

    def events(self, stop: Event) -> Iterator[Scan]:
        """Yield what the frames agree on until *stop* is set or the camera has gone."""
        conflict = False
        try:
            while not stop.is_set():
                frame = self._newest.take()
                if frame is None:
                    if self._newest.ended:
                        self._dropped(Dropped(Why.GONE))
                        return
                    continue
                verdict = self._reader.feed(frame, self._clock())
                if verdict.conflict and not conflict:
                    self._dropped(Dropped(Why.CONFLICT, verdict.seen))
                conflict = verdict.conflict
                if verdict.accepted is not None:
                    yield Scan(verdict.accepted.data, verdict.accepted.aim, "camera", verdict.accepted.quad)
        finally:
            self._newest.close()


class V4l2:
    """A camera of this machine, by its number or path."""

    def __init__(self, device: int | str = 0) -> None:
        """Open *device*, or raise ``NoDevice``."""
        import cv2  # noqa: PLC0415 - after the pixel limit is set

        self._camera = cv2.VideoCapture(device, cv2.CAP_V4L2)
        if not self._camera.isOpened():
            raise NoDevice(f"expected a camera at {device}, seen none")
        self._camera.set(cv2.CAP_PROP_FOURCC, float(cv2.VideoWriter.fourcc(*"MJPG")))
        self._camera.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        self._camera.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        self._camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def frame(self) -> Picture | None:
        """Wait for the next frame."""
        came, frame = self._camera.read()
        return frame if came else None  # type: ignore[return-value]  # OpenCV types frames loosely

    def close(self) -> None:
        """Let go of the camera."""
        self._camera.release()
