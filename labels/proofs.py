"""Does a template hold at its worst, before anybody approves it?

The worst records have every field filled to its last character with the widest letters, the longest codes, all
warnings, mark and repeat; and names in each script that the faces can write. What a proof shows is no piece: its codes
hold SPECIMEN where a piece's serial would stand, which no reader of pieces takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labels.fields import widest
from labels.record import Record, compose
from labels.stock import DPI

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from labels.label import Label
    from labels.template import Template

# Names as long as a field lets them be, in scripts that run, join and stack differently.
SCRIPTS: Mapping[str, str] = {
    "latin": "ŁUKASZ WIŚNIEWSKI-ØSTERGÅRD MÜLLER-ĐẶNG",
    "greek": "ΕΛΕΝΗ ΠΑΠΑΔΟΠΟΥΛΟΥ-ΜΑΥΡΟΜΑΤΗ ΚΩΝΣΤΑΝΤΙΝΑ",  # noqa: RUF001 - Greek letters, on purpose
    "cyrillic": "АЛЕКСЕЙ ЖЁЛТЫШЕВ-ЩЕРБАКОВСКИЙ МСТИСЛАВ",
    "han": "李明欧阳修佐藤健太郎김철수남궁민수王小明司馬遷高橋諸葛亮",
    "arabic": "محمد عبد الرحمن العربي الأنصاري القرشي",
    "hebrew": "אברהם יצחקי־כהן צבי הירשפלד משה לוי",
    "devanagari": "अमित कुमार शर्मा श्रीवास्तव चक्रवर्ती",
}
CASES = ("widest", "least", *SCRIPTS, "reactive")


def worst_case(template: Template) -> tuple[Record, ...]:
    """Return the worst records of *template*, in the order of ``CASES``."""
    codes = {name: rule.sample for name, rule in template.codes.items()}
    full = {name: widest(kind) for name, kind in template.fields.items()}
    full.pop("reactive_for", None)
    if "donor_testing" in full:
        full["donor_testing"] = "not_evaluated"
    least = {name: value for name, value in full.items() if template.fields[name].required or name in _SECOND}
    made = [Record(full, codes, mark="PROOF", copy="REPRINT 12"), Record(least, codes, mark="PROOF")]
    for text in SCRIPTS.values():
        scripted = {
            name: text[: kind.most].strip() for name, kind in template.fields.items() if kind.kind in {"words", "name"}
        }
        made.append(Record({**full, **scripted}, codes, mark="PROOF", copy="REPRINT 12"))
    reactive = {name: "reactive" for name in full if name == "donor_testing"}
    if "reactive_for" in template.fields:
        reactive["reactive_for"] = widest(template.fields["reactive_for"])
    made.append(Record({**full, **reactive}, codes, mark="PROOF", copy="REPRINT 12"))
    return tuple(made)


def proofs(template: Template) -> Iterator[tuple[int, str, Label]]:
    """Compose every worst record for every resolution: (dpi, case, label); what does not fit raises its error."""
    for dpi in DPI:
        for case, record in zip(CASES, worst_case(template), strict=True):
            yield dpi, case, compose(template, record, dpi)


_SECOND = frozenset({"din", "container", "serial", "order"})
