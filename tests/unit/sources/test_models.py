"""From data to a model: one place gets one finding, the clearest one, with what to write."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.sources.models import validate
from gateway.sources.yamlfile import read_yaml

Expression = Annotated[str, Field(pattern="^=")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    amount: int | Expression
    colour: Literal["red", "green"] | Expression = "red"


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    part: Part | Expression | None = None
    said: dict[str, Literal["fail"] | Part] = {}
    parts: list[Part] = []
    named: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] = {}
    flag: bool = False

    @model_validator(mode="after")
    def _rule(self) -> Whole:
        if self.name == "forbidden":
            raise ValueError("Is forbidden")
        return self


def found(text: str) -> list[tuple[str, int, int, str, str]]:
    result: Any = validate(Whole, read_yaml(text, "f.yaml"), "X")
    assert isinstance(result, list)
    return [(one.code, one.location.line, one.location.column, one.message, one.hint) for one in result]


KIND = "a mapping (key: value) is needed here"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("part: =x\n", ("X-101", 1, 1, "'name' is missing", "add it"), id="missing"),
        pytest.param("", ("X-104", 1, 1, KIND, ""), id="empty file"),
        pytest.param("- a\n", ("X-104", 1, 1, KIND, ""), id="a list at the top"),
        pytest.param("name: 1\n", ("X-103", 1, 7, "a text is needed here", 'quote it: "..."'), id="no text"),
        pytest.param("name: a\nparts: 1\n", ("X-105", 2, 8, "a list is needed here", ""), id="no list"),
        pytest.param("name: a\nflag: 1\n", ("X-106", 2, 7, "true or false is needed here", ""), id="no truth value"),
        pytest.param(
            "name: a\nnmae: b\n", ("X-102", 2, 1, "'nmae' is not known here", "did you mean 'name'?"), id="unknown"
        ),
        pytest.param("name: forbidden\n", ("X-106", 1, 1, "is forbidden", ""), id="a rule of the model"),
        pytest.param(
            "name: a\nnamed:\n  A1: 1\n",
            ("X-107", 3, 3, "'A1' cannot stand here as a key", "begin with a letter; letters, digits and _ only"),
            id="a key that is no name",
        ),
        pytest.param(
            "name: a\n5: b\n",
            ("X-107", 2, 1, "'5' cannot stand here as a key", "begin with a letter; letters, digits and _ only"),
            id="a number as key",
        ),
    ],
)
def test_a_single_mistake(text: str, expected: tuple[str, int, int, str, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "name: a\npart: {amount: abc}\n",
            ("X-106", 2, 16, "a whole number or an expression (=…) is needed here", ""),
            id="neither of two scalars",
        ),
        pytest.param(
            "name: a\npart: {amount: 1, colour: gren}\n",
            ("X-106", 2, 27, "'red' or 'green' or an expression (=…) is needed here", "did you mean 'green'?"),
            id="a word that is almost right",
        ),
        pytest.param(
            "name: a\npart: 5\n",
            ("X-106", 2, 7, f"{KIND[:-15]} or a text is needed here", 'quote it: "..."'),
            id="kind",
        ),
        pytest.param(
            "name: a\nsaid:\n  x: {amout: 1, amount: 2}\n",
            ("X-102", 3, 7, "'amout' is not known here", "did you mean 'amount'?"),
            id="a mistake inside one choice",
        ),
        pytest.param(
            "name: a\nsaid: {x: fial}\n",
            ("X-106", 2, 11, f"'fail' or {KIND}", "did you mean 'fail'?"),
            id="neither a word nor a mapping",
        ),
    ],
)
def test_a_choice_gives_one_finding(text: str, expected: tuple[str, int, int, str, str]) -> None:
    assert found(text) == [expected]


def test_all_mistakes_are_found_at_once() -> None:
    text = "nmae: b\npart: {amount: x, clour: red}\nparts: [{}, 3]\n"
    assert {(code, line) for code, line, *_ in found(text)} == {
        ("X-101", 1),
        ("X-102", 1),
        ("X-106", 2),
        ("X-102", 2),
        ("X-101", 3),
        ("X-104", 3),
    }
