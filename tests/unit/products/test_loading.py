"""Loading product schemas from folders, and what is said when they cannot be loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.products.rules import RelationRules, SpecificationRules
from gateway.products.specifications import ProductSpecifications
from gateway.sources.findings import FindingsError

LINE = "urn:example:spec:line:v1"


def write(folder: Path, **files: str) -> Path:
    """Files by name; `__` in a name stands for a folder, the suffix is .yaml."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def problems_of(specifications: ProductSpecifications, attributes: dict[str, Any]) -> list[str]:
    product = {"productConfiguration": {"@type": LINE, **attributes}}
    return [f"{problem.code} {problem.pointer}" for problem in specifications.check(product, at=()).problems]


def codes(error: pytest.ExceptionInfo[FindingsError]) -> list[str]:
    return [finding.code for finding in error.value.findings]


@pytest.mark.requirement("87.1-R20", "P24")
def test_references_are_relative_to_their_file_and_may_name_a_definition(tmp_path: Path) -> None:
    write(
        tmp_path,
        line__root=f"$id: {LINE}\nproperties:\n  speed: {{$ref: '../common/types.yaml#/definitions/Speed'}}",
        common__types="definitions:\n  Speed: {$ref: '#/definitions/Whole'}\n  Whole: {type: integer}",
    )
    loaded = ProductSpecifications.load([tmp_path])
    assert loaded.types == (LINE,)
    assert problems_of(loaded, {"speed": 5}) == []
    assert problems_of(loaded, {"speed": "fast"}) == ["invalidFormat /productConfiguration/speed"]


def test_references_may_lead_into_another_configured_folder(tmp_path: Path) -> None:
    write(tmp_path / "a", root=f"$id: {LINE}\nproperties: {{speed: {{$ref: ../b/speed.yaml}}}}")
    write(tmp_path / "b", speed="type: integer")
    loaded = ProductSpecifications.load([tmp_path / "a", tmp_path / "b"])
    assert problems_of(loaded, {"speed": "fast"}) == ["invalidFormat /productConfiguration/speed"]
    with pytest.raises(FindingsError) as error:
        ProductSpecifications.load([tmp_path / "a"])
    assert codes(error) == ["SPEC-012"]


def test_json_files_with_tabs_load_like_yaml_files(tmp_path: Path) -> None:
    schema = {
        "$id": LINE,
        "properties": {"speed": {"$ref": "#/definitions/Speed"}},
        "definitions": {"Speed": {"type": "integer"}},
    }
    (tmp_path / "line.json").write_text(json.dumps(schema, indent="\t"))
    loaded = ProductSpecifications.load([tmp_path])
    assert problems_of(loaded, {"speed": "fast"}) == ["invalidFormat /productConfiguration/speed"]


def test_keywords_without_a_value_say_nothing_and_attributes_without_one_may_be_anything(tmp_path: Path) -> None:
    write(tmp_path, root=f"$id: {LINE}\nproperties:\n  any:\nrequired:\nadditionalProperties: false")
    loaded = ProductSpecifications.load([tmp_path])
    assert problems_of(loaded, {"any": [1]}) == []
    assert problems_of(loaded, {"other": 1}) == ["unexpectedProperty /productConfiguration/other"]


def test_null_is_kept_where_it_is_a_value(tmp_path: Path) -> None:
    write(tmp_path, root=f"$id: {LINE}\nproperties:\n  a: {{const: null}}\n  b: {{enum: [null, x]}}")
    loaded = ProductSpecifications.load([tmp_path])
    assert problems_of(loaded, {"a": None, "b": None}) == []
    assert problems_of(loaded, {"a": 1}) == ["invalidValue /productConfiguration/a"]


@pytest.mark.parametrize("value", ["2024-01-01", "2024-01-01T00:00:00Z", "on", "NO", "0123", "12:30:00", "1_000"])
def test_unquoted_scalars_stay_the_texts_they_look_like(tmp_path: Path, value: str) -> None:
    write(tmp_path, root=f"$id: {LINE}\nproperties:\n  a: {{enum: [{value}]}}")
    assert problems_of(ProductSpecifications.load([tmp_path]), {"a": value}) == []


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1e3", 1000), ("1.5", 1.5), ("-3", -3), ("~", None)])
def test_json_scalars_are_read_as_what_they_are(tmp_path: Path, text: str, value: Any) -> None:
    write(tmp_path, root=f"$id: {LINE}\nproperties:\n  a: {{enum: [{text}]}}")
    assert problems_of(ProductSpecifications.load([tmp_path]), {"a": value}) == []


