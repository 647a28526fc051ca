"""A shipper is taken from its sealing to its receipt."""

from __future__ import annotations

import pytest

from coi.shipping.shipment import Shipment


@pytest.mark.parametrize(("state", "open_"), [("sealed", True), ("in_transit", True), ("received", False)])
def test_when_a_shipment_is_open(state: str, open_: bool) -> None:  # noqa: FBT001  a case
    """Sealed and in transit it holds shipper and seal; received it does not."""
    assert Shipment("SH-1", "O-1", "S-1", "S-2", "SHP-1", "SEA-1", ("C-1",), state).is_open == open_
    assert Shipment("SH-1", "O-1", "S-1", "S-2", "SHP-1", "SEA-1", ("C-1",)).is_open
