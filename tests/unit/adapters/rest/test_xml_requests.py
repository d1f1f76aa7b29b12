"""XML that is sent is what the OpenAPI file says, as one reads it who has the same file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.base import BadArguments
from adapters.rest.system import RestOperation
from tests.unit.adapters.rest.services import prepared

CHECK = {
    "type": "object",
    "required": ["Check"],
    "additionalProperties": False,
    "properties": {
        "Check": {
            "type": "object",
            "required": ["@version", "Site", "Mbps"],
            "additionalProperties": False,
            "properties": {
                "@version": {"type": "string"},
                "Site": {"type": "string", "maxLength": 4},
                "Mbps": {"type": "integer", "minimum": 1},
                "Kind": {"type": "string", "enum": ["fibre", "copper"]},
                "Fast": {"type": "boolean"},
                "From": {"type": "string", "format": "date"},
                "Line": {"type": "array", "items": {"type": "object", "properties": {"Id": {"type": "string"}}}},
            },
        }
    },
}
GOOD = {"@version": "1", "@xmlns": "urn:x", "Site": "S-1", "Mbps": 10}


@pytest.fixture
def asking(tmp_path: Path) -> RestOperation:
    body = {"required": True, "content": {"application/xml": {"schema": CHECK}}}
    operation = {"operationId": "check", "requestBody": body, "responses": {"204": {"description": "d"}}}
    said = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/check": {"post": operation}}}
    (tmp_path / "api.yaml").write_text(yaml.safe_dump(said))
    step = {"operation": "check", "reads_only": True, "format": "xml"}
    return prepared(step, openapi=tmp_path / "api.yaml")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="what is needed"),
        pytest.param({"Mbps": "10"}, id="a number as text"),
        pytest.param({"Kind": None}, id="a null, which is left out"),
        pytest.param({"Line": {"Id": "a"}}, id="one of a list"),
        pytest.param({"Line": [{"Id": "a"}, {"Id": "b"}]}, id="a list"),
        pytest.param({"Kind": "fibre", "Fast": True, "From": "2026-01-31"}, id="all"),
    ],
)
def test_what_was_agreed_goes_out(asking: RestOperation, more: dict[str, Any]) -> None:
    assert "<Site>S-1</Site>" in asking.render({"body": {"Check": GOOD | more}})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"Check": GOOD | {"Mbps": None}}, "body/Check:", id="missing"),
        pytest.param({"Check": GOOD | {"Mbps": "many"}}, "body/Check/Mbps:", id="no number"),
        pytest.param({"Check": GOOD | {"Mbps": 0}}, "body/Check/Mbps:", id="too small"),
        pytest.param({"Check": GOOD | {"Site": "S-1000"}}, "body/Check/Site:", id="too long"),
        pytest.param({"Check": GOOD | {"Kind": "radio"}}, "body/Check/Kind:", id="not listed"),
        pytest.param({"Check": GOOD | {"Colour": "red"}}, "body/Check:", id="unknown"),
        pytest.param({"Check": GOOD | {"Site": ["S-1", "S-2"]}}, "came twice", id="a list where there is none"),
        pytest.param({"Ask": GOOD}, "body:", id="another root"),
    ],
)
def test_what_was_not_agreed_is_not_sent(asking: RestOperation, body: dict[str, Any], words: str) -> None:
    with pytest.raises(BadArguments) as raised:
        asking.render({"body": body})

    assert words in str(raised.value)
    assert "S-1000" not in str(raised.value)
