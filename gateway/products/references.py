"""Every `$ref` of a set of schema files tied to one of those files, or a finding that says why it cannot be.

A reference is relative to its file. It may lead anywhere below the configured folders and nowhere else: nothing is
fetched, and nothing outside is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from gateway.lso.problems import parse_pointer
from gateway.products.files import SchemaFile
from gateway.sources.findings import Finding, Location

_DATA = ("enum", "const", "default", "examples")


def tie(files: Sequence[SchemaFile], folders: Sequence[Path], findings: list[Finding]) -> dict[str, dict[str, Any]]:
    """The schemas by the URI of their file, their references absolute; those that cannot be tied are in `findings`."""
    known = {file.path: file.schema for file in files}
    roots = tuple(folder.resolve() for folder in folders)
    tied: dict[str, dict[str, Any]] = {}
    for file in files:
        tied[file.path.as_uri()] = _Tying(file.path, known, roots, findings).node(file.schema)
    return tied


class _Tying:
    """The references of one file."""

    def __init__(
        self, path: Path, known: Mapping[Path, dict[str, Any]], roots: Sequence[Path], findings: list[Finding]
    ) -> None:
        self._path, self._known, self._roots, self._findings = path, known, roots, findings

    def node(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.node(element) for element in node]
        if not isinstance(node, dict):
            return node
        return {
            name: self._reference(value)
            if name == "$ref" and isinstance(value, str)
            else (value if name in _DATA else self.node(value))
            for name, value in node.items()
        }

    def _reference(self, reference: str) -> str:
        parts = urlsplit(reference)
        if parts.scheme or parts.netloc:
            self._report("SPEC-011", reference, "is remote", "copy the file below a configured folder")
            return reference
        target = (self._path.parent / unquote(parts.path)).resolve() if parts.path else self._path
        if target not in self._known:
            self._report_unknown(reference, target)
            return reference
        if not _leads_somewhere(unquote(parts.fragment), self._known[target]):
            self._report("SPEC-014", reference, "leads to nothing in that file", "write #/definitions/Name")
        return f"{target.as_uri()}#{quote(unquote(parts.fragment), safe='/~$@:')}"

    def _report_unknown(self, reference: str, target: Path) -> None:
        if not any(target.is_relative_to(root) for root in self._roots):
            self._report("SPEC-012", reference, "leaves the configured folders", "configure its folder as well")
        elif target.exists():
            self._report("SPEC-013", reference, "leads to a file that cannot be used", "see the findings of that file")
        else:
            self._report("SPEC-013", reference, "leads to no file", f"no file {target.name} is in {target.parent}")

    def _report(self, code: str, reference: str, message: str, hint: str) -> None:
        self._findings.append(Finding(Location(str(self._path)), code, f"$ref {reference!r} {message}", hint))


def _leads_somewhere(fragment: str, schema: Any) -> bool:
    try:
        path = parse_pointer(fragment)
    except ValueError:
        return False
    node = schema
    for key in path:
        if isinstance(node, dict) and key in node:
            node = node[key]
        elif isinstance(node, list) and str(key).isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            return False
    return True
