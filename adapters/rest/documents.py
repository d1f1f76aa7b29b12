"""The files of an OpenAPI description: read from disk, `$ref` followed from file to file. Fetches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from adapters.base import AdapterConfigurationError

_LARGEST = 20 * 1024 * 1024  # bytes of one file
_MOST_HOPS = 50


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as OpenAPI means it (JSON's types): `no` and `2026-01-31` are texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's own way
        first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("bool", "timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


class Node:
    """A part of a file: its data, and where it stands, so that what it refers to can be found."""

    def __init__(self, data: Any, file: Path, pointer: str) -> None:
        self.data = data
        self.file = file
        self.pointer = pointer

    def get(self, name: str) -> Node:
        """A member; one that is not there has None as data."""
        data = self.data.get(name) if isinstance(self.data, Mapping) else None
        return Node(data, self.file, f"{self.pointer}/{_escaped(name)}")

    def members(self) -> list[tuple[str, Node]]:
        return [(str(name), self.get(name)) for name in self.data] if isinstance(self.data, Mapping) else []

    def items(self) -> list[Node]:
        listed = self.data if isinstance(self.data, list) else []
        return [Node(one, self.file, f"{self.pointer}/{number}") for number, one in enumerate(listed)]


class Documents:
    """Files, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Any] = {}

    def root(self, file: Path) -> Node:
        """Raises AdapterConfigurationError."""
        file = file.resolve()
        if file not in self._read:
            self._read[file] = _read(file)
        return Node(self._read[file], file, "")

    def followed(self, node: Node) -> Node:
        """The node, or what its `$ref` leads to. Raises AdapterConfigurationError."""
        for _ in range(_MOST_HOPS):
            reference = node.data.get("$ref") if isinstance(node.data, Mapping) else None
            if not isinstance(reference, str):
                return node
            node = self.at(reference, node)
        raise AdapterConfigurationError(f"{node.file.name}: '$ref's go round in a circle")

    def at(self, reference: str, base: Node) -> Node:
        """What a reference of `base` names."""
        parts = urlsplit(reference)
        if parts.scheme or parts.netloc:
            where = f"{base.file.name} refers to {reference}"
            raise AdapterConfigurationError(f"{where}, and nothing is fetched: save it beside and refer to that file")
        file = (base.file.parent / unquote(parts.path)).resolve() if parts.path else base.file
        node = self.root(file)
        for name in unquote(parts.fragment).split("/")[1:]:
            name = name.replace("~1", "/").replace("~0", "~")
            node = node.items()[int(name)] if isinstance(node.data, list) and name.isdigit() else node.get(name)
        if node.data is None:
            raise AdapterConfigurationError(f"{base.file.name} refers to {reference}, and there is no such thing")
        return node


def references(root: Node) -> Iterator[str]:
    """Those that lead into other files."""
    waiting = [root.data]
    while waiting:
        data = waiting.pop()
        if isinstance(data, Mapping):
            reference = data.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                yield reference
            waiting += data.values()
        elif isinstance(data, list):
            waiting += data


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > _LARGEST:
            raise AdapterConfigurationError(f"{file.name} has more than {_LARGEST} bytes")
        data = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader with fewer types
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not in UTF-8"
        raise AdapterConfigurationError(f"{file}: {why}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise AdapterConfigurationError(f"{file.name} is neither YAML nor JSON: {line}") from error
    if not isinstance(data, Mapping):
        raise AdapterConfigurationError(f"{file.name} is no object")
    return data


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
