"""Can every word be told apart with eyes shut, and without colour?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import coi
from coi.custody.cues import BY_WORD
from coi.custody.verdict_views import Word

STATIC = Path(coi.__file__).parent / "static"


def test_every_word_has_cues_of_its_own() -> None:
    """Shape, tone and vibration: no two words share one, and what the page says alone sounds like nothing else."""
    assert {*get_args(Word), "PROVISIONAL GO"} == set(BY_WORD)
    for cue in ("icon", "tone", "haptic"):
        assert len(BY_WORD) == len({getattr(one, cue) for one in BY_WORD.values()})


def test_the_page_can_play_each_of_them() -> None:
    """Every name has its tune and its beat, and the page's own table of words says the same."""
    script = (STATIC / "sound.js").read_text("utf-8")
    for word, cues in BY_WORD.items():
        assert f'"{cues.tone}": [[' in script
        assert f'"{cues.haptic}": [' in script
        assert f'"{word}": ["{cues.tone}", "{cues.haptic}"]' in script


def test_what_the_page_says_alone_has_the_same_cues() -> None:
    """Without the server the page names them itself, letter for letter."""
    script = (STATIC / "lease_alone.js").read_text("utf-8")
    (told,) = re.findall(r"\[view\.dataset\.icon, .*\] = go \? (\[.*?\]) : (\[.*?\]);", script)

    assert told == tuple(
        f'["{one.icon}", "{one.tone}", "{one.haptic}"]' for one in (BY_WORD["PROVISIONAL GO"], BY_WORD["STOP"])
    )
