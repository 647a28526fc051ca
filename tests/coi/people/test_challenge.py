"""Whether the challenge card finds every way in which a scanner may lie, and says which."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp

from coi.people import challenge, challenge_card
from coi.people.challenge import GS, PAYLOADS, Fault
from coi.people.scanner_profiles import HONEYWELL, PROFILES

if TYPE_CHECKING:
    from collections.abc import Callable

    from coi.people.scanner_profiles import SetupCode

CARD = "204817"
US = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:\"ZXCVBNM<>?"
GERMAN = "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_"  # noqa: RUF001  the accent is the key
FRENCH = "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§"
"""What each key writes on the three layouts, key for key."""


def right(number: int) -> str:
    """Return a code of the card as a good scanner sends it."""
    return PAYLOADS[number].aim + PAYLOADS[number].data(CARD)


def typed_on(layout: str) -> Callable[[str], str]:
    """Return what a scanner set to *layout* sends, read by the places of its keys as ours are."""
    places = dict(zip(layout, US, strict=True))
    return lambda raw: "".join(places.get(one, "") if one != GS else one for one in raw)


LIES: dict[Fault, Callable[[str], str]] = {
    Fault.LAYOUT_GERMAN: typed_on(GERMAN),
    Fault.LAYOUT_FRENCH: typed_on(FRENCH),
    Fault.CAPS_LOCK: str.swapcase,
    Fault.NO_AIM: lambda raw: raw[3:],
    Fault.WRONG_AIM: lambda raw: "]X0" + raw[3:],
    Fault.TRUNCATED: lambda raw: raw[:20],
    Fault.DIFFERS: lambda raw: raw.replace("=", "-"),
}


def test_a_good_scanner_tells_the_card() -> None:
    """Each code as it is printed gives the number of its card."""
    assert [CARD] * len(PAYLOADS) == [challenge.judge(number, right(number)) for number in range(len(PAYLOADS))]


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
@pytest.mark.parametrize("fault", LIES)
def test_every_lie_is_called_by_its_name(fault: Fault, number: int) -> None:
    """Layouts, Caps Lock, identifiers and cut-off codes are told apart at each of the five codes."""
    assert fault is challenge.judge(number, LIES[fault](right(number)))


def test_y_and_z_alone_are_enough() -> None:
    """A scanner that exchanges nothing but Y and Z is found out."""
    assert Fault.LAYOUT_GERMAN is challenge.judge(0, right(0).translate(str.maketrans("YZyz", "ZYzy")))


@pytest.mark.parametrize("number", [1, 3])
def test_a_lost_separator_is_found(number: int) -> None:
    """A GS that is left out, or stands there as something else, is told."""
    assert Fault.GS_STRIPPED is challenge.judge(number, right(number).replace(GS, ""))
    assert Fault.GS_REPLACED is challenge.judge(number, right(number).replace(GS, "|"))
    assert Fault.GS_REPLACED is challenge.judge(number, right(number).replace(GS, "{GS}"))


def test_nothing_of_any_use_is_no_code() -> None:
    """Too little, or something else, differs."""
    assert [Fault.DIFFERS] * 3 == [challenge.judge(0, raw) for raw in ("", "]C0", "]C0A")]
    assert Fault.DIFFERS is challenge.judge(1, right(1).replace("&", "+").replace(GS, "|"))


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_the_printed_card_reads_as_it_says(number: int) -> None:
    """Each picture holds its payload with its own identifier, byte for byte, by another's reader."""
    modules = challenge_card._modules(PAYLOADS[number], CARD)  # noqa: SLF001  the dots themselves
    if modules.shape[0] == 1:
        modules = np.repeat(modules, 60, axis=0)
    picture = np.pad(np.where(modules, 0, 255).astype(np.uint8), 12, constant_values=255).repeat(4, 0).repeat(4, 1)

    (seen,) = zxingcpp.read_barcodes(picture)

    assert right(number) == seen.symbology_identifier + seen.bytes.decode("ascii")
    assert challenge_card.svg(number, CARD).startswith("<svg")


def test_each_card_has_a_number() -> None:
    """A new card's number is six digits."""
    assert challenge.CARD.fullmatch(challenge_card.new_number())


def drawn(svg: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the dots of a picture as it prints, from its own text."""
    width, height = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    picture = np.full((height, width), 255, dtype=np.uint8)
    for x, y, across, down in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", svg):
        picture[int(y) : int(y) + int(down), int(x) : int(x) + int(across)] = 0
    return picture.repeat(4, 0).repeat(4, 1)


@pytest.mark.parametrize("code", HONEYWELL)
def test_a_set_up_code_says_what_stands_beside_it(code: SetupCode) -> None:
    """The printed bars hold the command letter for letter, marked as meant for the reader itself."""
    (seen,) = zxingcpp.read_barcodes(drawn(challenge_card.setup_svg(code.command)))

    assert code.command == seen.text
    assert {"ReaderInit": True} == seen.extra


def test_no_model_is_called_verified() -> None:
    """Nobody held one of them in the hand; a profile that says otherwise would be believed."""
    assert not any(one.verified for one in PROFILES)
