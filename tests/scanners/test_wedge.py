"""Whether keystrokes become the bytes that a symbol holds, and typing becomes none."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import Scan
from scanners.wedge import Key, Outcome, Profile, Reason, Refused, Typed, Wedge, tables

PLAIN = {code: letters for code, letters in tables()["keys"].items() if not code.startswith("Numpad")}  # type: ignore[attr-defined]  # a table of JSON
TYPED = {letter: (code, bool(shift)) for code, pair in PLAIN.items() for shift, letter in ((1, pair[1]), (0, pair[0]))}


def keys(text: str, *, start: float = 1000, pace: float = 8, gs: str = "ctrl") -> list[Key]:
    """Type *text* as a scanner with a US layout does; a line feed is Enter, GS as told."""
    pressed: list[Key] = []
    at = start
    for letter in text:
        at += pace
        if letter == "\n":
            pressed.append(Key("Enter", at))
        elif letter == "\x1d" and gs == "ctrl":
            pressed += [Key("ControlLeft", at), Key("BracketRight", at, ctrl=True)]
        elif letter == "\x1d" and gs == "alt":
            pressed += [Key("AltLeft", at), *(Key(f"Numpad{digit}", at, alt=True) for digit in "029")]
        elif letter == "\x1d":
            pressed.append(Key(gs, at))
        else:
            code, shift = TYPED[letter]
            pressed += [Key("ShiftLeft", at, shift=True)] if shift else []
            pressed.append(Key(code, at, shift=shift))
    return pressed


def typed(pressed: list[Key], profile: Profile | None = None) -> list[Outcome]:
    """Give what a wedge makes of *pressed*, and of the silence after it."""
    wedge = Wedge(profile)
    outcomes = [outcome for key in pressed for outcome in wedge.press(key)]
    return [*outcomes, *wedge.idle(pressed[-1].at + 1000)]


SCANS = {
    "an ISBT 128 compound message": "]d1=+02000&/CHA999926000001&,20000007K3MXHD90BC2",
    "GS1 with separators": "]d201095060001343521726123110LOT42A\x1d21COI7\x1d2507K3MXHD90BC2",
    "a piece": "]C07K3MXHD90BC2",
    "small letters": "]C0=<S1129aAb",
    "one character": "]C0X",
    "a QR code": "]Q1https://example.org/7K3M?x=1",
    "every key": "]C0" + "".join(letter for letter in sorted(TYPED) if letter != "]") + "]",
}


@pytest.mark.parametrize("gs", ["ctrl", "alt"])
@pytest.mark.parametrize("case", SCANS)
def test_a_scan_is_typed_through_unchanged(case: str, gs: str) -> None:
    """The bytes and the AIM identifier are the symbol's, with GS by either way of sending it."""
    text = SCANS[case]

    assert [Scan(text[3:].encode("ascii"), text[:3], "wedge")] == typed(keys(text + "\n", gs=gs))


def test_a_scanner_that_sends_gs_by_a_function_key_says_so_in_its_profile() -> None:
    """F8 is GS for the scanner that is set up so, and a control key for all others."""
    pressed = keys("]d210A\x1d21B\n", gs="F8")

    assert [Scan(b"10A\x1d21B", "]d2", "wedge")] == typed(pressed, Profile(gs=("F8",)))
    assert [Refused(Reason.CONTROL_KEY, 11)] == typed(pressed)


def test_two_scans_one_after_the_other_are_two() -> None:
    """The end key divides scans, however soon the next begins."""
    first, second = keys("]C0AAA\n"), keys("]C0BBB\n", start=1080)

    assert [Scan(b"AAA", "]C0", "wedge"), Scan(b"BBB", "]C0", "wedge")] == typed([*first, *second])


