"""Whether a print queue's refusal is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labels.printers import CupsQueue, NotSent, Sent, Uncertain
from labels.printers.cups import queues
from tests.labels.printers.papers import ONE as LABEL

if TYPE_CHECKING:
    from pathlib import Path


def lp(folder: Path, body: str) -> str:
    """Write a program that stands for ``lp``."""
    program = folder / "lp"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return str(program)


def test_a_queue_that_takes_the_job_tells_its_number(tmp_path: Path) -> None:
    """The bytes go raw to the named queue, and the job's id is the receipt."""
    program = lp(
        tmp_path, f'echo "$@" > {tmp_path}/asked; cat > {tmp_path}/got; echo "request id is zd621-17 (1 file(s))"'
    )

    assert Sent(len(LABEL), "zd621-17") == CupsQueue("zd621", lp=program).send(LABEL, "bag")
    assert LABEL == (tmp_path / "got").read_bytes()
    assert "-d zd621 -o raw -t bag -- -\n" == (tmp_path / "asked").read_text()


def test_a_refusal_is_not_sent(tmp_path: Path) -> None:
    """An exit status that is not 0 is believed, unlike by the package that lists the queues."""
    program = lp(tmp_path, "cat > /dev/null; exit 1")

    assert NotSent("bag: the queue zd621 refused, exit status 1") == CupsQueue("zd621", lp=program).send(LABEL, "bag")


def test_silence_is_uncertain(tmp_path: Path) -> None:
    """No answer in time, or an answer without a job id, leaves open what happened."""
    slow = lp(tmp_path, "exec sleep 5")
    assert isinstance(CupsQueue("zd621", seconds=0.2, lp=slow).send(LABEL, "bag"), Uncertain)

    mute = lp(tmp_path, "cat > /dev/null")
    assert Uncertain(f"bag: {mute} told no job id") == CupsQueue("zd621", lp=mute).send(LABEL, "bag")


def test_a_machine_without_a_queue_says_so(tmp_path: Path) -> None:
    """A missing or broken program is not sent, and there are no queues to list."""
    broken = tmp_path / "lp"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)

    assert NotSent("bag: there is no no-such-lp on this machine") == CupsQueue("q", lp="no-such-lp").send(LABEL, "bag")
    assert isinstance(CupsQueue("q", lp=str(broken)).send(LABEL, "bag"), NotSent)


def lpstat(folder: Path, told: str, status: int = 0) -> str:
    """Write a program that stands for ``lpstat`` and says *told*, in plain English only."""
    program = folder / "lpstat"
    program.write_text(f'#!/bin/sh\n[ "$LC_ALL" = C ] || exit 9\ncat <<END\n{told}\nEND\nexit {status}\n')
    program.chmod(0o755)
    return str(program)


STATES = {
    "idle": ("printer zd621 is idle.  enabled since Sat Nov 21 09:00:00 2026", "ready"),
    "printing": ("printer zd621 now printing zd621-17.  enabled since Sat Nov 21 09:00:00 2026", "busy"),
    "stopped": ("printer zd621 disabled since Sat Nov 21 09:00:00 2026 -\n\tPaused", "paused"),
    "another queue": ("printer zd411 is idle.  enabled since Sat Nov 21 09:00:00 2026", "unknown"),
    "other words": ("printer zd621 has gone home", "unknown"),
    "nothing": ("", "unknown"),
}


@pytest.mark.parametrize("case", STATES)
def test_a_queue_says_whether_it_runs(case: str, tmp_path: Path) -> None:
    """Idle, printing or stopped; any other words are unknown. It knows no count and no printer."""
    told, state = STATES[case]
    queue = CupsQueue("zd621", lpstat=lpstat(tmp_path, told))

    assert state == queue.status().state
    assert (None, None) == (queue.counter(), queue.identity())


def test_a_queue_that_cannot_be_asked_is_unknown(tmp_path: Path) -> None:
    """A missing program, an unknown queue, no answer in time: unknown, never ready."""
    idle = STATES["idle"][0]
    slow = lp(tmp_path, "exec sleep 5")

    for program in ("no-such-lpstat", lpstat(tmp_path, idle, status=1), slow):
        assert "unknown" == CupsQueue("zd621", lpstat=program).status(0.2).state


def test_a_stopped_queue_is_given_nothing(tmp_path: Path) -> None:
    """It would keep the label and print it at an hour when nobody waits for it."""
    program = lp(tmp_path, f"touch {tmp_path}/asked")
    queue = CupsQueue("zd621", lp=program, lpstat=lpstat(tmp_path, STATES["stopped"][0]))

    assert NotSent("bag: the queue zd621 is stopped") == queue.send(LABEL, "bag")
    assert not (tmp_path / "asked").exists()


def test_a_job_is_followed_by_its_number(tmp_path: Path) -> None:
    """Waiting, or handed to the printer; a number that is nobody's is unknown."""
    program = tmp_path / "lpstat"
    program.write_text(
        '#!/bin/sh\n[ "$4" = zd621 ] || exit 1\n'
        '[ "$2" = completed ] && echo "zd621-17  nurse  1024  now" || echo "zd621-18  nurse  1024  now"\n'
    )
    program.chmod(0o755)
    queue = CupsQueue("zd621", lpstat=str(program))

    assert ["done", "waiting", "unknown", "unknown"] == [
        queue.job(receipt) for receipt in ("zd621-17", "zd621-18", "zd621-1", "")
    ]


class Lister:
    """Stands for the package's ``Zebra``."""

    def __init__(self, found: list[str] | None) -> None:
        """List *found*, or fail as on a machine without CUPS."""
        self.found = found

    def getqueues(self) -> list[str]:
        """Return the queues as the package does."""
        if self.found is None:
            raise FileNotFoundError("lpstat")
        return self.found


def test_the_queues_of_the_machine_are_listed() -> None:
    """Queues are those that the package finds; a machine without CUPS has none."""
    assert ["zd621", "zd411"] == queues(Lister(["zd621", "zd411"]))
    assert [] == queues(Lister(None))


@pytest.mark.parametrize("queue", ["", "-d", "a b", "a;rm", "../x"])
def test_a_queue_has_a_plain_name(queue: str) -> None:
    """A name that could be taken for an option or a path is refused."""
    with pytest.raises(ValueError, match="expected the name of a queue"):
        CupsQueue(queue)
