"""What nobody finds is named by a label of this order that is on something in the house, and by nothing else."""

from __future__ import annotations

from dataclasses import replace

from coi.custody.checks import missing_named
from coi.custody.effects import effects_of
from coi.custody.reasons import Reason
from tests.coi.custody.detours import follow, question
from tests.coi.custody.paper import with_container

REASON = (Reason("not_missing", "missing", "the label of something that lies here", "other"),)


def test_a_label_of_something_in_the_house_names_it() -> None:
    """A live one, or a dead one: what it was printed for is missing all the same."""
    right = question("hospital", "x_written_off")
    keyed = right.facts.values["missing"]
    piece = next(each for each in right.facts.pieces if each.id == keyed)

    assert missing_named.check(right) == ()
    dead = question("hospital", "x_written_off", pieces=(replace(piece, state="voided"),))
    assert missing_named.check(dead) == ()


def test_nothing_else_is_given_up() -> None:
    """No number, another's, a wristband's, that of an empty bag, of one that has its end, of one at the patient."""
    right = question("hospital", "x_written_off")
    keyed = right.facts.values["missing"]
    piece = next(each for each in right.facts.pieces if each.id == keyed)

    for said in ({}, {"missing": ""}, {"missing": "0" * 12}, {"missing": keyed[-4:]}):
        assert missing_named.check(question("hospital", "x_written_off", values=said)) == REASON
    for changed in (replace(piece, role="cassette"), replace(piece, role="wristband", container=None)):
        assert missing_named.check(question("hospital", "x_written_off", pieces=(changed,))) == REASON
    for state in ("registered", "filling", "thawed", "issued", "infusing", "interrupted", "lost", "destroyed"):
        assert missing_named.check(with_container(right, str(piece.container), state=state)) == REASON


def test_what_a_station_has_a_lease_of_is_not_given_up() -> None:
    """It may be on its way to the patient where nobody can ask; another container's lease stands in nobody's way."""
    right = question("hospital", "x_written_off")
    piece = next(each for each in right.facts.pieces if each.id == right.facts.values["missing"])

    assert missing_named.check(question("hospital", "x_written_off", lent=frozenset({str(piece.container)}))) == REASON
    assert missing_named.check(question("hospital", "x_written_off", lent=frozenset({"C-OTHER"}))) == ()


def test_what_is_missing_at_a_handover_is_held_out_no_longer() -> None:
    """The giver offered it, and the taker does not find it: the offer ends with the search."""
    offered = follow(">h13_receive", "hospital")
    bag = offered.order.of_kind("drug_product")[-1]
    label = next(piece.id for piece in offered.pieces if piece.container == bag.id and piece.role == "container")
    assert offered.order.offered(bag.id) is not None

    given_up = offered.do("x_written_off", missing=label)

    asked = offered.ready("x_written_off", missing=label).asked
    assert [effect["do"] for effect in effects_of(asked, {})] == ["decline", "container", "state"]
    assert effects_of(replace(asked, facts=replace(asked.facts, values={"missing": "0" * 12})), {}) == ()
    assert (given_up.order.state, given_up.order.offers) == ("LOST", ())
    assert given_up.do("x_close").order.state == "RECONCILED"
