"""Eighteen ways in which a label or its picture goes bad, each in five severities, and one clean picture.

What befalls the *label* (print, film, frost, tape) is done in the label's own space, ``FINE`` pixels a module. What
befalls the *picture* (light, focus, hand, compression) is done after the label was laid into the scene.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Grey = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
    Fine = np.ndarray[tuple[int, int], np.dtype[np.float32]]

FINE = 8
"""Pixels a module in the label's own space."""

SEVERITIES = (1, 2, 3, 4, 5)
LABEL = ("curve", "wrinkle", "frost", "occlusion", "dead", "ink")
PICTURE = ("defocus", "motion", "noise", "contrast", "glare", "jpeg", "shadow", "lowres")
POSE = ("rotate", "perspective")
DEGRADATIONS = ("clean", *POSE, *PICTURE, *LABEL, "field", "multi")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the symbol lies: its box in the label (x, y, width, height) and, later, its quad in the picture."""

    box: tuple[int, int, int, int]
    pixels: float = 3.0
    quad: np.ndarray[tuple[int, int], np.dtype[np.float32]] = field(
        default_factory=lambda: np.zeros((4, 2), np.float32)
    )


def _level(severity: int, values: tuple[float, ...]) -> float:
    return values[severity - 1]


# ---------------------------------------------------------------- the label


def dead(label: Fine, place: Place, severity: int, random: Random) -> Fine:
    """Dead elements of the print head: white lines along the feed, each 1/3 to 1 module wide."""
    x, y, width, height = place.box
    out = np.asarray(label.copy(), np.float32)
    upright = random.random() < 0.5
    for _ in range(int(_level(severity, (1, 2, 3, 4, 6)))):
        wide = max(1, round(FINE * random.choice((1, 1, 2, 3)) / 3))
        if upright:
            at = x + random.randrange(width)
            out[:, at : at + wide] = 255
        else:
            at = y + random.randrange(height)
            out[at : at + wide, :] = 255
    return out


def ink(label: Fine, _place: Place, severity: int, _random: Random) -> Fine:
    """Too much heat: every dark edge moves outwards by a part of a module."""
    grow = _level(severity, (0.1, 0.2, 0.3, 0.4, 0.5)) * FINE
    size = 2 * round(grow / 2) + 1
    return _f(cv2.erode(label, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))))


def frost(label: Fine, place: Place, severity: int, random: Random) -> Fine:
    """Frost on the label: white grains and veils of some modules over a share of the symbol."""
    chance = np.random.default_rng(random.getrandbits(32))
    share = _level(severity, (0.10, 0.20, 0.30, 0.42, 0.55))
    coarse = chance.normal(size=(label.shape[0] // FINE * 2 + 2, label.shape[1] // FINE * 2 + 2)).astype(np.float32)
    soft = cv2.GaussianBlur(coarse, (0, 0), random.uniform(0.6, 1.6))
    grain = cv2.resize(soft, (label.shape[1], label.shape[0]), interpolation=cv2.INTER_CUBIC)
    x, y, width, height = place.box
    cut = np.quantile(grain[y : y + height, x : x + width], 1 - share)
    veil = np.clip((grain - cut) / max(1e-6, float(grain.std()) * 0.25), 0, 1) * random.uniform(0.85, 1.0)
    white = 225 + chance.normal(size=label.shape).astype(np.float32) * 12
    return _f(label * (1 - veil) + white * veil)


def occlusion(label: Fine, place: Place, severity: int, random: Random) -> Fine:
    """Something lies on it: tape, a finger, a fold; a rectangle over a share of the symbol."""
    x, y, width, height = place.box
    share = _level(severity, (0.05, 0.10, 0.18, 0.28, 0.40))
    across = width * min(1.0, (share * random.uniform(0.6, 1.8)) ** 0.5)
    down = min(float(height), width * height * share / across)
    left = x + random.uniform(0, width - across)
    top = y + random.uniform(0, height - down)
    out = label.copy()
    out[int(top) : int(top + down) + 1, int(left) : int(left + across) + 1] = random.choice((30, 120, 200, 245))
    return out


def wrinkle(label: Fine, place: Place, severity: int, random: Random) -> Fine:
    """Film that creeps: the surface moves by waves of some modules' length."""
    reach = _level(severity, (0.3, 0.7, 1.1, 1.6, 2.2)) * FINE
    rows, columns = np.mgrid[0 : label.shape[0], 0 : label.shape[1]].astype(np.float32)
    longest = max(place.box[2:])
    over = np.zeros((2, *label.shape), np.float32)
    for part, _ in product(over, range(3)):
        angle, phase = random.uniform(0, np.pi), random.uniform(0, 2 * np.pi)
        length = random.uniform(0.25, 0.9) * min(longest, 40 * FINE)
        wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 2 * np.pi / length + phase)
        np.add(part, wave / 1.8, out=part)
    return _f(
        cv2.remap(label, columns + reach * over[0], rows + reach * over[1], cv2.INTER_LINEAR, borderValue=(235.0,))
    )


