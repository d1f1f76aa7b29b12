"""What a Buyer may leave out, used where a value is needed: told where the mapping never thinks of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.requesting import check_configuration
from tests.support.mappings import loaded

OUTLINE: dict[str, Any] = {
    "properties": {
        "speed": {"type": "number"},
        "tier": {"type": "string"},
        "rate": {"properties": {"value": {"type": "number"}}, "optional": []},
    },
    "optional": ["tier", "rate"],
}
BODY = """\
let:
  configuration: =item.product.productConfiguration
  tier: =configuration.tier
lookups:
  rank: {GOLD: 1, otherwise: 0}
answer:
  - when: %s
    red: x
  - otherwise: fail
"""


def found(condition: str) -> list[tuple[str, str]]:
    mapping = loaded(BODY % condition)
    return [(one.code, one.hint) for one in check_configuration(mapping, [OUTLINE], {})]


@pytest.mark.parametrize(
    ("condition", "subject"),
    [
        pytest.param("configuration.tier == 'GOLD'", "configuration.tier", id="compared"),
        pytest.param("tier in ['GOLD']", "tier", id="behind a name"),
        pytest.param("lookup(rank, tier) > 0", "tier", id="looked up"),
        pytest.param("configuration.rate.value + 1 > 2", "configuration.rate.value", id="in what may be missing"),
        pytest.param("not matches(tier, 'G')", "tier", id="given to a function"),
    ],
)
def test_a_value_that_may_be_missing_is_found_where_one_is_needed(condition: str, subject: str) -> None:
    assert found(condition) == [("MAP-412", f"default({subject}, …), or a row for what holds then")]


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("configuration.speed > 1", id="what every request has"),
        pytest.param("default(tier, 'GOLD') == 'GOLD'", id="a default"),
        pytest.param("tier != None and tier == 'GOLD'", id="asked for before"),
        pytest.param("item.product.productConfiguration.tier == None or tier == 'GOLD'", id="by another name"),
        pytest.param("configuration.rate == None or configuration.rate.value > 1", id="what it stands in"),
    ],
)
def test_what_the_mapping_thinks_of_is_not_told(condition: str) -> None:
    assert found(condition) == []
