"""Plots as SVG, drawn by hand: lines over the five severities, one small field a degradation."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench.scan import compare, damage

if TYPE_CHECKING:
    from bench.scan.compare import Result

_COLOURS = {"zxing-cpp": "#9a6700", "pyzbar": "#7a4fa3", compare.OURS: "#005ea5"}
_DASHES = {"zxing-cpp": "6 3", "pyzbar": "2 3", compare.OURS: ""}
_ACROSS, _WIDTH, _HEIGHT = 6, 190, 130


def severities(result: Result, group: str) -> str:
    """Return how each reader fares with one group of symbologies, by degradation and severity."""
    names = [name for name in compare.degradations() if name != "clean"]
    rows = -(-len(names) // _ACROSS)
    width, height = _ACROSS * _WIDTH, rows * _HEIGHT + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
        '<g font-family="sans-serif" font-size="12">',
        f"<title>{escape(group)}: share of pictures read, by degradation and severity</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for at, name in enumerate(names):
        x, y = at % _ACROSS * _WIDTH + 34, at // _ACROSS * _HEIGHT + 24
        parts.append(_field(result, group, name, x, y))
    for at, (name, colour) in enumerate(_COLOURS.items()):
        x, y = 34 + at * 150, height - 10
        parts.append(
            f'<line x1="{x}" y1="{y - 4}" x2="{x + 30}" y2="{y - 4}" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{_DASHES[name]}"/><text x="{x + 36}" y="{y}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</g></svg>"]) + "\n"


def _field(result: Result, group: str, degradation: str, x: int, y: int) -> str:
    wide, tall = _WIDTH - 50, _HEIGHT - 50
    parts = [
        f'<text x="{x}" y="{y - 8}" font-weight="bold">{escape(degradation)}</text>',
        f'<path d="M{x} {y}V{y + tall}H{x + wide}" fill="none" stroke="#555"/>',
        f'<text x="{x - 28}" y="{y + 8}" font-size="10">100%</text>',
        f'<text x="{x - 12}" y="{y + tall}" font-size="10">0</text>',
    ]
    parts += [
        f'<text x="{x + (severity - 0.5) * wide / 5:.0f}" y="{y + tall + 12}" font-size="10">{severity}</text>'
        for severity in damage.SEVERITIES
    ]
    for name, colour in _COLOURS.items():
        points = [
            f"{x + (severity - 0.4) * wide / 5:.1f},"
            f"{y + tall * (1 - result.rate(name, compare.GROUPS[group], degradation, severity) / 100):.1f}"
            for severity in damage.SEVERITIES
        ]
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{_DASHES[name]}"/>'
        )
    return "\n".join(parts)
