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


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")] = "a"
    other: Annotated[str, Field(pattern="^[0-9]$")] = "1"
    text: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    visible: Annotated[str, Field(pattern=r"\S")] = "a"
    entries: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    least: Annotated[int, Field(ge=1, le=9)] = 1
    more: Annotated[float, Field(gt=0, lt=1.5)] = 1
    versions: dict[Annotated[str, Field(pattern="^v[0-9]+$")], int] = {}


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


SPELLING = "small letters, digits and hyphens, such as broadband-x"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("name: Broad_Band", "cannot be written like this", SPELLING, id="a known pattern"),
        pytest.param("other: x", "cannot be written like this", "the pattern is ^[0-9]$", id="any other pattern"),
        pytest.param("text: ''", "is empty", "write a text", id="an empty text"),
        pytest.param("visible: ' '", "is empty", "write a text", id="blanks only"),
        pytest.param("text: abcd", "is longer than 3 characters", "", id="a long text"),
        pytest.param("entries: []", "is an empty list", "name at least one", id="an empty list"),
        pytest.param("entries: [a, b, c]", "holds more than 2", "", id="a long list"),
        pytest.param("least: 0", "must be 1 or more", "", id="below the minimum"),
        pytest.param("least: 10", "must be 9 or less", "", id="above the maximum"),
        pytest.param("more: 0", "must be more than 0", "", id="at an open minimum"),
        pytest.param("more: 1.5", "must be less than 1.5", "", id="at an open maximum"),
        pytest.param("least: 1.5", "a whole number is needed here", "", id="a fraction"),
        pytest.param("versions: {x: 1}", "'x' cannot stand here as a key", "v and a number, such as v8", id="a word"),
    ],
)
def test_limits_are_told_in_words(text: str, message: str, hint: str) -> None:
    result: Any = validate(Limits, read_yaml(text, "f.yaml"), "X")
    assert [(one.message, one.hint) for one in result] == [(message, hint)]
