"""What a specification says of its attributes, in the few words of JSON Schema that readers of expressions know.

`allOf` becomes one object, `const` an enumeration; conditions that only narrow a choice are left out. `optional` names
the attributes that may be left out, where that does not depend on others. A `$ref` stays and leads on by `Outlines`,
since a specification may contain itself. What cannot be said in these words is left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from gateway.lso.problems import parse_pointer

Schema = dict[str, Any]

_DEEPEST = 40
_DEPENDS = frozenset({"anyOf", "oneOf", "if", "dependencies", "minProperties"})
_SAYS = ("type", "enum", "properties", "items", "$ref", "anyOf")


class Outlines(Mapping[str, Schema]):
    """The outline behind each `$ref`, made at first use. `documents`: schemas by URI, their references absolute."""

    def __init__(self, documents: Mapping[str, Mapping[str, Any]]) -> None:
        self._documents = documents
        self._made: dict[str, Schema] = {}

    def __getitem__(self, reference: str) -> Schema:
        """The outline of what a reference leads to. Raises KeyError where it leads nowhere."""
        if reference not in self._made:
            self._made[reference] = self._outline(self._behind(reference))
        return self._made[reference]

    def whole(self, uri: str) -> Schema:
        """The outline of a document with what its top leads to put in its place; an open one where it is unknown."""
        return self._resolved({"$ref": uri}, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def _behind(self, reference: str) -> Any:
        uri, _, fragment = reference.partition("#")
        node: Any = self._documents[uri]
        try:
            for key in parse_pointer(unquote(fragment)):
                node = node[int(key)] if isinstance(node, list) else node[key]
        except (ValueError, LookupError, TypeError) as error:
            raise KeyError(reference) from error
        return node

    def _outline(self, schema: Any, depth: int = 0) -> Schema:
        if not isinstance(schema, Mapping) or depth > _DEEPEST:
            return {}
        if "$ref" in schema:  # in draft 7 nothing beside it counts
            return {"$ref": schema["$ref"]}
        own = self._own(schema, depth)
        parts = [self._resolved(part, depth) for part in schema.get("allOf", ())]
        outline = _together([own, *parts]) if parts else own
        more = [self._resolved(schema[word], depth) for word in ("then", "else") if word in schema]
        for word in ("anyOf", "oneOf"):
            choices = [self._resolved(choice, depth) for choice in schema.get(word, ())]
            outline = _with_choices(outline, choices)
        outline = _typed(_with_choices(outline, [outline, *more]) if more else outline)
        if "properties" in outline and self._is_plain(schema):
            needed = outline.get("required", ())
            outline = {**outline, "optional": [name for name in outline["properties"] if name not in needed]}
        return outline

    def _is_plain(self, schema: Any, depth: int = 0) -> bool:
        """Whether what is needed does not depend on anything."""
        if not isinstance(schema, Mapping) or depth > _DEEPEST:
            return False
        if "$ref" in schema:
            try:
                return self._is_plain(self._behind(schema["$ref"]), depth + 1)
            except KeyError:
                return False
        parts = schema.get("allOf", ())
        return not _DEPENDS & schema.keys() and all(self._is_plain(part, depth + 1) for part in parts)

    def _resolved(self, schema: Any, depth: int) -> Schema:
        outline = self._outline(schema, depth + 1)
        while "$ref" in outline and depth <= _DEEPEST:
            depth += 1
            try:
                outline = self._outline(self._behind(outline["$ref"]), depth + 1)
            except KeyError:
                return {}
        return {} if "$ref" in outline else outline

    def _own(self, schema: Mapping[str, Any], depth: int) -> Schema:
        own: Schema = {}
        kinds = schema.get("type")
        kinds = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else [kinds]
        if len(kinds) == 1 and isinstance(kinds[0], str):
            own["type"] = kinds[0]
        if "const" in schema or isinstance(schema.get("enum"), list):
            own["enum"] = [schema["const"]] if "const" in schema else list(schema["enum"])
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            own["properties"] = {name: self._outline(part, depth + 1) for name, part in properties.items()}
        if isinstance(schema.get("required"), list):
            own["required"] = list(schema["required"])
        if isinstance(schema.get("items"), Mapping):
            own["items"] = self._outline(schema["items"], depth + 1)
        if schema.get("additionalProperties", False) is not False or "patternProperties" in schema:
            own["additionalProperties"] = True
        return own


def _typed(outline: Schema) -> Schema:
    """A list of texts says that it is a text."""
    texts = bool(outline.get("enum")) and all(isinstance(value, str) for value in outline["enum"])
    return {"type": "string", **outline} if texts else outline


def _together(parts: Iterable[Schema]) -> Schema:
    """What holds where all of these hold."""
    outline: Schema = {}
    for part in parts:
        for word, value in part.items():
            if word == "optional":
                continue  # what one part needs is needed
            if word == "properties":
                outline[word] = {**value, **outline.get(word, {})}
            elif word == "required":
                outline[word] = list(dict.fromkeys([*outline.get(word, ()), *value]))
            elif word == "enum":
                outline[word] = [one for one in outline[word] if one in value] if word in outline else value
            else:
                outline.setdefault(word, value)
    return outline


def _with_choices(outline: Schema, choices: list[Schema]) -> Schema:
    """What may be read where one of the choices holds."""
    saying = [choice for choice in choices if any(word in choice for word in _SAYS)]
    if not saying:
        return outline
    if "properties" in outline or any("properties" in choice for choice in saying):
        return _of_any(outline, saying) if len(saying) == len(choices) else {**outline, "additionalProperties": True}
    listed = [choice.get("enum") for choice in saying]
    if len(saying) == len(choices) and all(isinstance(one, list) for one in listed):
        return _together([outline, {"enum": list(dict.fromkeys(value for one in listed for value in one or ()))}])
    return outline or {"anyOf": saying}


def _of_any(outline: Schema, choices: list[Schema]) -> Schema:
    properties: dict[str, Schema] = dict(outline.get("properties", {}))
    for choice in choices:
        for name, part in choice.get("properties", {}).items():
            known = properties.setdefault(name, part)
            if known != part:
                properties[name] = {"anyOf": [known, part]}
    is_open = any(
        choice.get("additionalProperties") or "properties" not in choice for choice in (outline, *choices) if choice
    )
    return {**outline, "properties": properties} | ({"additionalProperties": True} if is_open else {})
