"""What the trade does, deed by deed: where, what becomes of the things in hand, who gives and who takes.

Written from the handoffs of the trade (H1 to H17 and the ways beside them), not from the protocols of the product.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BAG, VESSEL, SAMPLE, PRODUCT = "starting_material", "intermediate", "sample", "drug_product"
COL, COU, DEP, MFG, TRT = "collection", "courier", "depot", "manufacturing", "treatment"
LAB, WARD = "treatment/lab", "treatment/ward"
ENDS = frozenset({"consumed", "administered", "partly_administered", "destroyed", "returned", "tested", "lost"})
"""Every way in which a container can end; there is no other."""
ROAD = (
    "DRAFT", "ORDERED", "SCHEDULED", "COLLECTING", "COLLECTED", "IN_TRANSIT_TO_MFG", "RECEIVED_AT_MFG", "ACCEPTED",
    "MANUFACTURING", "CRYOPRESERVED", "FINISHED", "QC_PENDING", "RELEASED", "IN_TRANSIT_TO_SITE", "RECEIVED_AT_SITE",
    "STORED_AT_SITE", "READY_FOR_INFUSION", "THAWING", "INFUSING", "INFUSED", "PARTIAL", "RECONCILED",
)  # fmt: skip
OFF = frozenset({"MANUFACTURING_FAILED", "REJECTED", "LOST", "CANCELLED", "WITHDRAWN", "DECEASED", "DESTROYED"})
RETURNS = {
    "x_remake": {"MANUFACTURING_FAILED", "REJECTED"},
    "x_recollect": {"MANUFACTURING_FAILED", "REJECTED", "DESTROYED", "LOST"},
    "x_found": {"LOST"},
}
"""The three ways back onto the road, and from where: who has died, withdrawn or cancelled has none."""
NEARER = frozenset({"filling", "accepted", "in_process", "thawed", "issued", "infusing", "administered"})
"""States in which cells are worked on, or are nearer to a patient."""
HAND_TO_HAND = {"h5_offer": MFG, "h12_offer": LAB, "h15_issue": WARD}
"""Who is given to in a house that makes what it gives: nobody carries between them."""
CERTIFIES = frozenset({"h11_release", "h11_again", "h11_oos_release"})
DROPS_OFFERS = frozenset({"x_lost", "x_cancel", "x_withdraw", "x_deceased"})
FILLS = frozenset({"h9_transfer", "h9_pool", "h9_split", "h9_sample", "h10_fill"})
BEGUN = frozenset({"infusing", "interrupted"})


@dataclass(frozen=True, slots=True)
class Deed:
    """One deed of the trade: where, what becomes of the things in hand, who has them next, how far the order is."""

    at: str
    moves: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By kind: the states in which a thing is taken up, and the state in which it is left."""
    makes: str = ""
    gives: str = ""
    takes: bool = False
    to: str = ""
    back: bool = False
    """Whether the order may go back by it."""
    packs: bool = False
    opens: bool = False


def _destroys(kind: str, at: str, states: str) -> Deed:
    return Deed(at, {kind: (states, "destroyed")})


