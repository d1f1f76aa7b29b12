"""`python -m tests.benchmarks.lint`: how long lint takes for 200 mappings, in a process of its own as a person has it.

The mappings are the shipped ones with names, ids and texts changed, so that most of their expressions differ.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.conftest import REPOSITORY

MAPPINGS = 200
TRIES = 5
_NAMES = ("committed", "sold", "live", "spot", "worth_asking", "rate", "down", "up", "wanted", "peak")


def write_mappings(folder: Path, count: int) -> int:
    """Write that many mappings; gives their lines."""
    sources = sorted(path for path in (REPOSITORY / "mappings").glob("*.yaml") if _answers_items(path))
    lines = 0
    for number in range(count):
        text = _changed(sources[number % len(sources)].read_text(encoding="utf-8"), number)
        (folder / f"m{number}.yaml").write_text(text, encoding="utf-8")
        lines += text.count("\n")
    return lines


def _answers_items(path: Path) -> bool:
    return not path.name.endswith(".test.yaml") and "\nmapping:" in path.read_text(encoding="utf-8")


def _changed(text: str, number: int) -> str:
    """Another mapping: another name, another Buyer, other names in its expressions."""
    text = re.sub(r"^mapping: .*$", f"mapping: m{number}", text, flags=re.MULTILINE)
    text = text.replace("actions: [add, modify]", f"actions: [add, modify]\n  buyers: [b{number}]")
    for name in _NAMES:
        text = re.sub(rf"(?<![\w.'/]){name}(?![\w'])", f"{name}_{number}", text)
    return text


def run(*arguments: str) -> tuple[float, float]:
    """Seconds that the command takes, and those of them that it computes; it must find nothing."""
    command = [sys.executable, "-m", "gateway", "mapping", "lint", *arguments]
    began, before = time.perf_counter(), os.times()
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    took, after = time.perf_counter() - began, os.times()
    assert done.returncode == 0, done.stdout[:2000] + done.stderr[:2000]
    computed = after.children_user - before.children_user + after.children_system - before.children_system
    return took, computed


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = write_mappings(Path(folder), MAPPINGS)
        references = (REPOSITORY / "mappings" / "references.yaml").read_text(encoding="utf-8")
        (Path(folder) / "references.yaml").write_text(references, encoding="utf-8")
        print(f"{MAPPINGS} mappings, {lines} lines")  # noqa: T201
        for what, more in (("by themselves", ()), ("with contracts", ("-c", str(REPOSITORY / "config/gateway.yaml")))):
            took, computed = zip(*(run(folder, *more) for _ in range(TRIES)), strict=True)
            print(f"| {what} | {statistics.median(took):.2f} | {min(took):.2f} | {min(computed):.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
