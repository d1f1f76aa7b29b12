"""The members of an answer are made JSON while they are computed: as if they were looked at afterwards."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.members import Members
from gateway.mapping.plain import PlainValues
from gateway.mapping.template import Constant, EvaluationError, ObjectTemplate, TemplateCompiler
from gateway.sources.findings import Location
from gateway.sources.yamlfile import read_yaml
from tests.support.expressions import KINDS, TestScope, tried

HERE = Location("m.yaml", 3, 4)

TEXT = """\
value:
  configuration: =x
  parts:
    - constant
    - =y
  inner: {member: =x, e: =y, days: 30, large: 9007199254740993}
  fixed: {days: 30, rate: 2.5}
  "off": [true, null]
"""


def compiled(text: str) -> ObjectTemplate:
    document = read_yaml(text, "m.yaml")
    template = TemplateCompiler(document).value(document.value(("value",)), ("value",))
    assert isinstance(template, ObjectTemplate)
    return template


WHOLE = compiled(TEXT)
FITTING = compiled(TEXT.replace(", large: 9007199254740993", ""))
ACCENTED = compiled(TEXT.replace(", large: 9007199254740993", "").replace(" e:", " é:"))


def looked_at(template: ObjectTemplate, product: Any, names: dict[str, Any]) -> Any:
    """What Members are to give, the long way."""
    found = PlainValues(product).of(template.render(TestScope(**names)), HERE)
    return {name: value for name, value in found.items() if value is not None}


def both(template: ObjectTemplate, product: Any, **names: Any) -> tuple[Any, Any]:
    members, values = Members(template.members), PlainValues(product)
    return (
        said(tried(EvaluationError, lambda: members.json(TestScope(**names), values, HERE))),
        said(tried(EvaluationError, lambda: looked_at(template, product, names))),
    )


def said(found: Any) -> str:
    return str(found) if isinstance(found, EvaluationError) else repr(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "template",
    [
        pytest.param(WHOLE, id="with a constant that does not fit"),
        pytest.param(FITTING, id="fitting"),
        pytest.param(ACCENTED, id="with a name that is not ASCII"),
    ],
)
def test_every_kind_of_value_leaves_as_if_it_were_looked_at(template: ObjectTemplate, kind: str) -> None:
    made, expected = both(template, None, x=KINDS[kind], y=1)
    assert made == expected
    made, expected = both(template, None, x="a", y=[KINDS[kind]])
    assert made == expected


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**53 + 1, -(2**53) - 1])
def test_whole_numbers_leave_as_far_as_readers_keep_them(number: int) -> None:
    made, expected = both(FITTING, None, x=number, y=1)
    assert made == expected
    assert made.startswith("{") is (abs(number) <= 2**53)


def test_half_a_character_is_no_name() -> None:
    with pytest.raises(EvaluationError, match="surrogate"):
        Members({"a": ObjectTemplate({"\ud800": Constant(1)})}).json(TestScope(), PlainValues(), HERE)


_PARTS = st.recursive(
    st.sampled_from([None, True, 7, 7.0, "a", "é", 2**53, 2**53 + 1, -(2**53) - 1, Decimal("1.0"), timedelta(1)]),
    lambda parts: st.lists(parts, max_size=2) | st.dictionaries(st.sampled_from(["a", "é"]), parts, max_size=2),
    max_leaves=4,
)


@given(_PARTS, _PARTS, st.booleans())
def test_what_repeats_the_request_leaves_as_it_was_sent(x: Any, y: Any, is_elsewhere: bool) -> None:
    product = {"configuration": x, "parts": ["constant", y], "inner": {"member": x, "e": y}}
    made, expected = both(FITTING, {"other": product} if is_elsewhere else product, x=x, y=y)
    assert made == expected


@pytest.mark.parametrize("parts", [["b", 7.0], [7.0], ["b", 7.0, 8]], ids=str)
def test_an_element_is_like_that_of_a_list_of_its_length(parts: list[Any]) -> None:
    made, expected = both(FITTING, {"parts": parts}, x=None, y=parts[1] if len(parts) > 1 else parts[0])
    assert made == expected
    assert ("7.0" in made) is (len(parts) == 2)


def test_a_member_without_a_value_is_left_out() -> None:
    members = Members({**FITTING.members, "nothing": Constant(None)})
    made = members.json(TestScope(x=None, y=None), PlainValues(), HERE)
    assert list(made) == ["parts", "inner", "fixed", "off"]
