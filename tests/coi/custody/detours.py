"""How an order comes to stand before each step beside the road: told as the deeds that lead there.

A path is carried on paper: ``>h9_transfer`` goes along the straight road up to that checkpoint, ``h2_schedule bags=2``
does one step with another value, anything else does that step.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.coi.custody.paper import PROTOCOLS, ROADS, draft, sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from coi.custody.asked import Asked
    from coi.custody.protocol import Checkpoint
    from tests.coi.custody.paper import Moment, Paper

TWO = ">h2_schedule / h2_schedule bags=2 / >h9_transfer"
"""Two bags were collected, one of them is in process."""
RETURN = ">h14_band_print / r_bench / r_pack / r_offer / r_accept / r_deliver / r_receive"
FAILED = ">h11_qc / h11_qc qc_result=fail / h11_oos_request / h11_oos_risk"

PATHS: Mapping[str, str] = {
    "h3_witness": ">h3_begin",
    "h4_abort": ">h4_end",
    "h4_another_day": ">h5",
    "h5_unpack": ">h5_offer",
    "h6_offer": ">h7_deliver",
    "h6_accept": ">h7_deliver / h6_offer",
    "h6_onward": ">h7_deliver / h6_offer / h6_accept",
    "h6_pickup": ">h7_deliver / h6_offer / h6_accept / h6_onward",
    "h8_add": TWO,
    "h9_pool": f"{TWO} / h8_add / h9_transfer",
    "h9_split_print": ">h9_sample_print",
    "h9_split": ">h9_sample_print / h9_split_print",
    "h9_unused": ">h9_sample",
    "h10_unused": ">h10_fill",
    "h11_reject": ">h11_release",
    "h11_oos_request": ">h11_release",
    "h11_oos_risk": ">h11_release / h11_oos_request",
    "h11_oos_release": FAILED,
    "h11_revoke": ">h12_pick",
    "h11_again": ">h12_pick / h11_revoke",
    "h12_unpack": ">h12_offer",
    "h12_putback": ">h12_pick / h12_pick",
    "h14_postpone": ">h14_ready / h14_ready",
    "h14_putback": ">h14_preflight",
    "h16_witness": ">h14_band_print",
    "h16_unverified": ">h16_start",
    "h17_stop": ">h17_end",
    "h17_resume": ">h17_end / h17_stop",
    "h17_discard": ">h17_end",
    "x_fail": ">h10_print",
    "x_remake": f"{TWO} / x_fail / x_unused_factory",
    "x_recollect": ">h7_accept",
    "x_lost": ">h7_deliver",
    "x_found": ">h7_deliver / x_lost",
    "x_written_off": ">h7_deliver / x_lost",
    "x_change_site": ">h10_print",
    "x_cancel": ">h10_print",
    "x_withdraw": ">h10_print",
    "x_deceased": ">h10_print",
    "r_bench": ">h14_band_print",
    "r_pack": ">h14_band_print / r_bench",
    "r_offer": ">h14_band_print / r_bench / r_pack",
    "r_accept": ">h14_band_print / r_bench / r_pack / r_offer",
    "r_deliver": ">h14_band_print / r_bench / r_pack / r_offer / r_accept",
    "r_receive": ">h14_band_print / r_bench / r_pack / r_offer / r_accept / r_deliver",
    "r_receive_bag": ">h7_deliver / x_cancel / r_deliver",
    "r_restock": RETURN,
    "x_destroy_bag_collection": ">h5",
    "x_destroy_bag_manufacturing": ">h7_accept",
    "x_destroy_vessel_manufacturing": ">h10_print",
    "x_destroy_sample_manufacturing": ">h10_print",
    "x_destroy_product_manufacturing": ">h11_qc",
    "x_destroy_product_lab": ">h14_band_print",
    "x_destroy_product_ward": ">h16_start",
    "r9_ward": ">h16_start",
    "r9_lab": ">h14_band_print",
    "r9_manufacturing": ">h11_qc",
    "x_unused_collection": ">h3_begin / x_cancel",
    "x_unused_factory": ">h9_sample / x_cancel",
    "x_close": "x_cancel",
}
"""By the step beside the road, the deeds before it."""
IN_THE_HOUSE: Mapping[str, str] = {"x_written_off": ">h10_print"}
"""Where nothing is shipped, the deeds before a step that elsewhere follows a shipment."""
ALL = tuple((form, step.id) for form, protocol in PROTOCOLS.items() for step in protocol.checkpoints)
"""Every checkpoint of every shipped protocol, of the road and beside it."""


def follow(path: str, form: str = "frozen", number: int = 0) -> Paper:
    """Return the order at the end of a path."""
    paper = draft(number, form)
    for leg in path.split(" / "):
        name, *said = leg.split()
        if name.startswith(">"):
            road = ROADS[form]
            stop = name[1:] if name[1:] in road else next(step for step in road if step.startswith(name[1:]))
            paper = paper.carried(stop)
        else:
            paper = paper.do(name, **dict(each.split("=") for each in said))
    return paper


@cache
def before(form: str, step: str, number: int = 0) -> Paper:
    """Return an order right before any checkpoint of a protocol, with everything right for it."""
    if step in ROADS[form]:
        return sheet(step, number, form)
    return follow({**PATHS, **(IN_THE_HOUSE if form == "hospital" else {})}[step], form, number)


@cache
def right(form: str, step: str, number: int = 0) -> Moment:
    """Return the right question at any checkpoint of a protocol."""
    return before(form, step, number).ready(step)


def question(form: str, step: str, **facts: Any) -> Asked:  # noqa: ANN401  any field of Facts
    """Return the right question at any checkpoint, unsigned, with *facts* changed."""
    asked = right(form, step).asked
    return replace(asked, facts=replace(asked.facts, **facts))


def those(fits: Callable[[Checkpoint], bool]) -> list[tuple[str, str]]:
    """Return every checkpoint, of the road and beside it, that *fits*."""
    return [(form, name) for form, name in ALL if fits(PROTOCOLS[form].checkpoint(name))]
