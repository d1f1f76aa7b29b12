"""JSON Schema made of a model, in two forms: as the OpenAPI document shows it, and as documents are checked by it.

The second differs where the first could only be checked by guessing: a `discriminator` becomes `if`/`then` for each of
its values, so that the errors are those of the branch the Buyer chose; and an address described by value needs a
representation, where the standard counts members. Knows nothing of the rules of the guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import jsonschema_rs
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

OPENAPI_REF = "#/components/schemas/{model}"
CHECK_REF = "#/$defs/{model}"

_STANDARD_NAMES = {"ProblemCode": "Error422Code"}

_REPRESENTATIONS = (
    "fieldedAddressRepresentation",
    "formattedAddressRepresentation",
    "geographicPointRepresentation",
    "labelRepresentation",
)

_ADDED: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "GeographicAddress_Query": {
            "anyOf": [{"required": [name], "properties": {name: {"minItems": 1}}} for name in _REPRESENTATIONS]
        }
    }
)
"""What a check asks of an entity instead of `minProperties`, which an unknown or empty member would satisfy."""


class StandardSchema(GenerateJsonSchema):
    """Pydantic's schema in the words of the standard: no titles, no `null`, enumerations also for a single value."""

    def normalize_name(self, name: str) -> str:
        return _STANDARD_NAMES.get(name, super().normalize_name(name))

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _without(super().model_schema(schema), "title")

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return _without(super().enum_schema(schema), "title")

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        return {"type": "string", "enum": list(schema["expected"])}

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        return {"type": "object", **super().tagged_union_schema(schema)}


def component_schemas(models: Iterable[type[BaseModel]], ref_template: str) -> dict[str, Any]:
    """The schemas of the models and of all they reach, by the standard's name."""
    _, schema = models_json_schema(
        [(model, "validation") for model in models], ref_template=ref_template, schema_generator=StandardSchema
    )
    return dict(schema["$defs"])


def check_schema(model: type[BaseModel], *, many: bool = False) -> dict[str, Any]:
    """The JSON Schema (2020-12) by which a document is checked; with `many`, for a list of one or more of them."""
    definitions = {name: _checked(name, part) for name, part in component_schemas([model], CHECK_REF).items()}
    reference = {"$ref": CHECK_REF.format(model=model.__name__)}
    top = {"type": "array", "minItems": 1, "items": reference} if many else reference
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": definitions}


def validator(
    model: type[BaseModel], *, many: bool = False, more: Mapping[str, Any] | None = None
) -> jsonschema_rs.Validator:
    """The compiled check; formats are asserted. `more`: what else a document must satisfy."""
    asked = {**check_schema(model, many=many), **(more or {})}
    return jsonschema_rs.Draft202012Validator(asked, validate_formats=True, offline=True)


def _checked(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """One definition as documents are checked by it."""
    bare = {key: value for key, value in _bare(schema).items() if name not in _ADDED or key != "minProperties"}
    return bare | dict(_ADDED.get(name, {}))


def _bare(schema: Any) -> Any:
    """The schema without what only people read, and with its discriminators made explicit."""
    if isinstance(schema, list):
        return [_bare(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "discriminator" in schema:
        return _by_discriminator(schema["discriminator"])
    return {key: _bare(value) for key, value in schema.items() if not (key == "description" and isinstance(value, str))}


def _by_discriminator(discriminator: Mapping[str, Any]) -> dict[str, Any]:
    """An object that must name one of the branches, and is checked by that branch only (error model, P38)."""
    name, mapping = discriminator["propertyName"], discriminator["mapping"]
    return {
        "type": "object",
        "required": [name],
        "properties": {name: {"type": "string", "enum": list(mapping)}},
        "allOf": [
            {
                "if": {"type": "object", "required": [name], "properties": {name: {"const": value}}},
                "then": {"$ref": reference},
            }
            for value, reference in mapping.items()
        ],
    }


def _without(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != key}
