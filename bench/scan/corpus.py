"""Pictures of labels, 1280 x 720: the degradations x severities x symbologies, each from its own seed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import cv2
import numpy as np

from bench.scan import codes, damage
from bench.scan.damage import FINE, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.scan.codes import Code
    from bench.scan.damage import Fine, Grey

WIDTH, HEIGHT = 1280, 720


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the corpus and what is truly printed in it."""

    name: str
    symbology: str
    degradation: str
    severity: int
    image: Grey
    codes: tuple[Code, ...]


def corpus(each: int, seed: int) -> Iterator[Picture]:
    """Yield the corpus: *each* pictures for every symbology, degradation and severity; the clean ones once."""
    for degradation in damage.DEGRADATIONS:
        for severity in (1,) if degradation == "clean" else damage.SEVERITIES:
            for symbology in codes.SYMBOLOGIES:
                for number in range(each):
                    name = f"{symbology}-{degradation}-{severity}-{number}"
                    yield picture(name, symbology, degradation, severity, Random(f"{seed}:{name}"))


def picture(name: str, symbology: str, degradation: str, severity: int, random: Random) -> Picture:
    """Return one picture."""
    if degradation == "multi":
        return _many(name, symbology, severity, random)
    code = codes.made(symbology, random)
    image = scene(code, degradation, severity, random)
    return Picture(name, symbology, degradation, severity, image, (code,))


