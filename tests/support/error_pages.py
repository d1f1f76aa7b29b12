"""The pages of codes (docs/mapping/errors): their parts, and their examples as files that lint can read.

An example without a name is a mapping whose usual lines are left out: the head, and `answer` where it says nothing. Of
CFG- and SPEC- codes it is a configuration without the sections that every one has; of TEST- codes the cases of a
mapping that is always the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HEAD = "mapping: example\nversion: 1\nfor: {product: any}\n"
ANSWER = "answer:\n  - otherwise: fail\n"

CONFIGURATION = {
    "sellers": '[{id: seller, contact: {name: Seller, number: "+1", email_address: poq@seller.example}}]',
    "buyers": "[{id: buyer}]",
    "mappings": "{folders: [mappings]}",
    "products": "{folders: [products]}",
}
TESTED = """\
mapping: example
version: 1
for: {product: any}
steps:
  port:
    sql: inventory
    query: SELECT FREE AS free FROM PORTS WHERE REF = :ref
    with: {ref: =item.id}
    rows: one
    on: {no rows: {red: No such port}, many rows: fail}
answer:
  - when: port.free > 0
    serviceabilityConfidence: green
    installationInterval: {amount: 5, units: businessDays}
    deliveryType: onNetWithoutBuild
  - otherwise: {red: Nothing is free}
"""

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
    kind = path.stem.partition("-")[0]
    files: dict[str, dict[str, str]] = {"before": {}, "after": {}}
    for side, name, content in _BLOCK.findall(text):
        files[side][name or _NAMES.get(kind, "example.yaml")] = content if name else _completed(kind, content)
    for side in files.values():
        side |= _around(kind, side) if side else {}
    return Page(path.stem, lines[0].removeprefix("# "), lines[2], files["before"], files["after"])


_NAMES = {"CFG": "gateway.yaml", "SPEC": "gateway.yaml", "TEST": "example.test.yaml"}


def _around(kind: str, files: Mapping[str, str]) -> dict[str, str]:
    """The files that an example does not show."""
    if kind == "TEST":
        return {"example.yaml": TESTED}
    is_missing = kind in _NAMES and "gateway.yaml" not in files
    return {"gateway.yaml": _completed(kind, "")} if is_missing else {}


def _completed(kind: str, text: str) -> str:
    """The example with the lines that every such file has."""
    if kind == "TEST":
        return text
    if kind in _NAMES:
        said = {name for name in CONFIGURATION if re.search(rf"^{name}:", text, re.MULTILINE)}
        left_out = said | (set() if kind == "SPEC" else {"products"})
        return text + "".join(f"{name}: {value}\n" for name, value in CONFIGURATION.items() if name not in left_out)
    if re.search(r"^(mapping|references|library):", text, re.MULTILINE):
        return text
    return HEAD + text + ("" if re.search(r"^(answer|dimensions):", text, re.MULTILINE) else ANSWER)


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Write an example; gives its mapping files as lint would find them."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.glob("*.yaml"))
