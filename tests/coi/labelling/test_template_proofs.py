"""The known proofs of the shipped templates are what is drawn now; anybody can draw them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import labels
from coi.labelling import tags, template_actions, template_proofs

if TYPE_CHECKING:
    from tests.evidence import Evidence

NAMES = (*template_actions.OF_ORDERS, *tags.DRAWINGS)
USED = {template.name: template for template in map(labels.parse, template_actions.shipped(NAMES))}


def test_the_proofs_of_every_template_of_orders_and_tags_are_known() -> None:
    """If this fails, a template was changed: look at it, then ``python -m tests.coi.labelling.make_proofs``."""
    assert {template.sha256 for template in USED.values()} == set(template_proofs.known())


@pytest.mark.parametrize("name", USED)
def test_a_known_proof_is_what_is_drawn(name: str) -> None:
    """The least and the widest case at the lowest resolution, dot for dot."""
    template = USED[name]
    cases = dict(zip(("widest", "least"), labels.worst_case(template), strict=False))

    for case, record in cases.items():
        drawn = labels.compose(template, record, 203)
        assert drawn.sha256 == template_proofs.of(template)[f"203_{case}"]


@pytest.mark.long("labels")
def test_every_known_proof_is_what_is_drawn(evidence: Evidence) -> None:
    """Every case at every resolution of one template, or of each."""
    chosen = evidence.random().sample(list(USED.values()), evidence.size(1, len(USED)))
    for template in chosen:
        assert template_proofs.drawn(template) == dict(template_proofs.of(template))
        evidence.count("proofs drawn again", len(template_proofs.of(template)))