def scene(code: Code, degradation: str, severity: int, random: Random, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Grey:
    """Return the picture of one label lying on a bench, damaged in one way (``field``: a hand-held mixture)."""
    label, place = printed(code, random)
    if degradation in damage.ON_LABEL:
        label = damage.ON_LABEL[degradation](label, place, severity, random)
    if degradation == "field" and random.random() < 0.5:
        label = damage.ON_LABEL[random.choice(("frost", "dead", "curve", "wrinkle"))](label, place, 1, random)
    shown, place = laid(label, place, code, degradation, severity, random, size)
    if degradation in damage.ON_PICTURE:
        shown = damage.ON_PICTURE[degradation](shown, place, severity, random)
    if degradation == "field":
        shown = damage.contrast(shown, place, min(3, (severity + 1) // 2), random)
        shown = damage.defocus(shown, place, 1 + (severity >= 4), random)
        shown = damage.noise(shown, place, min(2, (severity + 1) // 2), random)
        shown = damage.shadow(shown, place, min(3, severity), random)
        shown = damage.jpeg(shown, place, 1, random)
    return np.clip(shown, 0, 255).astype(np.uint8)


def printed(code: Code, random: Random) -> tuple[Fine, Place]:
    """Return a label as printed: the symbol with its quiet zone, words beside it, a frame."""
    modules = np.repeat(code.modules, random.randint(30, 50), axis=0) if code.linear else code.modules
    dark = np.repeat(np.repeat(modules, FINE, axis=0), FINE, axis=1)
    quiet = (10 if code.linear else 2 + 2 * code.symbology.endswith("qr")) * FINE
    below, rim = 10 * FINE, 2 * FINE
    height, width = dark.shape[0] + 2 * quiet + below + 2 * rim, dark.shape[1] + 2 * quiet + 2 * rim
    label = np.full((height, width), 240, np.uint8)
    x, y = rim + quiet, rim + quiet
    label[y : y + dark.shape[0], x : x + dark.shape[1]] = np.where(dark, 25, 240)
    cv2.rectangle(label, (rim // 2, rim // 2), (width - rim // 2, height - rim // 2), (40,), FINE // 2)
    words = code.data.decode("ascii", "replace").replace("\x1d", " ")
    size = 0.05 * FINE * random.uniform(0.8, 1.6)
    cv2.putText(
        label, words, (x, y + dark.shape[0] + quiet + 5 * FINE), cv2.FONT_HERSHEY_SIMPLEX, size, (30,), FINE // 4 + 1
    )
    return label.astype(np.float32), Place((x, y, dark.shape[1], dark.shape[0]))


def bench_top(random: Random, size: tuple[int, int]) -> Fine:
    """Return what labels lie on: uneven grey, grain, some lines."""
    width, height = size
    chance = np.random.default_rng(random.getrandbits(32))
    coarse = chance.normal(size=(9, 16)).astype(np.float32)
    ground = random.uniform(70, 190) + 18 * cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    ground += chance.normal(size=(height, width)).astype(np.float32) * 4
    for _ in range(random.randint(2, 8)):
        ends = [(random.randrange(width), random.randrange(height)) for _ in range(2)]
        cv2.line(ground, ends[0], ends[1], (random.uniform(20, 240),), random.randint(1, 4), cv2.LINE_AA)
    return np.asarray(ground, dtype=np.float32)


def laid(
    label: Fine, place: Place, code: Code, degradation: str, severity: int, random: Random, size: tuple[int, int]
) -> tuple[Fine, Place]:
    """Return the label lying on the bench, and where its symbol is then."""
    width, height = size
    pixels = random.uniform(2.0, 3.0) if code.linear else random.uniform(3.0, 6.0)
    pixels = min(pixels, 0.92 * width * FINE / label.shape[1], 0.92 * height * FINE / label.shape[0])
    angle = random.uniform(0, 360) if degradation in {"rotate", "field"} else random.gauss(0, 2)
    scale = pixels / FINE
    if degradation in {"rotate", "field"}:
        scale *= min(1.0, 0.95 * min(width, height) / (scale * float(np.hypot(*label.shape[:2]))) * 1.15)
    middle = np.array(
        [width / 2 + random.uniform(-0.03, 0.03) * width, height / 2 + random.uniform(-0.03, 0.03) * height]
    )
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((label.shape[1] / 2, label.shape[0] / 2), angle, scale)
    turn[:2, 2] += middle - np.array([label.shape[1] / 2, label.shape[0] / 2])
    if degradation in {"perspective", "field"}:
        tilt = (20, 32, 43, 54, 65)[severity - 1] if degradation == "perspective" else random.uniform(0, 12 * severity)
        turn = _tilted(tilt, random, middle) @ turn
    ground = bench_top(random, size)
    soft = cv2.GaussianBlur(label, (0, 0), max(0.1, 0.4 / scale)) if scale < 1 else label
    flat = cv2.warpPerspective(soft, turn, size, flags=cv2.INTER_LINEAR)
    there = cv2.warpPerspective(np.ones_like(label), turn, size, flags=cv2.INTER_LINEAR)
    x, y, across, down = place.box
    corners = np.array([[[x, y], [x + across, y], [x + across, y + down], [x, y + down]]], np.float32)
    quad = cv2.perspectiveTransform(corners, turn)[0]
    return np.asarray(ground * (1 - there) + flat * there, np.float32), Place(place.box, scale * FINE, quad)


def _tilted(
    degrees: float, random: Random, middle: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    away, about = np.radians(degrees), random.uniform(0, 2 * np.pi)
    axis = np.array([np.cos(about), np.sin(about), 0.0]) * away
    rotation, _ = cv2.Rodrigues(axis)
    focal = 1100.0
    plane = np.column_stack([rotation[:, 0], rotation[:, 1], np.array([0.0, 0.0, focal])])
    camera = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
    about_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    return np.asarray(camera @ plane @ about_middle)


def _many(name: str, symbology: str, severity: int, random: Random) -> Picture:
    count = (2, 3, 5, 8, 12)[severity - 1]
    columns, rows = {2: (2, 1), 3: (3, 1), 5: (3, 2), 8: (4, 2), 12: (4, 3)}[count]
    if symbology in codes.LINEAR:
        columns, rows = (1, count) if count <= 5 else (2, count // 2)  # bars are long and low
    picture = bench_top(random, (WIDTH, HEIGHT))
    made = []
    for number in range(count):
        code = codes.made(symbology, random)
        cell = (WIDTH // columns, HEIGHT // rows)
        label, place = printed(code, random)
        if code.linear:
            label = label[: place.box[1] + place.box[3] + 2 * FINE]
            keep = min(label.shape[0], int(label.shape[1] * cell[1] / cell[0] * 0.9))
            label = label[label.shape[0] - keep :]
        shown, _ = laid(label, place, code, "multi", severity, random, cell)
        x, y = number % columns * cell[0], number // columns * cell[1]
        picture[y : y + cell[1], x : x + cell[0]] = shown
        made.append(code)
    return Picture(name, symbology, "multi", severity, np.clip(picture, 0, 255).astype(np.uint8), tuple(made))
