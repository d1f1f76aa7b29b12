"""docs/conformance.md: every labelled requirement of the standard, and the tests that prove it.

The requirements' list comes from the standard's files beside the checkout (or, where they are absent, from the page
itself); which tests prove what is read from the tests' own `requirement` markers.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.marks import TARGET

PAGE = Path("docs/conformance.md")
_ROW = re.compile(
    r"^\| (?P<id>[^|]+) \| (?P<who>[^|]+) \| (?P<text>[^|]+) \| (?P<status>[^|]+) \| (?P<tests>[^|]*) \|$"
)
_ERROR_ROW = re.compile(r"^[A-Z]\d+[a-z]?$")

_HEAD = """# Conformance

Every labelled requirement of Mplify 87.1 (API guide) and Mplify 79.1 (business requirements), in our own words, with
the tests that fail without it. Generated (`make docs`) from the markers of the tests; a test holds this page fresh.

Status: **tested**; **Buyer's** (a capability of the Buyer, nothing that a Seller's gateway could do or break); **open**
(no test yet: deferred answers, the list and notifications are the work ahead, see the CHANGELOG).
"""


@dataclass(frozen=True)
class Requirement:
    id: str
    who: str
    text: str
    can_be_broken: bool


def read_requirements(shared: Path) -> list[Requirement]:
    """The list as it stands with the standard's files."""
    entries = yaml.safe_load((shared / "requirements.yaml").read_text(encoding="utf-8"))
    return [
        Requirement(
            entry["id"],
            entry["who"],
            " ".join(entry["text"].split()),
            entry["who"] != "buyer" or entry["outcome_on_violation"] is not None,
        )
        for entry in entries
    ]


def requirements_of(page: str) -> list[Requirement]:
    """The list as the page itself has it."""
    rows = (_ROW.match(line) for line in page.splitlines())
    return [
        Requirement(row["id"], row["who"], row["text"], row["status"] != "Buyer's")
        for row in rows
        if row and re.match(r"\d", row["id"])
    ]


def proofs(root: Path, tests: str = "tests") -> dict[str, list[str]]:
    """For each marked id the tests that carry it, as `folder/file.py::test`, sorted, by a pytest of its own."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "marks.json"
        collect = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "tests.support.marks"]
        collect += ["-p", "no:schemathesis", tests]  # which takes a second to import
        environment = {**os.environ, TARGET: str(target), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        done = subprocess.run(collect, cwd=root, env=environment, capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            raise RuntimeError(f"the tests cannot be collected:\n{done.stdout}{done.stderr}")
        found: dict[str, list[str]] = json.loads(target.read_text(encoding="utf-8"))
    return found


def page(requirements: Sequence[Requirement], proven: Mapping[str, Sequence[str]]) -> str:
    """The whole page."""
    lines = [_HEAD]
    for document in ("87.1", "79.1"):
        of_document = (one for one in requirements if one.id.startswith(document))
        lines += [f"\n## Mplify {document}\n", *_table(of_document, proven)]
    rows = sorted(filter(_ERROR_ROW.match, proven), key=lambda mark: (mark[0], int(mark[1:].rstrip("abc"))))
    lines += ["\n## Rows of the error model\n", "| row | tests |", "| --- | --- |"]
    lines += [f"| {row} | {_tests(proven[row])} |" for row in rows]
    return "\n".join(lines) + "\n"


def _table(requirements: Iterable[Requirement], proven: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "| requirement | duty of | what it asks | status | tests |"
    yield "| --- | --- | --- | --- | --- |"
    for one in requirements:
        tests = proven.get(one.id, [])
        status = "tested" if tests else "open" if one.can_be_broken else "Buyer's"
        yield f"| {one.id} | {one.who} | {one.text} | {status} | {_tests(tests)} |"


def _tests(tests: Sequence[str]) -> str:
    unique = list(dict.fromkeys(tests))
    shown = ", ".join(f"`{test}`" for test in unique[:3])
    return f"{shown} and {len(unique) - 3} more" if len(unique) > 3 else shown
