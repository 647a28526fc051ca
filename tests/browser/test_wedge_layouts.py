"""Does a scanner give the same bytes on every host? Layouts, Caps Lock and ways of sending GS, in a real browser."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from scanners.wedge import tables
from tests.browser import probes
from tests.browser.layouts import LAYOUTS, keys_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House

GS = "\x1d"
TEXT = f"]d20195=<&>;:/?_^AQWZYMaqwzym0123456789{GS}21[x]{{|}}~!@#$%*()-+'\"\\,.`"
KEYS: Any = tables()["keys"]
TYPED = {
    letter: (code, bool(shift))
    for code, pair in KEYS.items()
    if not code.startswith("Numpad")
    for shift, letter in ((1, pair[1]), (0, pair[0]))
}
WAYS = {
    "Ctrl+]": [("BracketRight", {"ctrlKey": True})],
    "Alt+029": [(f"Numpad{digit}", {"altKey": True}) for digit in "029"],
}


def strokes(text: str, layout: str, *, caps: bool, gs: str) -> list[dict[str, Any]]:
    """Return the keys of a scanner set to a US keyboard, as a host with another layout reports them."""
    written = keys_of(layout, caps=caps)
    found: list[dict[str, Any]] = []
    for letter in text:
        if letter == GS:
            found += [{"code": code, "key": written.get(code, ("Insert",))[0], **held} for code, held in WAYS[gs]]
        elif letter == "\n":
            found.append({"code": "Enter", "key": "Enter"})
        else:
            code, shift = TYPED[letter]
            key = written.get(code, (" ", " "))[shift]
            found.append({"code": code, "key": key, "shiftKey": shift})
    return found


@pytest.fixture
def station(house: House, page: Page) -> Page:
    """An idle station whose scans are caught in the page, with the focus in a field."""
    house.sign_in(page, "inspector")
    house.station(page)
    page.evaluate("window.caught = []")
    page.evaluate(probes.ANSWER_AT_ONCE)
    page.focus("#pasted")
    return page


def test_the_same_bytes_on_every_host(station: Page) -> None:
    """Eight layouts, Caps Lock on and off, GS by either way: one payload, and no key reaches the field."""
    number = 0
    for layout in LAYOUTS:
        for caps in (False, True):
            for gs in WAYS:
                number += 1  # the same code once more within two seconds would be one scan
                pressed = strokes(f"{TEXT}{layout}{number}\n", layout, caps=caps, gs=gs)
                station.focus("#pasted")
                assert station.evaluate(probes.STROKES, pressed), (layout, caps, gs)
                station.wait_for_function("n => window.caught.length >= n", arg=number)

    caught = station.evaluate("window.caught.map(({ aim, data, source }) => [aim, data, source])")
    expected = [
        ["]d2", base64.b64encode(f"{TEXT[3:]}{layout}{number}".encode()).decode(), "wedge"]
        for number, layout in enumerate(
            (layout for layout in LAYOUTS for _caps in (False, True) for _gs in WAYS), start=1
        )
    ]
    assert expected == caught
    assert "" == station.input_value("#pasted")


NO_SCANS = {
    "no identifier": "7K3MXHD90BC2\n",
    "two scans in one": "]d1AAAAAA]d1BBBBBB\n",
    "more than four kilobytes": "]d1" + "A" * 4100 + "\n",
    "no end": "]d17K3MXHD90BC2",
}


@pytest.mark.parametrize("case", NO_SCANS)
def test_what_is_no_whole_scan_is_dropped_whole(station: Page, case: str) -> None:
    """Nothing is accepted, and nothing of it lands in the field."""
    station.evaluate(probes.STROKES, strokes(NO_SCANS[case], "us", caps=False, gs="Ctrl+]"))
    station.wait_for_function("() => document.querySelector('.idle__notice').textContent !== ''")

    assert [] == station.evaluate("window.caught")
    assert "" == station.input_value("#pasted")


def test_a_control_key_among_the_data_drops_the_scan(station: Page) -> None:
    """Ctrl+O in the middle, as a hostile code may hold it, drops the scan and does not reach the browser."""
    pressed = strokes("]d17K3MXH", "us", caps=False, gs="Ctrl+]")
    pressed += [{"code": "KeyO", "key": "o", "ctrlKey": True}, *strokes("D90BC2\n", "us", caps=False, gs="Ctrl+]")]

    assert station.evaluate(probes.STROKES, pressed)
    station.wait_for_function("() => document.querySelector('.idle__notice').textContent !== ''")

    assert [] == station.evaluate("window.caught")


SERIAL = {
    "whole": ([TEXT + "whole\r\n"], [TEXT + "whole"]),
    "byte by byte": ([*TEXT, "\r"], [TEXT]),
    "two glued on the line": (["]C0AAA\r]C0BBB\r"], ["]C0AAA", "]C0BBB"]),
    "with STX": (["\x02]C0CCC\r"], ["]C0CCC"]),
    "without identifier": (["AAA\r"], []),
    "two in one": (["]C0AAA]C0BBB\r"], []),
    "a zero byte inside": (["]C0A\x00A\r"], []),
    "more than four kilobytes": (["]C0" + "A" * 4100 + "\r"], []),
}


def test_a_serial_scanner_gives_the_same_bytes(house: House, page: Page) -> None:
    """Over a line that the browser opens, however the bytes are cut, each scan is the same as by keys; or none."""
    page.add_init_script(probes.LINE)
    house.sign_in(page, "inspector")
    house.station(page)
    page.evaluate("window.caught = []")
    page.evaluate(probes.ANSWER_AT_ONCE)

    page.click("[data-serial-open]")
    page.wait_for_function("() => document.querySelector('[data-serial-say]').textContent !== ''")
    expected: list[str] = []
    for sent, scans in SERIAL.values():
        page.evaluate("parts => window.line(parts)", sent)
        expected += scans
        page.wait_for_function("n => window.caught.length >= n", arg=len(expected))

    caught = page.evaluate("window.caught.map(({ aim, data, source }) => [source, aim + atob(data)])")
    assert [["web_serial", text] for text in expected] == caught


def test_half_a_scan_on_the_line_is_dropped_and_said(house: House, page: Page) -> None:
    """What breaks off never becomes the beginning of the next scan."""
    page.add_init_script(probes.LINE)
    house.sign_in(page, "inspector")
    house.station(page)
    page.evaluate("window.caught = []")
    page.evaluate(probes.ANSWER_AT_ONCE)
    page.click("[data-serial-open]")

    page.evaluate("parts => window.line(parts)", ["]C0AA"])
    page.wait_for_function("() => document.querySelector('.idle__notice').textContent !== ''")
    page.evaluate("parts => window.line(parts)", ["]C0BBB\r"])
    page.wait_for_function("() => window.caught.length === 1")

    assert "BBB" == page.evaluate("atob(window.caught[0].data)")
