"""From the schemas of an OpenAPI file to JSON Schema 2020-12: complete for validation, and flat for lint.

OpenAPI 3.0 has a dialect of its own (`nullable`, `exclusiveMinimum: true`); 3.1 is JSON Schema 2020-12 already. A
request may hold no `readOnly` member, and a reply needs no `writeOnly` one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import jsonschema_rs

from adapters.base import AdapterConfigurationError
from adapters.rest.documents import Documents, Node

Direction = Literal["request", "reply"]

_OBJECTS = ("properties", "patternProperties", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = (
    "items",
    "additionalProperties",
    "not",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedProperties",
    "unevaluatedItems",
)
_NOT_SCHEMA = ("discriminator", "xml", "example", "examples", "externalDocs", "nullable", "$schema", "$id", "$defs")
_DEEPEST = 12  # levels of a schema that lint reads
_MOST_PARTS = 5000


class SchemaReader:
    """Reads schemas of one description. `is_3_0`: in the dialect of OpenAPI 3.0."""

    def __init__(self, documents: Documents, *, is_3_0: bool) -> None:
        self._documents = documents
        self._is_3_0 = is_3_0

    def complete(self, node: Node, direction: Direction) -> dict[str, Any]:
        """One schema with all that it refers to under `$defs`. Raises AdapterConfigurationError."""
        return _Bundle(self._documents, direction, is_3_0=self._is_3_0).of(node)


class _Bundle:
    def __init__(self, documents: Documents, direction: Direction, *, is_3_0: bool) -> None:
        self._documents = documents
        self._hidden = "readOnly" if direction == "request" else "writeOnly"
        self._is_3_0 = is_3_0
        self._names: dict[tuple[str, str], str] = {}
        self._definitions: dict[str, Any] = {}

    def of(self, node: Node) -> dict[str, Any]:
        schema = self._schema(node)
        schema = schema if isinstance(schema, dict) else ({} if schema else {"not": {}})
        return {**schema, "$defs": self._definitions} if self._definitions else schema

    def _schema(self, node: Node) -> Any:
        data = node.data
        if isinstance(data, bool):
            return data
        if not isinstance(data, Mapping):
            raise AdapterConfigurationError(f"{node.file.name}: a schema is needed at {node.pointer or '/'}")
        if "$dynamicRef" in data or "$recursiveRef" in data:
            raise AdapterConfigurationError(f"{node.file.name}: '$dynamicRef' is not supported ({node.pointer})")
        if isinstance(data.get("$ref"), str):
            reference = {"$ref": f"#/$defs/{self._defined(self._documents.at(data['$ref'], node))}"}
            if self._is_3_0:  # what stands beside a reference is ignored there
                return reference
            return {**self._own(node, without="$ref"), **reference}
        own = self._own(node)
        return _of_3_0(own, data) if self._is_3_0 else own

    def _own(self, node: Node, without: str = "") -> dict[str, Any]:
        own: dict[str, Any] = {}
        for name, part in node.members():
            if name in (*_NOT_SCHEMA, without):
                continue
            if name in _OBJECTS:
                own[name] = {member: self._schema(schema) for member, schema in part.members()}
            elif name in _LISTS:
                own[name] = [self._schema(schema) for schema in part.items()]
            elif name in _SINGLE and isinstance(part.data, Mapping | bool):
                own[name] = self._schema(part)
            else:
                own[name] = part.data
        self._hide(node, own)
        return own

    def _hide(self, node: Node, own: dict[str, Any]) -> None:
        hidden = [name for name, part in node.get("properties").members() if self._says(part, self._hidden)]
        if hidden and self._hidden == "readOnly":
            own["properties"] = {name: part for name, part in own["properties"].items() if name not in hidden}
        if hidden and isinstance(own.get("required"), list):
            own["required"] = [name for name in own["required"] if name not in hidden]

    def _says(self, node: Node, word: str) -> bool:
        found = self._documents.followed(node).data
        return isinstance(found, Mapping) and found.get(word) is True

    def _defined(self, node: Node) -> str:
        key = (str(node.file), node.pointer)
        if key not in self._names:
            name = self._names[key] = f"s{len(self._names)}"
            self._definitions[name] = True  # while it is read; it may contain itself
            self._definitions[name] = self._schema(node)
        return self._names[key]


def _of_3_0(own: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(own.get(exclusive), bool) and own.pop(exclusive) and bound in own:
            own[exclusive] = own.pop(bound)
    if data.get("nullable") is not True:
        return own
    if isinstance(own.get("type"), str) and not any(word in own for word in _LISTS):
        with_null = {"enum": [*own["enum"], None]} if "enum" in own and None not in own["enum"] else {}
        return {**own, "type": [own["type"], "null"], **with_null}
    return {"anyOf": [own, {"type": "null"}]} if own else own


def validator(schema: Mapping[str, Any], what: str) -> Any:
    """Raises AdapterConfigurationError where the schema itself is wrong."""
    try:
        return jsonschema_rs.Draft202012Validator(dict(schema), mask="a value")
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        line = " ".join(str(error).split())[:200]
        raise AdapterConfigurationError(f"the schema of {what} is wrong: {line}") from error


def problems(checking: Any, value: Any, name: str) -> str:
    """What is wrong with a value, by its path and without the value; empty if nothing is. At most three things."""
    found = []
    for error in checking.iter_errors(value):
        at = "/".join([name, *map(str, error.instance_path)])
        found.append(f"{at}: {' '.join(error.message.split())[:200]}")
        if len(found) == 3:
            break
    return "; ".join(found)


def flat(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without references, as lint reads it: what contains itself, or cannot be told, is left open."""
    return _Flattening(schema.get("$defs", {})).of(schema)


