"""What stands on each label? From frozen facts to a drawn label, the same every time.

Labelling knows no custody: it is told a design, a container's keys and the words, and draws. No fact is a person's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from coi import identity
from coi.ledger.entry import instant, moment
from labels import Code, LabelSpec, Line, render, stock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from labels import Label
    from labels.spec import Symbology

DPI = 300
WARNINGS = ("FOR AUTOLOGOUS USE ONLY", "NOT EVALUATED FOR INFECTIOUS SUBSTANCES")
"""21 CFR 1271.90(c): the most restrictive words, since no donor testing status is recorded yet."""


@dataclass(frozen=True, slots=True)
class Design:
    """How one kind of piece looks."""

    drawing: str
    stock: str
    role_word: str
    gs1: bool = False
    short: bool = False
    """Whether it has room for the lot, the serial and the expiry alone beside the identity."""
    role: str = "container"
    """What a scan of it stands for: wristband, container or cassette."""


DESIGNS: Mapping[str, Design] = {
    "wristband": Design("wristband", "wristband-152x25", "PATIENT WRISTBAND", role="wristband"),
    "collection_bag": Design("bag", "bag-100x60", "LEUKAPHERESIS"),
    "vessel": Design("bag", "bag-100x60", "PROCESS VESSEL"),
    "product_bag": Design("bag", "bag-100x60", "DRUG PRODUCT", gs1=True),
    "cassette": Design("cassette", "cassette-60x40", "CASSETTE", role="cassette", short=True),
    "sample": Design("cassette", "cassette-60x40", "QC SAMPLE", short=True),
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

    def to_json(self) -> dict[str, Any]:
        """Return plain data for the queue."""
        return {**asdict(self), "expires": None if self.expires is None else instant(self.expires)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LabelFacts:
        """Return the facts that ``to_json`` wrote."""
        return cls(**{**data, "expires": None if data["expires"] is None else moment(data["expires"])})


def payload(facts: LabelFacts) -> bytes:
    """Return the exact bytes of the label's main code: the scheme's data and the piece, one scan telling both."""
    piece = identity.PieceId.parse(facts.piece)
    if DESIGNS[facts.design].gs1:
        return identity.compose_gs1(
            gtin=facts.gtin,
            serial=facts.serial,
            lot=facts.lot,
            expires=None if facts.expires is None else facts.expires.date(),
            piece=piece,
        )
    return identity.compose_isbt(
        coi=identity.CoiId.parse(facts.coi),
        din=facts.din or None,
        product_code=facts.product_code or None,
        piece=piece,
    )


def reads_as(data: bytes, symbology: Symbology) -> str:
    """Return the human text beside a code, from its bytes alone, so that the two cannot disagree."""
    aim = {"datamatrix": "]d1", "gs1datamatrix": "]d2", "code128": "]C0"}[symbology]
    return identity.human(identity.read(data, aim))


def draw(facts: LabelFacts) -> Label:
    """Draw the label, or raise one of ``labels.LabelError``."""
    design = DESIGNS[facts.design]
    main, kind = payload(facts), "gs1datamatrix" if design.gs1 else "datamatrix"
    bar = facts.piece.encode()
    spec = LabelSpec(
        design=design.drawing,
        stock=stock(design.stock, DPI),
        role=design.role_word,
        identity=identity.CoiId.parse(facts.coi).human,
        primary=Code(main, kind, reads_as(main, kind)),  # type: ignore[arg-type]
        secondary=Code(bar, "code128", reads_as(bar, "code128")),
        lines=_lines(facts),
        warnings=() if design.drawing == "wristband" else WARNINGS,
        mark=facts.mark,
        copy=facts.copy,
    )
    return render(spec)


SHORT = frozenset({"Serial", "Lot", "Expires"})


def _lines(facts: LabelFacts) -> tuple[Line, ...]:
    short = DESIGNS[facts.design].short
    written = "%d %b %Y" if short else "%d %b %Y %H:%M UTC"
    told = (
        ("Product", facts.product_name),
        ("Donation", facts.din),
        ("Code", facts.product_code),
        ("GTIN", facts.gtin),
        ("Serial", facts.serial),
        ("Lot", facts.lot),
        ("Expires", "" if facts.expires is None else facts.expires.strftime(written).upper()),
        ("Container", facts.container),
    )
    return tuple(Line(caption, value) for caption, value in told if value and (not short or caption in SHORT))
