"""Does everybody find the pages that he or she may use, and is nobody sent where only a refusal waits?"""

from __future__ import annotations

import re
from collections import deque
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.exceptions import HTTPException

import coi
from coi.app import PROJECTIONS
from coi.db import Database
from coi.menu import menu
from coi.person import ROLES
from tests import programs, wanderer
from tests import world as worlds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Templates
    from tests.programs import Programs

WHO = ("nurse1", "courier", "operator1", "qa", "coordinator", "admin", "inspector", "apheresis1", "documents")
PAGE = {"Accept": "text/html"}
EXPECTED = {
    "work.home", "station.page", "board.page", "board.commands_page", "custody.orders_page", "custody.new_order",
    "custody.order_page", "holds.new_hold", "holds.page", "quality.deviations_page", "on_call.on_call_page",
    "near_misses.page", "evidence.ledger_page", "evidence.entry", "people.devices_page", "programs.page",
    "scanners.page", "scanners.card", "factor.page", "printers.page", "print_queue.page", "chair.page",
    "protocols.page_list", "protocols.page_one", "protocols.page_order", "labels.page_order", "continuity.page",
    "labels.page_site", "labels.page_reprint", "templates.page_list", "templates.page_one", "demo.tray", "demo.walk",
    "shipping.shipments",
}  # fmt: skip
"""The pages that stand open with one order on its way: those of ``tests/browser/test_screens.py``."""
NOT_LINKED = {"work.front", "work.health", "work.metrics", "work.ready", "lease.alone", "lease.worker"}
"""The bare address, what only programs ask for, and what a browser keeps for the time without the server."""


@pytest.fixture(scope="module")
def town(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """A served world with one order on its way; on SQLite, and one for all: here it is only looked at."""
    folder = tmp_path_factory.mktemp("town")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    world = worlds.make(database, folder)
    world.order(0, "h5_bench")
    yield programs.serve(wanderer.quick(world))
    database.engine.dispose()


def links(text: str) -> list[str]:
    """Return the addresses of this house that a page links to."""
    found = re.findall(r'<a\s[^>]*?href="(/[^"#?]*)', text)
    return list(dict.fromkeys(found))


def nav(text: str) -> list[str]:
    """Return where the main menu leads."""
    return links(text[text.index('class="head__nav"') : text.index("</nav>")])


def test_the_menu_of_everybody_opens(town: Programs) -> None:
    """Whatever the menu offers to a person opens for that person."""
    shut = {}
    for who in WHO:
        client = town.browser(f"{who}@demo.example").client
        offered = nav(client.get("/work", headers=PAGE).text)
        shut[who] = {path: code for path in offered if (code := client.get(path, headers=PAGE).status_code) != 200}

        assert {"/work", "/orders"} <= set(offered)

    assert not any(shut.values()), shut


def test_a_row_holds_few_words(town: Programs) -> None:
    """No role has more than nine words in its row, a nurse and a courier at most five; nothing stands there twice."""
    for who, most in dict.fromkeys(WHO, 9).items() | {"nurse1": 5, "courier": 5}.items():
        text = town.browser(f"{who}@demo.example").client.get("/work", headers=PAGE).text
        row = text[text.index('class="head__nav"') :].split('class="more"')[0]

        assert len(links(row)) <= most
        assert len(nav(text)) == len(re.findall(r"<a ", text[text.index('class="head__nav"') : text.index("</nav>")]))


def test_the_menu_knows_only_roles_that_are() -> None:
    """A word is for roles that can be granted, and stands in the row only of who has it at all."""
    for item in menu("demo"):
        assert set(item.daily) | set(item.roles) <= set(ROLES)
        assert not item.roles or set(item.daily) <= set(item.roles)


def walk(town: Programs, who: str) -> set[str]:
    """Return every page that somebody comes to by links, from the first page on; of each kind of page one is opened."""
    client = town.browser(f"{who}@demo.example").client
    adapter = town.app.url_map.bind("localhost")
    seen: set[str] = set()
    waiting = deque(["/work"])
    while waiting:
        path = waiting.popleft()
        try:
            endpoint = adapter.match(path)[0]
        except HTTPException:
            continue
        if endpoint in seen or path.endswith((".png", ".csv")):
            continue
        reply = client.get(path, headers=PAGE)
        if reply.status_code == HTTPStatus.FOUND:
            waiting.append(reply.headers["Location"])
        if reply.status_code == HTTPStatus.OK and reply.content_type.startswith("text/html"):
            seen.add(endpoint)
            waiting.extend(links(reply.text))
    return seen


def test_every_page_is_reached_by_links(town: Programs) -> None:
    """Whoever signs in comes to each page without typing an address; what must happen first is linked where it does."""
    reached = set().union(*(walk(town, who) for who in ("coordinator", "apheresis1", "qa")))
    pages = {
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/api/", "/static/"))
    }
    house = Path(coi.__file__).parent
    words = "".join(path.read_text() for kind in ("*.html", "*.py") for path in sorted(house.rglob(kind)))
    unlinked = {name for name in pages - reached if not re.search(rf"""url_for\(\s*['"]{re.escape(name)}['"]""", words)}

    assert reached >= EXPECTED, EXPECTED - reached
    assert unlinked == NOT_LINKED
