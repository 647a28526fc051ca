"""What a scan is and whose: the label's own bytes decide, and what is not ours is not written down."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from coi import identity
from coi.custody import reading
from coi.identity.badge import Badge
from coi.labelling.drawing import LabelFacts, payload
from tests.world import said

if TYPE_CHECKING:
    from coi.custody.asked import Item
    from coi.custody.reading import Scanned
    from tests.evidence import Evidence
    from tests.journeys import Story
    from tests.moments import MakeStory

BADGE = str(Badge.from_random(b"canarybird"))


def label(story: Story, name: str, kind: str = "drug_product", *, linear: bool = False) -> Scanned:
    """Return the scan of an order's label."""
    road = story.world.road
    order = road.order(name)
    container = None if kind == "wristband" else order.of_kind(kind)[-1].id
    piece = road.piece(order, "wristband" if container is None else "container", container, "applied")
    return road.read_piece(piece, linear=linear)


def sense(story: Story, scanned: Scanned, name: str | None = "") -> Item:
    """Return what a scan is, seen from the story's order, from another, or from none."""
    order = None if name is None else story.world.road.order(name or story.name)
    return story.world.database.read(lambda session: reading.make_sense(session, order, scanned))


@pytest.mark.parametrize("kind", ["wristband", "starting_material", "intermediate", "drug_product"])
@pytest.mark.parametrize("linear", [False, True])
def test_ones_own_label_is_known_whole(before: MakeStory, kind: str, linear: bool) -> None:  # noqa: FBT001  a case
    """Class, piece, container and contents, from the square code as from the bar code."""
    story = before("h12_pack")
    item = sense(story, label(story, story.name, kind, linear=linear))

    assert (item.klass, item.whose, item.linear) == ("wristband" if kind == "wristband" else "container", "own", linear)
    assert item.differs == ()
    assert item.piece is not None
    assert (item.container is None) == (kind == "wristband")
    assert item.code == item.piece.id


@pytest.mark.parametrize("kind", ["wristband", "starting_material", "intermediate", "drug_product"])
@pytest.mark.parametrize("seen_from", ["", None])
def test_anothers_label_tells_nothing_but_its_tail(before: MakeStory, kind: str, seen_from: str | None) -> None:
    """Neither code nor container is known to this order; the other order only to the action that tells it."""
    story = before("h12_pack")
    item = sense(story, label(story, story.other, kind), seen_from)

    assert (item.whose, item.code, item.piece, item.container) == ("other", "", None, None)
    assert len(item.tail) == 4
    assert item.foreign_order == story.other


THINGS = {
    "a badge": (BADGE.encode(), "]d1", "badge", "unknown"),
    "a command": (b"CMD-CONFIRM", "]d1", "command", "unknown"),
    "noise": (b"\x00\xff", "]d1", "unreadable", "unknown"),
    "nothing": (b"", "]d1", "unreadable", "unknown"),
    "a label of nobody": (b"000000000001", "]C0", "unknown", "unknown"),
    "a seal of nobody": (str(identity.HouseCode.from_random("seal", bytes)).encode(), "]d1", "seal", "none"),
    "a logger": (str(identity.HouseCode.from_random("logger", bytes)).encode(), "]d1", "logger", "none"),
}


@pytest.mark.parametrize(("data", "aim", "klass", "whose"), THINGS.values(), ids=THINGS)
def test_what_is_no_label_of_an_order(before: MakeStory, data: bytes, aim: str, klass: str, whose: str) -> None:
    """Each is what it is, and stands for no container."""
    story = before("h12_pack")
    item = sense(story, replace(label(story, story.name), data=data, aim=aim))

    assert (item.klass, item.whose, item.piece, item.container) == (klass, whose, None, None)


