"""Do the tests notice when the code is wrong? Mutation testing of the rules, quick enough to be run as a whole.

``python -m bench.mutation [AREA …]`` changes one thing at a time in the modules of an area and runs the tests that pass
through the changed function until one of them fails. A change that no test notices survives; what survived is told at
the end, and stands with its reason in docs/evidence/mutation.md.

* The changes are mutmut's own, all of one module at once in one file, of which one is awake at a time.
* mutmut starts and collects anew for every change, which would take days here. This collects the tests of an area once,
  runs them once to see which functions each of them passes through, and forks for each change.
* Properties are changed too: mutmut leaves decorated functions alone, so they are written undecorated beforehand.
* Everything happens in a copy of the repository, and the run stops if anything else is imported.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import random
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from mutmut.mutation.file_mutation import mutate_file_contents

from bench.mutation_session import Mutant, judge

if TYPE_CHECKING:
    from collections.abc import Iterable


ROOT = Path(__file__).resolve().parents[1]
LIST = "mutants.json"
SEED = 20261121
"""The seed of a sample."""
KEPT = ROOT / ".dev" / "mutation"
"""Where the fates of the last runs lie."""

CUSTODY = "tests/coi/custody"
PROTOCOL = ("", "_check", "_diff", "_drawing", "_migration", "_reach", "_reading", "_register", "_told", "_words")
"""What a protocol says and whether it is sound; keeping and showing it is no rule."""
AREAS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "identity": (("coi/identity/*.py",), ("tests/coi/identity",)),
    "checks": (
        ("coi/custody/checks/*.py", "coi/custody/verdict.py", "coi/custody/order.py"),
        (
            f"{CUSTODY}/checks",
            f"{CUSTODY}/test_verdict.py",
            f"{CUSTODY}/test_order.py",
            f"{CUSTODY}/test_fold.py",
            f"{CUSTODY}/test_asked.py",
            f"{CUSTODY}/test_effects.py",
        ),
    ),
    "protocol": (
        tuple(f"coi/custody/protocol{name}.py" for name in PROTOCOL),
        tuple(f"{CUSTODY}/test_protocol{name}.py" for name in PROTOCOL),
    ),
    "ledger": (("coi/ledger/entry.py",), ("tests/coi/ledger/test_entry.py",)),
    "vote": (("scanners/vote.py",), ("tests/scanners/test_vote.py",)),
}
"""By area: the modules that are changed, and the tests that ought to notice."""


def opened(source: str) -> str:
    """Return *source* with every property written as a function that becomes one afterwards."""
    lines = source.splitlines()
    classes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef)]
    after: dict[int, str] = {}
    for node in (inner for outer in classes for inner in outer.body if isinstance(inner, ast.FunctionDef)):
        if [ast.unparse(one) for one in node.decorator_list] == ["property"]:
            lines[node.decorator_list[0].lineno - 1] = ""
            assert node.end_lineno is not None
            after[node.end_lineno] = f"{' ' * node.col_offset}{node.name} = property({node.name})"
    return "\n".join(text for number, line in enumerate(lines, 1) for text in (line, after.get(number, ""))) + "\n"


def copy(folder: Path) -> None:
    """Copy every file of the repository, as it stands now, to *folder*."""
    names = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    vendor = Path("coi/static/vendor")
    if (ROOT / vendor).exists() and not (folder / vendor).exists():
        (folder / vendor).symlink_to(ROOT / vendor)


def mutate(folder: Path, patterns: Iterable[str]) -> list[Mutant]:
    """Write all changes of the modules into them, asleep, and return what they are called."""
    found: list[Mutant] = []
    for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
        name = str(path.relative_to(folder))
        made = mutate_file_contents(name, opened(path.read_text(encoding="utf-8")))
        path.write_text(made.code, encoding="utf-8")
        module = name.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        found += [
            Mutant(f"{module}.{one}", f"{module}.{one.rpartition('__mutmut_')[0]}", name) for one in made.mutant_names
        ]
    return found


def run(area: str, asked: argparse.Namespace) -> None:
    """Change the modules of *area* in a copy, and let the copy's tests look for the changes."""
    modules, tests = AREAS[area]
    tests = tuple(asked.tests) or tests
    KEPT.mkdir(parents=True, exist_ok=True)
    report = KEPT / f"{area}{asked.only and '-' + asked.only}{'-again' if asked.again else ''}.jsonl"
    again = {one["name"] for one in fates(area) if one["fate"].startswith("survived")} if asked.again else None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        mutants = [one for one in mutate(folder, modules) if asked.only in one.name]
        if again is not None:
            mutants = [one for one in mutants if one.name in again]
        if asked.rest:
            known = {one["name"] for one in fates(area)}
            mutants = [one for one in mutants if one.name not in known]
        if asked.sample:
            mutants = random.Random(SEED).sample(mutants, asked.sample)
        if not mutants:
            raise SystemExit(f"Expected changes to judge in {area}, seen none.")
        (folder / LIST).write_text(json.dumps([asdict(one) for one in mutants]), encoding="utf-8")
        paths = sorted(str(path.relative_to(folder)) for pattern in tests for path in folder.glob(pattern))
        inside = [sys.executable, "-m", "bench.mutation", "--here", str(report), "--budget", str(asked.budget), *paths]
        subprocess.run(inside + ["--again"] * asked.again, cwd=folder, check=True)
        tell(area, folder)


