"""Does the station's camera read our printed labels, and never the wrong one? A fake camera plays films of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import scanners
from coi.identity import badge as badges
from scanners import Scan
from scanners.vote import Window
from tests import chromium
from tests.browser import films, probes
from tests.browser.house import PROTOCOL

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.house import House

CASES = json.loads((Path(scanners.__file__).parent / "vote_cases.json").read_text("utf-8"))
SAMPLE, END = PROTOCOL.checkpoint("h9_sample_print"), PROTOCOL.checkpoint("h4_end")
BEGIN = PROTOCOL.checkpoint("h3_begin")
OPEN = "[data-camera-open]"
LOOKED = "n => Number(document.querySelector('[data-camera]').dataset.frames) >= n"


Film = Callable[[bytes], object]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Put a film before the camera: it is played from the beginning when the camera is opened."""
    return (tmp_path / "film.mjpeg").write_bytes


@pytest.fixture
def page(house: House, tmp_path: Path) -> Iterator[Page]:
    """A page with a camera of its own, that must not meet an error of the script, nor ask anybody but the house."""
    switches = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'film.mjpeg'}",
    )
    faults: list[str] = []
    house.clear()
    with chromium.browser(*switches) as context:
        context.add_init_script(probes.WATCH)
        opened = context.new_page()
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on("request", lambda asked: None if of_house(asked.url) else faults.append(asked.url))
        yield opened
    assert faults == []


def of_house(url: str) -> bool:
    """Tell whether an address is the house's own."""
    return "127.0.0.1" in url or url.startswith("blob:")


def watch(page: Page) -> list[str]:
    """Return the list into which every scan that the page sends is written."""
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.url.endswith("/station/scan") else None)
    return sent


def entries(house: House, name: str) -> list[str]:
    """Return the types of an order's entries."""
    return [entry.type for entry in house.road.entries(name)]


def test_the_twins_vote_alike(house: House, page: Page) -> None:
    """Every case of frames ends in the browser as it does in ``scanners.vote``."""
    expected = {name: [(frame["accepted"], frame["conflict"]) for frame in frames] for name, frames in CASES.items()}

    page.goto(f"{house.url}/healthz")
    browser = {name: [tuple(end) for end in page.evaluate(probes.VOTES, frames)] for name, frames in CASES.items()}
    server = {name: list(voted(frames)) for name, frames in CASES.items()}

    assert expected == server
    assert expected == browser


def voted(frames: list[dict[str, Any]]) -> Iterator[tuple[dict[str, str] | None, bool]]:
    """Give what the server's window says of each frame."""
    window = Window()
    for frame in frames:
        verdict = window.add([Scan(one["text"].encode(), one["aim"], "case") for one in frame["scans"]], frame["at"])
        read = verdict.accepted
        yield (None if read is None else {"text": read.data.decode(), "aim": read.aim}), verdict.conflict


def test_the_right_label_before_the_camera_passes_the_step(house: House, film: Film, page: Page) -> None:
    """A film of the order's own vessel is read in the browser, signed, and judged by the server: GO, and who saw it."""
    name = house.open("h9_transfer")
    house.sign_in(page, house.who(name, SAMPLE))
    house.station(page, name, SAMPLE.id)

    film(films.of(house.picture(name, SAMPLE.slot("vessel"), SAMPLE)))
    page.click(OPEN)

    assert "GO" == house.word(page)
    (line,) = last(house, name, "custody.h9_sample_print")
    assert ("camera", "signed") == (line["source"], line["assurance"])


def last(house: House, name: str, kind: str) -> list[dict[str, Any]]:
    """Return the scans of an order's newest entry of a kind."""
    stmt: dict[str, Any] = dict(next(one.stmt for one in reversed(house.road.entries(name)) if one.type == kind))
    found: list[dict[str, Any]] = stmt["items"]
    return found


