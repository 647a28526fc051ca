"""Does a text give away something that must not stand in it?"""

from __future__ import annotations

import re

LONG = 10
"""From so many characters on, chance does not write a canary into a digest, a salt or a moment."""


def sings(canary: str, text: str) -> bool:
    """Tell whether *canary* stands in *text*; a short one only as a word, not within digests, base64 and fractions."""
    if len(canary) >= LONG:
        return canary in text
    return re.search(rf"(?<![0-9A-Za-z+/.$]){re.escape(canary)}(?![0-9A-Za-z+/=])", text) is not None