def fates(area: str) -> list[dict[str, str]]:
    """Return what became of the changes of *area* in the runs that are kept, the newest fate of each."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(KEPT.glob(f"{area}*.jsonl"), key=lambda one: one.stat().st_mtime):
        found |= {one["name"]: one for one in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    return list(found.values())


def tell(area: str, folder: Path) -> None:
    """Print how many changes of each module were noticed, and each that was not."""
    known = fates(area)
    alive = [one for one in known if one["fate"].startswith("survived")]
    for path in sorted({one["path"] for one in known}):
        all_, left = ([one for one in group if one["path"] == path] for group in (known, alive))
        print(f"{path}: {len(all_)} changes, {len(all_) - len(left)} noticed, {1 - len(left) / len(all_):.1%}")
    functions: dict[str, dict[str, str]] = {}
    for one in alive:
        if one["path"] not in functions:
            tree = ast.parse((folder / one["path"]).read_text(encoding="utf-8"))
            found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
            functions[one["path"]] = {node.name: ast.unparse(node).partition(":\n")[2] for node in found}
        mutant = one["name"].rpartition(".")[2]
        original = functions[one["path"]].get(mutant.rpartition("__mutmut_")[0] + "__mutmut_orig", "")
        lines = difflib.unified_diff(original.split("\n"), functions[one["path"]].get(mutant, "").split("\n"), n=0)
        print(one["path"], mutant, *(line for line in lines if line[:3] not in {"---", "+++", "@@ "}), sep="\n    ")


def here(asked: argparse.Namespace) -> int:
    """Judge the changes in the copy, which is where this process stands."""
    mutants = [Mutant(**one) for one in json.loads(Path(LIST).read_text(encoding="utf-8"))]
    return judge(mutants, asked.names, asked.budget, asked.here, thorough=asked.again)


def main() -> None:
    """Run the areas named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="AREA", help=", ".join(AREAS))
    parser.add_argument("--only", default="", help="only changes whose name contains this")
    parser.add_argument("--sample", type=int, default=0, help="only so many changes, the same ones in each run")
    parser.add_argument("--again", action="store_true", help="only the survivors of the runs before, thoroughly")
    parser.add_argument("--rest", action="store_true", help="only changes that no run before has judged")
    parser.add_argument("--tests", nargs="*", default=[], help="only these files of tests")
    parser.add_argument("--budget", type=float, default=2.0, help="seconds of tests for each change")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here:
        raise SystemExit(here(asked))
    for area in asked.names or AREAS:
        run(area, asked)


if __name__ == "__main__":
    main()
