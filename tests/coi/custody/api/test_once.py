"""One key is one deed, and a deed may name the head that it was decided on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests import programs
from tests.coi.custody.api.asking import (
    BOTH,
    SCHEDULE,
    SLOTS,
    SUBMIT,
    head,
    opened,
    patient,
    wish,
)
from tests.programs import key, problem

if TYPE_CHECKING:
    from tests.programs import Programs


class TestOnce:
    """One key is one deed."""

    def test_a_deed_needs_a_key(self, town: Programs) -> None:
        """Without a key nothing is done: 428; a key of another shape is 422."""
        coordinator = town.program("coordinator", "treatment")

        problem(coordinator.post("/orders", wish(town), once=None), 428, "no-idempotency-key")
        problem(coordinator.post("/orders", wish(town), once="short"), 422, "malformed")
        assert town.world.road.all_orders() == ()

    @pytest.mark.parametrize("accepted", [True, False])
    def test_a_repeat_hears_the_same_answer(self, town: Programs, *, accepted: bool) -> None:
        """The same key and request get the same status, body and head again, done or refused, and add no entry."""
        order, once = opened(town), key()
        physician = town.program("physician", "treatment")
        body = {"values": {"consent": "yes" if accepted else "no"}, "patient": patient(town)}
        first = physician.post(SUBMIT.format(order), body, once=once)
        entries = len(town.entries(order))
        again = physician.post(SUBMIT.format(order), body, once=once)

        assert (202 if accepted else 409) == first.status_code
        assert (first.status_code, first.data, first.mimetype) == (again.status_code, again.data, again.mimetype)
        assert first.headers.get("ETag") == again.headers.get("ETag")
        assert entries == len(town.entries(order))

    def test_a_key_belongs_to_one_request_of_one_person(self, town: Programs) -> None:
        """The key with another body, at another address or from another person is 422."""
        order, once = opened(town), key()
        physician = town.program("physician", "treatment")
        body = {"values": {"consent": "no"}, "patient": patient(town)}
        physician.post(SUBMIT.format(order), body, once=once)
        another = {**body, "patient": patient(town, 1)}

        problem(physician.post(SUBMIT.format(order), another, once=once), 422, "key-reused")
        problem(physician.post(SCHEDULE.format(order), {}, once=once), 422, "key-reused")
        coordinator = town.program("coordinator", "treatment")
        problem(coordinator.post(SUBMIT.format(order), body, once=once), 422, "key-reused")

    @BOTH
    def test_a_hundred_repeats_at_once_are_one_deed(self, town: Programs) -> None:
        """A hundred parallel repeats of one key leave one entry, and all hear its receipt."""
        order, once = opened(town), key()
        coordinator = town.program("coordinator", "treatment")

        def again(_number: int) -> tuple[int, str]:
            program = programs.Program(town.app.test_client(), coordinator.headers)
            reply = program.post(SCHEDULE.format(order), {"values": SLOTS}, once=once)
            return reply.status_code, reply.get_data(as_text=True)

        before = len(town.entries(order))
        with ThreadPoolExecutor(16) as pool:
            replies = set(pool.map(again, range(100)))

        assert before + 1 == len(town.entries(order))
        assert len(replies) == 1, replies
        assert {409} == {status for status, _body in replies}

    @BOTH
    def test_of_two_deeds_on_one_head_one_wins(self, town: Programs) -> None:
        """Sixteen deeds under different keys that all name the same head: one is judged, the others are 412."""
        order = opened(town)
        coordinator = town.program("coordinator", "treatment")
        seen, before = head(coordinator, order), len(town.entries(order))

        def race(_number: int) -> int:
            program = programs.Program(town.app.test_client(), coordinator.headers)
            return program.post(SCHEDULE.format(order), {"values": SLOTS}, match=seen).status_code

        with ThreadPoolExecutor(16) as pool:
            answers = sorted(pool.map(race, range(16)))

        assert [409] + [412] * 15 == answers
        assert before + 1 == len(town.entries(order))

    def test_a_stale_head_is_told_and_nothing_is_done(self, town: Programs) -> None:
        """If-Match with another head is 412 without an entry; a deed answers with the head for the next."""
        order = opened(town)
        coordinator, path = town.program("coordinator", "treatment"), SCHEDULE.format(order)
        before = len(town.entries(order))
        problem(coordinator.post(path, {}, match=f'"{"0" * 64}"'), 412, "stale-head")
        problem(coordinator.post(path, {}, match="O-1"), 422, "malformed")
        assert before == len(town.entries(order))
        first = coordinator.post(path, {}, match=head(coordinator, order))
        second = coordinator.post(path, {}, match=first.headers["ETag"])

        assert [409, 409] == [first.status_code, second.status_code]
