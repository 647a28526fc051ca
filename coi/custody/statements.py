"""What was typed at a step, as the step wants it: tidied, never guessed.

* Characters that two persons key from a label count in capitals and without spaces, as labels print them in groups.
* A patient's facts reach the vault only where the step compares with it, and only whole: half of them is none.
* A birth date that is no date is a slip of the keyboard and no statement, so it is told and not judged.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from coi.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.custody.orders import PatientFacts
    from coi.custody.protocol import Checkpoint

KEYED = frozenset({"tail", "piece"})
"""Types of values that are read from a label and keyed."""


def meant(
    step: Checkpoint, values: Mapping[str, str], patient: PatientFacts | None
) -> tuple[dict[str, str], PatientFacts | None]:
    """Return values and patient's facts as *step* takes them.

    Raises:
        Malformed: The birth date is none.
    """
    types = {value.name: value.type for value in step.values}
    said = {
        name: "".join(text.split()).upper() if types.get(name) in KEYED else text.strip()
        for name, text in values.items()
    }
    silent = any(said.get(name) == "cannot_speak" for name, kind in types.items() if kind == "spoken")
    if patient is None or silent or not _is_whole(patient, all_of_it="identity" in types.values()):
        return said, None
    try:
        date.fromisoformat(patient.birth_date.strip())
    except ValueError:
        raise Malformed("Expected a birth date as 1970-01-31, seen another text.") from None
    return said, patient


def _is_whole(patient: PatientFacts, *, all_of_it: bool) -> bool:
    told = (patient.name, patient.birth_date)
    more = (patient.issuer, patient.record_number) if all_of_it else ()
    return all(text.strip() for text in (*told, *more))
