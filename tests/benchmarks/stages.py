"""Stacks of a sampled gateway (sampling.py) as a table: which part of the way of a POQ takes how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

STAGES = (
    ("trace", ("gateway/qualification/tracing.py", "gateway/qualification/redacting.py")),
    ("log", ("structlog/", "gateway/loggers.py", "gateway/cli/logs.py")),
    ("store, as the event loop sees it", ("gateway/store/",)),
    ("SQL adapter", ("adapters/sql/", "adapters/guard/")),
    ("SOAP adapter, HTTP client in it", ("adapters/soap/", "adapters/http/")),
    ("mapping", ("gateway/mapping/", "<expression>")),
    ("body read", ("gateway/lso/document.py:read_document",)),
    (
        "request checked",
        ("gateway/qualification/checking.py", "gateway/products/specifications.py:ProductSpecifications.check_request"),
    ),
    ("references", ("gateway/qualification/references.py",)),
    (
        "answer checked",
        ("gateway/qualification/answering.py", "gateway/qualification/service.py:QualificationService._shown"),
    ),
    ("record put together", ("gateway/qualification/composition.py",)),
    ("qualification, the rest", ("gateway/qualification/",)),
    ("api", ("gateway/api/",)),
    ("HTTP client, replies arriving", ("aiohttp/client", "aiohttp/connector")),
    ("HTTP server", ("aiohttp/",)),
    ("event loop", ("asyncio/", "uvloop")),
)
"""The innermost frame that belongs to a stage decides; what stands first of one frame counts."""


def told(path: Path, number: int, *, functions: int = 45) -> list[str]:
    """Microseconds of the event loop's thread for each of so many POQs: by stage, and the functions that take most."""
    stages: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for stack, microseconds in _stacks(path):
        stages[_stage(stack)] += microseconds
        own[stack[-1]] += microseconds
    lines = ["", "event loop by stage   us a POQ", *_table(stages, number, len(stages))]
    return [*lines, "", "functions alone       us a POQ", *_table(own, number, functions)]


def _stacks(path: Path) -> Iterator[tuple[list[str], int]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        stack, _, microseconds = line.rpartition(" ")
        yield stack.split(";"), int(microseconds)


def _stage(stack: list[str]) -> str:
    for frame in reversed(stack):
        for name, parts in STAGES:
            if any(part in frame for part in parts):
                return name
    return "other"


def _table(counted: Counter[str], number: int, most: int) -> list[str]:
    return [f"{microseconds / number:8.1f}  {short(name)}" for name, microseconds in counted.most_common(most)]


def short(frame: str) -> str:
    """A frame with its file from the package on."""
    for root in ("site-packages/", "/gateway/", "/adapters/", "lib/python3"):
        _, found, rest = frame.rpartition(root)
        if found:
            return f"{root[1:]}{rest}" if root.startswith("/") else rest
    return frame
