"""The language as a JSON Schema (draft 7), made of its own models, for editors: completion, explanations, red lines.

The shape only: what expressions mean, and whether names exist, is for lint. One schema for all kinds of files; which
kind a file is shows by its first key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.language import StepKind, library_file, mapping_file
from gateway.mapping.reference_language import references_file

DRAFT_7 = "http://json-schema.org/draft-07/schema#"

_REF = "#/definitions/"
_VALUE = "A literal, an expression (`=…`), or a list or mapping of such."
_SYNTAX = (
    "Python's expression syntax: names of the file, a.b, a[0], a['k'], + - * / // %, comparisons, and, or, not, in, "
    "x if c else y, lists, objects, one comprehension. What is missing is null, and using null fails: test x == None, "
    "or write default(x, y). Functions: "
)


class _EditorSchema(GenerateJsonSchema):
    """Without titles and without null: what may be left out is left out."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return {key: value for key, value in super().model_schema(schema).items() if key != "title"}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def any_schema(self, schema: core_schema.AnySchema) -> JsonSchemaValue:
        return {"description": _VALUE}


def editor_schema(kinds: Iterable[StepKind]) -> dict[str, Any]:
    """The schema of every file of the language, for these kinds of systems."""
    kinds = tuple(kinds)
    definitions: dict[str, Any] = {}
    mapping = _added(mapping_file(kinds), definitions, "")
    references = _added(references_file(kinds), definitions, "References")
    library = _added(library_file(kinds), definitions, "Library")
    return {
        "$schema": DRAFT_7,
        "title": "Mapping files of poq-gateway",
        "type": "object",
        "if": {"required": ["references"]},
        "then": references,
        "else": {"if": {"required": ["library"]}, "then": library, "else": mapping},
        "definitions": dict(sorted(definitions.items())),
    }


def _added(model: type[BaseModel], definitions: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Add a model with all that it is made of; where two files mean different things by one name, one is prefixed."""
    schema = model.model_json_schema(by_alias=True, ref_template=_REF + "{model}", schema_generator=_EditorSchema)
    parts = {name: _told(part) for name, part in schema.pop("$defs", {}).items()}
    new = {name: f"{prefix}{name}" for name, part in parts.items() if definitions.get(name, part) != part}
    for name, part in {**parts, model.__name__: _told(schema)}.items():
        definitions[new.get(name, name)] = _walked(part, lambda node: _renamed(node, new))
    return {"$ref": _REF + new.get(model.__name__, model.__name__)}


def _told(schema: Any) -> Any:
    return _walked(schema, _explained)


def _walked(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The schema with each of its parts changed."""
    if isinstance(node, list):
        return [_walked(part, change) for part in node]
    if isinstance(node, dict):
        return change({key: _walked(value, change) for key, value in node.items()})
    return node


def _explained(node: dict[str, Any]) -> dict[str, Any]:
    """Expressions say what may stand in them; keys of a pattern are all; beside `$ref` draft 7 reads nothing."""
    if node.get("pattern") == "^=":
        said = str(node.get("description", "An expression.")).removesuffix("An expression.")
        node["description"] = f"{said} An expression, after `=`. {syntax()}".strip()
    when = node.get("when")
    if isinstance(when, dict) and when.get("type") == "string":
        node["when"] = {**when, "description": f"{when.get('description', '')} {syntax()}".strip()}
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if "$ref" in node and len(node) > 1:
        node["allOf"] = [{"$ref": node.pop("$ref")}]
    return node


def _renamed(node: dict[str, Any], new: Mapping[str, str]) -> dict[str, Any]:
    reference = node.get("$ref")
    if isinstance(reference, str):
        name = reference.removeprefix(_REF)
        node["$ref"] = _REF + new.get(name, name)
    return node


def syntax() -> str:
    """What an expression is made of, in a few lines."""
    return _SYNTAX + ", ".join(sorted(FUNCTIONS)) + "."
