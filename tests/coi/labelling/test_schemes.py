"""Every label of an order can be written under every scheme, on every template that may stand for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

import labels
from coi import identity
from coi.errors import Malformed
from coi.labelling.drawing import DESIGNS, LabelFacts, draw, payload, reads_as, record, scheme, symbology
from scanners import decode

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE = "7K3N9XB2CD4U"
BAG = "C-P100000000GB"
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PLAIN, ISBT = "COI-7K3N9XB2CDL2", "CHA999926000001"
BAGS: Mapping[str, Mapping[str, str]] = {
    "isbt128": {"coi": ISBT, "din": "A999926000001", "product_code": "S1128100"},
    "gs1": {"coi": PLAIN, "gtin": "09506000134390", "serial": BAG},
    "plain": {"coi": PLAIN},
}
"""What is registered of a collected bag under each scheme."""


def facts(design: str, by: str) -> LabelFacts:
    """Return the facts of a label as custody tells them for an order of a site that labels *by* a scheme."""
    keys = dict(BAGS[by]) if design == "collection_bag" else {"coi": BAGS[by]["coi"]}
    if design in {"product_bag", "cassette"}:
        keys |= {"gtin": "09506000134376", "serial": "S0123456789", "lot": "L2611-00042"}
    if design != "wristband":
        keys |= {"container": BAG, "product_name": "CAR T CELLS, FRESH"}
    told = LabelFacts.from_json({"design": design, "piece": PIECE, "mark": "TRAINING", "expires": None, **keys})
    return replace(told, copy="REPRINT 12", expires=None if design == "wristband" else AT)


WRITTEN = {
    "isbt128": dict.fromkeys(DESIGNS, "isbt128") | {"product_bag": "gs1"},
    "gs1": dict.fromkeys(DESIGNS, "plain") | {"product_bag": "gs1", "collection_bag": "gs1"},
    "plain": dict.fromkeys(DESIGNS, "plain") | {"product_bag": "gs1"},
}
"""By which scheme each label is written, by the scheme of the collection site."""


@pytest.mark.parametrize("by", BAGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_a_label_tells_its_piece_and_all_that_is_registered(design: str, by: str) -> None:
    """The code is of the expected standard, is read as itself, and holds the numbers of that standard and no others."""
    told = facts(design, by)
    data, aim = payload(told), labels.AIM[symbology(told)]
    value = identity.read(data, aim)
    says, wanted = identity.summary(value), WRITTEN[by][design]

    assert (wanted, wanted) == (scheme(told), identity.classify(value))
    assert PIECE == str(says.piece)
    assert (told.coi if wanted != "gs1" else "None") == str(says.coi)
    assert (told.container if wanted == "plain" else "") == (says.container or "")
    gs1 = wanted == "gs1"
    assert ((told.gtin, told.serial) if gs1 else (None, None)) == (says.gtin, says.serial)
    assert (told.din or None if wanted == "isbt128" else None) == says.din
    assert (AT.date() if design == "product_bag" else None) == says.expires
    assert told.piece[:4] in reads_as(data, symbology(told))


@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("by", ["gs1", "plain"])
def test_every_template_has_room_for_it(by: str, dpi: int) -> None:
    """At each resolution, on each template that may stand for a design, the codes and their words find their place."""
    for design, look in DESIGNS.items():
        told = facts(design, by)
        for name in look.drawings:
            template = labels.shipped()[name]
            drawn = draw(told, template, dpi)
            assert record(told, template).codes["primary"].data == payload(told)
            if dpi == 300:
                found = {(scan.data, scan.aim) for scan in decode.read(drawn.png())}
                assert {(payload(told), labels.AIM[symbology(told)]), (PIECE.encode(), "]C0")} == found, (design, name)


def test_what_cannot_be_written_is_refused() -> None:
    """A product bag without its number of GS1 is no plain label; a plain label is for a container with a right name."""
    with pytest.raises(Malformed):
        payload(LabelFacts("product_bag", PLAIN, PIECE, container=BAG))
    with pytest.raises(Malformed):
        payload(LabelFacts("collection_bag", PLAIN, PIECE, container="C-1"))
    with pytest.raises(Malformed):
        payload(LabelFacts("collection_bag", PLAIN, PIECE, container=BAG, gtin="09506000134391", serial=BAG))