def test_one_schema_in_two_trees_is_one_specification(tmp_path: Path) -> None:
    for tree in ("one", "two"):
        write(tmp_path / tree, root=f"$id: {LINE}\n$ref: part.yaml", part="required: [speed]")
    loaded = ProductSpecifications.load([tmp_path / "one", tmp_path / "two"])
    assert problems_of(loaded, {}) == ["missingProperty /productConfiguration/speed"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"root": "a: [1"}, ["SPEC-002"], id="no YAML"),
        pytest.param({"root": "enum: [!!timestamp 2024-01-01]"}, ["SPEC-002"], id="no JSON"),
        pytest.param({"root": "allOf: &a [*a]"}, ["SPEC-002"], id="endless"),
        pytest.param({"root": "- 1"}, ["SPEC-003"], id="no mapping"),
        pytest.param({"root": "$schema: https://json-schema.org/draft/2020-12/schema"}, ["SPEC-004"], id="other draft"),
        pytest.param({"root": f"$id: {LINE}\ntype: strin"}, ["SPEC-005"], id="no schema"),
        pytest.param({"root": "properties: {a: {pattern: '['}}"}, ["SPEC-005"], id="no regular expression"),
        pytest.param({"root": "$ref: https://example.com/a.yaml"}, ["SPEC-011"], id="remote"),
        pytest.param({"root": "$ref: file:///etc/a.yaml"}, ["SPEC-011"], id="absolute"),
        pytest.param({"root": "$ref: ../outside.yaml"}, ["SPEC-012"], id="outside"),
        pytest.param({"root": "$ref: /etc/hosts"}, ["SPEC-012"], id="outside, by path"),
        pytest.param({"root": "$ref: nowhere.yaml"}, ["SPEC-013"], id="no file"),
        pytest.param({"root": "$ref: '#/definitions/X'"}, ["SPEC-014"], id="no definition"),
        pytest.param({"root": "$ref: '#X'"}, ["SPEC-014"], id="no pointer"),
        pytest.param({"a": f"$id: {LINE}", "b": f"$id: {LINE}\ntype: object"}, ["SPEC-021"], id="one name twice"),
        pytest.param(
            {"a": "- 1", "b": "$ref: nowhere.yaml", "c": "type: strin"},
            ["SPEC-003", "SPEC-013", "SPEC-005"],
            id="all together",
        ),
    ],
)
def test_what_is_wrong_is_reported_together_with_its_file(
    tmp_path: Path, files: dict[str, str], expected: list[str]
) -> None:
    write(tmp_path / "folder", **files)
    write(tmp_path, outside="type: object")
    with pytest.raises(FindingsError) as error:
        ProductSpecifications.load([tmp_path / "folder"])
    assert codes(error) == expected
    assert all(str(tmp_path) in finding.location.file for finding in error.value.findings)


def test_a_yaml_mistake_is_reported_at_its_line(tmp_path: Path) -> None:
    write(tmp_path, root="type: object\nproperties:\n\t- x")
    with pytest.raises(FindingsError, match=r"root\.yaml:3:1 SPEC-002"):
        ProductSpecifications.load([tmp_path])


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_without_schemas_is_reported(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "empty"
    if exists:
        folder.mkdir()
    with pytest.raises(FindingsError, match="SPEC-001"):
        ProductSpecifications.load([folder])


def test_rules_must_belong_to_a_schema_and_names_must_have_one_meaning(tmp_path: Path) -> None:
    write(tmp_path, a=f"$id: {LINE}", b="$id: urn:example:spec:port:v1")
    rules = {
        LINE: SpecificationRules(aliases=("urn:example:spec:port:v1", "line")),
        "urn:example:spec:port:v1": SpecificationRules(aliases=("line",)),
        "urn:example:spec:lime:v1": SpecificationRules(),
    }
    with pytest.raises(FindingsError) as error:
        ProductSpecifications.load([tmp_path], specifications=rules)
    assert sorted(codes(error)) == ["SPEC-022", "SPEC-023", "SPEC-023"]
    assert f"did you mean '{LINE}'?" in str(error.value)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"validaton": "warn"}, id="misspelt key"),
        pytest.param({"validation": "off"}, id="unknown policy"),
        pytest.param({"relations": {"A": {"at_least": -1}}}, id="negative"),
        pytest.param({"relations": {"A": {"at_least": 2, "at_most": 1}}}, id="cannot be met"),
        pytest.param({"places": {"A": {}}}, id="role that does not say whether it is required"),
    ],
)
def test_settings_of_a_specification_are_refused_where_they_say_nothing_sound(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SpecificationRules.model_validate(settings)


def test_settings_of_a_specification_check_attributes_only_unless_told_otherwise() -> None:
    rules = SpecificationRules()
    assert (rules.validation, rules.aliases, rules.relations, rules.places) == ("enforce", (), None, None)
    assert RelationRules() == RelationRules(at_least=0, at_most=None)
