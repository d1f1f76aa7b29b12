"""Mappings with a mistake in some line: each loads or is refused with a place in the file, nothing else happens."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

import pytest

from gateway.mapping.loading import load_mapping_text
from gateway.mapping.plan import LoadedMapping
from gateway.sources.findings import FindingsError, show
from tests.support.expressions import tried
from tests.support.mappings import KINDS, shelf_of

SCALE = int(os.environ.get("POQ_FUZZ_SCALE", "1"))
"""`make fuzz` has 10: over 9,000 mapping files and 1,800 files beside them."""

ROWS = """\
mapping: access
version: 3
for:
  product: [urn:a, urn:b]
  actions: [add, modify]
let:
  enni: =relation(item, 'CONNECTS_TO_ENNI').id
  cir: =mbps(item.product.productConfiguration.flow[0].cir)
lookups:
  delivery: {ON: onNetWithoutBuild, NEAR: onNetWithBuild, otherwise: offNetWithBuild}
  codes: {"000073": AEL-P, 5: AEL-S}
steps:
  port:
    sql: inventory
    query: SELECT free FROM port WHERE ref = :ref
    with: {ref: =enni, buyer: =buyer.id}
    rows: one
    on:
      no rows:
        refuse: referenceNotFound
        at: =pointer(relation(item, 'CONNECTS_TO_ENNI'), 'id')
        reason: No such ENNI
      many rows: fail
  feasibility:
    soap: nimbus
    operation: Check
    with:
      Code: =lookup(codes, item.product.productOffering.id)
      Port: =port.key
    timeout: 8 s
    on:
      fault LOC-404: {red: The address is not known}
      fault BUSY: retry
      any fault: fail
answer:
  - when: feasibility.code == 'A' and port.free >= cir
    serviceabilityConfidence: green
    installationInterval: {amount: =feasibility.days, units: businessDays}
    deliveryType: =lookup(delivery, feasibility.net)
    guaranteedUntilDate: =now + days(30)
  - otherwise: {red: Not feasible}
"""
TEXTS = {
    "rows and calls": ROWS,
    "blocks and alternates": """\
mapping: blocks
version: 1
for: {product: any, irp: [sonata]}
let:
  wide: |
    [
      option.kbps
      for option in item.options
    ]
steps:
  options:
    when: >-
      item.action == 'add'
      and count(wide) > 0
    sql: inventory
    query: |
      SELECT id
      FROM options
    rows: many
    most: 7
    on: {many rows: {fail: Too many options}, no answer: ask an operator}
answer:
  - when: all(option.fits for option in options)
    serviceabilityConfidence: yellow
    serviceabilityConfidenceReason: "A \\"maybe\\""
    installationInterval: {amount: 5, units: calendarDays}
    deliveryType: offNetWithBuild
    3rdPartyProvider: 'It''s them'
  - when: not item.known
    wait: 30 s
  - otherwise: {ask an operator: Please look}
alternates:
  each: option
  from: =options
  when: option.kbps > 10
  most: 3
  proposal:
    productOffering: {id: =option.id}
    productConfiguration: =with_value(item.product, '/a', option.a)
    serviceabilityConfidence: green
""",
    "references": """\
references: estate
version: 2
for: {kinds: [address, product], buyers: [b]}
let: {key: =upper(reference.id)}
lookups: {kind: {address: A, product: P}}
steps:
  row:
    when: reference.kind != 'site'
    sql: inventory
    query: SELECT a FROM b
    with: {id: =key, kind: '=lookup(kind, reference.kind)'}
    rows: one
    on:
      no rows: unknown
      many rows: {fail: Several}
      fault GONE: {unknown: It went}
      any fault: retry
answer:
  - when: row.a == 'x'
    found:
      productOffering: =row.offering
      place: [{role: AT, id: =row.place}]
      productRelationship: =row.relations
      frozen: {/a/b: 5}
      other: =row.other
  - {when: row.a == 'y', fail: Not now}
  - otherwise: unknown
""",
    "candidates": """\
mapping: candidates
version: 12
for: {product: urn:c, offerings: [o-1], buyers: [b], sellers: [s]}
candidates: {each: offer, from: =catalogue, most: 4}
lookups:
  fits:
    o-1: true
    o-2: false
answer:
  - when: lookup(fits, offer.id)
    serviceabilityConfidence: green
    installationInterval: {amount: 5, units: months}
    deliveryType: onNetWithBuild
  - otherwise: {refuse: otherIssue, at: /a/b, reason: =offer.name}
""",
}

TEXTS |= {
    "writes and dimensions": """\
mapping: writes
version: 1
for: {product: any}
let: {sites: =item.product.sites}
steps:
  survey:
    each: {name: site, from: =sites, most: 5}
    soap: nimbus
    operation: Survey
    with: {Site: =site.id}
    on:
      fault GONE: {red: ='No ' + site.id}
      any fault: fail
  reserve:
    write: true
    when: survey[0].free
    soap: nimbus
    operation: Reserve
    with:
      Ref: =survey[0].ref
    on:
      fault BUSY: retry
      any fault: {ask an operator: Look}
      unknown: {lookup: find}
  find:
    soap: nimbus
    operation: Find
    on: {any fault: fail}
