"""A test print has the size of what lies in the printer, and its codes are nobody's."""

from __future__ import annotations

import pytest

from coi import identity
from coi.labelling import trial
from coi.labelling.drawing import reads_as
from labels import precheck, stock
from labels.stock import names
from scanners import decode

CODE = str(identity.HouseCode.from_random("specimen", bytes))
FACTS = {"design": "sheet", "name": "W" * 60, "printer": "PR-0A1B2C3D", "step": 10, "code": CODE}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("dpi", [203, 300])
def test_each_stock_has_its_test_print(name: str, dpi: int) -> None:
    """Drawn whole on each stock, as large as it, with two codes that are read and open nothing."""
    label = trial.draw({**FACTS, "stock": name}, dpi)
    precheck(label, reads_as, decode.read)
    size = stock(name, dpi)

    assert label.ink.shape == (size.height, size.width)
    scans = decode.read(label.png())
    assert {identity.classify(identity.read(scan.data, scan.aim)) for scan in scans} == {"specimen"}
    assert len(scans) == 2


@pytest.mark.parametrize("name", ["any", "", "gone-1x1"])
def test_a_printer_that_names_no_stock_tests_on_the_usual(name: str) -> None:
    """What prints on everything, or on what is known no more, is tried on the usual size."""
    usual = trial.draw({**FACTS, "stock": trial.USUAL}, 300)

    assert trial.draw({**FACTS, "stock": name}, 300).sha256 == usual.sha256
