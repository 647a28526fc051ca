"""Draw the proofs of the shipped templates and keep their hashes: ``python -m tests.coi.labelling.make_proofs``.

Look at the pictures (``coi setup template`` submits them, the page Templates shows them) before what this writes is
committed; ``test_template_proofs`` draws them again and compares.
"""

from __future__ import annotations

import json
from pathlib import Path

import labels
from coi.labelling import tags, template_actions, template_proofs

FILE = Path(template_proofs.__file__).with_name(template_proofs.KNOWN)


def main() -> None:
    """Write the file."""
    used = [labels.parse(data) for data in template_actions.shipped((*template_actions.OF_ORDERS, *tags.DRAWINGS))]
    found = {one.sha256: template_proofs.drawn(one) for one in used}
    FILE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
