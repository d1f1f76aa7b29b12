"""What readers of expressions are told of a specification."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.mapping.loading import load_mapping_text
from gateway.mapping.requesting import check_configuration
from gateway.products.outline import Outlines
from gateway.products.specifications import ProductSpecifications
from tests.support.mappings import KINDS

URI = "file:///specification.yaml"
TEXT: dict[str, Any] = {"type": "string"}

UNDECLARED = {"shortDurationValue", "shortDurationUnits", "ingressBandwidthProfilePerClassOfServiceName"}
"""What published requests say beside what the schemas of their products declare."""


def outline(schema: Mapping[str, Any]) -> dict[str, Any]:
    return Outlines({URI: schema}).whole(URI)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"const": "A"}, {**TEXT, "enum": ["A"]}, id="a constant"),
        pytest.param({"type": ["string", "null"]}, {"type": "string"}, id="a text or null"),
        pytest.param({"type": ["string", "number"]}, {}, id="one of several types"),
        pytest.param({"allOf": [{"enum": ["A", "B"]}, {"enum": ["B", "C"]}]}, {**TEXT, "enum": ["B"]}, id="both lists"),
        pytest.param({"oneOf": [{"enum": ["A"]}, {"const": "B"}]}, {**TEXT, "enum": ["A", "B"]}, id="one of two lists"),
        pytest.param(
            {"properties": {"a": TEXT}, "allOf": [{"properties": {"b": TEXT}}, {"required": ["a"]}]},
            {"properties": {"a": TEXT, "b": TEXT}, "required": ["a"], "optional": ["b"]},
            id="an object in parts",
        ),
        pytest.param(
            {"properties": {"a": TEXT}, "oneOf": [{"required": ["a"]}, {"maxProperties": 0}]},
            {"properties": {"a": TEXT}},
            id="a choice that only narrows",
        ),
        pytest.param(
            {"oneOf": [{"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}]},
            {"properties": {"a": TEXT, "b": TEXT}},
            id="one of two objects",
        ),
        pytest.param(
            {"properties": {"a": TEXT}, "then": {"properties": {"b": TEXT}}, "if": {}},
            {"properties": {"a": TEXT, "b": TEXT}},
            id="a condition",
        ),
        pytest.param(
            {"properties": {"a": TEXT}, "patternProperties": {"^x": {}}},
            {"properties": {"a": TEXT}, "additionalProperties": True, "optional": ["a"]},
            id="names by a pattern",
        ),
        pytest.param({"items": {"allOf": [TEXT, {"enum": ["A"]}]}}, {"items": {**TEXT, "enum": ["A"]}}, id="a list"),
        pytest.param({"oneOf": [TEXT, {"not": {}}], "type": "string"}, TEXT, id="what is not understood"),
        pytest.param({"$ref": f"{URI}#/definitions/none"}, {}, id="a reference to nothing"),
    ],
)
def test_a_schema_is_told_in_few_words(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert outline(schema) == expected


def test_a_schema_that_contains_itself_leads_on_by_its_reference() -> None:
    schema = {"properties": {"inner": {"$ref": f"{URI}#"}, "name": TEXT}}
    outlines = Outlines({URI: schema})

    assert outlines.whole(URI)["properties"]["inner"] == {"$ref": f"{URI}#"}
    assert outlines[f"{URI}#"]["properties"].keys() == {"inner", "name"}


def test_a_circle_of_references_is_open() -> None:
    assert outline({"allOf": [{"$ref": f"{URI}#"}]}) == {}


def _paths(value: Any, path: str) -> Iterator[str]:
    """An expression for each part of a value."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _paths(part, f"{path}['{name}']")
    elif isinstance(value, list):
        for part in value:
            yield from _paths(part, f"{path}[0]")
    else:
        yield path


@pytest.mark.shared
def test_what_the_standards_requests_have_can_be_read_but_what_no_schema_declares(shared: Path) -> None:
    specifications = ProductSpecifications.load([shared / "lso" / "productSchema" / "sonata"])
    read, undeclared = 0, set[str]()
    for path in sorted((shared / "lso" / "examples").glob("*.json")):
        document = orjson.loads(path.read_bytes())
        for item in document.get("productOfferingQualificationItem", ()):
            configuration = item.get("product", {}).get("productConfiguration", {})
            known = specifications.outline(configuration.get("@type", ""))
            if known is None or specifications.check(item["product"], at=()).problems:
                continue
            paths = dict.fromkeys(_paths(configuration, "item.product.productConfiguration"))
            lets = "\n".join(f"  n{number}: =[{one}]" for number, one in enumerate(paths))
            text = f"mapping: m\nversion: 1\nfor: {{product: '*'}}\nlet:\n{lets}\nanswer: [{{otherwise: fail}}]\n"
            mapping = load_mapping_text(text, "m.yaml", KINDS)
            found = list(check_configuration(mapping, [known], specifications.outlines))
            undeclared |= {name for one in found for name in re.findall(r"there is no '(\w+)' here", one.message)}
            assert len(found) == len([one for one in found if one.message.startswith("there is no")])
            read += len(paths) - len(found)
    assert undeclared == UNDECLARED
    assert read > 1_000
