"""One operation of an OpenAPI file (3.0 or 3.1): its place, its parameters, its body, its replies by status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from adapters.base import AdapterConfigurationError
from adapters.rest.documents import Documents, Node
from adapters.rest.headers import Header
from adapters.rest.schemas import SchemaReader

METHODS = ("get", "head", "post", "put", "patch", "delete")
PLACES = {"path": "path", "query": "query", "header": "headers"}
_NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})  # OpenAPI says them elsewhere
_SUPPORTED = {"path": "simple", "query": "form", "header": "simple"}
_MEDIA = {
    "json": re.compile(r"(application|text)/([\w.+-]+\+)?json\b"),
    "xml": re.compile(r"(application|text)/([\w.+-]+\+)?xml\b"),
}


@dataclass(frozen=True)
class Parameter:
    """One value of the path, the query or a header. `joined`: a list goes out as one value with commas."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Any]
    joined: bool = False


@dataclass(frozen=True)
class Body:
    """What is sent, or comes back. `formats`: `json`, `xml`."""

    media_type: str
    schema: Mapping[str, Any]
    required: bool = True


@dataclass(frozen=True)
class Described:
    """One operation. `replies`: by status as the file says it (`200`, `4XX`, `default`); None without a body."""

    method: str
    path: str
    parameters: tuple[Parameter, ...]
    bodies: Mapping[str, Body]
    replies: Mapping[str, Mapping[str, Body]]
    has_body: bool = field(default=False)
    headers: Mapping[str, Mapping[str, Header]] = field(default_factory=dict)
    """Of replies, by status."""

    def reply(self, status: int) -> Mapping[str, Body] | None:
        """What may come with a status, by format; None where the file does not know the status."""
        names = (str(status), f"{status // 100}XX", f"{status // 100}xx", "default")
        return next((self.replies[name] for name in names if name in self.replies), None)

    @property
    def success_headers(self) -> list[Mapping[str, Header]]:
        """Of each reply that is no fault."""
        return [headers for status, headers in self.headers.items() if status.startswith("2")]

    def is_named(self, status: int) -> bool:
        """Whether the status itself, or its class, is in the file."""
        return any(name in self.replies for name in (str(status), f"{status // 100}XX", f"{status // 100}xx"))


class OpenApi:
    """One file with all that it refers to."""

    def __init__(self, file: Path) -> None:
        """Raises AdapterConfigurationError."""
        self._documents = Documents()
        self._root = self._documents.root(file)
        self.file = file.name
        said = str(self._root.get("openapi").data or self._root.get("swagger").data or "")
        if not re.match(r"3\.[01](\.|$)", said):
            hint = ": convert it to OpenAPI 3" if said.startswith("2") else ""
            raise AdapterConfigurationError(
                f"{self.file}: OpenAPI 3.0 or 3.1 is needed, this is {said or 'neither'}{hint}"
            )
        self._schemas = SchemaReader(self._documents, is_3_0=said.startswith("3.0"))

    @property
    def address(self) -> str | None:
        """The first server, if it is a whole address."""
        servers = self._root.get("servers").items()
        url = servers[0].get("url").data if servers else None
        return url if isinstance(url, str) and re.match(r"https?://[^{}\s]+$", url) else None

    def by_id(self, operation: str) -> Described:
        """Raises AdapterConfigurationError."""
        found = {str(node.get("operationId").data): (path, method, node) for path, method, node in self._operations()}
        if operation not in found:
            raise AdapterConfigurationError(f"{self.file} has no operation '{operation}'{_nearest(operation, found)}")
        return self._described(*found[operation])

    def by_path(self, method: str, path: str) -> Described:
        """Raises AdapterConfigurationError."""
        found = {(one, verb): node for one, verb, node in self._operations()}
        if (path, method.lower()) not in found:
            there = {f"{verb.upper()} {one}": None for one, verb in found}
            raise AdapterConfigurationError(f"{self.file} has no {method} {path}{_nearest(f'{method} {path}', there)}")
        return self._described(path, method.lower(), found[path, method.lower()])

    def operations(self) -> list[tuple[str, str, str]]:
        """Id (empty without), method and path of each operation."""
        return [
            (str(node.get("operationId").data or ""), method.upper(), path) for path, method, node in self._operations()
        ]

    def _operations(self) -> Iterator[tuple[str, str, Node]]:
        for path, item in self._root.get("paths").members():
            for method, node in self._documents.followed(item).members():
                if method in METHODS:
                    yield path, method, node

    def _described(self, path: str, method: str, node: Node) -> Described:
        body = self._documents.followed(node.get("requestBody"))
        bodies = self._bodies(body, "request")
        return Described(
            method=method.upper(),
            path=path,
            parameters=tuple(self._parameters(path, node)),
            bodies=bodies,
            replies={
                status: self._bodies(self._documents.followed(reply), "reply")
                for status, reply in node.get("responses").members()
            },
            has_body=bool(bodies),
            headers={
                status: dict(self._headers(self._documents.followed(reply)))
                for status, reply in node.get("responses").members()
            },
        )

    def _bodies(self, node: Node, direction: Any) -> dict[str, Body]:
        bodies: dict[str, Body] = {}
        for media_type, content in node.get("content").members():
            for name, pattern in _MEDIA.items():
                if pattern.match(media_type.strip().lower()) and name not in bodies:
                    schema = content.get("schema")
                    read = self._schemas.complete(schema, direction) if schema.data is not None else {}
                    bodies[name] = Body(media_type.strip(), read, node.get("required").data is True)
        return bodies

    def _headers(self, reply: Node) -> Iterator[tuple[str, Header]]:
        for name, said in reply.get("headers").members():
            node = self._documents.followed(said)
            schema = node.get("schema")
            read = self._schemas.complete(schema, "reply") if schema.data is not None else {}
            yield name, Header(name, node.get("required").data is True, read)

    def _parameters(self, path: str, operation: Node) -> Iterator[Parameter]:
        item = self._documents.followed(self._root.get("paths").get(path))
        found: dict[tuple[str, str], Node] = {}
        for one in (*item.get("parameters").items(), *operation.get("parameters").items()):
            node = self._documents.followed(one)
            found[str(node.get("in").data), str(node.get("name").data)] = node
        for (place, name), node in found.items():
            is_needed = place == "path" or node.get("required").data is True
            if place == "header" and name.lower() in _NOT_PARAMETERS:
                continue
            if place == "cookie" and not is_needed:
                continue
            yield self._parameter(place, name, node, is_needed=is_needed)

    def _parameter(self, place: str, name: str, node: Node, *, is_needed: bool) -> Parameter:
        what = f"{self.file}: the parameter '{name}' in {place}"
        if place not in PLACES:
            raise AdapterConfigurationError(f"{what} cannot be sent: cookies are not kept")
        style = node.get("style").data or _SUPPORTED[place]
        if node.get("content").data is not None or style != _SUPPORTED[place]:
            raise AdapterConfigurationError(f"{what} is written in a way that is not supported ({style})")
        schema = node.get("schema")
        read = self._schemas.complete(schema, "request") if schema.data is not None else {}
        is_joined = place != "query" or node.get("explode").data is False
        return Parameter(name, PLACES[place], is_needed, read, is_joined)


def _nearest(said: str, there: Mapping[str, Any]) -> str:
    close = get_close_matches(said, [name for name in there if name != "None"], 1)
    return f": did you mean '{close[0]}'?" if close else ""
