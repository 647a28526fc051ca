"""Whether an element string is split where GS1 says."""

from __future__ import annotations

import pytest

from labels import NotEncodable
from labels.gs1_elements import bracketed

SPLIT = {
    "fixed lengths need no separator": (
        b"01095060001343521726123110LOT",
        b"[01]09506000134352[17]261231[10]LOT",
    ),
    "a separator ends a value of free length": (b"10LOT\x1d21COI7", b"[10]LOT[21]COI7"),
    "three digits": (b"2507K3M", b"[250]7K3M"),
    "four digits": (b"7003261231", b"[7003]261231"),
    "four digits of predefined length": (b"310300012521X", b"[3103]000125[21]X"),
    "three digits of predefined length": (b"4109506000134369", b"[410]9506000134369"),
    "eight thousands": (b"8017950600013435200001", b"[8017]950600013435200001"),
}
REFUSED = {
    "a bracket": (b"10A[B", "square brackets are no GS1 characters"),
    "a separator at the end": (b"10LOT\x1d", "a separator stands at the end"),
    "a separator after a fixed length": (b"17261231\x1d10LOT", "a separator follows the element 17"),
    "a separator inside a fixed length": (b"17261\x1d3110L", "the element 17 is 8 bytes long"),
    "a fixed length cut short": (b"010950600013", "the element 01 is 16 bytes long, got 12"),
    "a separator in front": (b"\x1d10LOT", "expected an application identifier at byte 0"),
    "letters in front": (b"17261231AB", "expected an application identifier at byte 8"),
    "one digit": (b"1", "expected an application identifier at byte 0"),
}


@pytest.mark.parametrize("case", SPLIT)
def test_elements_are_split(case: str) -> None:
    """Each application identifier is found, and nothing of the values is lost."""
    elements, expected = SPLIT[case]

    assert expected == bracketed(elements)


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_split_is_refused(case: str) -> None:
    """Separators stand where the standard wants them and nowhere else."""
    elements, told = REFUSED[case]

    with pytest.raises(NotEncodable) as refused:
        bracketed(elements)

    assert told in str(refused.value)
