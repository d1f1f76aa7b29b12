"""Folders of JSON Schemas (draft 7, YAML or JSON) as plain data, with all that is wrong in them.

`$id` is only a name: it is taken out, and the file is the base of relative references. Standard schemas carry keywords
without a value (`properties:` and nothing below); those say nothing and are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import yaml

from gateway.lso.problems import pointer
from gateway.sources.findings import Finding, Location
from gateway.sources.folders import files_below

SUFFIXES = (".yaml", ".yml", ".json")
DRAFT_7 = "http://json-schema.org/draft-07/schema"

_NAMED_SCHEMAS = ("properties", "patternProperties", "definitions", "$defs")
_DATA = ("enum", "const", "default", "examples")


@dataclass(frozen=True)
class SchemaFile:
    """One file. `name` is its `$id`, None for a component; `schema` has no `$id` and no empty keywords."""

    path: Path
    name: str | None
    content: bytes
    schema: dict[str, Any]


def read_folders(folders: Iterable[Path], findings: list[Finding]) -> list[SchemaFile]:
    """All schemas below the folders, each file once; what cannot be used is added to `findings`."""
    files: dict[Path, SchemaFile] = {}
    for folder in folders:
        paths = sorted(path for path in files_below(folder) if path.suffix in SUFFIXES and path.is_file())
        if not paths:
            message = "has no schemas" if folder.is_dir() else "is no folder"
            hint = f"name a folder with {', '.join(SUFFIXES)} files"
            findings.append(Finding(Location(str(folder)), "SPEC-001", message, hint))
        for path in paths:
            resolved = path.resolve()
            file = None if resolved in files else _read(resolved, findings)
            if file is not None:
                files[resolved] = file
    return list(files.values())


def _read(path: Path, findings: list[Finding]) -> SchemaFile | None:
    try:
        content = path.read_bytes()
        data = _parsed(content, json=path.suffix == ".json")
    except (OSError, ValueError, TypeError, RecursionError, yaml.YAMLError) as error:
        findings.append(_unreadable(path, error))
        return None
    if not isinstance(data, dict):
        findings.append(Finding(Location(str(path)), "SPEC-003", "is no JSON Schema", "a mapping is needed at the top"))
        return None
    name = data.get("$id")
    file = SchemaFile(path, name if isinstance(name, str) else None, content, _cleaned(data))
    broken = list(_schema_findings(file))
    findings.extend(broken)
    return None if broken else file


def _parsed(content: bytes, *, json: bool) -> Any:
    """The data of a file; YAML that JSON cannot say (tagged dates, lists within themselves) is refused."""
    data = orjson.loads(content) if json else yaml.load(content, Loader=_Loader)  # noqa: S506  (a safe loader)
    orjson.dumps(data, option=orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS)
    return data


def _unreadable(path: Path, error: Exception) -> Finding:
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    where = Location(str(path), mark.line + 1, mark.column + 1) if mark else Location(str(path))
    text = str(getattr(error, "problem", None) or getattr(error, "strerror", None) or error)
    return Finding(where, "SPEC-002", f"cannot be read: {text}")


def _schema_findings(file: SchemaFile) -> Iterator[Finding]:
    """What the draft itself has against the schema."""
    where = Location(str(file.path))
    draft = file.schema.get("$schema", DRAFT_7)
    if not isinstance(draft, str) or draft.rstrip("#") != DRAFT_7:
        yield Finding(where, "SPEC-004", f"is written in another draft: {draft}", f'use "$schema": {DRAFT_7}#')
        return
    for error in _META.iter_errors(file.schema):
        yield Finding(where, "SPEC-005", f"{pointer(error.instance_path) or 'the schema'}: {error.message}")


def _cleaned(node: Any, parent: str = "") -> Any:
    """Without names and keywords that say nothing; an attribute that says nothing may be anything."""
    if isinstance(node, list):
        return [_cleaned(element) for element in node]
    if not isinstance(node, dict):
        return node
    if parent in _NAMED_SCHEMAS:
        return {_key(name): True if value is None else _cleaned(value) for name, value in node.items()}
    return {
        _key(name): value if name in _DATA else _cleaned(value, name)
        for name, value in node.items()
        if (value is not None or name in _DATA) and not (name == "$id" and isinstance(value, str))
    }


def _key(name: Any) -> str:
    """A member name; YAML lets numbers stand unquoted."""
    return name if isinstance(name, str) else orjson.dumps(name).decode()


class _Loader(yaml.CSafeLoader):
    """YAML with the scalars of JSON only: dates, times, `on` and `0123` stay the strings that they look like."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (the library's own form)


_SCALARS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("null", r"(?:~|null|Null|NULL|)\Z", ("~", "n", "N", "")),
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)\Z", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)\Z", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+|(?<=[0-9])\.|(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z", "-+.0123456789"),
    ("merge", r"<<\Z", "<"),
)
for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)

_META = jsonschema_rs.Draft7Validator({"$ref": f"{DRAFT_7}#"}, offline=True, validate_formats=True)
