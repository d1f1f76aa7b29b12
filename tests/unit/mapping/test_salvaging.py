"""A file whose shape is wrong: what is right in it is still held against the contracts, and nothing is made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.mapping.loading import load_mapping
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.requesting import check_request
from gateway.sources.findings import Finding, FindingsError
from gateway.sources.yamlfile import read_yaml
from tests.support.mappings import HEAD, KINDS

BODY = """\
let:
  place: =item.product.plase
steps:
  good: {soap: s, operation: o, with: {a: =item.idd}, on: {any fault: fail}}
  bad: {soap: s, operation: o, wiht: {a: =item.id}, on: {any fault: fail}}
answer:
  - when: item.actoin == 'add' and bad.code == 'A'
    red: x
  - when: item.id == 'a'
    redd: x
  - otherwise: fail
"""


def found(text: str) -> list[tuple[str, str]]:
    def check(mapping: LoadedMapping) -> Iterator[Finding]:
        yield from check_request(mapping)
        yield Finding(mapping.document.location(()), "MAP-412", "depends on the rest")

    with pytest.raises(FindingsError) as caught:
        load_mapping(read_yaml(text, "m.yaml"), KINDS, further=[check])
    lines = text.split("\n")
    return [(one.code, lines[one.location.line - 1][one.location.column - 1 :][:5]) for one in caught.value.findings]


def test_a_wrong_step_and_a_wrong_row_hide_nothing_of_the_rest() -> None:
    assert found(HEAD + BODY) == [
        ("MAP-210", "plase"),
        ("MAP-210", "idd},"),
        ("MAP-102", "wiht:"),
        ("MAP-210", "actoi"),
        ("MAP-102", "redd:"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param("version: 1\n", "", "MAP-101", id="a missing section"),
        pytest.param("version: 1", "version: one", "MAP-106", id="a wrong one"),
        pytest.param("version: 1", "version: 1\nvresion: 1", "MAP-102", id="an unknown one"),
        pytest.param("for: {product: any}", "for: {prodct: any}", "MAP-102", id="inside one"),
        pytest.param("let:\n", "let:\n  1a: x\n", "MAP-107", id="a key"),
    ],
)
def test_a_wrong_section_hides_nothing_of_the_rest(before: str, after: str, told: str) -> None:
    text = (HEAD + BODY).replace(before, after)
    codes = [code for code, _ in found(text)]

    assert told in codes
    assert codes.count("MAP-210") == 3


@pytest.mark.parametrize("text", ["[]", "a: 1", "mapping: x\nanswer: 7\nsteps: []\n", "mapping: [1]\n"])
def test_of_what_is_no_mapping_its_shape_is_told_alone(text: str) -> None:
    assert {code for code, _ in found(text)} <= {"MAP-101", "MAP-102", "MAP-103", "MAP-104", "MAP-105", "MAP-106"}