def test_the_papers_of_an_order_never_stand_for_the_thing(before: MakeStory) -> None:
    """Chain of identity, donation and serial number on paper: ours or another's, but no container."""
    story = before("h12_pack")
    right = label(story, story.name)
    for name, whose in ((story.name, "own"), (story.other, "other")):
        order = story.world.road.order(name)
        product, bag = order.of_kind("drug_product")[0], order.of_kind("starting_material")[0]
        gs1 = identity.compose_gs1(
            gtin=str(product.key("gtin")), serial=str(product.key("serial")), lot=order.lot, expires=None, piece=None
        )
        for data, aim in (
            (identity.compose_isbt(coi=identity.CoiId.parse(order.coi or ""), piece=None), "]d1"),
            (f"=<{bag.key('din')}00".replace("=<", "=").encode(), "]C0"),
            (gs1, "]d2"),
        ):
            item = sense(story, replace(right, data=data, aim=aim))
            assert (item.klass, item.whose, item.piece, item.container) == ("paper", whose, None, None), data
            assert item.foreign_order == (None if whose == "own" else story.other)


def test_a_label_whose_symbol_says_another_identity_is_refused_and_not_repeated(before: MakeStory) -> None:
    """Our piece beside another's chain of identity: refused, held, and the other's identity is in no entry."""
    story = before("h7_accept")
    road = story.world.road
    ours, theirs = road.order(story.name), road.order(story.other)
    bag = ours.of_kind("starting_material")[0]
    piece = road.piece(ours, "container", bag.id, "applied")
    forged = payload(
        LabelFacts(
            "collection_bag", coi=theirs.coi or "", piece=piece.id, din=str(bag.key("din")),
            product_code=str(bag.key("product_code")),
        )
    )  # fmt: skip
    scan = replace(label(story, story.name, "starting_material"), data=forged)

    done = road.do(story.name, "h7_accept", instead={"bag": scan})

    assert [(reason.code, reason.seen) for reason in done.reasons] == [("contents_differ", "another coi")]
    assert len(done.holds) == 1
    (line,) = said(done.entry)["items"]
    assert "data" not in line
    text = b"".join(entry.body for entry in road.entries(story.name))
    assert str(theirs.coi).encode() not in text
    assert base64.b64encode(forged) not in text
    story.world.is_whole()


@pytest.mark.long("custody")
def test_no_slip_of_a_byte_turns_a_label_into_another(before: MakeStory, evidence: Evidence) -> None:
    """A byte changed, dropped, doubled or swapped: never this order's label in the clear, never another order's."""
    story = before("h12_pack")
    random = evidence.random()
    order = story.world.road.order(story.name)
    for kind in ("wristband", "starting_material", "intermediate", "drug_product"):
        for linear in (False, True):
            right = label(story, story.name, kind, linear=linear)
            slips = {_slip(right.data, random.randrange(10**9)) for _ in range(evidence.size(60, 5_000))} - {right.data}
            seen = story.world.database.read(
                lambda session, r=right, s=slips: [  # type: ignore[misc]
                    reading.make_sense(session, order, replace(r, data=data)) for data in sorted(s)
                ]
            )
            for item in seen:
                assert item.whose != "other", item
                assert not (item.whose == "own" and item.klass != "paper" and not item.differs), item
            evidence.count("damaged labels read", len(slips))


def _slip(data: bytes, number: int) -> bytes:
    """Return *data* with one slip, chosen by *number*."""
    place, how = number % len(data), number // len(data) % 4
    other = bytes([33 + number % 90])
    changed = {
        0: data[:place] + other + data[place + 1 :],
        1: data[:place] + data[place + 1 :],
        2: data[:place] + data[place : place + 1] + data[place:],
        3: data[:place] + data[place + 1 : place + 2] + data[place : place + 1] + data[place + 2 :],
    }
    return changed[how]


def test_what_an_entry_tells_of_a_scan_is_read_again_the_same(before: MakeStory) -> None:
    """From the entry's line, or from the vault where the bytes may not stand in it, the scan comes back."""
    story = before("h12_pack")
    database = story.world.database
    for scanned in (
        label(story, story.name),
        label(story, story.other),
        replace(label(story, story.name), data=b"\xff"),
    ):
        item = sense(story, scanned)
        line = database.run(lambda session, i=item, s=scanned: reading.told(session, i, s, None))  # type: ignore[misc]
        again = database.run(
            lambda session, told=line: reading.untold(session, told, by="U-1", at=story.world.road.clock())  # type: ignore[misc]
        )

        assert again == scanned
        assert ("data" in line) == (item.whose == "own")
