"""Where two OpenAPI documents differ in what they ask of a message, whatever the form in which they say it.

References and `allOf` are resolved; texts, tags and the order of things are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

ABSENT = "absent"

TEXTS = frozenset({"description", "summary", "tags", "deprecated", "title", "example"})


class Difference(NamedTuple):
    where: str
    wanted: Any
    given: Any


def differences(wanted: dict[str, Any], given: dict[str, Any]) -> list[Difference]:
    """What of `wanted` is not so in `given`; paths and schemas that only `given` has are not looked at."""
    found: list[Difference] = []
    given_schemas, given_paths = given["components"]["schemas"], given["paths"]
    for name, schema in wanted["components"]["schemas"].items():
        ours = shape(given_schemas[name], given) if name in given_schemas else ABSENT
        found += compare(f"schemas/{name}", shape(schema, wanted), ours)
    for path, item in wanted["paths"].items():
        ours = methods(given_paths[path], given) if path in given_paths else ABSENT
        found += compare(f"paths{path}", methods(item, wanted), ours)
    return found


def compare(where: str, wanted: Any, given: Any) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key in sorted(wanted.keys() | given.keys()):
            yield from compare(f"{where}/{key}", wanted.get(key, ABSENT), given.get(key, ABSENT))
    elif wanted != given:
        yield Difference(where, wanted, given)


def shape(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """A schema with `allOf` merged; a reference to a component stays a name."""
    if "$ref" in schema:
        return {"ref": schema["$ref"].rsplit("/", 1)[-1]}
    parts = schema.get("allOf", [])
    if len(parts) == 1 and "$ref" in parts[0] and "properties" not in schema:
        return shape(parts[0], document)
    merged: dict[str, Any] = {}
    for part in parts:
        if "$ref" in part:
            part = document["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]]
        _merge(merged, shape(part, document))
    _merge(merged, _own_shape(schema, document))
    if merged.get("type") == "object" and "oneOf" not in merged:
        merged.setdefault("additionalProperties", True)
    return merged


def _merge(into: dict[str, Any], part: dict[str, Any]) -> None:
    for key, value in part.items():
        if key == "properties":
            for name, schema in value.items():
                own = into.setdefault("properties", {}).setdefault(name, {})
                own.clear() if "ref" in schema else None
                own.update(schema)
        elif key == "required":
            into["required"] = sorted({*into.get("required", ()), *value})
        else:
            into[key] = value


def _own_shape(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in schema.items() if key not in TEXTS and key != "allOf"}
    for key in ("required", "enum"):
        if key in own:
            own[key] = sorted(own[key])
    if "properties" in own:
        own["properties"] = {name: shape(part, document) for name, part in own["properties"].items()}
    if "items" in own:
        own["items"] = shape(own["items"], document)
    if "oneOf" in own:
        own["oneOf"] = sorted(shape(part, document)["ref"] for part in own["oneOf"])
    return own


def methods(item: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    return {
        method: {
            "operationId": operation["operationId"],
            "parameters": {
                f"{parameter['in']} {parameter['name']}": {
                    "required": parameter.get("required", False),
                    **shape(parameter["schema"], document),
                }
                for parameter in operation.get("parameters", [])
            },
            "requestBody": _message(operation["requestBody"], document) if "requestBody" in operation else ABSENT,
            "responses": {status: _message(response, document) for status, response in operation["responses"].items()},
        }
        for method, operation in item.items()
        if method in ("get", "put", "post", "delete", "patch")
    }


def _message(message: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    return {
        "required": message.get("required", False),
        "content": {media: shape(body["schema"], document) for media, body in message.get("content", {}).items()},
        "headers": {name: shape(header["schema"], document) for name, header in message.get("headers", {}).items()},
    }
