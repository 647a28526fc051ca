"""The run written down as Markdown: what was asked, what was counted, what it cost."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from bench.scan import codes, compare, damage, readers
from scanners.ladder import STEPS

if TYPE_CHECKING:
    from bench.scan.compare import Result
    from bench.scan.hunt import Found
    from bench.scan.speed import Speed
    from bench.scan.voting import Votes

_HUNTED = (
    "Wrong: a payload that is not printed in the picture. Valid: `coi.identity` gives it a meaning. Accepted: a "
    "matrix, or bars that a second picture of the same label confirms."
)
_VOTED = (
    "| Symbology | sequences | one frame, zxing-cpp: right / wrong | vote: right / **wrong** | frames to accept "
    "| frames in conflict |"
)


def written(
    result: Result, found: dict[str, Found], votes: dict[str, Votes], speed: Speed, *, command: str, seconds: float
) -> str:
    """Return the page."""
    pictures = sum(result.pictures.values())
    said = (
        f"`{command}`, Python {platform.python_version()}, {os.cpu_count()} cores (shared with other work; times are "
        f"processor time), {pictures:,} pictures of the corpus, {seconds:.0f} s. The corpus is drawn by zint and is of "
        "our own making: its rates compare readers, they promise nothing about a ward."
    )
    head = ["# The scan lab", "", said, ""]
    return "\n".join(
        [*head, *_rates(result), *_steps(result), *_grid(result), *_hunt(found), *_votes(votes), *_speed(speed)]
    )


def _rates(result: Result) -> list[str]:
    lines = [
        "## Read rates, all readers in one run",
        "Share of pictures with one code whose payload and AIM identifier were read (pyzbar: payload alone).",
        "",
        "| Reader | all | "
        + " | ".join(codes.SYMBOLOGIES)
        + " | codes of 2-12 in view | wrong payloads | CPU ms mean / p95 |",
        "| --- | ---: | " + "---: | " * len(codes.SYMBOLOGIES) + "---: | ---: | ---: |",
    ]
    for name in compare.NAMES:
        tally = result.tallies[name]
        each = " | ".join(f"{result.rate(name, (symbology,)):.1f}" for symbology in codes.SYMBOLOGIES)
        times = f"{compare.mean(tally.times):.1f} / {compare.percentile(tally.times, 0.95):.0f}"
        many = 100 * compare.mean(tally.many)
        lines.append(f"| {name} | **{result.rate(name):.1f}** | {each} | {many:.1f} | {len(tally.wrong)} | {times} |")
    wrong = [f"- {name}: {one}" for name in compare.NAMES for one in result.tallies[name].wrong]
    return [*lines, "", *(["Wrong payloads, raw:", "", *wrong, ""] if wrong else [])]


def _steps(result: Result) -> list[str]:
    total = sum(count for key, count in result.pictures.items() if key[1] != "multi")
    lines = [
        "## What each step gains and costs",
        "A step is gone only where all before it read nothing; cost is the mean where it is gone.",
        "",
        "| Step | read so far % | gained points | mostly | gone in % | CPU ms |",
        "| --- | ---: | ---: | --- | ---: | ---: |",
    ]
    reached = 0.0
    for name in (readers.PLAIN, *(step.name for step in STEPS)):
        gained = 100 * result.gained[name] / total
        reached += gained
        mostly = ", ".join(f"{what} {count}" for what, count in result.gained_by[name].most_common(4))
        entered = result.entered[name]
        cost = result.spent[name] / entered if entered else 0.0
        lines.append(
            f"| {name} | {reached:.1f} | {gained:+.1f} | {mostly} | {100 * entered / total:.0f} | {cost:.1f} |"
        )
    return [*lines, ""]


def _grid(result: Result) -> list[str]:
    heads = [f"{group}, {name}" for group in compare.GROUPS for name in ("zxing-cpp", compare.OURS)]
    lines = [
        "## By degradation",
        "Severity 1/2/3/4/5, per cent.",
        "",
        "| | " + " | ".join(heads) + " |",
        "| --- |" + " --- |" * len(heads),
    ]
    for degradation in compare.degradations():
        severities = (1,) if degradation == "clean" else damage.SEVERITIES
        cells = [
            "/".join(f"{result.rate(name, group, degradation, severity):.0f}" for severity in severities)
            for group in compare.GROUPS.values()
            for name in ("zxing-cpp", compare.OURS)
        ]
        lines.append(f"| {degradation} | " + " | ".join(cells) + " |")
    plots = [f"![{group}](scan-{at}.svg)" for at, group in enumerate(compare.GROUPS, 1)]
    return [*lines, "", *plots, ""]


def _hunt(found: dict[str, Found]) -> list[str]:
    lines = [
        "## The hunt for a wrong byte",
        _HUNTED,
        "",
        "| Pictures | n | right | wrong | wrong and valid | **accepted** |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, one in found.items():
        lines.append(f"| {kind} | {one.pictures:,} | {one.right:,} | {one.wrong} | {one.valid} | **{one.accepted}** |")
    told = [f"- {text}" for one in found.values() for text in one.told]
    return [*lines, "", *(["Wrong and valid:", "", *told, ""] if told else [])]


def _votes(votes: dict[str, Votes]) -> list[str]:
    lines = [
        "## Voting over twelve frames of one damaged label",
        _VOTED,
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, one in votes.items():
        frames = compare.mean([float(count) for count in one.frames])
        lines.append(
            f"| {name} | {one.sequences} | {one.single_right} / {one.single_wrong} | {one.right} / **{one.wrong}** | "
            f"{frames:.1f} | {one.conflicts} |"
        )
    return [*lines, ""]


def _speed(speed: Speed) -> list[str]:
    return [
        "## Speed",
        "| What | Measured |",
        "| --- | --- |",
        *(f"| {what} | {value} |" for what, value in speed.figures.items()),
        "",
    ]
