"""What does zpl-toolchain's linter say of the native labels? It wants Python 3.12, which this project does not.

``python -m labels samples DIR`` writes the labels. Then, with a Python 3.12 that has zpl-toolchain 0.1.16:
``python3.12 bench/toolchain_lint.py DIR``; exit status 1 where an issue is an error.

It measures the text of the printer's own font wider than any printer prints it (ZPL2311), and takes the packed length
of a Z64 graphic for its unpacked one (ZPL2307), so that only native labels are asked about.
"""

from __future__ import annotations

import sys
from collections import Counter
from importlib import import_module
from pathlib import Path


def main(folder: Path) -> int:
    """Validate every native label in *folder*; return how many issues are errors."""
    validate = import_module("zpl_toolchain").validate
    found: Counter[tuple[str, str]] = Counter()
    files = sorted(folder.glob("*-native.zpl"))
    for file in files:
        issues = validate(file.read_text(encoding="ascii"))["issues"]
        found.update((issue["severity"], issue["id"]) for issue in issues)
    print(f"{len(files)} native labels")
    for (severity, rule), times in sorted(found.items()):
        print(f"{severity} {rule}: {times}")
    return sum(times for (severity, rule), times in found.items() if severity == "error" and rule != "ZPL2311")


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]))))
