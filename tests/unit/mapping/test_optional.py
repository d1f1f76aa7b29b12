"""What a Buyer may leave out, used where a value is needed: told where the mapping never thinks of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.mapping.contracts import StepContract, check_contracts, needed_arguments
from gateway.mapping.requesting import check_arguments, check_configuration, check_request
from tests.support.mappings import HEAD, loaded

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


ADDRESS = """\
let:
  where: =place(item, 'INSTALL_LOCATION').place
  address: =where.fieldedAddressRepresentation[0]
steps:
  site:
    sql: t
    query: SELECT 1
    %s
    rows: optional
    on: {many rows: fail}
answer:
%s
  - otherwise: fail
"""
ORDER = "  order: {soap: s, operation: p, with: {site: {id: =%s}}, on: {any fault: fail}}\n"
CITY = "with: {city: =address.city}"


def of_request(text: str, extra: str = "") -> list[str]:
    mapping = loaded(text, head=HEAD.replace("}", f", {extra}}}") if extra else HEAD)
    return [one.hint for one in check_request(mapping) if one.code == "MAP-412"]


@pytest.mark.parametrize(
    ("step", "condition", "subject"),
    [
        pytest.param(CITY, "site == None", "address.city", id="an argument of a query"),
        pytest.param("when: address.postcode == '8005'", "site == None", "address.postcode", id="compared"),
        pytest.param(
            "", "date(poq.requestedPOQCompletionDate) > date(now)", "poq.requestedPOQCompletionDate", id="given"
        ),
        pytest.param("", "upper(item.endCustomerName) == 'X'", "item.endCustomerName", id="given to a function"),
    ],
)
def test_what_the_standard_lets_the_buyer_leave_out_is_found(step: str, condition: str, subject: str) -> None:
    assert of_request(ADDRESS % (step, when(condition))) == [f"default({subject}, …), or a row for what holds then"]


@pytest.mark.parametrize(
    ("step", "rows"),
    [
        pytest.param(f"when: address.city != None\n    {CITY}", "", id="the condition of the step"),
        pytest.param("with:\n      city: =default(address.city, 'none')", "", id="a default"),
        pytest.param("with: {city: =address.city if address.city != None else 'none'}", "", id="a choice"),
        pytest.param(CITY, "  - when: address.city == None\n    red: x", id="a row before"),
        pytest.param(
            CITY,
            "  - when: place(item, 'INSTALL_LOCATION').place.fieldedAddressRepresentation[0].city == None\n    red: x",
            id="by another name",
        ),
        pytest.param("with: {city: =where.id}", "", id="what a place by its id has"),
        pytest.param("with:\n      city: =item.product.productConfiguration['@type']", "", id="what each product has"),
        pytest.param(
            "with: {n: \"=count([p for p in item.product.place if p.role == 'x'])\"}",
            "",
            id="what a specification demands",
        ),
    ],
)
def test_what_is_thought_of_in_a_request_is_not_told(step: str, rows: str) -> None:
    assert of_request(ADDRESS % (step, rows)) == []


@pytest.mark.parametrize("narrowed", ["", "actions: [add]", "actions: [modify]", "offerings: ['1']"])
def test_an_item_that_names_a_specification_only_has_no_offering(narrowed: str) -> None:
    text = "answer:\n  - when: item.product.productOffering.id == '7'\n    red: x\n  - otherwise: fail\n"
    hints = of_request(text, narrowed)
    assert [hint.partition(" (")[0] for hint in hints] == (
        [] if narrowed in ("actions: [modify]", "offerings: ['1']") else ["read 'offering'"]
    )


@pytest.mark.parametrize(
    ("given", "thought", "hints"),
    [
        pytest.param(
            "address.city",
            "item.action == 'add'",
            ["default(address.city, …), or a row for what holds then"],
            id="the standard's",
        ),
        pytest.param(
            "configuration.tier",
            "item.action == 'add'",
            ["default(configuration.tier, …), or a row for what holds then"],
            id="the product's",
        ),
        pytest.param("address.city", "address.city == None", [], id="thought of"),
        pytest.param("configuration.speed", "item.action == 'add'", [], id="what every request has"),
    ],
)
def test_an_argument_that_an_operation_needs_is_there_in_every_request(
    given: str, thought: str, hints: list[str]
) -> None:
    steps = f"  configuration: =item.product.productConfiguration\nsteps:\n{ORDER % given}"
    mapping = loaded(ADDRESS.replace("steps:\n", steps) % ("", when(thought)))
    needed = needed_arguments(mapping, {"order": StepContract(TAKES, {})})
    assert [one.hint for one in check_arguments(mapping, needed, [OUTLINE], {})] == hints
    assert [one.hint for one in check_arguments(mapping, [], [OUTLINE], {})] == []


REPLY: dict[str, Any] = {
    "properties": {
        "code": {"type": "string"},
        "days": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "note": {"type": "string"},
        "site": {"properties": {"id": {"type": "string"}}, "required": ["id"]},
        "ways": {"type": "array", "items": {"properties": {"kbps": {"type": "integer"}}}},
    },
    "required": ["code", "days", "ways"],
}
TAKES: dict[str, Any] = {
    "properties": {"site": {"properties": {"id": {}, "hint": {}}, "required": ["id"]}, "note": {"type": "string"}},
    "required": ["site"],
}
STEPS = """\
let:
  site: =reply.site
  kept: =[way for way in reply.ways if way.kbps != None]
