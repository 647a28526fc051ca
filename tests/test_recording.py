"""What is left out of the recording is only what would be recorded twice."""

from __future__ import annotations

import pytest

from tests import recording

CASE = "tests/stories/test_holds.py::test_nobody_else_lifts_it"


@pytest.mark.parametrize(
    ("name", "cases", "wanted"),
    [
        (CASE, 1, True),
        (f"{CASE}[sqlite-a nurse]", 24, True),
        (f"{CASE}[postgresql-a nurse]", 24, False),
        ("tests/coi/test_db.py::test_reads[postgresql]", 2, True),
        ("tests/coi/ledger/test_guards.py::test_no_update[postgresql-ledger_entry]", 50, True),
        ("tests/coi/custody/checks/test_hold.py::test_it_stops[h4_end]", 400, True),
    ],
)
def test_what_is_recorded(name: str, cases: int, wanted: bool) -> None:  # noqa: FBT001 - a column of the table
    """Every test, but the second run of the same lines on the other database."""
    assert recording.recorded(name, cases) is wanted


def test_of_many_cases_some_are_recorded_and_always_the_same() -> None:
    """About one in eight, whatever the order."""
    names = [f"{CASE}[{number}]" for number in range(1_000)]
    chosen = {name for name in names if recording.recorded(name, len(names))}

    assert 80 < len(chosen) < 180
    assert chosen == {name for name in reversed(names) if recording.recorded(name, len(names))}


def test_what_is_long_is_recorded_only_where_every_branch_is_wanted() -> None:
    """The spine's own tests are recorded, however long."""
    assert not recording.recorded("tests/attacks/test_kill_deed.py::test_a_kill", 1, long=True)
    assert recording.recorded("tests/coi/identity/test_misreads.py::test_any_misread", 1, long=True)


def test_a_test_that_is_left_out_is_run_and_judged(pytester: pytest.Pytester) -> None:
    """It fails where it fails; and what only it reaches is reported as not reached."""
    pytester.makepyfile(room="def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    pytester.makepyfile(
        "import pytest, room\n"
        "@pytest.mark.parametrize('kind', ['sqlite', 'postgresql'])\n"
        "def test_it(kind):\n"
        "    assert (room.one if kind == 'sqlite' else room.two)() == 1\n"
    )
    plugins = ("-p", "tests.recording", "-p", "no:randomly", "-p", "no:cacheprovider")
    found = pytester.runpytest_subprocess(*plugins, "--cov=room", "--cov-report=term-missing", "--cov-config=/dev/null")

    found.assert_outcomes(passed=1, failed=1)
    found.stdout.re_match_lines([r"room\.py +4 +1 +75% +6"])
