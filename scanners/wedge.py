"""Which keystrokes are a scan? A USB scanner types like a keyboard; a person types on the same one.

On the wire, key by key, at most 50 ms apart: ``]d2`` + data + Enter. GS is Ctrl+], or Alt+029 on the number pad.

* A key is told by its place (``KeyboardEvent.code``), read as on a US keyboard: whatever layout or Caps Lock the host
  has, the bytes are the same.
* The scanner must send the AIM identifier: it tells the symbology, and a scanner set up for another layout fails on it.
* Timing alone is no security: a macro can imitate it. A wedge's scan is of the lowest assurance, and others judge that.
* What is refused is dropped whole, and the refusal says why; what a person types is handed back as typed.

The browser's twin runs from ``wedge_tables.json``, which is ``tables()`` written down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from string import ascii_lowercase, ascii_uppercase

from scanners.scan import Scan

GS = 0x1D

_KEYS: dict[str, tuple[str, str]] = {
    **{f"Key{upper}": (lower, upper) for lower, upper in zip(ascii_lowercase, ascii_uppercase, strict=True)},
    **{f"Digit{plain}": (plain, shifted) for plain, shifted in zip("0123456789", ")!@#$%^&*(", strict=True)},
    **{f"Numpad{digit}": (digit, digit) for digit in "0123456789"},
    "Backquote": ("`", "~"),
    "Minus": ("-", "_"),
    "Equal": ("=", "+"),
    "BracketLeft": ("[", "{"),
    "BracketRight": ("]", "}"),
    "Backslash": ("\\", "|"),
    "Semicolon": (";", ":"),
    "Quote": ("'", '"'),
    "Comma": (",", "<"),
    "Period": (".", ">"),
    "Slash": ("/", "?"),
    "Space": (" ", " "),
    "NumpadAdd": ("+", "+"),
    "NumpadSubtract": ("-", "-"),
    "NumpadMultiply": ("*", "*"),
    "NumpadDivide": ("/", "/"),
    "NumpadDecimal": (".", "."),
}
_SILENT = (
    "ShiftLeft",
    "ShiftRight",
    "ControlLeft",
    "ControlRight",
    "AltLeft",
    "AltRight",
    "MetaLeft",
    "MetaRight",
    "CapsLock",
    "NumLock",
)
# Code 128, Data Matrix, QR, Aztec, PDF417: the other case of these letters names no symbology that is used here.
_AIM_LETTERS = "CdQzL"
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_GLUED = re.compile(rf"\][{_AIM_LETTERS}][0-9]")
_AIM_LENGTH = 3
# So many keys at a scanner's pace are no person.
_BURST = 6


class Reason(Enum):
    """Why a burst of keys is no scan."""

    NO_AIM = "The scanner sent no AIM identifier: scan its set-up card again"
    CAPS_LOCK = "Capitals and small letters are exchanged: switch Caps Lock off and scan again"
    CONTROL_KEY = "A control key stood among the data: the scan was dropped"
    GLUED = "Two scans ran into each other: scan one label at a time"
    INCOMPLETE = "The scan broke off before its end: scan again"
    TOO_LONG = "More data than any label holds: the scan was dropped"


@dataclass(frozen=True, slots=True)
class Profile:
    """How one scanner model is set up: its end key, its ways to send GS, its pace."""

    suffix: tuple[str, ...] = ("Enter", "NumpadEnter")
    gs: tuple[str, ...] = ("Ctrl+BracketRight",)
    gap_ms: float = 50
    idle_ms: float = 200
    most_bytes: int = 4096


@dataclass(frozen=True, slots=True)
class Key:
    """One key going down: its place on the keyboard, the moment in milliseconds, what is held with it."""

    code: str
    at: float
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    meta: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Keys at a scanner's pace that are no scan; *keys* of them were dropped."""

    reason: Reason
    keys: int


@dataclass(frozen=True, slots=True)
class Typed:
    """Keys of a person, or too few to tell: no scan, and they belong to whatever has the focus."""

    keys: int


Outcome = Scan | Refused | Typed


