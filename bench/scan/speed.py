"""How quick is it? A frame without a code, a sharp one, a large upload, and the worker that serves uploads."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from bench.scan import codes, compare, corpus
from scanners import decode, guard, worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.scan.damage import Grey


@dataclass(slots=True)
class Speed:
    """What was measured, by name."""

    figures: dict[str, str] = field(default_factory=dict)


def run(times: int, seed: int) -> Speed:
    """Measure; *times* says how often each."""
    random, speed = Random(f"{seed}:speed"), Speed()
    frames = [corpus.scene(codes.made(name, random), "clean", 1, random) for name in codes.SYMBOLOGIES]
    empty = [np.clip(corpus.bench_top(random, (1280, 720)), 0, 255).astype(np.uint8) for _ in range(3)]
    large = [
        np.asarray(cv2.resize(frame, (4000, 3000), interpolation=cv2.INTER_CUBIC), np.uint8) for frame in frames[:3]
    ]
    speed.figures["720p frame with a sharp code"] = _cpu([frame for frame in frames for _ in range(times)])
    speed.figures["720p frame without a code (the whole ladder)"] = _cpu(
        [frame for frame in empty for _ in range(times)]
    )
    speed.figures["12 megapixels with a sharp code"] = _cpu(large)
    jpegs = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
    guard.read_upload(jpegs[0])
    began = time.perf_counter()
    with ThreadPoolExecutor(guard.WORKERS) as workers:
        list(workers.map(guard.read_upload, jpegs * times))
    rate = len(jpegs) * times / (time.perf_counter() - began)
    speed.figures["720p JPEG in the worker, unpacked and read"] = _answered(jpegs * times)
    speed.figures[f"720p JPEG uploads by {guard.WORKERS} workers"] = f"{rate:.0f} a second of wall time"
    return speed


def _cpu(frames: list[Grey]) -> str:
    return _told([_timed(decode.read, frame) for frame in frames])


def _answered(files: list[bytes]) -> str:
    return _told([_timed(worker.answered, b"i" + file) for file in files])


def _timed(work: Callable[[Any], object], given: object) -> float:
    began = time.process_time()
    work(given)
    return 1000 * (time.process_time() - began)


def _told(spent: list[float]) -> str:
    return f"{compare.mean(spent):.1f} ms mean, {compare.percentile(spent, 0.95):.1f} ms p95 of processor time"
