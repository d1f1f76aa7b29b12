"""The pages of codes (docs/mapping/errors): their parts, and their examples as files that lint can read.

An example without a name is a mapping whose usual lines are left out: the head, and `answer` where it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = "mapping: example\nversion: 1\nfor: {product: any}\n"
ANSWER = "answer:\n  - otherwise: fail\n"

_BLOCK = re.compile(r"^```[a-z]+ (before|after)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One page: its first lines, and the files of its examples."""

    code: str
    title: str
    meaning: str
    before: Mapping[str, str]
    after: Mapping[str, str]


def read_page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    files: dict[str, dict[str, str]] = {"before": {}, "after": {}}
    for side, name, content in _BLOCK.findall(text):
        files[side][name or "example.yaml"] = content if name else _completed(content)
    return Page(path.stem, lines[0].removeprefix("# "), lines[2], files["before"], files["after"])


def _completed(text: str) -> str:
    """The example with the lines that every mapping has."""
    if re.search(r"^(mapping|references|library):", text, re.MULTILINE):
        return text
    return HEAD + text + ("" if re.search(r"^(answer|dimensions):", text, re.MULTILINE) else ANSWER)


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write an example; gives its mapping files as lint would find them."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.glob("*.yaml"))