REFUSED = {
    "no AIM identifier": (keys("7K3MXHD90BC2\n"), [Refused(Reason.NO_AIM, 13)]),
    "capitals exchanged": (keys("]c07k3mxhd90bc2\n"), [Refused(Reason.CAPS_LOCK, 16)]),
    "a matrix with capitals exchanged": (keys("]D210LOT\n"), [Refused(Reason.CAPS_LOCK, 9)]),
    "two scans glued": (keys("]C0AAA]C0BBB\n"), [Refused(Reason.GLUED, 13)]),
    "broken off": (keys("]C07K3MXHD"), [Refused(Reason.INCOMPLETE, 10)]),
    "nothing after the identifier": (keys("]C0\n"), [Typed(4)]),
    "more than any label": (keys("]C0" + "A" * 5000 + "\n"), [Refused(Reason.TOO_LONG, 5004)]),
    "a control key inside": (
        [*keys("]C0AAAA"), Key("KeyO", 1060, ctrl=True), *keys("B\n", start=1060)],
        [Refused(Reason.CONTROL_KEY, 10)],
    ),
    "a function key inside": (
        [*keys("]C0AAAA"), Key("F5", 1060), *keys("B\n", start=1060)],
        [Refused(Reason.CONTROL_KEY, 10)],
    ),
    "an unprintable Alt code": (
        [*keys("]C0AAAA"), *(Key(f"Numpad{n}", 1060, alt=True) for n in "007"), *keys("B\n", start=1060)],
        [Refused(Reason.CONTROL_KEY, 12)],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_doubtful_burst_is_dropped_whole_with_its_reason(case: str) -> None:
    """Nothing of a burst that is not surely one scan is taken."""
    pressed, expected = REFUSED[case]

    assert expected == typed(pressed)


def test_typing_is_no_scan() -> None:
    """A person at 80 ms a key types every character of a scan and makes none; each key is handed back."""
    text = "]C07K3MXHD90BC2\n"

    assert [Typed(1)] * len(text) == typed(keys(text, pace=80))


def test_a_pause_in_the_middle_makes_no_scan() -> None:
    """Half a scan, a pause, and the other half are no scan."""
    outcomes = typed([*keys("]C07K3MX"), *keys("HD90BC2\n", start=1300)])

    assert [Refused(Reason.INCOMPLETE, 8), Refused(Reason.NO_AIM, 8)] == outcomes


def test_the_wedge_holds_keys_only_while_a_scan_is_under_way() -> None:
    """From the first bracket to the end key the keys belong to the scan, before and after to the page."""
    wedge = Wedge()
    assert not wedge.holding
    for key in keys("]C0A"):
        wedge.press(key)
        assert wedge.holding
    wedge.press(Key("Enter", 1040))
    assert not wedge.holding
    wedge.press(Key("KeyA", 2000))
    assert not wedge.holding


@settings(deadline=None)
@given(
    st.text("=<>&;+,/%!\"'()*-.:?_" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\x1d", min_size=1)
)
def test_any_payload_is_typed_through(data: str) -> None:
    """Whatever a label may hold comes through the keyboard byte for byte."""
    assert [Scan(data.encode("ascii"), "]d1", "wedge")] == typed(keys(f"]d1{data}\n"))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*PLAIN, "Enter", "F1", "Tab"]), st.integers(0, 90), *[st.booleans()] * 4)))
def test_any_keys_end_in_a_known_way(pressed: list[tuple[str, int, bool, bool, bool, bool]]) -> None:
    """However keys fall, a wedge answers, counts each once, and is empty after a silence."""
    wedge, at, outcomes = Wedge(), 0.0, []
    for code, pause, *held in pressed:
        at += pause
        outcomes += wedge.press(Key(code, at, *held))
    outcomes += wedge.idle(at + 1000)

    assert len(pressed) >= sum(outcome.keys for outcome in outcomes if not isinstance(outcome, Scan))
    assert not wedge.holding
    assert [] == wedge.idle(at + 2000)


def test_the_browser_has_the_same_cases() -> None:
    """The cases that the browser's twin is tested with are these, with the same ends."""
    cases = {
        **{f"{name} ({gs})": keys(text + "\n", gs=gs) for name, text in SCANS.items() for gs in ("ctrl", "alt")},
        **{name: pressed for name, (pressed, _) in REFUSED.items() if name != "more than any label"},
        "a person": keys("]C07K3MXHD90BC2\n", pace=80),
    }
    expected = {
        name: {"keys": [_held(key) for key in pressed], "outcomes": [_told(outcome) for outcome in typed(pressed)]}
        for name, pressed in cases.items()
    }

    path = Path(__file__).with_name("wedge_cases.json")
    assert expected == json.loads(path.read_text("utf-8"))


def _held(key: Key) -> dict[str, object]:
    """Tell a key with only those of its modifiers that are held."""
    return {name: value for name, value in asdict(key).items() if value is not False}


def _told(outcome: Outcome) -> dict[str, object]:
    match outcome:
        case Scan(data, aim):
            return {"scan": {"aim": aim, "data": data.decode("ascii")}}
        case Refused(reason, count):
            return {"refused": reason.name, "keys": count}
        case Typed(count):
            return {"typed": count}


def test_the_browser_has_the_same_tables() -> None:
    """The file that the browser's twin loads is what this module says."""
    written = json.loads(files("scanners").joinpath("wedge_tables.json").read_text("utf-8"))

    assert tables() == written
