"""Cases of a mapping that asks a REST system: places under `sends`, statuses as faults, a list at the top."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.authoring.files import ITEM, findings, result

MAPPING = """
mapping: line
version: 1
for: {product: any}
steps:
  lines:
    rest: planning
    path: /sites/{site}/lines
    with: {path: {site: =item.id}, query: {mbps: 10}}
    on:
      fault LOCKED: {ask an operator: Locked}
      fault 404: {red: Unknown}
      fault 4xx: {red: Refused}
      any fault: fail
answer:
  - when: any([line.free for line in lines])
    serviceabilityConfidence: green
    installationInterval: {amount: 5, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - otherwise: {red: No line}
"""


@pytest.mark.parametrize(
    ("reply", "expect"),
    [
        pytest.param("[{free: true}]", "{serviceabilityConfidence: green}", id="a list"),
        pytest.param("[]", "{red: No line}", id="an empty list"),
        pytest.param('{fault: "404"}', "{red: Unknown}", id="a status"),
        pytest.param('{fault: ["409", 4xx]}', "{red: Refused}", id="a class of statuses"),
        pytest.param('{fault: [LOCKED, "409", 4xx]}', "ask an operator", id="a code of the body"),
        pytest.param('{fault: ["500", 5xx]}', "fail", id="another class"),
        pytest.param("no answer", "fail", id="no answer"),
        pytest.param("{free: true}", "fail", id="an object where a list is read"),
    ],
)
async def test_a_reply_of_a_rest_system(tmp_path: Path, reply: str, expect: str) -> None:
    sends = "  sends: {lines: {path: {site: item-1}, query: {mbps: 10}}}\n"
    item = ITEM.replace("  item:\n", "  item:\n    id: item-1\n")
    text = f"- test: a case\n{item}  legacy: {{lines: {reply}}}\n{sends}  expect: {expect}\n"

    found = await result(tmp_path, text, MAPPING)

    assert found.passed


def test_a_text_is_no_reply(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, f"- test: a case\n{ITEM}  legacy: {{lines: text}}\n  expect: fail\n", MAPPING)

    assert found.code == "TEST-205"
