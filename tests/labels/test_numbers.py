"""Whether the numbers beside the codes of a label are right by another's reckoning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stdnum.iso7064 import mod_37_2

from coi.identity import CoiId, mod37, read

if TYPE_CHECKING:
    from random import Random

    from tests.evidence import Evidence


def donation(chance: Random) -> str:
    """Return the 13 characters of a random donation number: facility, year, serial."""
    facility = chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ123456789") + "".join(chance.choices("0123456789", k=4))
    return f"{facility}{chance.randint(0, 99):02d}{chance.randint(0, 999_999):06d}"


@pytest.mark.long("labels")
def test_the_check_character_of_a_donation_is_that_of_another_library(evidence: Evidence) -> None:
    """Of each donation number python-stdnum makes the same character K, and no slip or swap of neighbours keeps it."""
    chance = evidence.random()
    for number in range(evidence.size(500, 100_000)):
        text = donation(chance)
        assert mod_37_2.calc_check_digit(text) == mod37.check_character(text), text
        evidence.count("donation numbers with the same K")
        if number % 50 == 0:
            whole = text + mod37.check_character(text)
            slips = {
                whole[:place] + other + whole[place + 1 :]
                for place in range(len(whole))
                for other in mod37.ALPHABET[:36]
            }
            swaps = {
                whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :] for place in range(len(whole) - 1)
            }
            wrong = (slips | swaps) - {whole}
            assert not [one for one in wrong if mod37.is_complete(one)], whole
            evidence.count("slips and swaps, each found", len(wrong))


@pytest.mark.long("labels")
def test_a_chain_of_identity_is_read_as_it_was_written(evidence: Evidence) -> None:
    """ISBT 128 structure 040: what stands on the label is read back as the same facility, year and number."""
    chance = evidence.random()
    for _ in range(evidence.size(300, 20_000)):
        wire = f"&/CH{donation(chance)}".encode("ascii")
        value = read(wire, "]d1")

        assert isinstance(value, CoiId), wire
        assert (wire, wire.decode()[2:]) == (value.wire, value.text)
        evidence.count("chains of identity, each read as written")
