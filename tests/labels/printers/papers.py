"""What the printers' tests print: small labels of no meaning, each one different, in our own framing."""

from __future__ import annotations

import numpy as np

from labels import zpl


def label(number: int, side: int = 96) -> bytes:
    """Return the format of a small label with a pattern of its own."""
    chance = np.random.default_rng(number)
    return zpl.written(chance.random((side, side)) < 0.5)


LABELS = tuple(label(number) for number in range(5))
ONE, OTHER = LABELS[:2]
