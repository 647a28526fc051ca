"""Is a canary heard where somebody wrote it, and not where chance did?"""

from __future__ import annotations

import pytest

from tests.canaries import sings


@pytest.mark.parametrize(
    "text",
    [
        "Max",
        "'Max'",
        "for Max (demo)",
        '{"name": "Max"}',
        "Max\n",
        "patient=Max,",
        "Mustermann,Max",
        "Max-Jan",
        "DEMO-N Max.",
    ],
)
def test_a_word_is_heard(text: str) -> None:
    """At the edges of a text, in quotes, beside a mark."""
    assert sings("Max", text)


@pytest.mark.parametrize("text", ["hyoaklgZdCMaxfA$W2o", "a/Max+b", "13:17:45.Max", "MaxI", "Max=", ""])
def test_chance_is_not(text: str) -> None:
    """Three letters within a salt, a base64 text or a fraction of a second."""
    assert not sings("Max", text)


def test_a_long_one_is_heard_anywhere() -> None:
    """Within other letters too."""
    assert sings("1961-04-12", "x1961-04-12y")
    assert not sings("1961-04-12", "1961-04-1")
