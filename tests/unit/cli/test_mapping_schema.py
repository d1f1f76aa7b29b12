"""The JSON Schema for editors: draft 7, as fresh as the language, says yes to what loads and no to what is misspelt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gateway.assembly.kinds import KINDS
from gateway.cli import main
from gateway.cli.mapping_schema import FILE_NAME, MODELINE, schema_text
from gateway.mapping.editor import editor_schema
from gateway.sources.yamlfile import read_yaml, read_yaml_file
from tests.conftest import REPOSITORY
from tests.support.mappings import HEAD, REFERENCES_HEAD, STEP

MAPPINGS = REPOSITORY / "mappings"
SHIPPED = [path for path in sorted(MAPPINGS.glob("*.yaml")) if not path.name.endswith(".test.yaml")]
SCHEMA = editor_schema(KINDS)
CHECK = jsonschema.Draft7Validator(SCHEMA)
OTHERWISE = "answer: [{otherwise: fail}]\n"


def wrong(text: str) -> list[str]:
    return [error.message for error in CHECK.iter_errors(read_yaml(text, "m.yaml").data)]


def test_the_committed_schema_is_fresh() -> None:
    assert (MAPPINGS / FILE_NAME).read_text(encoding="utf-8") == schema_text(), "run `make docs`"


def test_it_is_a_schema_of_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_mapping_is_valid_and_leads_editors_to_the_schema(path: Path) -> None:
    assert [error.message for error in CHECK.iter_errors(read_yaml_file(path).data)] == []
    assert path.read_text(encoding="utf-8").startswith(MODELINE + "\n")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(HEAD + STEP + OTHERWISE, id="a step"),
        pytest.param(HEAD + "let: {a: 1, b: [=item.id]}\nlookups: {l: {1: a, b: 2}}\n" + OTHERWISE, id="any values"),
        pytest.param(REFERENCES_HEAD + "answer: [{otherwise: unknown}]\n", id="a references file"),
        pytest.param("library: common\nlet: {a: 1}\n", id="a library"),
    ],
)
def test_what_loads_is_valid(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OTHERWISE, id="no head"),
        pytest.param(HEAD + "answer: []\n", id="no row"),
        pytest.param(HEAD + "anser: []\n" + OTHERWISE, id="a slip at the top"),
        pytest.param(HEAD + STEP + "    tmeout: 8 s\n" + OTHERWISE, id="a slip in a step"),
        pytest.param(HEAD + STEP.replace("sql:", "sqll:") + OTHERWISE, id="a slip in the system's word"),
        pytest.param(HEAD + STEP.replace("rows: one", "rows: some") + OTHERWISE, id="rows that are none"),
        pytest.param(HEAD + STEP + "    timeout: 8\n" + OTHERWISE, id="a time without a unit"),
        pytest.param(HEAD + "let: {a-b: 1}\n" + OTHERWISE, id="a name that is none"),
        pytest.param(HEAD + "answer: [{otherwise: fial}]\n", id="a slip in a word"),
        pytest.param(HEAD + "answer: [{when: item.a, rad: x}]\n", id="a slip in a row"),
        pytest.param(HEAD + "answer: [{otherwise: {serviceabilityConfidence: gren}}]\n", id="a colour that is none"),
        pytest.param(HEAD + "candidates: {each: a, from: catalogue}\n" + OTHERWISE, id="no expression"),
        pytest.param(REFERENCES_HEAD + "answer: [{otherwise: {red: x}}]\n", id="red in a references file"),
        pytest.param(REFERENCES_HEAD.replace("product]", "prodct]") + "answer: [{otherwise: fail}]\n", id="a kind"),
        pytest.param("library: common\n" + OTHERWISE, id="a library that answers"),
    ],
)
def test_what_is_misspelt_is_not_valid(text: str) -> None:
    assert wrong(text) != []


def _objects(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _objects(part)


def test_expressions_and_conditions_say_what_may_stand_in_them() -> None:
    expressions = [one for one in _objects(SCHEMA) if one.get("pattern") == "^="]
    conditions = [one["properties"]["when"] for one in _objects(SCHEMA) if "when" in one.get("properties", {})]

    assert len(expressions) > 10
    assert len(conditions) > 5
    assert [one for one in (*expressions, *conditions) if "default" not in one.get("description", "")] == []


def test_every_reference_within_the_schema_leads_somewhere() -> None:
    named = {one["$ref"] for one in _objects(SCHEMA) if "$ref" in one}
    assert {name.removeprefix("#/definitions/") for name in named} <= set(SCHEMA["definitions"])


def test_the_command_writes_the_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMA
    assert main(["mapping", "schema", "-o", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == SCHEMA
    assert main(["mapping", "schema", "-o", str(tmp_path / "no" / "s.json")]) == 2
    assert "cannot be written" in capsys.readouterr().err
