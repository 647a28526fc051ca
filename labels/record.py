"""What is to stand on one label, and how does it become one?

    label = compose(shipped()["vial"], Record({"coi": "COI-…", …}, {"primary": Code(…), "secondary": Code(…)}), 300)

``compose`` is pure: the same template, record and resolution make the same label, byte for byte, on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labels.errors import BadRecord
from labels.fields import refused
from labels.label import Label
from labels.laws import LAWS
from labels.layout import layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labels.spec import Code
    from labels.template import Template


@dataclass(frozen=True, slots=True)
class Record:
    """The values and codes of one label.

    ``mark`` says that this is no production piece (DEMO, TRAINING, PROOF, SPECIMEN, TEST PRINT), ``copy`` which print
    of the piece it is (REPRINT 2). A ``preview`` shows no symbol at all and has no printer bytes.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Code] = field(default_factory=dict)
    mark: str = ""
    copy: str = ""
    preview: bool = False


def compose(template: Template, record: Record, dpi: int = 300) -> Label:
    """Put *record* onto *template* for a printer of *dpi*, or raise one of ``LabelError``."""
    _complete(template, record)
    laid = layout(template, record, dpi)
    return Label(template, record, laid.stock, laid.filled(record.values, record.codes))


def _complete(template: Template, record: Record) -> None:
    """Prove that the record has what the template wants, nothing that it does not know, and each of its kind."""
    for name, value in record.values.items():
        kind = template.fields.get(name)
        if kind is None:
            raise BadRecord(f"{name}: expected one of {', '.join(template.fields)}")
        if value and (expected := refused(value, kind)):
            raise BadRecord(f"{name}: expected {expected}, got {len(value)} characters that are not")
    for name, kind in template.fields.items():
        if kind.required and not record.values.get(name):
            raise BadRecord(f"{name}: expected a value, since a {template.name} cannot be without it")
    second = [name for name in LAWS[template.klass].second if name in template.fields]
    if second and not any(record.values.get(name) for name in second):
        raise BadRecord(f"expected a second identifier beside the first: one of {', '.join(second)}")
    reactive = "reactive_for" in template.fields and record.values.get("donor_testing") == "reactive"
    if reactive and not record.values.get("reactive_for"):
        raise BadRecord("reactive_for: expected for what the donor's test was reactive")
    _coded(template, record)


def _coded(template: Template, record: Record) -> None:
    if sorted(record.codes) != sorted(template.codes):
        seen = ", ".join(sorted(record.codes)) or "none"
        raise BadRecord(f"expected the codes {', '.join(sorted(template.codes))}, got {seen}")
    for name, code in record.codes.items():
        if not code.text.strip(" ·\n"):
            raise BadRecord(f"{name}: expected the text that a person reads beside the code, got none")
        if code.symbology not in template.codes[name].symbologies:
            expected = " or ".join(template.codes[name].symbologies)
            raise BadRecord(f"{name}: expected {expected}, got {code.symbology}")
