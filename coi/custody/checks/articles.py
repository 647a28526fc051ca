"""Has the bag that is about to get its numbers an article number of its own?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.effects import bag_scheme
from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Refuse to register a collected bag under the GTIN of the product that is made of it.

    The opening of an order looks at this too; the site's labels may have changed since.
    """
    collects = any(
        plan["do"] == "register" and plan["kind"] == "starting_material" for plan in asked.checkpoint.effects
    )
    if collects and bag_scheme(asked) == "gs1" and asked.facts.gtin == asked.protocol.product["gtin"]:
        return (Reason("product_gtin", expected="another GTIN for the bags than the product's", seen="one for both"),)
    return ()
