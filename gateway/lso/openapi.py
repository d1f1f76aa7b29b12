"""The OpenAPI 3.0 document of what we serve and of what we call at a Buyer, made of the models and the operations.

There is no other source of it. Knows no server: where the API stands comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from gateway.lso.identifiers import Interface
from gateway.lso.models import ENTITIES
from gateway.lso.models.base import Entity
from gateway.lso.models.errors import ERRORS, Error
from gateway.lso.operations import MEDIA_TYPE, OPERATIONS, Operation, Parameter, Side, base_path
from gateway.lso.schema import OPENAPI_REF, component_schemas

__all__ = ["OPERATIONS", "openapi_document"]

_TITLE = "Product Offering Qualification"
_DESCRIPTION = (
    "Asks a Seller whether products can be delivered at a place, or products in service modified. "
    "The paths under /listener are served by the Buyer, who is notified there."
)
_TAGS = {Side.SELLER: "Seller", Side.BUYER: "Buyer"}


OAUTH2 = "oauth2MEFLSOAPI"
"""What the standard's own documents with security call the scheme."""


def openapi_document(
    *, version: str, servers: Sequence[str], token_url: str | None = None, has_keys: bool = False
) -> dict[str, Any]:
    """The document as JSON-ready data; `servers` are the base URLs of the Seller's side, absolute or not.

    `token_url`: where clients take access tokens, None where tokens are no way in; `has_keys`: whether clients may have
    keys instead. Client certificates cannot be said in OpenAPI 3.0.
    """
    document = _document(version, servers)
    schemes: dict[str, Any] = {}
    if token_url is not None:
        flow = {"tokenUrl": token_url, "scopes": {"default": "All operations.", **_scopes()}}
        schemes[OAUTH2] = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    if has_keys:
        schemes["clientKey"] = {"type": "http", "scheme": "bearer", "description": "A key of the client's own."}
    if schemes:
        document["components"]["securitySchemes"] = schemes
        document["security"] = [{name: ["default"] if name == OAUTH2 else []} for name in schemes]
    return document


def _scopes() -> dict[str, str]:
    """Each operation has a scope of its name."""
    return {one.operation_id: f"{one.summary}." for one in OPERATIONS if one.side is Side.SELLER}


def _document(version: str, servers: Sequence[str]) -> dict[str, Any]:
    return {
        "openapi": "3.0.1",
        "info": {"title": _TITLE, "description": _DESCRIPTION, "version": version},
        "servers": [{"url": url} for url in servers],
        "tags": [
            {"name": _TAGS[Side.SELLER], "description": "Served here."},
            {"name": _TAGS[Side.BUYER], "description": "Called here, served by the Buyer."},
        ],
        "paths": _paths(),
        "components": {"schemas": _referring(component_schemas(ENTITIES, OPENAPI_REF))},
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        item = paths.setdefault(operation.path, _listener_servers() if operation.side is Side.BUYER else {})
        item[operation.method.lower()] = _operation(operation)
    return paths


def _listener_servers() -> dict[str, Any]:
    """A Buyer serves the listeners under the callback it registered (87.1-R76)."""
    callback = {"default": "https://buyer.example.com", "description": "The callback of the registration."}
    return {
        "servers": [
            {"url": "{callback}" + base_path(Side.BUYER, interface), "variables": {"callback": callback}}
            for interface in Interface
        ]
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [_TAGS[operation.side]],
        "summary": operation.summary,
        "operationId": operation.operation_id,
        "parameters": [
            *(
                {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
                for name in operation.path_parameters
            ),
            *map(_query_parameter, operation.query),
        ],
        "responses": _responses(operation),
    }
    if operation.request is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.request)}
    return described


def _query_parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": parameter.type}
    if parameter.format:
        schema["format"] = parameter.format
    if parameter.enum:
        schema["enum"] = list(parameter.enum)
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": schema,
    }


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": HTTPStatus(operation.success).phrase}
    if operation.response is not None:
        success["content"] = _content(operation.response, many=operation.many)
    if operation.headers:
        success["headers"] = {
            header.name: {"description": header.description, "schema": {"type": header.type}}
            for header in operation.headers
        }
    responses = {str(operation.success): success}
    for status in operation.errors:
        responses[str(status)] = _refusal(HTTPStatus(status).phrase, ERRORS[status], many=status == 422)
    if operation.side is Side.SELLER:
        responses["default"] = _refusal("Any other refusal", Error)
    return responses


def _refusal(description: str, model: type[Error], *, many: bool = False) -> dict[str, Any]:
    return {"description": description, "content": _content(model, many=many)}


def _content(model: type[Entity], *, many: bool = False) -> dict[str, Any]:
    reference = {"$ref": OPENAPI_REF.format(model=model.__name__)}
    return {MEDIA_TYPE: {"schema": {"type": "array", "items": reference} if many else reference}}


def _referring(schema: Any) -> Any:
    """The schema with each described reference wrapped: OpenAPI 3.0 ignores whatever stands beside a `$ref`."""
    if isinstance(schema, list):
        return [_referring(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(schema.get("$ref"), str) and len(schema) > 1:
        others = {key: value for key, value in schema.items() if key != "$ref"}
        return {"allOf": [{"$ref": schema["$ref"]}], **others}
    return {key: _referring(value) for key, value in schema.items()}
