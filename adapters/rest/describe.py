"""Operations of an OpenAPI file as somebody meets them who has never called them; for skeletons of mappings.

Reads files only. What is checked when a mapping is loaded is the operation's contract.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.base import AdapterConfigurationError
from adapters.described import Described, DescriptionError, Field, Listed
from adapters.rest.documents import Documents, references
from adapters.rest.openapi import Described as Operation
from adapters.rest.openapi import OpenApi
from adapters.rest.options import READING_METHODS
from adapters.rest.replying import Declared
from adapters.rest.schemas import besides_null, flat

_KINDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
_TIMES = {"date": "date", "date-time": "date-time"}
_MOST_FILES = 500
_UNKNOWN = "of an unknown type"


def describe_operation(file: Path, named: str) -> Described:
    """An operation by its operationId, or as `GET /path`. Raises DescriptionError."""
    try:
        api = OpenApi(file)
        method, _, path = named.partition(" ")
        found = api.by_path(method, path.strip()) if path.strip().startswith("/") else api.by_id(named)
        declared = Declared(found.replies)
    except AdapterConfigurationError as error:
        raise DescriptionError(str(error)) from error
    return Described(
        word="rest",
        definition=tuple(_definition(found, named)),
        arguments=tuple(_arguments(found)),
        reply=_members(declared.first("json").flat),
        faults=declared.fault_codes,
    )


def list_operations(file: Path) -> list[Listed]:
    """The operations, in the order of the file. Raises DescriptionError."""
    try:
        api = OpenApi(file)
    except AdapterConfigurationError as error:
        raise DescriptionError(str(error)) from error
    found = [(name or f"{method} {path}", f"{method} {path}") for name, method, path in api.operations()]
    return [Listed(name, api.file, "", _problem(api, name), where if name != where else "") for name, where in found]


def _problem(api: OpenApi, named: str) -> str:
    method, _, path = named.partition(" ")
    try:
        described = api.by_path(method, path) if path else api.by_id(named)
        Declared(described.replies)
    except AdapterConfigurationError as error:
        return str(error).removeprefix(f"{api.file}: ")
    return ""


def vendored(file: Path) -> dict[str, bytes]:
    """The file and all that it refers to, by their names below its folder, itself first. Raises DescriptionError."""
    folder, documents = file.resolve().parent, Documents()
    files: dict[str, bytes] = {}
    waiting = [file.resolve()]
    try:
        while waiting:
            path = waiting.pop(0)
            if not path.is_relative_to(folder):
                raise DescriptionError(f"{file.name} refers to {path}, which is outside of its folder: move it there")
            name = path.relative_to(folder).as_posix()
            if name in files:
                continue
            if len(files) == _MOST_FILES:
                raise DescriptionError(f"{file.name} refers to more than {_MOST_FILES} files")
            root = documents.root(path)
            files[name] = path.read_bytes()
            waiting += [documents.at(reference, root).file for reference in references(root)]
    except AdapterConfigurationError as error:
        raise DescriptionError(str(error)) from error
    return files


def _definition(found: Operation, named: str) -> Iterator[tuple[str, str]]:
    if named.startswith(f"{found.method} /"):
        yield "path", found.path
        yield "method", found.method
    else:
        yield "operation", named
    if found.method not in READING_METHODS:  # somebody has to say whether it changes anything
        yield "reads_only", "TODO_reads_only"


def _arguments(found: Operation) -> Iterator[Field]:
    for place in ("path", "query", "headers"):
        parts = tuple(
            _field(one.name, flat(one.schema), required=one.required) for one in found.parameters if one.place == place
        )
        if parts:
            yield Field(place, "object", any(part.required for part in parts), parts=parts)
    body = found.bodies.get("json")
    if body is not None:
        yield _field("body", flat(body.schema), required=body.required)


def _members(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    needed = schema.get("required", ())
    parts = schema.get("properties", {})
    return tuple(_field(name, part, required=name in needed) for name, part in parts.items())


def _field(name: str, said: Mapping[str, Any], *, required: bool) -> Field:
    schema = besides_null(said)
    items = schema.get("items", {}) if schema.get("type") == "array" else None
    of = besides_null(items) if items is not None else schema
    enum = tuple(str(one) for one in of.get("enum", ()) if one is not None)
    parts = _members(of)
    return Field(
        name=name,
        kind="object" if parts else _kind(of),
        required=required,
        many=items is not None,
        nillable=schema is not said,
        enum=enum,
        parts=parts,
    )


def _kind(schema: Mapping[str, Any]) -> str:
    kind = str(schema.get("type", ""))
    if kind == "string":
        return _TIMES.get(str(schema.get("format")), "text")
    return _KINDS.get(kind, _UNKNOWN)
