"""What stands on each label? From frozen facts to a drawn label, the same every time.

Labelling knows no custody: it is told a design, a container's keys and the words, and draws. No fact is a person's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import labels
from coi import identity
from coi.ledger.entry import instant, moment
from labels import Code, Record, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from labels import Label, Symbology, Template

DPI = 300
PARTIAL = "partial_label"


@dataclass(frozen=True, slots=True)
class Design:
    """How one kind of piece looks."""

    drawing: str
    """The name of its template."""
    gs1: Literal["", "numbered", "always"] = ""
    """Whether its main code is a GS1 message: always, or where its container has a number of GS1."""
    role: str = "container"
    """What a scan of it stands for: wristband, container or cassette."""
    also: tuple[str, ...] = ()
    """Templates that may stand in its place at a site that has approved them, and has their stock loaded."""

    @property
    def drawings(self) -> tuple[str, ...]:
        """Every template that it may be drawn by, the usual one first."""
        return (self.drawing, *self.also)


DESIGNS: Mapping[str, Design] = {
    "wristband": Design("wristband", role="wristband"),
    "collection_bag": Design("apheresis_bag", gs1="numbered", also=(PARTIAL,)),
    "vessel": Design("process_vessel", also=(PARTIAL,)),
    "product_bag": Design("drug_product", gs1="always", also=("cryobag", PARTIAL)),
    "cassette": Design("cassette", role="cassette"),
    "sample": Design("vial"),
}


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """Everything that a label says; no name, birth date or record number is among it."""

    design: str
    coi: str
    piece: str
    container: str = ""
    din: str = ""
    product_code: str = ""
    gtin: str = ""
    serial: str = ""
    lot: str = ""
    expires: datetime | None = None
    product_name: str = ""
    mark: str = ""
    copy: str = ""
    donor_testing: str = ""
    """evaluated, not_evaluated, risk or reactive; nothing known prints the strictest words (21 CFR 1271.90(c))."""
    reactive_for: str = ""
    template_sha256: str = ""
    """The version of the template that it was ordered by; empty for the shipped one of its design."""

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the queue."""
        return {**asdict(self), "expires": None if self.expires is None else instant(self.expires)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LabelFacts:
        """Return the facts that ``to_json`` wrote."""
        return cls(**{**data, "expires": None if data["expires"] is None else moment(data["expires"])})


def scheme(facts: LabelFacts) -> str:
    """Return by which scheme the label's main code is written: gs1, or that of its chain of identity.

    What is no article (a wristband, a vessel on its way) has no number of GS1 at a site that labels by GS1 either.
    """
    gs1 = DESIGNS[facts.design].gs1
    if gs1 == "always" or (gs1 and facts.gtin):
        return "gs1"
    return identity.CoiId.parse(facts.coi).scheme


def symbology(facts: LabelFacts) -> Symbology:
    """Return the symbol of the label's main code: one that begins with FNC1, or one that does not."""
    return "gs1datamatrix" if scheme(facts) == "gs1" else "datamatrix"


def payload(facts: LabelFacts) -> bytes:
    """Return the exact bytes of the label's main code: the scheme's data and the piece, one scan telling both."""
    piece, by = identity.PieceId.parse(facts.piece), scheme(facts)
    if by == "gs1" and DESIGNS[facts.design].gs1 == "numbered":  # expires by the hour, which no GS1 day may round up
        return identity.compose_gs1(gtin=facts.gtin, serial=facts.serial, piece=piece)
    if by == "gs1":
        return identity.compose_gs1(
            gtin=facts.gtin,
            serial=facts.serial,
            lot=facts.lot,
            expires=None if facts.expires is None else facts.expires.date(),
            piece=piece,
        )
    coi = identity.CoiId.parse(facts.coi)
    if by == "plain":
        return identity.PlainLabel(coi, piece, facts.container).wire
    return identity.compose_isbt(
        coi=coi,
        din=facts.din or None,
        product_code=facts.product_code or None,
        piece=piece,
    )


def reads_as(data: bytes, symbology: Symbology) -> str:
    """Return the human text beside a code, from its bytes alone, so that the two cannot disagree."""
    return identity.human(identity.read(data, labels.AIM[symbology]))


def draw(facts: LabelFacts, template: Template | None = None, dpi: int = DPI) -> Label:
    """Draw the label on *template*, or on the shipped one of its design; or raise one of ``labels.LabelError``."""
    return labels.compose(template or shipped()[DESIGNS[facts.design].drawing], record(facts, template), dpi)


def record(facts: LabelFacts, template: Template | None = None) -> Record:
    """Return what *template* shows of *facts*, and both codes."""
    design = DESIGNS[facts.design]
    shown = (template or shipped()[design.drawing]).fields
    main, bar = payload(facts), facts.piece.encode()
    kind = symbology(facts)
    told = {
        "coi": identity.CoiId.parse(facts.coi).human,
        "product": facts.product_name,
        "din": facts.din,
        "product_code": facts.product_code,
        "serial": facts.serial,
        "lot": facts.lot,
        "expires": "" if facts.expires is None else facts.expires.strftime("%d %b %Y %H:%M UTC").upper(),
        "container": facts.container,
        "donor_testing": facts.donor_testing,
        "reactive_for": facts.reactive_for,
    }
    return Record(
        values={name: value for name, value in told.items() if name in shown and value},
        codes={
            "primary": Code(main, kind, reads_as(main, kind)),
            "secondary": Code(bar, "code128", reads_as(bar, "code128")),
        },
        mark=facts.mark,
        copy=facts.copy,
    )