def test_another_patients_label_before_the_camera_is_stopped(house: House, film: Film, page: Page) -> None:
    """A film of another order's bag is a STOP, recorded on the order, and changes nothing."""
    name, other = house.open("h3_begin"), house.open("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, END.id)
    before = house.order(name)

    film(films.of(house.picture(other, END.slot("bag"), END)))
    page.click(OPEN)

    assert "STOP" == house.word(page)
    assert "This belongs to another order" == page.inner_text(".verdict h1")
    after = house.order(name)
    assert (before.refused + 1, before.state, before.containers) == (after.refused, after.state, after.containers)
    assert "camera" == last(house, name, "custody.h4_end")[0]["source"]
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")


def test_two_labels_in_view_are_no_scan(house: House, film: Film, page: Page) -> None:
    """While two bags lie before the camera nothing is accepted, nothing is sent, and the page says why."""
    name, other = house.open("h3_begin"), house.open("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, END.id)
    before, sent = entries(house, name), watch(page)
    bags = [house.picture(one, END.slot("bag"), END) for one in (name, other)]

    film(films.of(*bags, together=True))
    page.click(OPEN)
    page.wait_for_selector("[data-camera][data-state=conflict] [data-camera-say]:has-text('More than one label')")
    page.wait_for_function(LOOKED, arg=8)

    assert [] == sent
    assert before == entries(house, name)


def test_labels_that_alternate_are_no_scan(house: House, page: Page) -> None:
    """Frame by frame another bag: a conflict, which stays as long as they alternate, and nothing is accepted."""
    name, other = house.open("h3_begin"), house.open("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, END.id)
    sent = watch(page)
    bags = [films.frame(house.picture(one, END.slot("bag"), END)) for one in (name, other)]
    page.evaluate(probes.SLIDES, [base64.b64encode(bag).decode() for bag in bags])

    page.click(OPEN)
    page.wait_for_function(LOOKED, arg=1)
    page.evaluate("window.slides = true")
    page.wait_for_selector("[data-camera][data-state=conflict]")
    page.wait_for_function(LOOKED, arg=int(page.get_attribute("[data-camera]", "data-frames") or 0) + 8)

    assert "conflict" == page.get_attribute("[data-camera]", "data-state")
    assert [] == sent


def test_what_is_seen_and_not_wanted_is_named(house: House, film: Film, page: Page) -> None:
    """A product's EAN is called by its name, and is no scan."""
    house.sign_in(page, "inspector")
    house.station(page)

    film(films.ean())
    page.click(OPEN)
    page.wait_for_selector("[data-camera][data-state=foreign] [data-camera-say]:has-text('product EAN')")

    page.click("[data-camera-close]")
    page.wait_for_selector("[data-camera][data-state=closed]")


# ---------------------------------------------------------------- every other place that asks for a code
def read(page: Page) -> None:
    """Open the camera, and wait until it has read; where one code is all, it closes with it."""
    page.wait_for_selector("html[data-ready]")
    page.click(OPEN)
    page.wait_for_selector("[data-camera][data-state=read]:not(.cam--open)")


def test_a_badge_before_the_camera_fills_the_door(house: House, film: Film, page: Page, tmp_path: Path) -> None:
    """The badge stands for the login name, and nothing of it is to be seen."""
    badge = str(badges.Badge.from_random(b"0123456789"))
    film(films.of(films.matrix(tmp_path / "badge.png", badge)))
    page.goto(f"{house.url}/sign-in")
    read(page)

    assert badge == page.input_value("[name=badge]")
    assert badge[-4:] not in page.inner_text("body")
    assert "password" == page.evaluate("document.activeElement.id")


def test_a_label_before_the_camera_fills_the_field_that_asks_for_it(house: House, film: Film, page: Page) -> None:
    """Where the fate of a label is told, its code is the field's, byte for byte, and nothing is sent by itself."""
    name = house.open("h2_print")
    bag = house.picture(name, BEGIN.slot("bag"), BEGIN)
    piece = house.road.piece(house.order(name), "container", house.order(name).containers[0].id, "printed")
    film(films.of(bag))
    house.sign_in(page, "apheresis1")
    page.goto(f"{house.url}/orders/{name}/labels/{piece.id}/fate")
    read(page)

    scanned = page.input_value("#scanned").encode("latin-1")
    assert piece.payload_sha256 == hashlib.sha256(scanned).hexdigest()
    assert piece == house.road.piece(house.order(name), "container", piece.container, "printed")


def test_a_wristband_before_the_camera_counts_at_the_preflight(house: House, film: Film, page: Page) -> None:
    """Read in as many frames as a step asks for, and signed by the page, it is what the checklist wants."""
    name = house.open("h14_retrieve")
    band = PROTOCOL.checkpoint("h16_start")
    film(films.of(house.picture(name, band.slot("wristband"), band)))
    house.sign_in(page, "nurse1")
    house.station(page)
    page.goto(f"{house.url}/station/preflight?order={name}")
    read(page)
    page.click("button[data-ask]")
    page.wait_for_selector("[data-line=wristband].check--green")
