"""Draw the golden labels anew: to be run by hand, and every picture looked at before it is committed.

``python -m tests.labels.make_golden``
"""

from __future__ import annotations

from labels import render
from tests.labels.examples import SPECS
from tests.labels.test_label import GOLDEN

if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, spec in SPECS.items():
        label = render(spec)
        (GOLDEN / f"{name}.png").write_bytes(label.png())
        (GOLDEN / f"{name}.zpl").write_bytes(label.zpl())
