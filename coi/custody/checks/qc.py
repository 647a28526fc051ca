"""Did quality control pass?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from coi.custody.reasons import Reason

if TYPE_CHECKING:
    from coi.custody.asked import Asked


def check(asked: Asked) -> tuple[Reason, ...]:
    """Release needs a recorded pass: no result is not a pass. The out-of-specification road is not built.

    So it refuses.
    """
    result = asked.order.fact("qc_result")
    return () if result == "pass" else (Reason("qc_failed", expected="pass", seen=result or "no result"),)
