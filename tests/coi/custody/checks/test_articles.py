"""A collected bag has an article number of its own, or the scheme of its labels has none."""

from __future__ import annotations

import pytest

from coi.custody.checks import articles
from coi.custody.reasons import Reason
from tests.coi.custody.paper import asked

OWN = "09506000134390"
REASON = (Reason("product_gtin", expected="another GTIN for the bags than the product's", seen="one for both"),)


@pytest.mark.parametrize("form", ["frozen", "fresh", "hospital"])
def test_a_bag_is_no_article_of_the_product(form: str) -> None:
    """Only where the bag gets its numbers, and only by GS1: at other steps and by other schemes there is none."""
    product = str(asked("h2_schedule", form=form).protocol.product["gtin"])

    assert articles.check(asked("h2_schedule", form=form, scheme="gs1", gtin=product)) == REASON
    assert articles.check(asked("h2_schedule", form=form, scheme="gs1", gtin=OWN)) == ()
    for scheme in ("isbt128", "plain"):
        assert articles.check(asked("h2_schedule", form=form, scheme=scheme, gtin=product)) == ()
    assert articles.check(asked("h3_begin", form=form, scheme="gs1", gtin=product)) == ()
