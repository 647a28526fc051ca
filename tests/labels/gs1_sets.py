"""Random sets of GS1 elements: whole ones, and such with one thing wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.identity import gs1_lint
from coi.identity.gs1_table import AIS

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from coi.identity.gs1_table import Ai, Part

Elements = list[tuple[str, str]]

# Without the bracket that begins an identifier where BWIPP is asked: it knows no way to write it inside a value.
_SET_82 = "".join(sorted(gs1_lint.CSET_82 - {"("}))
_WRONG = _SET_82 + "~ #@^"


def whole(chance: Random, most: int = 3) -> Elements:
    """Return elements that are each right and stand in right company."""
    while True:
        wanted = chance.sample(sorted(AIS), chance.randint(1, most))
        for ai in wanted:
            for need in AIS[ai].needs:
                if not any(set(group) <= set(wanted) for group in need):
                    wanted += chance.choice([group for group in need if set(group) <= set(AIS)])
        there = set(wanted)
        if len(there) == len(wanted) <= 7 and not any(there & set(AIS[ai].never_with) for ai in there):
            made = [(ai, _value(AIS[ai], chance)) for ai in wanted]
            if len(wire(made)) <= 120 and not {"7003", "17"} <= there:  # of one day: our own rule, not GS1's
                return made


def spoiled(elements: Elements, chance: Random) -> Elements:
    """Return the same with one value a little wrong, or by chance still right."""
    made = list(elements)
    at = chance.randrange(len(made))
    ai, value = made[at]
    place = chance.randrange(len(value))
    match chance.randrange(5):
        case 0:
            value = value[:place] + chance.choice(_WRONG) + value[place + 1 :]
        case 1:
            value = value[:place] + value[place + 1 :]
        case 2:
            value = value[:place] + chance.choice(_WRONG) + value[place:]
        case 3:
            value = value[:place] + chance.choice("0123456789") + value[place + 1 :]
        case _:
            value = value[:place] + value[place + 1 : place + 2] + value[place] + value[place + 2 :]
    made[at] = ai, value
    return made


def ill_matched(elements: Elements, chance: Random) -> Elements:
    """Return the same with one element less, or with one more in whatever company."""
    made = list(elements)
    if len(made) > 1 and chance.random() < 0.5:
        del made[chance.randrange(len(made))]
        return made
    ai = chance.choice(sorted(AIS))
    return [*made, (ai, _value(AIS[ai], chance))]


def without_prefix(elements: Elements) -> bool:
    """Say whether the key of a company stands there that does not begin with the digits of a company prefix."""
    keys = [value for ai, value in elements if any(gs1_lint.key in part.checks for part in AIS[ai].parts)]
    return not all(value[:4].isdigit() and len(value) >= 4 for value in keys)


def wire(elements: Elements) -> bytes:
    """Write *elements* as a scanner gives them, without the first FNC1."""
    text = ""
    for number, (ai, value) in enumerate(elements, start=1):
        text += ai + value + ("\x1d" if number < len(elements) and not AIS[ai].predefined else "")
    return text.encode("ascii")


def _value(row: Ai, chance: Random) -> str:
    value = ""
    for part in row.parts:
        if part.optional and chance.random() < 0.5:
            break
        value += _part(part, chance)
    return value


def _part(part: Part, chance: Random) -> str:
    names = [check.__name__ for check in part.checks]
    for name, making in _MADE.items():
        if name in names:
            return making(chance)
    digits = "".join(chance.choices("0123456789", k=chance.randint(part.shortest, part.longest)))
    if "csum" in names:
        total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits[:-1])))
        return digits[:-1] + str(-total % 10)
    if "nozeroprefix" in names:
        return str(int("1" + digits[1:]))
    if "numeric" in names:
        return digits
    letters = sorted(gs1_lint.CSET_39) if "cset39" in names else _SET_82
    text = "".join(chance.choices(letters, k=chance.randint(part.shortest, min(part.longest, 20))))
    return "9506000" + text[: part.longest - 7] if "key" in names else text


def _day(chance: Random) -> str:
    return f"{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"


# A right part for each check that is about more than characters and length.
_MADE: dict[str, Callable[[Random], str]] = {
    "yymmdd": lambda chance: f"{chance.randint(0, 99):02d}{_day(chance)}",
    "yymmd0": lambda chance: f"{chance.randint(0, 99):02d}{_day(chance)}",
    "yyyymmdd": lambda chance: f"{chance.randint(1930, 2026)}{_day(chance)}",
    "hhmi": lambda chance: f"{chance.randint(0, 23):02d}{chance.randint(0, 59):02d}",
    "hh": lambda chance: f"{chance.randint(0, 23):02d}",
    "mi": lambda chance: f"{chance.randint(0, 59):02d}",
    "ss": lambda chance: f"{chance.randint(0, 59):02d}",
    "pieceoftotal": lambda chance: f"{chance.randint(1, 9):02d}{chance.randint(9, 99):02d}",
    "posinseqslash": lambda chance: f"{chance.randint(1, 3)}/{chance.randint(3, 9)}",
    "mediatype": lambda chance: f"{chance.randint(1, 10):02d}",
    "iso5218": lambda chance: chance.choice("0129"),
    "zero": lambda _: "0",
    "cset64": lambda _: "aGVsbG8gd29ybGQ_",
    "pcenc": lambda _: "W%C3%BCrfel+",
}
