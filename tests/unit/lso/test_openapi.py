"""The OpenAPI document as such: that it is one, and that it says what the operations table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from gateway.lso.identifiers import Interface
from gateway.lso.openapi import openapi_document
from gateway.lso.operations import MEDIA_TYPE, OPERATIONS, Operation, Side, base_path

EACH_OPERATION = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document(version="1.2.3", servers=["/mefApi/sonata/productOfferingQualification/v8/"])


def test_it_is_an_openapi_document(document: dict[str, Any]) -> None:
    assert list(OpenAPIV30SpecValidator(document).iter_errors()) == []
    assert document["openapi"] == "3.0.1"


def test_it_bears_the_version_and_the_servers_it_was_given(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == "1.2.3"
    assert document["servers"] == [{"url": "/mefApi/sonata/productOfferingQualification/v8/"}]


@EACH_OPERATION
def test_each_operation_is_served_where_its_side_is(document: dict[str, Any], operation: Operation) -> None:
    path = document["paths"][operation.path]
    under = [server["url"] for server in path.get("servers", [])]
    of_the_buyer = ["{callback}" + base_path(Side.BUYER, interface) for interface in Interface]

    assert under == (of_the_buyer if operation.side is Side.BUYER else [])


@EACH_OPERATION
def test_each_operation_is_there_with_its_parameters_and_answers(
    document: dict[str, Any], operation: Operation
) -> None:
    described = document["paths"][operation.path][operation.method.lower()]
    parameters = [(parameter["name"], parameter["in"]) for parameter in described["parameters"]]
    statuses = {int(status) for status in described["responses"] if status != "default"}

    assert described["operationId"] == operation.operation_id
    assert parameters == [(name, "path") for name in operation.path_parameters] + [
        (parameter.name, "query") for parameter in operation.query
    ]
    assert statuses == {operation.success, *operation.errors}
    assert ("content" in described["responses"][str(operation.success)]) is (operation.response is not None)
    assert ("requestBody" in described) is (operation.request is not None)


def test_operations_have_names_and_places_of_their_own() -> None:
    assert len({operation.operation_id for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize(
    ("operation_id", "expected"),
    [("retrieveHub", ("id",)), ("registerListener", ())],
    ids=["one", "none"],
)
def test_path_parameters_are_the_names_in_braces(operation_id: str, expected: tuple[str, ...]) -> None:
    (operation,) = (operation for operation in OPERATIONS if operation.operation_id == operation_id)

    assert operation.path_parameters == expected


def test_what_may_be_switched_off_is_what_lists_501() -> None:
    assert {operation.operation_id for operation in OPERATIONS if operation.may_be_switched_off} == {
        "listProductOfferingQualification",
        "retrieveProductOfferingQualification",
        "registerListener",
        "retrieveHub",
        "unregisterListener",
    }


def test_every_body_has_the_one_media_type(document: dict[str, Any]) -> None:
    bodies = [part["content"] for part in _objects(document["paths"]) if "content" in part]

    assert bodies
    assert all(list(body) == [MEDIA_TYPE] for body in bodies)


@pytest.mark.requirement("87.1-R22")
def test_every_object_but_a_configuration_and_an_untyped_event_is_closed(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    open_ones = {
        name
        for name, schema in schemas.items()
        if schema.get("type") == "object" and "properties" in schema and schema["additionalProperties"] is not False
    }

    assert open_ones == {"MEFProductConfiguration"}


def test_nothing_stands_beside_a_reference_or_allows_null(document: dict[str, Any]) -> None:
    for part in _objects(document):
        assert "$ref" not in part or len(part) == 1
        assert part.get("type") != "null"
        assert "const" not in part


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from _objects(value)


def test_ways_in_are_told_where_there_are_any() -> None:
    bare = openapi_document(version="8", servers=[])
    both = openapi_document(version="8", servers=[], token_url="https://id.example/token", has_keys=True)

    assert "securitySchemes" not in bare["components"]
    assert "security" not in bare
    OpenAPIV30SpecValidator(both).validate()
    flow = both["components"]["securitySchemes"]["oauth2MEFLSOAPI"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "https://id.example/token"
    assert set(flow["scopes"]) == {
        "default",
        *(one.operation_id for one in OPERATIONS if one.side is Side.SELLER),
    }
    assert both["security"] == [{"oauth2MEFLSOAPI": ["default"]}, {"clientKey": []}]