_BAGS = "filling collected received accepted in_process lost"
_DOSES = "stored retrieved received thawed issued lost"
DEEDS: Mapping[str, Deed] = {
    "h1_submit": Deed(TRT, to="ORDERED"),
    "h2_schedule": Deed(TRT, makes=BAG, to="SCHEDULED"),
    "h3_begin": Deed(COL, {BAG: ("registered", "filling")}, to="COLLECTING"),
    "h4_abort": Deed(COL, {BAG: ("filling", "destroyed")}, makes=BAG, to="SCHEDULED", back=True),
    "h4_end": Deed(COL, {BAG: ("filling", "collected")}, to="COLLECTED"),
    "h4_another_day": Deed(COL, makes=BAG, to="SCHEDULED", back=True),
    "h5_pack": Deed(COL, {BAG: ("collected", "sealed")}, packs=True),
    "h5_unpack": Deed(COL, {BAG: ("sealed", "collected")}, opens=True),
    "h5_offer": Deed(COL, gives=COU),
    "h5_accept": Deed(COU, takes=True, to="IN_TRANSIT_TO_MFG"),
    "h6_offer": Deed(COU, gives=DEP),
    "h6_accept": Deed(DEP, takes=True),
    "h6_onward": Deed(DEP, gives=COU),
    "h6_pickup": Deed(COU, takes=True),
    "h7_deliver": Deed(COU, gives=MFG),
    "h7_receive": Deed(MFG, {BAG: ("sealed collected", "received")}, takes=True, to="RECEIVED_AT_MFG", opens=True),
    "h7_accept": Deed(MFG, {BAG: ("received", "accepted")}, to="ACCEPTED"),
    "h8_start": Deed(MFG, {BAG: ("accepted", "in_process")}, makes=VESSEL, to="MANUFACTURING"),
    "h8_add": Deed(MFG, {BAG: ("accepted", "in_process")}),
    "h9_transfer": Deed(MFG, {BAG: ("in_process", "consumed"), VESSEL: ("registered", "in_process")}),
    "h9_pool": Deed(MFG, {BAG: ("in_process", "consumed"), VESSEL: ("in_process", "in_process")}),
    "h9_split_print": Deed(MFG, {VESSEL: ("in_process", "in_process")}, makes=VESSEL),
    "h9_split": Deed(MFG, {VESSEL: ("registered in_process", "in_process")}),
    "h9_sample_print": Deed(MFG, {VESSEL: ("in_process", "in_process")}, makes=SAMPLE),
    "h9_sample": Deed(MFG, {VESSEL: ("in_process", "in_process"), SAMPLE: ("registered", "in_process")}),
    "h9_unused": Deed(MFG, {SAMPLE: ("registered", "destroyed")}),
    "h10_print": Deed(MFG, {VESSEL: ("in_process", "in_process")}, makes=PRODUCT),
    "h10_fill": Deed(MFG, {VESSEL: ("in_process", "in_process"), PRODUCT: ("registered", "stored")}),
    "h10_unused": Deed(MFG, {PRODUCT: ("registered", "destroyed")}),
    "h10_close": Deed(MFG, {VESSEL: ("in_process", "consumed")}, to="CRYOPRESERVED"),
    "h11_test": Deed(MFG, {SAMPLE: ("in_process", "tested")}),
    "h11_qc": Deed(MFG, to="QC_PENDING"),
    "h11_release": Deed(MFG, to="RELEASED"),
    "h11_oos_release": Deed(MFG, to="RELEASED"),
    "h11_again": Deed(MFG),
    "h11_reject": Deed(MFG, to="REJECTED", back=True),
    "h12_pick": Deed(MFG, {PRODUCT: ("stored", "retrieved")}),
    "h12_pack": Deed(MFG, {PRODUCT: ("retrieved", "sealed")}, packs=True),
    "h12_unpack": Deed(MFG, {PRODUCT: ("sealed", "retrieved")}, opens=True),
    "h12_putback": Deed(MFG, {PRODUCT: ("retrieved", "stored")}),
    "h12_offer": Deed(MFG, gives=COU),
    "h12_accept": Deed(COU, takes=True, to="IN_TRANSIT_TO_SITE"),
    "h13_deliver": Deed(COU, gives=LAB),
    "h13_receive": Deed(
        LAB, {PRODUCT: ("sealed retrieved", "received")}, takes=True, to="RECEIVED_AT_SITE", opens=True
    ),
    "h13_store": Deed(LAB, {PRODUCT: ("received", "stored")}, to="STORED_AT_SITE"),
    "h14_ready": Deed(TRT, to="READY_FOR_INFUSION"),
    "h14_postpone": Deed(TRT, to="STORED_AT_SITE", back=True),
    "h14_retrieve": Deed(LAB, {PRODUCT: ("stored", "retrieved")}),
    "h14_putback": Deed(LAB, {PRODUCT: ("retrieved", "stored")}),
    "h14_thaw": Deed(LAB, {PRODUCT: ("retrieved", "thawed")}, to="THAWING"),
    "h15_issue": Deed(LAB, gives=WARD),
    "h15_accept": Deed(WARD, {PRODUCT: ("thawed retrieved received", "issued")}, takes=True),
    "h16_start": Deed(WARD, {PRODUCT: ("issued", "infusing")}, to="INFUSING"),
    "h16_unverified": Deed(WARD, {PRODUCT: ("thawed issued infusing interrupted", "administered")}),
    "h17_stop": Deed(WARD, {PRODUCT: ("infusing", "interrupted")}),
    "h17_resume": Deed(WARD, {PRODUCT: ("interrupted", "infusing")}),
    "h17_discard": Deed(WARD, {PRODUCT: ("infusing interrupted", "partly_administered")}),
    "h17_end": Deed(WARD, {PRODUCT: ("infusing", "administered")}),
    "h17_reconcile": Deed(TRT, to="RECONCILED"),
    "x_fail": Deed(MFG, to="MANUFACTURING_FAILED", back=True),
    "x_remake": Deed(MFG, {BAG: ("accepted", "accepted")}, to="ACCEPTED", back=True),
    "x_recollect": Deed(TRT, makes=BAG, to="SCHEDULED", back=True),
    "x_lost": Deed(COU, to="LOST", back=True),
    "x_cancel": Deed(TRT, to="CANCELLED", back=True),
    "x_withdraw": Deed(TRT, to="WITHDRAWN", back=True),
    "x_deceased": Deed(TRT, to="DECEASED", back=True),
    "x_close": Deed(TRT, to="RECONCILED", back=True),
    "r_pack": Deed(LAB, {PRODUCT: ("received stored retrieved", "sealed")}, packs=True),
    "r_offer": Deed(LAB, gives=COU),
    "r_accept": Deed(COU, takes=True),
    "r_deliver": Deed(COU, gives=MFG),
    "r_receive": Deed(MFG, {PRODUCT: ("sealed", "received")}, takes=True, opens=True),
    "r_receive_bag": Deed(MFG, {BAG: ("sealed", "received")}, takes=True, opens=True),
    "r_restock": Deed(MFG, {PRODUCT: ("received", "stored")}),
    "x_destroy_bag_collection": _destroys(BAG, COL, _BAGS),
    "x_destroy_bag_manufacturing": _destroys(BAG, MFG, _BAGS),
    "x_destroy_vessel_manufacturing": _destroys(VESSEL, MFG, "in_process"),
    "x_destroy_sample_manufacturing": _destroys(SAMPLE, MFG, "in_process"),
    "x_destroy_product_manufacturing": _destroys(PRODUCT, MFG, _DOSES),
    "x_destroy_product_lab": _destroys(PRODUCT, LAB, _DOSES),
    "x_destroy_product_ward": _destroys(PRODUCT, WARD, _DOSES),
}
"""Deeds that change a thing, its holder or the order; every other step must change none of them."""
UNUSED = {"x_unused_collection": {BAG}, "x_unused_factory": {VESSEL, SAMPLE, PRODUCT}}
