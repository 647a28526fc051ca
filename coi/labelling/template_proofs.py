"""What does a template look like at its worst, at every resolution? Drawn when submitted, and again when looked at.

A proof is known by the SHA-256 of its dots, which stands in the entry of the submission: a picture that is drawn later
and is another one is not shown. Its codes are no serial of any piece, and it says PROOF across.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import labels
from coi.errors import Conflict, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from coi.labelling.template import Held
    from labels import Label, Template

KNOWN = "shipped_proofs.json"
"""The proofs of the shipped templates as they were drawn and looked at; a test draws them again and compares."""


def of(template: Template) -> Mapping[str, str]:
    """Return the SHA-256 of each proof by resolution and case; those of a shipped template are known.

    Raises:
        labels.LabelError: A worst case does not fit; the message names the field.
    """
    return known().get(template.sha256) or drawn(template)


def drawn(template: Template) -> dict[str, str]:
    """Draw every proof of a template and return the SHA-256 of each."""
    return {f"{dpi}_{case}": label.sha256 for dpi, case, label in labels.proofs(template)}


@lru_cache(maxsize=1)
def known() -> Mapping[str, Mapping[str, str]]:
    """Return the proofs of the shipped templates by the template's SHA-256."""
    path = files("coi.labelling") / KNOWN
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def shown(held: Held, template: Template, name: str) -> Label:
    """Return one proof of a version, as it was drawn when it was submitted.

    Raises:
        Unknown: There is no such proof.
        Conflict: What is drawn now is not what was submitted.
    """
    if name not in held.proofs:
        raise Unknown("Expected a proof of this template, seen none of that name.")
    label = next(label for dpi, case, label in labels.proofs(template) if f"{dpi}_{case}" == name)
    if label.sha256 != held.proofs[name]:
        raise Conflict(f"Expected the proof {held.proofs[name][:12]} that was submitted, seen {label.sha256[:12]}.")
    return label
