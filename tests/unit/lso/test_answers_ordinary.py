"""An answer that is found right at a glance is one against which the whole of the checks has nothing."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lso import answers
from gateway.lso.request import UseCase
from tests.support.ways import ways
from tests.unit.lso.test_answers import PROPOSALS, alternate, answer

ODD = (None, 0, 1.0, "", " ", "\u3164", "x", "\u00c5", "green", "offNetWithBuild", [], {}, {"id": " "}, {"id": "x"})
NAMES = ("id", "3rdPartyProvider", "3rdPartyProviderProductOffering", "productOffering", "deliveryType", PROPOSALS)

WHOLE = answer(
    serviceabilityConfidence="yellow",
    productOffering={"id": "offering-1"},
    **{PROPOSALS: [alternate(), alternate(id="2")]},
)


def parent(body: Any, way: tuple[str | int, ...]) -> Any:
    for step in way[:-1]:
        body = body[step]
    return body


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """An answer with some members replaced, taken out or added."""
    body = copy.deepcopy(WHOLE)
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from(list(ways(body)) or [("x",)]))
        node = parent(body, way)
        if isinstance(node, dict):
            node[draw(st.sampled_from((way[-1], *NAMES)))] = copy.deepcopy(draw(st.sampled_from(ODD)))
        if draw(st.booleans()) and way[-1] in (node if isinstance(node, dict) else range(len(node))):
            del node[way[-1]]
    return body


def same(given: dict[str, Any], use_case: UseCase, alternatives: bool) -> bool:
    checked = answers.check_answer(given, use_case=use_case, provide_alternative=alternatives)
    whole = answers._findings(orjson.loads(orjson.dumps(given)), use_case, alternatives)
    return list(checked.findings) == whole and orjson.loads(checked.text) == given


@given(spoilt(), st.sampled_from(UseCase), st.booleans())
def test_answers_are_found_right_or_wrong_as_by_the_whole_of_the_checks(
    body: dict[str, Any], use_case: UseCase, alternatives: bool
) -> None:
    assert same(body, use_case, alternatives)


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_so_are_those_with_any_single_member_that_is_odd(odd: Any) -> None:
    for way in ways(WHOLE):
        for key in (way[-1], *NAMES):
            body = copy.deepcopy(WHOLE)
            node = parent(body, way)
            if isinstance(node, dict):
                node[key] = copy.deepcopy(odd)
                assert same(body, UseCase.ADD_SPECIFICATION, True), (way, key)


def test_an_answer_as_most_are_is_found_right_at_a_glance() -> None:
    assert answers._is_valid(answers._ordinary(), WHOLE)
    assert answers._is_valid(answers._ordinary(), {"serviceabilityConfidence": "red"})


def test_what_a_third_party_provides_is_looked_at_by_all_rules() -> None:
    off_net = {**WHOLE, "deliveryType": "offNetWithBuild", "3rdPartyProvider": "Other"}

    assert not answers._is_valid(answers._ordinary(), off_net)
    assert same(off_net, UseCase.ADD_SPECIFICATION, True)
    assert answers.check_answer(off_net, use_case=UseCase.ADD_SPECIFICATION, provide_alternative=True).findings == ()
