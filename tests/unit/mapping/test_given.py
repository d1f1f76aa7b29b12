"""What expressions give to members of an answer whose values the standard lists: each text that may come is one."""

from __future__ import annotations

import pytest

from tests.support.mappings import findings

TEXT = """\
let:
  way: =lookup(delivery, item.a)
lookups:
  delivery: {ON: onNetWithBuild, FAR: %s, NO: null}
  open: {A: days, otherwise: weeks}
answer:
  - when: %s
    serviceabilityConfidence: %s
    installationInterval: {amount: 1, units: %s}
    deliveryType: %s
  - otherwise: fail
"""


def told(
    far: str = "offNet",
    *,
    when: str = "item.x == 'y'",
    confidence: str = "red",
    units: str = "businessDays",
    delivery: str = "onNetWithBuild",
) -> list[tuple[str, int]]:
    """The texts that are none of the values, and the lines where they stand."""
    found = findings(TEXT % (far, when, confidence, units, delivery))
    return [(one.message.split("'")[1], one.location.line) for one in found if "which is given this" in one.message]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param({"delivery": '"=lookup(delivery, item.a)"'}, [("offNet", 4)], id="an entry of a lookup"),
        pytest.param({"delivery": "=way"}, [("offNet", 4)], id="behind a name"),
        pytest.param({"units": '"=lookup(open, item.a)"'}, [("days", 5), ("weeks", 5)], id="otherwise too"),
        pytest.param({"units": "='days' if item.b else 'months'"}, [("days", 9)], id="a choice"),
        pytest.param({"units": "\"=default(item.u, 'day')\""}, [("day", 9)], id="in the place of null"),
        pytest.param({"confidence": "='red' if item.b else 'read'"}, [("read", 8)], id="the confidence"),
        pytest.param(
            {"delivery": '"=lookup(delivery, item.a)"', "units": "='d' if item.b else 'months'"},
            [("offNet", 4), ("d", 9)],
            id="both",
        ),
    ],
)
def test_a_text_that_the_standard_does_not_have_is_told_where_it_stands(
    said: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    assert sorted(told(**said)) == sorted(expected)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"far": "offNetWithBuild", "delivery": "=way"}, id="all are values, or null"),
        pytest.param({"delivery": "=way", "when": "item.a != 'FAR'"}, id="the row leaves it out"),
        pytest.param({"delivery": "\"=lookup(delivery, 'ON')\""}, id="another entry is read"),
        pytest.param({"delivery": "=item.delivery"}, id="what is not known"),
        pytest.param({"units": "=upper('days')"}, id="what is computed"),
    ],
)
def test_what_cannot_come_or_is_not_known_is_not_told(said: dict[str, str]) -> None:
    assert told(**said) == []