class Wedge:
    """Collects keys until they are a scan or are known to be none."""

    def __init__(self, profile: Profile | None = None) -> None:
        """Listen to a scanner set up as *profile*."""
        self._profile = profile or Profile()
        self._text = ""
        self._alt = ""
        self._keys = 0
        self._last = 0.0
        self._fault: Reason | None = None

    @property
    def holding(self) -> bool:
        """Whether a scan seems to be under way, so that its keys should not reach what has the focus."""
        return self._text.startswith("]")

    def press(self, key: Key) -> list[Outcome]:
        """Take one key; return what has become clear with it."""
        outcomes = self._after_gap(key.at, self._profile.gap_ms)
        if key.code in _SILENT:
            return outcomes
        if key.code in self._profile.suffix and not (key.ctrl or key.alt or key.meta):
            return [*outcomes, self._end()]
        self._keys += 1
        self._last = key.at
        if key.alt and not (key.ctrl or key.meta) and re.fullmatch(r"Numpad\d", key.code):
            self._alt += key.code[-1]
            return outcomes
        self._close_alt()
        if _chord(key) in self._profile.gs:
            self._text += chr(GS)
        elif key.ctrl or key.alt or key.meta or key.code not in _KEYS:
            self._fault = self._fault or Reason.CONTROL_KEY
        else:
            self._text += _KEYS[key.code][key.shift]
        if len(self._text) > self._profile.most_bytes:
            self._fault = Reason.TOO_LONG
            self._text = self._text[: self._profile.most_bytes]
        return outcomes

    def idle(self, at: float) -> list[Outcome]:
        """Tell that nothing was pressed up to *at*: what broke off is dropped."""
        return self._after_gap(at, self._profile.idle_ms)

    def _after_gap(self, at: float, gap_ms: float) -> list[Outcome]:
        if not self._keys or 0 <= at - self._last <= gap_ms:
            return []
        keys = self._keys
        broken = keys >= _BURST
        self._forget()
        return [Refused(Reason.INCOMPLETE, keys) if broken else Typed(keys)]

    def _end(self) -> Outcome:
        self._close_alt()
        text, fault, keys = self._text, self._fault, self._keys + 1
        self._forget()
        aim, data = text[:_AIM_LENGTH], text[_AIM_LENGTH:]
        if keys <= _BURST and not (_AIM.fullmatch(aim) and data):
            return Typed(keys)
        if fault is None:
            fault = _fault_of(aim, data)
        return Scan(data.encode("ascii"), aim, "wedge") if fault is None else Refused(fault, keys)

    def _close_alt(self) -> None:
        if self._alt:
            value = int(self._alt[-4:])
            if value == GS or 0x20 <= value <= 0x7E:  # noqa: PLR2004 - printable ASCII
                self._text += chr(value)
            else:
                self._fault = self._fault or Reason.CONTROL_KEY
            self._alt = ""

    def _forget(self) -> None:
        self._text = ""
        self._alt = ""
        self._keys = 0
        self._last = 0.0
        self._fault = None


def _fault_of(aim: str, data: str) -> Reason | None:
    if not _AIM.fullmatch(aim):
        return Reason.NO_AIM
    if aim[1] not in _AIM_LETTERS and aim[1].swapcase() in _AIM_LETTERS:
        return Reason.CAPS_LOCK
    if not data:
        return Reason.INCOMPLETE
    return Reason.GLUED if _GLUED.search(data) else None


def _chord(key: Key) -> str:
    held = [name for name, down in (("Ctrl", key.ctrl), ("Alt", key.alt), ("Meta", key.meta)) if down]
    return "+".join([*held, key.code])


def tables() -> dict[str, object]:
    """Return all that the browser's twin needs, ready for JSON."""
    profile = Profile()
    return {
        "version": 1,
        "keys": {code: list(letters) for code, letters in _KEYS.items()},
        "silent": list(_SILENT),
        "suffix": list(profile.suffix),
        "gs": list(profile.gs),
        "gap_ms": profile.gap_ms,
        "idle_ms": profile.idle_ms,
        "most_bytes": profile.most_bytes,
        "burst": _BURST,
        "aim_letters": _AIM_LETTERS,
        "aim_pattern": _AIM.pattern,
        "glued_pattern": _GLUED.pattern,
        "reasons": {reason.name: reason.value for reason in Reason},
    }
