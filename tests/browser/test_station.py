"""Does the station show what the server knows, and never anything better?"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from coi.custody.orders import PatientFacts
from coi.ledger import audit
from coi.settings import Settings
from tests import chromium
from tests.browser import probes
from tests.browser.house import PATIENCE, PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page, Route

    from coi.custody.protocol import Checkpoint
    from tests.browser.house import House

WALTER = PatientFacts("Walter Weg (demo)", "1950-05-05", "DEMO-N", "200001")
GO = (
    "<section class='verdict verdict--go' data-view='verdict' data-word='GO' tabindex='-1'><h1>go</h1>"
    "<form data-acknowledge-form><button>on</button></form></section>"
)
"""The best that a lying or late answer could draw."""


SHIPPED = int(Settings.model_fields["station_patience_ms"].default)
"""Milliseconds that a station waits where nobody has told it otherwise."""


@pytest.fixture
def still(house: House) -> Iterator[Page]:
    """A page whose clock stands until the test moves it, however slow this machine is; a clock is its browser's."""
    house.clear()
    with chromium.browser() as context:
        context.add_init_script(probes.WATCH)
        page = context.new_page()
        now = datetime.now(UTC)
        page.clock.install(time=now)
        page.clock.pause_at(now + timedelta(minutes=1))
        yield page


def step(name: str) -> Checkpoint:
    """Return a step of the road."""
    return PROTOCOL.checkpoint(name)


def test_one_order_is_carried_from_vein_to_vein(house: House, page: Page) -> None:
    """From the coordinator's form to the closed order every step is done by scanning pictures of printed labels."""
    house.sign_in(page, "coordinator")
    page.goto(f"{house.url}/orders/new")
    page.fill("#patient_name", WALTER.name)
    page.fill("#patient_birth_date", WALTER.birth_date)
    page.fill("#patient_issuer", WALTER.issuer)
    page.fill("#patient_record_number", WALTER.record_number)
    page.select_option("#product", "CRYO-CAR-T")
    for part in ("collection", "manufacturing", "treatment", "courier"):
        page.select_option(f"#{part}", house.road.sites[part])
    page.click("text=Create the order")
    page.wait_for_selector("h1.number")
    name = page.url.rsplit("/", 1)[1]
    house.opened[name] = WALTER

    words = {}
    for one in PROTOCOL.checkpoints:
        if not one.side:
            words[one.id] = house.do(page, name, one)
            assert (one.id, words[one.id]) == (one.id, "GO"), page.inner_text(".verdict")

    assert dict.fromkeys(words, "GO") == words
    assert "RECONCILED" == house.order(name).state
    assert house.road.database.read(audit.fsck).ok


def test_another_patients_bag_is_stopped(house: House, page: Page) -> None:
    """Another order's bag fills the screen with STOP, both codes side by side, and stays through a reload."""
    name, other = house.open("h3_begin"), house.open("h3_begin")
    slot = step("h4_end").slot("bag")
    theirs = house.picture(other, slot, step("h4_end"))

    word = house.do(page, name, step("h4_end"), instead={"bag": theirs})
    tail = house.road.piece(house.order(other), "container", house.order(other).containers[0].id, "applied").tail

    assert "STOP" == word
    assert "This belongs to another order" == page.inner_text(".verdict h1")
    assert f"…{tail}" in page.inner_text(".sides__row--differs")
    assert page.query_selector(".sides__row--differs mark") is not None
    assert 1 == house.order(name).refused
    assert "COLLECTING" == house.order(name).state

    page.reload()
    page.wait_for_selector("html[data-ready=station]")

    assert "STOP" == house.word(page)
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")


def test_stop_takes_the_place_of_go(house: House, page: Page) -> None:
    """After a GO the next refusal turns the same screen red: nothing green is left standing."""
    name, other = house.open("h2_schedule"), house.open("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, "h2_print")
    page.click("button:has-text('Confirm')")
    assert "GO" == house.word(page)
    page.wait_for_selector("[data-view=idle]")
    assert step("h3_begin").slot("bag").piece == "printed"

    house.station(page, name, "h3_begin")
    page.set_input_files("#picture", house.picture(other, step("h4_end").slot("bag"), step("h4_end")))

    page.wait_for_selector(".verdict--stop")
    assert page.query_selector(".verdict--go") is None
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")


def test_a_go_goes_by_itself(house: House, still: Page) -> None:
    """A GO goes after two seconds by the page's clock, neither sooner nor later; a scan meanwhile is not lost."""
    name = house.open("h2_schedule")
    house.sign_in(still, "apheresis1")
    house.station(still, name, "h2_print")
    still.click("button:has-text('Confirm')")
    still.wait_for_selector(".verdict--go")

    still.evaluate(probes.BURST, "]d1nonsense")
    still.clock.run_for(1_900)
    assert still.query_selector(".verdict--go") is not None
    still.clock.run_for(200)
    still.wait_for_selector(".verdict--stop")


def test_a_button_pressed_twice_sends_once(house: House, page: Page) -> None:
    """Who presses Confirm twice gets the one answer, and no NOT VERIFIED over it."""
    name = house.open("h2_schedule")
    house.sign_in(page, "apheresis1")
    house.station(page, name, "h2_print")
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.url.endswith("/station/confirm") else None)

    page.evaluate(probes.TWICE, ".gate__foot .slab--go")

    assert "GO" == house.word(page)
    assert 1 == len(sent)


def late(route: Route) -> None:
    """Answer GO, but too late."""
    time.sleep(2.6)
    route.fulfill(status=200, json={"html": GO, "word": "GO"})


