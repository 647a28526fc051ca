"""Does a wrong byte ever get through? Pictures at the edge of readability, torn, glued over, and without any code.

A raw wrong payload is one that is not printed in the picture. It is *valid* if ``coi.identity`` gives it a meaning, and
*accepted* if it is a matrix (one picture is enough), or bars and a second picture of the same label says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np

from bench.scan import codes, corpus, damage
from coi import identity
from scanners import decode
from scanners.symbology import family_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.scan.codes import Code
    from bench.scan.damage import Grey

SMALL = (640, 360)
KINDS = (*(f"edge {name}" for name in codes.SYMBOLOGIES), "negative", "truncated", "spliced")


@dataclass(slots=True)
class Found:
    """What the hunt met in one kind of picture."""

    pictures: int = 0
    right: int = 0
    wrong: int = 0
    valid: int = 0
    accepted: int = 0
    told: list[str] = field(default_factory=list)


def run(each: int, seed: int) -> dict[str, Found]:
    """Hunt through *each* pictures of every kind."""
    return {kind: hunted(kind, range(each), seed) for kind in KINDS}


def means_something(data: bytes, aim: str) -> bool:
    """Whether ``coi.identity`` reads a value."""
    return not isinstance(identity.read(data, aim), identity.Unreadable)


def hunted(kind: str, numbers: range, seed: int) -> Found:
    """Hunt through the pictures of one kind that bear these *numbers*."""
    found = Found()
    for number in numbers:
        random = Random(f"{seed}:hunt:{kind}:{number}")
        image, true, again = _drawn(kind, random)
        found.pictures += 1
        printed = {code.data for code in true}
        for scan in decode.read(image):
            if scan.data in printed:
                found.right += 1
                continue
            found.wrong += 1
            if not means_something(scan.data, scan.aim):
                continue
            found.valid += 1
            found.told.append(f"{kind} {number}: {scan.aim} {scan.data!r}")
            second = (
                {one.data for one in decode.read(again(random))} if family_of(scan.aim) == "linear" else {scan.data}
            )
            found.accepted += second == {scan.data}
    return found


def _drawn(kind: str, random: Random) -> tuple[Grey, tuple[Code, ...], Callable[[Random], Grey]]:
    if kind.startswith("edge "):
        code = codes.made(kind.removeprefix("edge "), random)
        return _edge(code, random), (code,), lambda anew: _edge(code, anew)
    if kind == "negative":
        return _negative(random), (), _negative
    symbology = random.choice(codes.LINEAR)
    first, second = codes.made(symbology, random), codes.made(symbology, random)
    if kind == "truncated":
        image = _torn(first, random)
        return image, (), lambda _anew: image
    image = _glued(first, second, random)
    return image, (first, second), lambda _anew: image


def _edge(code: Code, random: Random) -> Grey:
    label, place = corpus.printed(code, random)
    if random.random() < 0.6:
        label = damage.ON_LABEL[random.choice(damage.LABEL)](label, place, random.choice((1, 2, 3, 4)), random)
    laid, place = corpus.laid(label, place, code, "edge", 3, random, SMALL)
    for name in random.sample(damage.PICTURE, random.choice((1, 2, 3))):
        laid = damage.ON_PICTURE[name](laid, place, random.choice((1, 2, 2, 3)), random)
    return np.clip(laid, 0, 255).astype(np.uint8)


def _negative(random: Random) -> Grey:
    ground = np.clip(corpus.bench_top(random, SMALL), 0, 255).astype(np.uint8)
    for _ in range(random.randint(0, 6)):
        where = (random.randrange(SMALL[0] - 100), random.randrange(30, SMALL[1]))
        words = "".join(random.choice("ABCDEFG 0123456789:/-") for _ in range(random.randint(4, 30)))
        cv2.putText(
            ground, words, where, cv2.FONT_HERSHEY_SIMPLEX, random.uniform(0.4, 1.6), (random.randrange(80),), 2
        )
    x, y = random.randrange(20, 200), random.randrange(20, 120)
    wide, tall, unit = random.randint(150, 400), random.randint(40, 200), random.choice((2, 3, 4, 5))
    if random.random() < 0.5:  # bars of any width
        row = [random.random() < 0.5 for _ in range(wide // unit)]
        block = np.repeat(np.where(row, 20, 235).astype(np.uint8), unit)[None, :].repeat(tall, axis=0)
    else:  # a lattice of chance
        cells = np.random.default_rng(random.getrandbits(32)).integers(0, 2, (tall // unit, wide // unit))
        block = np.kron(cells * 215 + 20, np.ones((unit, unit))).astype(np.uint8)
    ground[y : y + block.shape[0], x : x + block.shape[1]] = block[: SMALL[1] - y, : SMALL[0] - x]
    return ground


def _torn(code: Code, random: Random) -> Grey:
    row = code.modules[0]
    cut = random.randint(12, len(row) - 12)
    piece = row[:cut] if random.random() < 0.5 else row[cut:]
    return _edge(type(code)(code.symbology, code.data, piece[None, :]), random)


def _glued(first: Code, second: Code, random: Random) -> Grey:
    a, b = first.modules[0], second.modules[0]
    if random.random() < 0.5:  # side by side: the left of one, the right of the other
        cut = random.randint(20, min(len(a), len(b)) - 20)
        cut -= cut % 11 if random.random() < 0.5 else 0  # torn between two characters
        row = np.concatenate([a[:cut], b[cut:]])
    else:
        row = a if random.random() < 0.5 else b
    return _edge(type(first)(first.symbology, first.data, row[None, :]), random)
