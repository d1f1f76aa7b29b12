"""From errors of a JSON Schema to problems of a request, whatever the schema is about."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft7Validator, Draft202012Validator, ValidationErrorKind

from gateway.lso.findings import MOST_ELEMENTS, ROWS, problems
from gateway.lso.problems import MOST_PROBLEMS

TOLD_APART = {
    ValidationErrorKind.Required,
    ValidationErrorKind.AdditionalProperties,
    ValidationErrorKind.UnevaluatedProperties,
    ValidationErrorKind.PropertyNames,
    ValidationErrorKind.FalseSchema,
    ValidationErrorKind.AnyOf,
    ValidationErrorKind.OneOfNotValid,
    ValidationErrorKind.Referencing,
}

Told = list[tuple[str, str, str]]


def told(schema: dict[str, Any], instance: Any, *, draft: type = Draft7Validator) -> Told:
    validator = draft(schema, validate_formats=True)
    return [(problem.code.value, problem.pointer, problem.reason) for problem in problems(validator, instance)]


def test_every_kind_of_error_the_checker_knows_has_a_code() -> None:
    kinds = {kind for name, kind in vars(ValidationErrorKind).items() if name[0].isupper()}

    assert set(ROWS) | TOLD_APART == kinds
    assert not set(ROWS) & TOLD_APART


KEYWORDS: dict[str, tuple[dict[str, Any], Any, Told]] = {
    "required": ({"required": ["a", "b"]}, {"b": 1}, [("missingProperty", "/a", "is missing")]),
    "dependencies": (
        {"dependencies": {"a": ["b", "c"]}},
        {"a": 1},
        [("missingProperty", "/b", "is missing"), ("missingProperty", "/c", "is missing")],
    ),
    "minItems": ({"minItems": 2}, [1], [("missingProperty", "", "must have at least 2 elements")]),
    "minProperties": ({"minProperties": 1}, {}, [("missingProperty", "", "must have at least 1 member")]),
    "additionalProperties": (
        {"properties": {"a": {}}, "additionalProperties": False},
        {"a": 1, "b": 2, "c/d": 3},
        [("unexpectedProperty", "/b", "is not defined here"), ("unexpectedProperty", "/c~1d", "is not defined here")],
    ),
    "propertyNames": (
        {"propertyNames": {"pattern": "^a"}},
        {"b": 1},
        [("unexpectedProperty", "/b", "is no name of a member defined here")],
    ),
    "false": (
        {"properties": {"a": False}},
        {"a": 1},
        [("unexpectedProperty", "/a", "must be absent here")],
    ),
    "false for all": ({"items": False}, [1], [("invalidValue", "/0", "must not have any value here")]),
    "type": ({"type": "boolean"}, "true", [("invalidFormat", "", "must be true or false")]),
    "types": ({"type": ["string", "null"]}, 1, [("invalidFormat", "", "must be null or a string")]),
    "null": ({"type": "object"}, None, [("invalidFormat", "", "must be an object")]),
    "format": (
        {"format": "date-time"},
        "2026-02-30T00:00:00Z",
        [("invalidFormat", "", "must be a date and time with an offset (RFC 3339)")],
    ),
    "format without a text": ({"format": "ipv4"}, "x", [("invalidFormat", "", "must be of the format ipv4")]),
    "pattern": ({"pattern": "^a+$"}, "b", [("invalidFormat", "", "must match the pattern ^a+$")]),
    "minLength": ({"minLength": 2}, "b", [("invalidFormat", "", "must have at least 2 characters")]),
    "maxLength": ({"maxLength": 1}, "bb", [("invalidFormat", "", "must have at most 1 character")]),
    "enum": ({"enum": ["a", 2, None]}, "b", [("invalidValue", "", "must be one of: a, 2, null")]),
    "const": ({"const": {"a": 1}}, 1, [("invalidValue", "", 'must be {"a":1}')]),
    "minimum": ({"minimum": 1}, 0, [("invalidValue", "", "must be at least 1")]),
    "exclusiveMinimum": ({"exclusiveMinimum": 1}, 1, [("invalidValue", "", "must be more than 1")]),
    "maximum": ({"maximum": 1}, 2, [("invalidValue", "", "must be at most 1")]),
    "exclusiveMaximum": ({"exclusiveMaximum": 1}, 1, [("invalidValue", "", "must be less than 1")]),
    "multipleOf": ({"multipleOf": 0.5}, 0.7, [("invalidValue", "", "must be a multiple of 0.5")]),
    "maxItems": ({"maxItems": 1}, [1, 2], [("invalidValue", "", "must have at most 1 element")]),
    "additionalItems": (
        {"items": [{}], "additionalItems": False},
        [1, 2],
        [("invalidValue", "", "must have at most 1 element")],
    ),
    "maxProperties": ({"maxProperties": 0}, {"a": 1}, [("invalidValue", "", "must have at most 0 members")]),
    "uniqueItems": ({"uniqueItems": True}, [1, 1], [("invalidValue", "", "must not have the same element twice")]),
    "contains": ({"contains": {"const": 1}}, [2], [("invalidValue", "", "lacks an element that it must have")]),
    "not": ({"not": {"const": 1}}, 1, [("invalidValue", "", "must not have this value")]),
}


@pytest.mark.requirement("87.1-R20", "P24")
@pytest.mark.parametrize(("schema", "instance", "expected"), KEYWORDS.values(), ids=KEYWORDS)
def test_each_keyword_has_its_code_its_place_and_its_reason(
    schema: dict[str, Any], instance: Any, expected: Told
) -> None:
    assert told(schema, instance) == expected


def test_unevaluated_members_are_unexpected() -> None:
    schema = {"properties": {"a": {}}, "unevaluatedProperties": False}

    assert told(schema, {"a": 1, "b": 2}, draft=Draft202012Validator) == [
        ("unexpectedProperty", "/b", "is not defined here")
    ]


def test_a_sound_document_has_no_problems() -> None:
    assert told({"required": ["a"]}, {"a": 1}) == []


def test_paths_begin_where_the_document_stands() -> None:
    validator = Draft7Validator({"oneOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}]})

    (problem,) = problems(validator, {"a": 1}, at=("items", 0, "configuration"))

    assert problem.path == ("items", 0, "configuration", "a")


class RefusingWithoutAWord:
    def is_valid(self, instance: Any) -> bool:
        return False

    def iter_errors(self, instance: Any) -> list[Any]:
        return []


def test_what_is_refused_without_a_reason_does_not_pass_for_valid() -> None:
    with pytest.raises(RuntimeError, match="names no error"):
        problems(RefusingWithoutAWord(), {})  # type: ignore[arg-type]


TAGGED = {
    "type": "object",
    "oneOf": [
        {"properties": {"kind": {"const": "point"}, "x": {"type": "integer"}}, "required": ["kind", "x"]},
        {"properties": {"kind": {"enum": ["label", "name"]}, "text": {"minLength": 1}}, "required": ["kind", "text"]},
    ],
}

ALTERNATIVES: dict[str, tuple[dict[str, Any], Any, Told]] = {
    "the branch that a const selects": (
        TAGGED,
        {"kind": "point", "x": "1"},
        [("invalidFormat", "/x", "must be an integer")],
    ),
    "the branch that an enum selects": (TAGGED, {"kind": "name"}, [("missingProperty", "/text", "is missing")]),
    "several problems of that branch": (
        {"anyOf": TAGGED["oneOf"]},
        {"kind": "label", "text": ""},
        [("invalidFormat", "/text", "must have at least 1 character")],
    ),
    "a tag that no branch has": (
        TAGGED,
        {"kind": "area", "x": 1, "text": "t"},
        [("invalidValue", "/kind", "must be point, or must be one of: label, name")],
    ),
    "no tag": (TAGGED, {"x": 1, "text": "t"}, [("missingProperty", "/kind", "is missing")]),
    "the branch that the type selects": (
        {"oneOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]},
        {},
        [("missingProperty", "/a", "is missing")],
    ),
    "a type that no branch has": (
        {"oneOf": [{"type": "string"}, {"type": "object"}]},
        1,
        [("invalidFormat", "", "must be a string, or must be an object")],
    ),
    "one of several members": (
        {"oneOf": [{"required": ["all"]}, {"required": ["each"]}]},
        {},
        [("missingProperty", "", "needs one of: all, each")],
    ),
    "only one of several members": (
        {"oneOf": [{"required": ["all"]}, {"required": ["each"]}]},
        {"all": 1, "each": 1},
        [("invalidValue", "", "must fit exactly one of the alternatives, and fits several")],
    ),
    "formats": (
        {"oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
        "x",
        [("invalidFormat", "", "must be of the format ipv4, or must be of the format ipv6")],
    ),
    "no telling": (
        {"oneOf": [{"required": ["a"]}, {"properties": {"b": {"type": "string"}}}]},
        {"b": 1},
        [("invalidValue", "", "fits none of the alternatives")],
    ),
    "alternatives in alternatives": (
        {"properties": {"p": {"anyOf": [{"type": "null"}, TAGGED]}}},
        {"p": {"kind": "point"}},
        [("missingProperty", "/p/x", "is missing")],
    ),
    "nothing allowed": ({"anyOf": [False, False]}, 1, [("invalidValue", "", "must not have any value here")]),
}


@pytest.mark.parametrize(("schema", "instance", "expected"), ALTERNATIVES.values(), ids=ALTERNATIVES)
def test_of_alternatives_the_one_that_was_meant_is_reported(
    schema: dict[str, Any], instance: Any, expected: Told
) -> None:
    assert told(schema, instance) == expected


ECHOES: dict[str, tuple[dict[str, Any], Any, Told]] = {
    "type beats enum": ({"enum": ["a"], "type": "string"}, 1, [("invalidFormat", "", "must be a string")]),
    "type beats alternatives": (
        {"anyOf": [{"minimum": 2}, {"minimum": 3}], "type": "string"},
        1,
        [("invalidFormat", "", "must be a string")],
    ),
    "keyword beats alternatives": (
        {"anyOf": [{"minimum": 2}, {"maximum": -2}], "multipleOf": 2},
        1,
        [("invalidValue", "", "must be a multiple of 2")],
    ),
    "one entry for two keywords": (
        {"pattern": "^a", "minLength": 2},
        "b",
        [("invalidFormat", "", "must have at least 2 characters")],
    ),
    "one entry for two branches": (
        {"allOf": [{"required": ["a"]}, {"required": ["a"]}]},
        {},
        [("missingProperty", "/a", "is missing")],
    ),
    "nothing below a wrong type": (
        {"properties": {"p": {"type": "array", "properties": {"q": {"type": "string"}}, "required": ["r"]}}},
        {"p": {"q": 1}},
        [("invalidFormat", "/p", "must be an array")],
    ),
    "a neighbour with a longer name": (
        {"properties": {"p": {"type": "array"}, "pq": {"type": "string"}}},
        {"p": {}, "pq": 1},
        [("invalidFormat", "/p", "must be an array"), ("invalidFormat", "/pq", "must be a string")],
    ),
}


@pytest.mark.parametrize(("schema", "instance", "expected"), ECHOES.values(), ids=ECHOES)
def test_one_fault_is_reported_once(schema: dict[str, Any], instance: Any, expected: Told) -> None:
    assert told(schema, instance) == expected


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (
            {"enum": [f"value-{number}" for number in range(100)]},
            "must be one of: " + ", ".join(f"value-{number}" for number in range(100)),
        ),
        ({"pattern": "^" + "a" * 300}, "must match the pattern ^" + "a" * 300),
        (
            {"oneOf": [{"required": [f"member-{number}"]} for number in range(10, 60)]},
            "needs one of: " + ", ".join(f"member-{number}" for number in range(10, 60)),
        ),
    ],
    ids=["enum", "pattern", "alternatives"],
)
def test_a_long_reason_stays_whole(schema: dict[str, Any], reason: str) -> None:
    instance: Any = {} if "oneOf" in schema else "b"

    assert [told_reason for _, _, told_reason in told(schema, instance)] == [reason]


def test_of_a_choice_beyond_reading_the_first_values_and_their_number_are_told() -> None:
    ((_, _, reason),) = told({"enum": [f"value-{number}" for number in range(5000)]}, "b")

    assert reason.startswith("must be one of 5000 values: value-0, value-1, value-2, ")
    assert reason.endswith(", ...")
    assert len(reason) < 2100


LIST = {"items": {"required": ["a", "b"]}}


def test_there_is_an_end_to_the_problems_of_a_list() -> None:
    assert told(LIST, [{}] * 100_000) == told(LIST, [{}] * (MOST_PROBLEMS // 2))


def test_the_first_problem_of_a_long_list_is_found_wherever_it_is() -> None:
    instance = [{"a": 1, "b": 1}] * (MOST_ELEMENTS + 1) + [{"a": 1}]

    assert told(LIST, instance) == [("missingProperty", f"/{MOST_ELEMENTS + 1}/b", "is missing")]


class CountingValidator:
    """Passes on to a real one, and notes how much it was asked to name the errors of."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._real = Draft7Validator(schema)
        self.elements = 0

    def is_valid(self, instance: Any) -> bool:
        return self._real.is_valid(instance)

    def iter_errors(self, instance: Any) -> Any:
        self.elements += len(instance)
        return self._real.iter_errors(instance)


def test_naming_errors_costs_the_same_however_long_the_list_is() -> None:
    validator = CountingValidator(LIST)

    problems(validator, [{}] * 20 * MOST_ELEMENTS)  # type: ignore[arg-type]

    assert validator.elements == MOST_ELEMENTS


SECRET = "s3cret"


@pytest.mark.parametrize(
    "schema",
    [schema for schema, _, _ in (*KEYWORDS.values(), *ALTERNATIVES.values())],
    ids=[*KEYWORDS, *ALTERNATIVES],
)
def test_no_reason_repeats_what_was_sent(schema: dict[str, Any]) -> None:
    for instance in (SECRET, {"a": SECRET, "kind": SECRET, "b": SECRET, "p": SECRET}, [SECRET, SECRET]):
        assert not [reason for _, _, reason in told(schema, instance) if SECRET in reason]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "x", "text"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_whatever_the_checker_refuses_has_a_problem_at_a_pointer_of_its_own(instance: Any) -> None:
    validator = Draft7Validator(TAGGED)

    found = problems(validator, instance)

    assert bool(found) is not validator.is_valid(instance)
    assert len({problem.path for problem in found}) == len(found)