dimensions:
  technical:
    - when: reserve.held == 'Y'
      serviceabilityConfidence: green
      installationInterval: {amount: 5, units: businessDays}
    - otherwise: {red: No port}
  commercial:
    - when: all(one_site.fits for one_site in survey)
      serviceabilityConfidence: yellow
      deliveryType: onNetWithBuild
    - otherwise: fail
""",
    "taken from others": """\
mapping: taking
version: 1
for: {product: any}
include:
  lib.yaml: [spot, key]
lookups:
  codes: codes.csv
  more: {A: b}
let:
  kind: =lookup(codes, item.action)
answer:
  - when: spot.active == 'Y' and kind == 'B'
    serviceabilityConfidence: green
  - otherwise: {red: Not here}
""",
}
OTHERS = {
    "lib.yaml": """\
library: lib
lookups: {kinds: codes.csv}
let:
  key: =upper(item.id)
  unused: =lookup(kinds, key)
steps:
  spot:
    sql: inventory
    query: SELECT 1
    with: {id: =key}
    rows: one
    on: {no rows: {red: No such place}, many rows: fail}
""",
    "codes.csv": "from,to\nadd,B\nmodify,C\notherwise,D\n",
}

Mutation = Callable[[random.Random, list[str], int], None]


def _drop(chance: random.Random, lines: list[str], number: int) -> None:
    del lines[number]


def _swap(chance: random.Random, lines: list[str], number: int) -> None:
    other = chance.randrange(len(lines))
    lines[number], lines[other] = lines[other], lines[number]


def _letter(chance: random.Random, lines: list[str], number: int) -> None:
    if line := lines[number]:
        at = chance.randrange(len(line))
        lines[number] = line[:at] + chance.choice("abxE_:=-#'\"{[(,. \t&*!|>%@0é") + line[at + 1 :]


def _indent(chance: random.Random, lines: list[str], number: int) -> None:
    lines[number] = chance.choice(["", " ", "   ", "\t"]) + lines[number].lstrip() + chance.choice(["", " "])


def _value(chance: random.Random, lines: list[str], number: int) -> None:
    key = lines[number].split(":")[0]
    values = [
        "",
        " null",
        " 5",
        " -1",
        " [1]",
        " {a: 1}",
        " true",
        " =",
        " ==",
        " =item",
        " green",
        " 1e999",
        " ''",
        " |",
    ]
    lines[number] = f"{key}:{chance.choice(values)}"


def _twice(chance: random.Random, lines: list[str], number: int) -> None:
    lines.insert(number, lines[number])


MUTATIONS: tuple[Mutation, ...] = (_drop, _swap, _letter, _indent, _value, _value, _twice)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_originals_load(text: str) -> None:
    mapping = load_mapping_text(text, "m.yaml", KINDS, shelf=shelf_of(OTHERS))
    assert all(mapping.verdicts)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("seed", range(20 * SCALE))
def test_a_mapping_with_mistakes_loads_or_is_refused_with_places_in_it(text: str, seed: int) -> None:
    chance = random.Random(seed)
    for count in (1, 1, 1, 2, 1, 1, 3, 1):
        lines = text.split("\n")
        for _ in range(count):
            chance.choice(MUTATIONS)(chance, lines, chance.randrange(len(lines)))
        mutant = "\n".join(lines)
        check({**OTHERS, "m.yaml": mutant})


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("seed", range(15 * SCALE))
def test_a_file_beside_it_with_mistakes_is_told_with_places_in_it_too(name: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        lines = OTHERS[name].split("\n")
        for _ in range(chance.choice([1, 1, 2])):
            chance.choice(MUTATIONS)(chance, lines, chance.randrange(len(lines)))
        check({**OTHERS, name: "\n".join(lines), "m.yaml": TEXTS["taken from others"]})


def check(files: dict[str, str]) -> None:
    """The mapping loads, or is refused with places in these files."""
    shelf = shelf_of(files)
    found = tried(FindingsError, lambda: load_mapping_text(files["m.yaml"], "m.yaml", KINDS, shelf=shelf))
    if isinstance(found, LoadedMapping):
        return
    assert found.findings, files
    for finding in found.findings:
        text = files[finding.location.file]
        lines = text.split("\n")
        assert 1 <= finding.location.line <= len(lines) + 1, files
        line = lines[finding.location.line - 1] if finding.location.line <= len(lines) else ""
        assert 1 <= finding.location.column <= len(line) + 2, files
        assert show(finding, text)
    places = [finding.location for finding in found.findings]
    assert len(places) == len(set(places)) or any(f.code.startswith("YAML") for f in found.findings), files
