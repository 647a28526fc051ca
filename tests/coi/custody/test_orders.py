"""An order is opened once a patient and therapy, by whom may, and binds a patient whom two hands wrote down alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi.custody import orders
from coi.custody.orders import NewOrder, PatientFacts
from coi.errors import CoiError, Conflict, Malformed, NotPermitted, Unknown
from tests.world import said

if TYPE_CHECKING:
    from coi.ledger.entry import Entry
    from tests.journeys import Story
    from tests.moments import MakeStory

FACTS = PatientFacts("Nadja Neu (demo)", "1970-01-31", "DEMO-N", "200001")


def create(story: Story, facts: PatientFacts = FACTS, role: str = "coordinator", **wish: str) -> Entry:
    """Open an order as the coordinator, or as who has *role*."""
    road = story.world.road
    deed = road.deed(role, road.sites["treatment"])
    parts = {"product": "CRYO-CAR-T", **road.sites, **wish}
    return story.world.database.run(lambda session: orders.create(session, deed, NewOrder(facts, **parts)))


def test_an_order_opens_with_a_pseudonym_and_a_pinned_protocol(before: MakeStory) -> None:
    """One entry on a chain of its own; name, birth date and record number stand in it as commitments only."""
    story = before("h1_submit")
    entry = create(story)
    stmt = said(entry)

    assert (entry.type, entry.seq, stmt["outcome"]) == ("order.created", 2, "accepted")
    assert set(stmt["commitments"]) == {"name", "birth_date", "record_number"}
    assert len(stmt["protocol_sha256"]) == 64
    for text in (FACTS.name, FACTS.birth_date, FACTS.record_number):
        assert text.encode() not in entry.body
    assert story.world.road.order(stmt["order"]).state == "DRAFT"
    story.world.is_whole()


BAD: dict[str, tuple[PatientFacts, str]] = {
    "no name": (replace(FACTS, name="  "), r"Expected a name of 1 to 120 characters, seen 0\."),
    "a book for a name": (replace(FACTS, name="x" * 121), r"Expected a name of 1 to 120 characters, seen 121\."),
    "no record number": (
        replace(FACTS, record_number=" "),
        r"Expected a record number and who issued it, seen one of them empty\.",
    ),
    "no issuer": (replace(FACTS, issuer=""), r"Expected a record number and who issued it, seen one of them empty\."),
    "no birth date": (replace(FACTS, birth_date=""), r"Expected a birth date as 1970-01-31, seen another text\."),
    "a day that never was": (
        replace(FACTS, birth_date="1970-02-30"),
        r"Expected a birth date as 1970-01-31, seen another text\.",
    ),
}


@pytest.mark.parametrize(("facts", "told"), BAD.values(), ids=BAD)
def test_facts_that_are_none_are_told_without_repeating_them(before: MakeStory, facts: PatientFacts, told: str) -> None:
    """Malformed, in words that hold nothing of the patient."""
    with pytest.raises(Malformed, match=told) as error:
        create(before("h1_submit"), facts)
    assert "Nadja" not in str(error.value)


WISHES: dict[str, tuple[str, dict[str, str], type[CoiError]]] = {
    "by a nurse": ("ward_nurse", {}, NotPermitted),
    "by a physician": ("physician", {}, NotPermitted),
    "of an unknown product": ("coordinator", {"product": "OTHER"}, CoiError),
    "made at the hospital": ("coordinator", {"manufacturing": "collection"}, Malformed),
    "collected at the factory": ("coordinator", {"collection": "manufacturing"}, Malformed),
    "carried by the hospital": ("coordinator", {"courier": "treatment"}, Malformed),
    "at a site of nowhere": ("coordinator", {"collection": "S-NOWHERE"}, Unknown),
}


@pytest.mark.parametrize(("role", "wish", "error"), WISHES.values(), ids=WISHES)
def test_what_cannot_be_ordered(before: MakeStory, role: str, wish: dict[str, str], error: type[CoiError]) -> None:
    """By whom may not, for what there is not, or at sites that do not do it: nothing is opened."""
    story = before("h1_submit")
    count = len(story.world.road.all_orders())
    parts = {part: story.world.road.sites.get(site, site) for part, site in wish.items()}

    with pytest.raises(error):
        create(story, FACTS, role, **parts)

    assert len(story.world.road.all_orders()) == count


def test_one_open_therapy_a_patient(before: MakeStory) -> None:
    """The same record number opens no second order while the first is open, whatever the spaces around it."""
    story = before("h1_submit")
    create(story)

    for facts in (FACTS, replace(FACTS, name=f" {FACTS.name} ", record_number=" 200001 ")):
        with pytest.raises(Conflict, match=r"Expected no open order of this patient for this product, seen one\."):
            create(story, facts)


@pytest.mark.parametrize("other", [{"name": "Nadja Alt (demo)"}, {"birth_date": "1970-01-30"}])
def test_a_record_number_of_two_patients_is_settled_first(before: MakeStory, other: dict[str, str]) -> None:
    """Another name or birth date under a known record number: nobody is moved, nobody is told who it is."""
    story = before("h1_submit")
    create(story)

    with pytest.raises(Conflict, match="settle whose number it is") as error:
        create(story, replace(FACTS, **other))
    assert "Nadja" not in str(error.value)


def test_another_issuer_is_another_patient(before: MakeStory) -> None:
    """Record numbers are the hospital's own."""
    story = before("h1_submit")

    one, two = create(story), create(story, replace(FACTS, issuer="DEMO-S"))

    assert said(one)["patient"] != said(two)["patient"]


@pytest.mark.parametrize("field", ["name", "birth_date", "issuer", "record_number"])
def test_the_second_hand_must_agree_in_every_fact(before: MakeStory, field: str) -> None:
    """The physician enters all facts blind; one that differs refuses the binding, and no client can claim otherwise."""
    story = before("h1_submit")
    wrong = {"name": "Erika Muster", "birth_date": "1961-04-13", "issuer": "DEMO-S", "record_number": "100009"}
    facts = replace(story.world.patient(0), **{field: wrong[field]})

    done = story.world.road.do(
        story.name, "h1_submit", patient=facts, values={"consent": "yes", "identity_match": "yes"}
    )

    assert [(reason.code, reason.slot, reason.seen) for reason in done.reasons] == [
        ("not_stated", "identity_match", "no")
    ]
    assert wrong[field].encode() not in done.entry.body
    assert done.order.state == "DRAFT"


def test_without_the_second_hand_there_is_no_binding(before: MakeStory) -> None:
    """A client that states the answer itself has stated nothing."""
    story = before("h1_submit")

    done = story.world.road.do(story.name, "h1_submit", values={"consent": "yes", "identity_match": "yes"})

    assert [(reason.code, reason.slot) for reason in done.reasons] == [("value_missing", "identity_match")]