class _Flattening:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._parts = 0

    def of(self, schema: Any, above: tuple[str, ...] = (), level: int = 0) -> dict[str, Any]:
        self._parts += 1
        if not isinstance(schema, Mapping) or level > _DEEPEST or self._parts > _MOST_PARTS:
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            return {} if name in above else self.of(self._definitions.get(name), (*above, name), level)
        own = {name: schema[name] for name in ("type", "enum", "format", "required", "const") if name in schema}
        if isinstance(schema.get("properties"), Mapping):
            parts = schema["properties"].items()
            own["properties"] = {name: self.of(part, above, level + 1) for name, part in parts}
        if isinstance(schema.get("additionalProperties"), bool):
            own["additionalProperties"] = schema["additionalProperties"]
        if isinstance(schema.get("items"), Mapping):
            own["items"] = self.of(schema["items"], above, level + 1)
        for part in self._all_of(schema, above, level):
            own = _merged(own, part)
        return self._with_choices(own, schema, above, level)

    def _all_of(self, schema: Mapping[str, Any], above: tuple[str, ...], level: int) -> Iterator[dict[str, Any]]:
        for part in schema.get("allOf", ()):
            yield self.of(part, above, level + 1)

    def _with_choices(
        self, own: dict[str, Any], schema: Mapping[str, Any], above: tuple[str, ...], level: int
    ) -> dict[str, Any]:
        """`anyOf` and `oneOf`: one choice besides null can be told, of several others nothing is known."""
        choices = schema.get("anyOf") or schema.get("oneOf")
        if choices and not own:
            return {"anyOf": [self.of(one, above, level + 1) for one in choices]}
        if choices:  # members that only one of the choices has are there too
            return {name: part for name, part in own.items() if name not in ("properties", "additionalProperties")}
        kinds = own.get("type")
        if isinstance(kinds, list):
            return _without_list_of_types(own, kinds)
        return own


def _without_list_of_types(own: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
    real = [kind for kind in kinds if kind != "null"]
    if len(real) != 1:
        return {}
    listed = [one for one in own.get("enum", ()) if one is not None]
    single = {**own, "type": real[0], **({"enum": listed} if "enum" in own else {})}
    return {"anyOf": [single, {"type": "null"}]} if "null" in kinds else single


def _merged(own: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    merged = {**part, **own}
    if "properties" in own or "properties" in part:
        merged["properties"] = {**part.get("properties", {}), **own.get("properties", {})}
    if "required" in own or "required" in part:
        merged["required"] = list(dict.fromkeys([*own.get("required", ()), *part.get("required", ())]))
    merged.pop("additionalProperties", None)
    return merged


def besides_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one choice of a flat schema that is not null, where there is one only."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] if len(choices) == 1 else schema


def with_absent(value: Any, schema: Mapping[str, Any]) -> Any:
    """The value with each declared member that is absent as None, so that an unknown name is a mistake and no gap."""
    schema = besides_null(schema)
    if isinstance(value, dict):
        members = schema.get("properties", {})
        known = {name: with_absent(part, members.get(name, {})) for name, part in value.items()}
        return {**dict.fromkeys(name for name in members if name not in known), **known}
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [with_absent(part, schema["items"]) for part in value]
    return value
