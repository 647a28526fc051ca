"""Whether the virtual printer's page shows what it is and does what it is told, and speaks to this machine alone."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from labels.printers import Tcp9100
from labels.printers.desk import Desk
from labels.printers.desk_form import groups
from labels.printers.network import VirtualZebra
from labels.printers.zebra import RESETS, Faults
from tests.labels.printers.papers import ONE, OTHER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse


class Standing:
    """A printer with its page."""

    def __init__(self, printer: VirtualZebra, desk: Desk) -> None:
        """Know both."""
        self.printer, self.desk = printer, desk

    def ask(self, path: str, told: object = None, **headers: str) -> tuple[HTTPResponse, bytes]:
        """Get *path*, or post *told* to it: as JSON, or if it is bytes as a form."""
        line = HTTPConnection("127.0.0.1", self.desk.port, timeout=8)
        kind = "application/x-www-form-urlencoded" if isinstance(told, bytes) else "application/json"
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        if told is None:
            line.request("GET", path, headers=headers)
        else:
            line.request("POST", path, body, {"Content-Type": kind, **headers})
        answer = line.getresponse()
        seen = answer.read()
        line.close()
        return answer, seen

    def state(self) -> dict[str, object]:
        """What it tells as JSON."""
        told = json.loads(self.ask("/state.json")[1])
        assert isinstance(told, dict)
        return told


@pytest.fixture
def standing() -> Iterator[Standing]:
    """A printer with its page, on free ports."""
    with VirtualZebra(serial="VZ<42>") as printer, Desk(printer) as desk:
        yield Standing(printer, desk)


def test_the_page_shows_what_came_out_newest_first(standing: Standing) -> None:
    """State in words, the odometer, each label as the picture of its bytes; names are text and nothing more."""
    for job in (ONE, OTHER):
        Tcp9100("127.0.0.1", standing.printer.port).send(job, "bag")

    answer, page = standing.ask("/")
    text = page.decode()
    assert (200, "text/html; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert '<h2 id="state">Ready</h2>' in text
    assert "VZ&lt;42&gt;" in text
    assert text.index("labels/2.png") < text.index("labels/1.png")
    assert standing.printer.labels[1].png() == standing.ask("/labels/2.png")[1]
    assert "text/css" in standing.ask("/desk.css")[0].headers["Content-Type"]


def test_a_form_sets_every_fault_and_mends_them(standing: Standing) -> None:
    """What is not ticked is off; *mend* puts all of them right, and what waited is printed."""
    form = {
        "media_out": "on",
        "slow": "0.5",
        "media_left": "3",
        "foreign": "",
        "reset": "after_print",
        "model": "GK420d",
    }
    answer, _ = standing.ask("/faults", urlencode(form).encode())

    expected = Faults(media_out=True, slow=0.5, media_left=3, reset="after_print", model="GK420d")
    assert (303, "/") == (answer.status, answer.headers["Location"])
    assert expected == standing.printer.faults
    assert 'value="GK420d"' in standing.ask("/")[1].decode()

    standing.ask("/faults", b"mend=all&media_out=on")
    assert Faults() == standing.printer.faults


def test_json_sets_what_it_names(standing: Standing) -> None:
    """A program changes one fault and leaves the others; it may let somebody else print."""
    standing.ask("/faults", {"paused": True})
    answer, told = standing.ask("/faults", {"head_open": True, "somebody_prints": 3})

    assert (200, "head_open", 1003) == (answer.status, json.loads(told)["state"], json.loads(told)["odometer"])
    assert ("head_open", ["paused"]) == (standing.state()["state"], standing.state()["warnings"])


WRONG = (
    {"no_such": True},
    {"media_out": 1},
    {"media_left": -1},
    {"somebody_prints": -1},
    {"somebody_prints": "many"},
    ["media_out"],
    b"slow=much",
    b"media_left=two",
    b"\xff",
)


@pytest.mark.parametrize("told", WRONG)
def test_what_cannot_be_set_is_refused(told: object, standing: Standing) -> None:
    """A wrong name, kind or number changes nothing and is told what was expected."""
    answer, said = standing.ask("/faults", told)

    assert 422 == answer.status
    assert "error" in json.loads(said)
    assert (Faults(), 1000) == (standing.printer.faults, standing.printer.odometer)


@pytest.mark.parametrize(
    "headers", [{"Host": "zebra.example"}, {"Host": "127.0.0.1"}, {"Origin": "http://evil.example"}]
)
def test_a_page_of_somebody_else_does_nothing(headers: dict[str, str], standing: Standing) -> None:
    """Under another name, or from another page, nothing is set."""
    answer, _ = standing.ask("/faults", {"media_out": True}, **headers)

    assert answer.status in {403, 421}
    assert Faults() == standing.printer.faults


@pytest.mark.parametrize("path", ["/labels/1.png", "/labels/0.png", "/../pyproject.toml", "/labels/../desk.py", "/x"])
def test_there_is_nothing_else(path: str, standing: Standing) -> None:
    """A picture that did not come out and every other path are not there."""
    assert 404 == standing.ask(path)[0].status
    assert 404 == standing.ask(path, {})[0].status


def test_every_fault_stands_on_the_page_once() -> None:
    """A fault that nobody can switch would be one that nobody sees."""
    shown = [one for _, group in groups(Faults()) for one in group]
    (reset,) = [one for one in shown if one.kind == "choice"]

    assert sorted(Faults.__slots__) == sorted(one.name for one in shown)
    assert RESETS == tuple(value for value, _ in reset.choices)


def test_a_desk_is_started_before_it_listens() -> None:
    """Before the start there is no port, and nothing to stop."""
    desk = Desk(VirtualZebra())
    desk.stop()
    with pytest.raises(RuntimeError, match="expected a desk that was started"):
        _ = desk.port
