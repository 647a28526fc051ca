"""Twelve hand-held frames of one damaged label: what does the vote accept, and what would a single frame have told?"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from bench.scan import codes, corpus, damage, readers
from bench.scan.hunt import SMALL, means_something
from scanners import decode
from scanners.symbology import family_of
from scanners.vote import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.scan.codes import Code
    from bench.scan.damage import Grey
    from scanners.scan import Scan

SHARES = {"c128": 8, "gs1128": 6, "gs1dm": 5, "gs1qr": 3}
"""How many of 22 sequences are of which symbology."""
FRAMES = 12


@dataclass(slots=True)
class Votes:
    """What came of the sequences of one symbology."""

    sequences: int = 0
    right: int = 0
    wrong: int = 0
    conflicts: int = 0
    single_right: int = 0
    single_wrong: int = 0
    frames: list[int] = field(default_factory=list)


def run(each: int, seed: int) -> dict[str, Votes]:
    """Play 22 x *each* sequences."""
    return {name: played(name, share * each, seed) for name, share in SHARES.items()}


def told(scan: Scan) -> tuple[str, bytes] | None:
    """Tell the vote what ``coi.identity`` knows: what means nothing neither votes nor contradicts."""
    if not means_something(scan.data, scan.aim):
        return None
    return family_of(scan.aim), scan.data


def played(symbology: str, count: int, seed: int) -> Votes:
    """Play *count* sequences of one symbology."""
    votes = Votes()
    for number in range(count):
        random = Random(f"{seed}:vote:{symbology}:{number}")
        code = codes.made(symbology, random)
        votes.sequences += 1
        window, done = Window(live=True, told=told), False
        for at, frame in enumerate(_frames(code, random)):
            if at == 0:
                alone = {data for data, _ in readers.zxing(frame)}
                votes.single_right += code.data in alone
                votes.single_wrong += bool(alone - {code.data})
            verdict = window.add(decode.read(frame), at * 0.1)
            votes.conflicts += verdict.conflict
            if verdict.accepted is not None:
                done = True
                votes.right += verdict.accepted.data == code.data
                votes.wrong += verdict.accepted.data != code.data
                votes.frames.append(at + 1)
            if done:
                break
    return votes


def _frames(code: Code, random: Random) -> Iterator[Grey]:
    label, place = corpus.printed(code, random)
    if random.random() < 0.7:
        name = random.choice(damage.LABEL)
        label = damage.ON_LABEL[name](label, place, random.choice((1, 2, 3)), random)
    for _ in range(FRAMES):
        laid, where = corpus.laid(
            label, place, code, random.choice(("rotate", "perspective", "flat")), 2, random, SMALL
        )
        for name in random.sample(damage.PICTURE, 2):
            laid = damage.ON_PICTURE[name](laid, where, random.choice((1, 2, 3, 3)), random)
        yield np.clip(laid, 0, 255).astype(np.uint8)
