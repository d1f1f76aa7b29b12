"""OpenAPI files as they are found: what they refer to, what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.base import AdapterConfigurationError
from adapters.rest.openapi import OpenApi
from adapters.rest.schemas import flat, problems, validator
from tests.unit.adapters.rest.services import OPENAPI


def written(folder: Path, **changes: Any) -> Path:
    said: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
    file = folder / "api.yaml"
    file.write_text(yaml.safe_dump(said | changes))
    return file


def schema_of(folder: Path, schema: Any, version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    """The schema of a reply, complete."""
    reply = {"description": "d", "content": {"application/json": {"schema": schema}}}
    paths = {"/x": {"get": {"operationId": "x", "responses": {"200": reply}}}}
    described = OpenApi(written(folder, openapi=version, paths=paths, **more)).by_id("x")
    return dict(described.replies["200"]["json"].schema)


def fits(schema: dict[str, Any], value: Any) -> bool:
    return not problems(validator(schema, "it"), value, "it")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"openapi": None, "swagger": "2.0"}, "convert it to OpenAPI 3", id="Swagger"),
        pytest.param({"openapi": "4.0"}, "3.0 or 3.1 is needed", id="a later one"),
        pytest.param({"openapi": None}, "neither", id="no OpenAPI"),
    ],
)
def test_another_description_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        OpenApi(written(tmp_path, **changes))


@pytest.mark.parametrize("content", ["a: [", "- 1", "a: !!python/object:os.system {}"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "api.yaml").write_text(content)
    with pytest.raises(AdapterConfigurationError, match=r"api\.yaml"):
        OpenApi(tmp_path / "api.yaml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AdapterConfigurationError, match="No such file"):
        OpenApi(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        pytest.param("https://x.example/types.yaml#/A", "nothing is fetched", id="over a network"),
        pytest.param("absent.yaml#/A", "No such file", id="a missing file"),
        pytest.param("#/components/schemas/A", "there is no such thing", id="a missing schema"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(tmp_path: Path, reference: str, words: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=words):
        schema_of(tmp_path, {"$ref": reference})


def test_references_that_go_round_are_refused(tmp_path: Path) -> None:
    paths = {"/x": {"get": {"operationId": "x", "responses": {"200": {"$ref": "#/components/responses/A"}}}}}
    components = {"responses": {"A": {"$ref": "#/components/responses/A"}}}
    with pytest.raises(AdapterConfigurationError, match="circle"):
        OpenApi(written(tmp_path, paths=paths, components=components)).by_id("x")


def test_yaml_is_read_with_the_types_of_json(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(OPENAPI.read_text().replace("common/", f"{OPENAPI.parent}/common/"))
    schema = OpenApi(file).by_id("checkAvailability").replies["200"]["json"].schema

    assert fits(dict(schema), {"status": "no"})


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        pytest.param({"type": "string", "nullable": True}, [None, "a"], [1], id="nullable"),
        pytest.param({"type": "string", "nullable": True, "enum": ["a"]}, [None, "a"], ["b"], id="nullable enum"),
        pytest.param({"allOf": [{"type": "string"}], "nullable": True}, [None, "a"], [1], id="nullable allOf"),
        pytest.param({"maximum": 5, "exclusiveMaximum": True}, [4], [5], id="exclusiveMaximum"),
        pytest.param({"maximum": 5, "exclusiveMaximum": False}, [5], [6], id="no exclusiveMaximum"),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "integer"}}, [{"a": 1}], [{"a": "x"}], id="map"
        ),
        pytest.param({"type": "object", "example": {"$ref": "#/nowhere"}}, [{}], [1], id="an example is no schema"),
    ],
)
def test_the_dialect_of_3_0(tmp_path: Path, schema: Any, good: list[Any], bad: list[Any]) -> None:
    read = schema_of(tmp_path, schema, version="3.0.3")

    assert [fits(read, value) for value in (*good, *bad)] == [True] * len(good) + [False] * len(bad)


def test_3_1_is_json_schema(tmp_path: Path) -> None:
    read = schema_of(tmp_path, {"type": ["string", "null"], "const": "a"})

    assert [fits(read, value) for value in ("a", "b")] == [True, False]


def test_a_schema_that_contains_itself_is_complete_for_validation_and_cut_for_lint(tmp_path: Path) -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Tree"}, "v": {"type": "integer"}}}
    read = schema_of(tmp_path, {"$ref": "#/components/schemas/Tree"}, components={"schemas": {"Tree": tree}})

    assert fits(read, {"next": {"next": {"v": 1}}})
    assert not fits(read, {"next": {"next": {"v": "x"}}})
    assert flat(read) == {"type": "object", "properties": {"next": {}, "v": {"type": "integer"}}}


def test_a_schema_that_explodes_when_written_out_is_cut_for_lint(tmp_path: Path) -> None:
    schemas = {
        f"S{n}": {
            "type": "object",
            "properties": {f"p{m}": {"$ref": f"#/components/schemas/S{n + 1}"} for m in range(9)},
        }
        for n in range(12)
    }
    schemas["S12"] = {"type": "string"}
    read = schema_of(tmp_path, {"$ref": "#/components/schemas/S0"}, components={"schemas": schemas})

    assert len(str(flat(read))) < 3_000_000


def test_of_several_choices_nothing_is_known(tmp_path: Path) -> None:
    read = schema_of(tmp_path, {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object"}]})

    assert len(flat(read)["anyOf"]) == 2


@pytest.mark.parametrize(
    "parameter",
    [
        {"name": "a", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"name": "a", "in": "path", "required": True, "style": "matrix", "schema": {}},
        {"name": "a", "in": "cookie", "required": True, "schema": {}},
        {"name": "a", "in": "query", "content": {"application/json": {}}},
    ],
    ids=["deepObject", "matrix", "cookie", "content"],
)
def test_parameters_that_cannot_be_sent_are_refused_while_loading(tmp_path: Path, parameter: dict[str, Any]) -> None:
    paths = {"/x": {"get": {"operationId": "x", "parameters": [parameter], "responses": {}}}}
    with pytest.raises(AdapterConfigurationError, match="the parameter 'a'"):
        OpenApi(written(tmp_path, paths=paths)).by_id("x")