def impatient(route: Route) -> None:
    """Open the station as an installation serves it that nobody has told to wait longer."""
    reply = route.fetch()
    text = reply.text().replace(f'data-patience="{PATIENCE}"', f'data-patience="{SHIPPED}"')
    assert f'data-patience="{SHIPPED}"' in text
    route.fulfill(response=reply, body=text)


def unanswered(_route: Route) -> None:
    """Let the page wait."""


ANSWERS = {
    "none at all": lambda route: route.abort(),
    "too late": late,
    "an error of the server": lambda route: route.fulfill(status=500, body="<h1>GO</h1>"),
    "a page instead of an answer": lambda route: route.fulfill(status=200, content_type="text/html", body=GO),
    "half an answer": lambda route: route.fulfill(status=200, content_type="application/json", body='{"html": "<b>GO'),
    "a redirect": lambda route: route.fulfill(status=302, headers={"Location": "/station/state"}),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_without_an_answer_in_time_nothing_is_verified(house: House, page: Page, answer: str) -> None:
    """Whatever comes instead of the server's own answer within two seconds says NOT VERIFIED, never GO, until seen."""
    house.sign_in(page, "inspector")
    page.route("**/station", impatient)
    house.station(page)
    page.unroute("**/station")
    page.route("**/station/scan", ANSWERS[answer])
    page.fill("#pasted", "]d17K3MXHD90BC2")
    page.click(".aids__paste button")

    assert "NOT VERIFIED" == house.word(page)
    page.wait_for_timeout(1_200)
    assert page.query_selector(".verdict--go") is None

    page.unroute("**/station/scan")
    page.reload()
    page.wait_for_selector("html[data-ready=station]")

    assert "NOT VERIFIED" == house.word(page)
    page.click("button:has-text('Look again')")
    page.wait_for_selector("[data-view=idle], .verdict--stop")


def test_a_station_waits_two_seconds(house: House, still: Page) -> None:
    """Without an answer NOT VERIFIED fills the screen after two seconds by the page's clock, no sooner and no later."""
    house.sign_in(still, "inspector")
    still.route("**/station", impatient)
    house.station(still)
    still.route("**/station/scan", unanswered)
    still.fill("#pasted", "]d17K3MXHD90BC2")
    still.click(".aids__paste button")

    still.clock.run_for(1_900)
    assert still.query_selector(".verdict") is None
    still.clock.run_for(200)
    still.wait_for_selector("[data-word='NOT VERIFIED']")


def test_a_disk_that_never_answers_leaves_no_button_dead(house: House, still: Page) -> None:
    """A GO that cannot be marked in the lease is none: NOT VERIFIED in time, and what is pressed is sent again."""
    name = house.open("h2_schedule")
    house.sign_in(still, "apheresis1")
    still.route("**/static/lease_alone.js*", without_disk)
    still.route("**/station/confirm", of_a_lease)
    house.station(still, name, "h2_print")
    still.click("button:has-text('Confirm')")
    still.wait_for_function("() => window.marking")

    still.clock.run_for(PATIENCE + 100)

    still.wait_for_selector("[data-word='NOT VERIFIED']")
    still.wait_for_function(probes.QUIET)


def without_disk(route: Route) -> None:
    """Serve the script of leases as it is in a browser whose disk does not answer."""
    reply = route.fetch()
    asked = "export async function used(done) {"
    assert asked in reply.text()
    route.fulfill(
        response=reply,
        body=reply.text().replace(asked, f"{asked} window.marking = true; await new Promise(() => {{}});"),
    )


def of_a_lease(route: Route) -> None:
    """Answer a statement as the server does where this station has a lease of it."""
    reply = route.fetch()
    route.fulfill(response=reply, json={**reply.json(), "done": {}})


def test_pasted_codes_need_an_enrolled_device_too(house: House, page: Page) -> None:
    """A browser without a key is told that its scans count as typed, and a gate refuses them."""
    name = house.open("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, "h4_end")
    page.route("**/station/scan", lambda route: route.continue_(post_data=unsigned(route)))
    page.set_input_files("#picture", house.picture(name, step("h4_end").slots[0], step("h4_end")))

    assert "STOP" == house.word(page)
    assert "typed" in page.inner_text(".verdict h1")
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")


def unsigned(route: Route) -> str:
    """Return the body of a scan without its signature."""
    body: dict[str, str] = route.request.post_data_json or {}
    return json.dumps({key: body[key] for key in ("data", "aim", "source")})


def test_command_codes_work_without_touching_the_screen(house: House, page: Page) -> None:
    """CONFIRM does a step that asks for nothing, and CANCEL puts a step down."""
    name = house.open("h2_schedule")
    house.sign_in(page, "apheresis1")
    house.station(page, name, "h2_print")

    page.fill("#pasted", "]d1CMD-CANCEL")
    page.click(".aids__paste button")
    page.wait_for_selector("[data-view=idle]")
    house.station(page, name, "h2_print")
    page.fill("#pasted", "]d1CMD-CONFIRM")
    page.click(".aids__paste button")

    assert "GO" == house.word(page)


def test_the_same_person_cannot_sign_twice(house: House, page: Page) -> None:
    """Two signatures by one person are refused, and the screen says so."""
    name = house.open("h2_print")
    begin = step("h3_begin")
    house.sign_in(page, "apheresis1")
    house.station(page, name, begin.id)
    house.scan_all(page, name, begin, {})
    house.state(page, name, begin)

    house.sign(page, "apheresis1", "apheresis1")

    assert "STOP" == house.word(page)
    assert "One person cannot be both" in page.inner_text(".verdict")
    page.click("button:has-text('I have stopped')")
    page.wait_for_selector("[data-view=idle]")
