"""A mapping and its test file in a folder, for tests of what runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.assembly.kinds import KINDS
from gateway.authoring.running import CaseResult, Surroundings
from gateway.authoring.suite import Report, load_suite, run_suite
from gateway.sources.findings import Finding, FindingsError

LINE = """\
mapping: line
version: 1
for: {product: "urn:example:spec:line:v1", actions: [add]}

candidates:
  each: offering
  from: =catalogue

lookups:
  delivery: {IN: onNetWithoutBuild, NEAR: onNetWithBuild, GONE: null}

steps:
  port:
    sql: inventory
    query: SELECT free FROM port WHERE ref = :ref AND buyer = :buyer
    with: {ref: =offering.id, buyer: =buyer.id}
    rows: one
    on:
      no rows: {red: There is no port}
      many rows: fail
  check:
    when: port.free > 1
    soap: network
    operation: Check
    with: {Ref: =offering.id, At: =now, Poq: =poq.externalId}
    on:
      fault BUSY: retry
      any fault: fail
      no answer: fail

answer:
  - when: port.free == 0
    red: No port is free
  - when: port.free == 1
    refuse: invalidValue
    at: =pointer(item, 'product')
    reason: The last port is kept
  - when: check.Code == 'A'
    serviceabilityConfidence: green
    installationInterval: {amount: =check.Days, units: businessDays}
    deliveryType: =lookup(delivery, check.Net)
    guaranteedUntilDate: =now + days(30)
  - when: check.Code == 'ASK'
    ask an operator: Somebody has to look at it
  - otherwise: fail
"""

ITEM = """\
  item:
    product:
      productOffering: {id: OFFER-1}
      productConfiguration: {"@type": "urn:example:spec:line:v1"}
"""

REFERENCES = """\
references: places
version: 1
for: {kinds: [address, product]}
steps:
  spot:
    sql: inventory
    query: SELECT site, offering FROM place WHERE id = :id AND buyer = :buyer
    with: {id: =reference.id, buyer: =buyer.id}
    rows: one
    on:
      no rows: unknown
      many rows: fail
answer:
  - when: spot.site != None
    found: {site: =spot.site, productOffering: =spot.offering}
  - otherwise: fail
"""


def case(body: str, *, name: str = "a case", item: str = ITEM) -> str:
    """A case of an item, from the lines after `item:`."""
    return f"- test: {name}\n{item}{body}"


def written(folder: Path, tests: str, mapping: str = LINE) -> Path:
    """The two files; gives the test file."""
    (folder / "line.yaml").write_text(mapping, encoding="utf-8")
    path = folder / "line.test.yaml"
    path.write_text(tests, encoding="utf-8")
    return path


def findings(folder: Path, tests: str, mapping: str = LINE) -> tuple[Finding, ...]:
    """What is wrong with a test file."""
    path = written(folder, tests, mapping)
    with pytest.raises(FindingsError) as raised:
        load_suite([path], KINDS)
    assert {finding.location.file for finding in raised.value.findings} == {str(path)}
    return raised.value.findings


async def report(folder: Path, tests: str, mapping: str = LINE, around: Surroundings | None = None) -> Report:
    return await run_suite(load_suite([written(folder, tests, mapping)], KINDS), around)


async def result(folder: Path, tests: str, mapping: str = LINE, around: Surroundings | None = None) -> CaseResult:
    """What came of the only case."""
    (only,) = (await report(folder, tests, mapping, around)).results
    return only


def told(found: CaseResult) -> list[tuple[str, object, object]]:
    """The differences of the outcome."""
    return [(one.pointer, one.expected, one.found) for one in found.differences]
