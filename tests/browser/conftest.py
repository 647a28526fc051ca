"""One house and one browser for all browser tests; each test has a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from coi.app import PROJECTIONS
from coi.db import Database
from tests.browser import house as houses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.browser.house import House
    from tests.conftest import Templates


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as driving a browser."""
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def house(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A served installation on SQLite."""
    folder = tmp_path_factory.mktemp("house")
    database = Database(templates.copy("sqlite", folder, 0), PROJECTIONS)
    yield from houses.serve(database, folder)
    database.dispose()


@pytest.fixture(scope="session")
def browser(house: House) -> Iterator[BrowserContext]:
    """A Chromium whose key is qualified at every site."""
    with houses.browser(house) as context:
        yield context


@pytest.fixture
def page(house: House, browser: BrowserContext) -> Iterator[Page]:
    """A page that must not meet an error of the script, nor ask anybody but the house."""
    faults: list[str] = []
    opened = browser.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "request",
        lambda request: (
            None if "127.0.0.1" in request.url or request.url.startswith("blob:") else faults.append(request.url)
        ),
    )
    house.clear()
    yield opened
    opened.close()
    assert faults == []
