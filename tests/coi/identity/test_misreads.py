"""Whether bars that misread so that their own check still holds are ever taken for another label."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.scan import codes
from coi import identity
from coi.identity import PieceId

if TYPE_CHECKING:
    from random import Random

    from tests.evidence import Evidence

ISSUED = 5_000


def misread(text: str, random: Random) -> str | None:
    """Return *text* (code set B) with two symbols misread so that mod 103 still holds, or None where none is printable.

    Two data symbols compensate each other, or one data symbol and the check symbol itself.
    """
    values = [ord(letter) - 32 for letter in text]
    first, second = random.sample(range(len(values) + 1), 2)
    if len(values) in {first, second}:  # the check symbol was misread as well, and so fits
        at = min(first, second)
        values[at] = (values[at] + random.randrange(1, 103)) % 103
    else:
        change = random.randrange(1, 103)
        values[first] = (values[first] + change) % 103
        back = -change * (first + 1) * pow(second + 1, -1, 103)
        values[second] = (values[second] + back) % 103
    if max(values) > 94:  # above is no printable character of code set B
        return None
    return "".join(chr(value + 32) for value in values)


@pytest.mark.long("scan")
@pytest.mark.parametrize("kind", ["piece", "din"])
def test_a_misread_that_keeps_mod_103_is_no_other_issued_label(evidence: Evidence, kind: str) -> None:
    """Of Code 128 misreads that keep mod 103 none is another issued label, hardly any is well formed."""
    random = evidence.random()
    make = codes.piece if kind == "piece" else codes.din
    issued = [make(random) for _ in range(ISSUED)]
    known = set(issued)
    count = evidence.size(4_000, 100_000)
    formed = 0
    done = 0
    while done < count:
        true = random.choice(issued)
        text = misread(true, random)
        if text is None or text == true:
            continue
        done += 1
        assert text not in known
        value = identity.read(text.encode("ascii"), "]C0")
        if kind == "piece":
            formed += isinstance(value, PieceId)
        else:
            formed += not isinstance(value, identity.Unreadable)
    evidence.count(f"{kind}: misreads", done)
    evidence.count(f"{kind}: well formed", formed)

    assert formed / done <= (0.002 if kind == "piece" else 0.035)
