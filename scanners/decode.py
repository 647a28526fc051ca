"""The door of the library: ``read`` for one picture, ``Reader`` for a stream of them.

What is behind it: ``picture`` (may it be looked at?), ``pipeline`` (which codes are in it?), ``rescue`` and ``lattice``
(can a bad one be made readable?), ``vote`` (do the frames agree?), ``zbar`` (what does the second reader say?).
Pictures from outside go through ``guard`` instead, which does the same in a process that may die.
"""

from __future__ import annotations

from scanners.pipeline import Looked, foreign, read
from scanners.stream import Reader
from scanners.vote import Verdict
from scanners.zbar import second_opinion, second_reader

__all__ = ["Looked", "Reader", "Verdict", "foreign", "read", "second_opinion", "second_reader"]
