"""Write the hashes of the golden labels anew: by hand, after every picture was looked at (docs/gallery.md).

``python -m tests.labels.make_golden``
"""

from __future__ import annotations

import json

from labels import shipped
from labels.stock import DPI
from tests.labels.examples import made
from tests.labels.test_label import GOLDEN

if __name__ == "__main__":
    known = json.loads(GOLDEN.read_text(encoding="ascii")) if GOLDEN.exists() else {}
    for name, template in shipped().items():
        hashes = {str(dpi): made(name, dpi=dpi).sha256 for dpi in DPI}
        known[f"{name}.{template.version}"] = {"template": template.sha256, **hashes}
    GOLDEN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="ascii")
