"""All readers over the whole corpus in one run: read rates, wrong payloads, processor time, what each step gains."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.scan import codes, corpus, damage, readers

if TYPE_CHECKING:
    from bench.scan.readers import Outcome

OURS = "ours"
GROUPS = {"1-D": ("c128", "gs1128"), "Data Matrix": ("dm", "gs1dm"), "QR": ("qr", "gs1qr")}
NAMES = (*readers.PEERS, OURS)


@dataclass(slots=True)
class Tally:
    """What one reader did with the whole corpus."""

    hits: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """The whole run."""

    pictures: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    tallies: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in NAMES})
    gained: Counter[str] = field(default_factory=Counter)
    gained_by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    entered: Counter[str] = field(default_factory=Counter)

    def rate(
        self, name: str, symbologies: tuple[str, ...] = codes.SYMBOLOGIES, degradation: str = "", severity: int = 0
    ) -> float:
        """Return the share of pictures with one code that *name* read, in per cent."""
        keys = [
            key
            for key in self.pictures
            if key[0] in symbologies and degradation in {"", key[1]} and severity in {0, key[2]} and key[1] != "multi"
        ]
        total = sum(self.pictures[key] for key in keys)
        return 100 * sum(self.tallies[name].hits[key] for key in keys) / total if total else 0.0


def run(each: int, seed: int) -> Result:
    """Read the corpus with every reader."""
    result = Result()
    for picture in corpus.corpus(each, seed):
        key = (picture.symbology, picture.degradation, picture.severity)
        result.pictures[key] += 1
        for name in NAMES:
            outcome = readers.ours(picture) if name == OURS else readers.peer(name, picture)
            _noted(result.tallies[name], outcome, key, picture.name)
            if name == OURS and picture.degradation != "multi":
                _stepped(result, outcome, picture.degradation)
    return result


def percentile(values: list[float], share: float) -> float:
    """Return the value below which *share* of them lie."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def mean(values: list[float]) -> float:
    """Return the mean, 0 of nothing."""
    return statistics.fmean(values) if values else 0.0


def degradations() -> tuple[str, ...]:
    """Return those that are pictures of one code."""
    return tuple(name for name in damage.DEGRADATIONS if name != "multi")


def _noted(tally: Tally, outcome: Outcome, key: tuple[str, str, int], name: str) -> None:
    tally.wrong.extend(f"{name}: {data!r}" for data in sorted(outcome.wrong))
    if key[1] == "multi":
        tally.many.append(outcome.share)
        return
    tally.hits[key] += outcome.hit
    tally.times.append(outcome.milliseconds)


def _stepped(result: Result, outcome: Outcome, degradation: str) -> None:
    for step, spent in outcome.spent.items():
        result.spent[step] += spent
        result.entered[step] += 1
    if outcome.at:
        result.gained[outcome.at] += 1
        result.gained_by[outcome.at][degradation] += 1
