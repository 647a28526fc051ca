"""``python -m labels COMMAND``: what the library can do by hand. Each part adds its own commands."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from labels import commands as own
from labels.printers import commands as printers

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that *words* name; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m labels", description="Labels and the printers that print them.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    own.add(commands)
    printers.add(commands)
    arguments = parser.parse_args(words)
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
