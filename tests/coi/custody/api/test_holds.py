"""Labels, offers, holds and what other systems propose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.labelling import store as pieces
from tests import world as worlds
from tests.coi.custody.api.asking import (
    a_stranger,
    held,
)
from tests.programs import problem

if TYPE_CHECKING:
    from tests.programs import Programs


class TestOtherDeeds:
    """Labels, offers and holds."""

    def test_a_label_is_replaced(self, town: Programs) -> None:
        """Its fate is told by two first; the old label is dead from the answer on, and the new one takes its place."""
        order = town.world.order(0, "h4_end")
        known = town.world.road.order(order)
        piece = town.world.road.piece(known, "container", known.of_kind("starting_material")[-1].id, "applied").id
        lab = town.program("cell_lab", "collection")
        own, second = town.auths("celllab1", "celllab2")
        body = {"why": "damaged", "fate": "destroyed", **own, "second": second}
        path = f"/orders/{order}/labels/{piece}/reprint"
        problem(lab.post(path, {**body, "second": own}), 403, "not-permitted")
        problem(lab.post(path, {**body, "second": {**second, "secret": "wrong"}}), 401, "wrong-secret")
        problem(lab.post(path, {"why": "damaged"}), 422, "malformed")
        told = lab.post(path, body).get_json()

        found = {one["id"]: one for one in lab.get(f"/orders/{order}").get_json()["pieces"]}
        assert ("destroyed", piece) == (found[piece]["state"], told["voided"])
        assert (piece, "intended") == (found[told["piece"]]["replaces"], found[told["piece"]]["state"])
        problem(lab.post(path, body), 422, "malformed")
        problem(lab.post(path, {**body, "why": "because"}), 422, "malformed")
        problem(lab.post(f"/orders/{order}/labels/NONE/reprint", body), 404, "unknown")
        problem(town.program("physician", "treatment").post(path, body), 403, "not-permitted")

    def test_the_fate_of_a_label_is_told(self, town: Programs) -> None:
        """By its serial two sign; once told it is told for ever, and the label counts for nothing."""
        order = town.world.order(0, "h2_print")
        found = town.world.database.read(lambda session: pieces.of_order(session, order))
        band = next(piece.id for piece in found if piece.role == "wristband")
        chair = town.program("collection_operator", "collection")
        own, second = town.auths("apheresis1", "apheresis2")
        body = {"why": "not_needed", "fate": "returned", **own}
        path = f"/orders/{order}/labels/{band}/fate"
        problem(chair.post(path, body), 403, "not-permitted")
        problem(chair.post(path, {**body, "scanned": band}), 422, "malformed")
        told = chair.post(path, {**body, "second": second})

        assert (201, town.entries(order)[-1].seq) == (told.status_code, told.get_json()["receipt"]["seq"])
        states = {one["id"]: one["state"] for one in chair.get(f"/orders/{order}").get_json()["pieces"]}
        assert "returned" == states[band]
        problem(chair.post(path, {**body, "second": second}), 409, "conflict")

    def test_an_offer_is_declined(self, town: Programs) -> None:
        """Who was offered custody may leave it with the giver; nobody else may."""
        order = town.world.order(0, "h5_offer")
        path, body = f"/orders/{order}/decline", {"why": "no_capacity"}
        problem(town.program("mfg_operator", "manufacturing").post(path, body), 403, "not-permitted")
        reply = town.program("courier", "courier").post(path, body)

        assert (201, town.entries(order)[-1].seq) == (reply.status_code, reply.get_json()["receipt"]["seq"])
        assert town.program("courier", "courier").get(f"/orders/{order}").get_json()["offers"] == []

    def test_a_hold_is_lifted_by_the_signature_of_quality(self, town: Programs) -> None:
        """Holds are listed with their way out; only quality's own signature lifts one, and once."""
        order, hold = held(town)
        quality = town.program("qa_reviewer", "manufacturing")
        body = {"basis": worlds.BASIS, **town.auths("qa")[0]}
        listed = quality.get("/holds", only_open="true").get_json()["holds"]
        assert (hold, order) in [(one["id"], one["order"]) for one in listed]
        problem(town.program("mfg_operator", "manufacturing").post(f"/holds/{hold}/lift", body), 403, "not-permitted")
        problem(quality.post(f"/holds/{hold}/lift", {**body, "secret": "wrong"}), 401, "wrong-secret")
        problem(a_stranger(town).post(f"/holds/{hold}/lift", body), 404, "unknown")
        problem(quality.post("/holds/H-none/lift", body), 404, "unknown")
        reply = quality.post(f"/holds/{hold}/lift", body)

        assert (201, "hold.lifted") == (reply.status_code, town.entries(order)[-1].type)
        still = quality.get("/holds", only_open="true").get_json()["holds"]
        assert [one["id"] for one in listed if one["id"] != hold] == [one["id"] for one in still]
        problem(quality.post(f"/holds/{hold}/lift", body), 422, "malformed")
