"""How does a label look as an SVG? Every run of black dots of a row is a bar of a path; equal rows are one bar.

The picture has its true size in millimetres, holds no text, no script and no font: it is the dots of the label.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from labels.symbols import Dots


def written(ink: Dots, width_mm: float, height_mm: float) -> bytes:
    """Return *ink* as an SVG of so many millimetres."""
    height, width = ink.shape
    path: list[str] = []
    top = 0
    for _, group in groupby(range(height), key=lambda row: ink[row].tobytes()):
        rows = list(group)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], ink[top].astype(np.int8), [0]))))
        path += [
            f"M{left} {top}h{right - left}v{len(rows)}h{left - right}z"
            for left, right in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
        top += len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm:g}mm" height="{height_mm:g}mm" '
        f'viewBox="0 0 {width} {height}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{width}v{height}H0z"/>'
        f'<path d="{"".join(path)}"/></svg>\n'
    ).encode("ascii")
