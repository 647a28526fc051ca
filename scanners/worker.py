"""The process in which pictures from outside are read: ``python -m scanners.worker``, started by ``guard``.

It may die of a picture, and nothing else dies with it. Before the first picture it gives up what it will not need: it
has no secrets in its environment, 1 GB of address space, can write no file, and can open nothing any more, neither file
nor socket. A picture that takes more than three seconds of processor time ends it (SIGPROF).

On the pipe: four bytes of length, then a picture after one letter for what is looked for; back come four bytes of
length and JSON. It ends when its standard input does.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import cv2
import numpy as np

from scanners import picture, pipeline
from scanners.pipeline import Looked
from scanners.scan import Scan, ScanError

if TYPE_CHECKING:
    from scanners.picture import Grey

MEMORY = 1 << 30
CPU_SECONDS = 3.0
MOST_READ = 12_000_000
LENGTH = struct.Struct(">I")
LETTERS = {b"i": Looked.IDENTITY, b"p": Looked.PATIENT}


def answered(job: bytes) -> dict[str, Any]:
    """Return the scans of one picture, or by which name it is refused and why."""
    try:
        grey, shrunk = fitted(picture.grey(job[1:]))
        scans = pipeline.read(grey, looked=LETTERS[job[:1]])
    except ScanError as refused:
        return {"refused": type(refused).__name__, "why": str(refused)}
    except (MemoryError, cv2.error, ValueError) as broken:
        return {
            "refused": "NotAPicture",
            "why": f"expected a picture that can be read, seen one that ends in {type(broken).__name__}",
        }
    return {"scans": [_written(scan, shrunk) for scan in scans]}


def fitted(grey: Grey) -> tuple[Grey, float]:
    """Return *grey* with at most 12 million pixels, and by how much it was shrunk."""
    if grey.size <= MOST_READ:
        return grey, 1.0
    share = (MOST_READ / grey.size) ** 0.5
    smaller = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8), 1 / share


def _written(scan: Scan, shrunk: float) -> dict[str, Any]:
    quad = None if scan.quad is None else [[round(x * shrunk), round(y * shrunk)] for x, y in scan.quad]
    return {"data": scan.data.hex(), "aim": scan.aim, "source": scan.source, "quad": quad}


def confine() -> None:
    """Give up for ever what no picture needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))  # what is open stays open; nothing can be opened


def serve(asked: BinaryIO, told: BinaryIO) -> None:
    """Answer until there is no more question."""
    while True:
        head = asked.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        (length,) = LENGTH.unpack(head)
        job = asked.read(length)
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        answer = json.dumps(answered(job)).encode("ascii")
        signal.setitimer(signal.ITIMER_PROF, 0)
        told.write(LENGTH.pack(len(answer)) + answer)
        told.flush()


def main() -> None:
    """Warm up with a picture of each kind, so that everything is loaded, then confine itself and serve."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    blank = np.full((64, 64), 255, np.uint8)
    blank[20:44, 20:44] = np.indices((24, 24)).sum(axis=0) // 3 % 2 * 255
    for ending in (".png", ".jpg", ".webp"):
        answered(b"i" + cv2.imencode(ending, blank)[1].tobytes())
    confine()
    told = sys.stdout.buffer
    told.write(LENGTH.pack(2) + b"{}")
    told.flush()
    serve(sys.stdin.buffer, told)


if __name__ == "__main__":
    main()
