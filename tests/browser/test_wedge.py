"""Does the page tell a scanner from a person, wherever the focus is?"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import probes

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House

CASES = json.loads((Path(__file__).parents[1] / "scanners" / "wedge_cases.json").read_text("utf-8"))
CODE = "]d17K3MXHD90BC2"
FOCUSES = {
    "nowhere": "document.activeElement.blur()",
    "a field": "document.querySelector('#pasted').focus()",
    "a button": "document.querySelector('.aids__paste button').focus()",
    "the picture chooser": "document.querySelector('#picture').focus()",
}
FRENCH_WITH_CAPS_LOCK = [
    ("$", "BracketRight"),
    ("D", "KeyD"),
    ("&", "Digit1"),
    ("?", "KeyM"),
    ("è", "Digit7"),
    ("Q", "KeyA"),
    ("W", "KeyZ"),
    ("Enter", "Enter"),
]
"""``]d1m7az`` as a French host reports it."""


@pytest.fixture
def station(house: House, page: Page) -> Page:
    """An idle station whose scans are caught before they reach the server."""
    house.sign_in(page, "inspector")
    house.station(page)
    page.evaluate(probes.ANSWER_NOT)
    return page


def caught(page: Page) -> list[dict[str, Any]]:
    """Return the scans that were posted so far."""
    found: list[dict[str, Any]] = page.evaluate("window.caught")
    return found


def written(page: Page, text: str) -> None:
    """Wait until the field holds a text, and nothing else."""
    page.wait_for_function("text => document.querySelector('#pasted').value === text", arg=text)


def test_the_twins_agree(house: House, page: Page) -> None:
    """Every case of keystrokes has the same outcome in the browser as in ``scanners.wedge``."""
    page.goto(f"{house.url}/healthz")

    outcomes = {name: page.evaluate(probes.TWIN, case) for name, case in CASES.items()}

    assert {name: case["outcomes"] for name, case in CASES.items()} == outcomes


@pytest.mark.parametrize("focus", FOCUSES.values(), ids=FOCUSES)
def test_a_scan_is_caught_wherever_the_focus_is(station: Page, focus: str) -> None:
    """Scan after scan is caught whole, and not one of its keys reaches what has the focus, Enter included."""
    station.evaluate(probes.ANSWER_AT_ONCE)

    for number in range(20):
        station.evaluate(focus)
        assert station.evaluate(probes.BURST, f"{CODE}{number}")
        station.wait_for_function("n => window.caught.length > n", arg=number)

    expected = [("]d1", base64.b64encode(f"{CODE[3:]}{n}".encode()).decode(), "wedge") for n in range(20)]
    assert expected == [(scan["aim"], scan["data"], scan["source"]) for scan in caught(station)]
    assert not station.input_value("#pasted")


def test_a_persons_typing_is_no_scan(station: Page) -> None:
    """The same text typed by a person lands in the field letter by letter, and nothing is posted."""
    station.focus("#pasted")

    station.keyboard.type(CODE, delay=80)

    written(station, CODE)
    assert caught(station) == []


def test_a_persons_own_layout_is_kept(station: Page) -> None:
    """What a person types comes from the layout of the keyboard, also letters that a scanner never sends."""
    station.focus("#pasted")

    for key, code, so_far in (("ß", "Minus", "ß"), ("é", "Digit2", "ßé"), ("z", "KeyY", "ßéz")):
        station.evaluate(probes.PRESS, [[key, code]])
        written(station, so_far)


def test_layout_and_caps_lock_change_no_byte(station: Page) -> None:
    """A scanner on a French host with Caps Lock on gives the same bytes: keys are told by their place."""
    station.evaluate(probes.PRESS, FRENCH_WITH_CAPS_LOCK)
    station.wait_for_function("() => window.caught.length > 0")

    (scan,) = caught(station)
    assert ("]d1", base64.b64encode(b"m7az").decode()) == (scan["aim"], scan["data"])


def test_a_scanner_without_identifier_is_told_so(station: Page) -> None:
    """A burst without the AIM identifier is dropped with the reason, and is never posted."""
    station.evaluate(probes.BURST, "7K3MXHD90BC2")
    station.wait_for_selector(".idle__notice:has-text('symbology identifier')")

    assert caught(station) == []