lookups:
  rank: {a: 1, otherwise: 0}
steps:
  reply: {soap: s, operation: o, on: {any fault: fail}}
  row: {sql: t, query: SELECT 1, rows: optional, on: {many rows: fail}}
  order: {soap: s, operation: p, with: {site: {id: %s, hint: =reply.note}}, on: {any fault: fail}}
answer:
%s
  - otherwise: fail
"""


def told(rows: str, *, site: str = "x", steps: str = STEPS) -> list[str]:
    """The values, by the hint, that may be missing where one is needed."""
    mapping = loaded(steps % (site, rows))
    row = {"properties": {"speed": REPLY["properties"]["days"], "name": {"type": "string"}}}
    contracts = {
        "reply": StepContract({}, REPLY),
        "row": StepContract({}, {**row, "required": ["speed", "name"]}),
        "order": StepContract(TAKES, {}),
    }
    found = list(check_contracts(mapping, contracts))
    assert {one.code for one in found} <= {"MAP-413"}
    return [one.hint.removeprefix("a row before: when: ").partition(" == None")[0] for one in found]


def when(condition: str) -> str:
    return f"  - when: {condition}\n    red: x"


@pytest.mark.parametrize(
    ("condition", "subject"),
    [
        pytest.param("reply.days > 5", "reply.days", id="an element that is null"),
        pytest.param("reply.note == 'x'", "reply.note", id="an element that is left out"),
        pytest.param("site.id == 'x'", "site.id", id="what stands in one, by another name"),
        pytest.param("lookup(rank, reply.note) > 0", "reply.note", id="looked up"),
        pytest.param("count([w for w in reply.ways if w.kbps > 5]) > 0", "w.kbps", id="of an element"),
        pytest.param("first(reply.ways).kbps > 5", "first(reply.ways).kbps", id="of the first one"),
        pytest.param("row.name == 'x'", "row.name", id="of a row that is missing"),
    ],
)
def test_what_a_system_may_leave_out_is_found_where_a_value_is_needed(condition: str, subject: str) -> None:
    expected = [] if "ways" in condition else [subject]  # `kept` looks at all elements
    assert told(when(condition)) == expected
    assert told(when(condition), steps=STEPS.replace(" if way.kbps != None", "")) == [subject]


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param("reply.code == 'x' and count(reply.ways) > 0", id="what every reply has"),
        pytest.param("reply.days != None and reply.days > 5", id="asked for before"),
        pytest.param("default(site.id, '') == 'x'", id="a default"),
        pytest.param("site != None and reply.site.id == 'x'", id="what it stands in, by another name"),
        pytest.param("row != None and row.name == 'x'", id="the row"),
        pytest.param("row.name != None and row.name == 'x'", id="something in the row"),
        pytest.param(
            "sum([way.kbps for way in kept]) > 5 and first(kept).kbps > 5", id="what a comprehension left out"
        ),
    ],
)
def test_what_the_mapping_thinks_of_in_a_reply_is_not_told(condition: str) -> None:
    assert told(when(condition)) == []


def test_a_row_that_is_there_may_have_gaps() -> None:
    assert told(when("row != None and row.speed > 5")) == ["row.speed"]


def test_a_default_of_one_member_says_nothing_of_another() -> None:
    assert told(when("default(row.speed, 0) > 5 and row.name == 'x'")) == ["row.name"]


def test_an_argument_that_is_needed_has_a_value() -> None:
    assert told(when("item.a"), site="=reply.note") == ["reply.note"]
    assert told(when("item.a"), site="=reply.code") == []


def test_an_argument_of_a_query_has_a_value() -> None:
    steps = STEPS.replace("rows: optional", "rows: optional, with: {a: =reply.note}")
    assert told(when("item.a"), steps=steps) == ["reply.note"]


@pytest.mark.parametrize(
    ("row", "subjects"),
    [
        pytest.param("    red: =reply.note", ["reply.note"], id="a reason"),
        pytest.param("    serviceabilityConfidence: =reply.note", ["reply.note"], id="the confidence"),
        pytest.param(
            "    serviceabilityConfidence: red\n    installationInterval: {amount: =reply.days, units: businessDays}",
            ["reply.days"],
            id="in an interval",
        ),
        pytest.param(
            "    serviceabilityConfidence: red\n    serviceabilityConfidenceReason: =reply.note",
            [],
            id="a member that is left out then",
        ),
    ],
)
def test_what_the_standard_demands_of_an_answer_has_a_value(row: str, subjects: list[str]) -> None:
    assert told("  - when: item.a\n" + row) == subjects