def curve(label: Fine, place: Place, severity: int, random: Random) -> Fine:
    """Round a bag's tube or a vial: the label runs away to both sides."""
    half = np.radians(_level(severity, (20, 32, 45, 58, 70)))
    x, y, width, height = place.box
    upright = random.random() < 0.5
    middle, reach = (x + width / 2, width / 2) if upright else (y + height / 2, height / 2)
    radius = reach / half
    rows, columns = np.mgrid[0 : label.shape[0], 0 : label.shape[1]].astype(np.float32)
    seen = ((columns if upright else rows) - middle) / radius
    flat = middle + radius * np.arcsin(np.clip(seen, -1, 1))
    mapped = (flat.astype(np.float32), rows) if upright else (columns, flat.astype(np.float32))
    out = cv2.remap(label, *mapped, cv2.INTER_LINEAR, borderValue=(235.0,))
    shade = np.sqrt(np.clip(1 - np.clip(seen, -1, 1) ** 2, 0.15, 1))
    return _f(out * (0.35 + 0.65 * shade))


# ---------------------------------------------------------------- the picture


def defocus(picture: Fine, place: Place, severity: int, _random: Random) -> Fine:
    """Out of focus, as a part of a module."""
    return _f(cv2.GaussianBlur(picture, (0, 0), _level(severity, (0.3, 0.5, 0.7, 0.9, 1.1)) * place.pixels))


def motion(picture: Fine, place: Place, severity: int, random: Random) -> Fine:
    """A hand that moves: a streak of some modules."""
    length = _level(severity, (0.6, 1.0, 1.5, 2.0, 2.8)) * place.pixels
    size = int(length) * 2 + 3
    streak = np.zeros((size, size), np.float32)
    angle = random.uniform(0, np.pi)
    ends = [size // 2 + sign * np.array([np.cos(angle), np.sin(angle)]) * length / 2 for sign in (-1, 1)]
    points = [(int(end[0] * 16), int(end[1] * 16)) for end in ends]
    cv2.line(streak, points[0], points[1], (1.0,), 1, cv2.LINE_AA, 4)
    return _f(cv2.filter2D(picture, -1, streak / streak.sum()))


def noise(picture: Fine, _place: Place, severity: int, random: Random) -> Fine:
    """Little light: grain."""
    chance = np.random.default_rng(random.getrandbits(32))
    return _f(picture + chance.normal(size=picture.shape).astype(np.float32) * _level(severity, (8, 16, 26, 38, 55)))


def contrast(picture: Fine, _place: Place, severity: int, random: Random) -> Fine:
    """Faded print or bad light: what is left of the contrast."""
    left = _level(severity, (0.5, 0.3, 0.18, 0.11, 0.07))
    return _f(random.uniform(60, 170) * (1 - left) + picture * left)


def glare(picture: Fine, place: Place, severity: int, random: Random) -> Fine:
    """A lamp in the film: a blown-out spot over a share of the symbol, with a soft rim."""
    share = _level(severity, (0.05, 0.12, 0.20, 0.32, 0.45))
    middle, area = _inside(place.quad, random), abs(float(cv2.contourArea(place.quad)))
    stretch = random.uniform(1.0, 2.5)
    radius = (area * share / np.pi) ** 0.5
    spot = np.zeros(picture.shape, np.float32)
    axes = (max(1, int(radius * stretch**0.5)), max(1, int(radius / stretch**0.5)))
    cv2.ellipse(spot, middle, axes, random.uniform(0, 180), 0, 360, (1.0,), -1)
    rim = cv2.GaussianBlur(spot, (0, 0), max(1.0, radius * 0.25))
    return _f(picture + 255 * np.maximum(spot, rim * 1.1))


def jpeg(picture: Fine, _place: Place, severity: int, _random: Random) -> Fine:
    """Squeezed too hard."""
    quality = int(_level(severity, (40, 25, 15, 9, 5)))
    _, squeezed = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _f(cv2.imdecode(squeezed, cv2.IMREAD_GRAYSCALE))


def shadow(picture: Fine, place: Place, severity: int, random: Random) -> Fine:
    """The hard edge of a shadow across the symbol."""
    depth = _level(severity, (0.30, 0.45, 0.55, 0.65, 0.80))
    angle, middle = random.uniform(0, 2 * np.pi), _inside(place.quad, random)
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32)
    side = (columns - middle[0]) * np.cos(angle) + (rows - middle[1]) * np.sin(angle)
    return _f(picture * (1 - depth * np.clip(side / 3 + 0.5, 0, 1)))


def lowres(picture: Fine, place: Place, severity: int, _random: Random) -> Fine:
    """Too far away: 2.5 to 1.0 pixels a module."""
    shrink = min(1.0, _level(severity, (2.5, 2.0, 1.6, 1.3, 1.0)) / place.pixels)
    return _f(cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA))


def _inside(quad: np.ndarray[tuple[int, int], np.dtype[np.float32]], random: Random) -> tuple[int, int]:
    across, down = random.uniform(0.2, 0.8), random.uniform(0.2, 0.8)
    top = quad[0] * (1 - across) + quad[1] * across
    bottom = quad[3] * (1 - across) + quad[2] * across
    point = top * (1 - down) + bottom * down
    return int(point[0]), int(point[1])


def _f(picture: object) -> Fine:
    return np.asarray(picture, dtype=np.float32)


ON_LABEL: dict[str, Callable[[Fine, Place, int, Random], Fine]] = {
    "curve": curve, "wrinkle": wrinkle, "frost": frost, "occlusion": occlusion, "dead": dead, "ink": ink,
}  # fmt: skip
ON_PICTURE: dict[str, Callable[[Fine, Place, int, Random], Fine]] = {
    "defocus": defocus, "motion": motion, "noise": noise, "contrast": contrast, "glare": glare, "jpeg": jpeg,
    "shadow": shadow, "lowres": lowres,
}  # fmt: skip
