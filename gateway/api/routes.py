"""From a target to a resource. The table comes from the standard's operations; a path is matched as it was written.

No decoding, no tidying: a trailing slash, an empty segment or an escaped letter makes another path, which is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.api.settings import ServedInterface
from gateway.lso.operations import OPERATIONS, Operation, Side
from gateway.values import value

OPERATOR_PAGES = {"/openapi.json": "openapi", "/health": "health", "/ready": "ready"}


@dataclass(frozen=True)
class Endpoint:
    """One method of a resource: the operationId (or the name of an operator's page) and its query parameters."""

    name: str
    query: frozenset[str] = frozenset()
    takes_body: bool = False


@dataclass(frozen=True)
class Resource:
    """A path template, split at its slashes, and what it can do by method; `served` is None on the operator's pages."""

    segments: tuple[str, ...]
    served: ServedInterface | None
    endpoints: dict[str, Endpoint] = field(default_factory=dict)


@value(frozen=True)
class Match:
    resource: Resource
    parameters: Mapping[str, str]


class Routes:
    """All resources that are reachable."""

    def __init__(self, interfaces: Sequence[ServedInterface]) -> None:
        self.resources = (*_operator_pages(), *_standard_resources(interfaces))
        whole = {"/".join(resource.segments): resource for resource in reversed(self.resources)}
        self._whole = {path: Match(resource, {}) for path, resource in whole.items() if "{" not in path}
        """The resources whose path is the same for all."""

    def find(self, raw_path: str) -> Match | None:
        """The resource at this path, percent escapes left as they are."""
        known = self._whole.get(raw_path)
        if known is not None:
            return known
        segments = raw_path.split("/")
        for resource in self.resources:
            parameters = _match(resource.segments, segments)
            if parameters is not None:
                return Match(resource, parameters)
        return None


def _operator_pages() -> Iterator[Resource]:
    for path, name in OPERATOR_PAGES.items():
        yield Resource(tuple(path.split("/")), None, {"GET": Endpoint(name)})


def _standard_resources(interfaces: Sequence[ServedInterface]) -> Iterator[Resource]:
    for served in interfaces:
        for version in served.versions:
            by_path: dict[str, Resource] = {}
            for operation in OPERATIONS:
                if operation.side is Side.SELLER:
                    path = served.base_path(version) + operation.path
                    resource = by_path.setdefault(path, Resource(tuple(path.split("/")), served))
                    resource.endpoints[operation.method] = _endpoint(operation)
            yield from by_path.values()


def _endpoint(operation: Operation) -> Endpoint:
    query = frozenset(parameter.name for parameter in operation.query)
    return Endpoint(operation.operation_id, query, takes_body=operation.request is not None)


def _match(template: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    parameters: dict[str, str] = {}
    for expected, found in zip(template, segments, strict=True):
        if expected.startswith("{") and found:
            parameters[expected.strip("{}")] = found
        elif expected != found:
            return None
    return parameters
