"""What a mapping takes from libraries: only what it names, nothing twice, and both places are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mapping.collection import load_collection, read_mapping_files
from gateway.mapping.outcomes import Answer
from gateway.sources.findings import FindingsError
from tests.support.mappings import HEAD, KINDS, drive, findings, loaded, outcome

PLACES = """\
library: places
lookups:
  kinds: {address: A, site: S}
  rates: rates.csv
let:
  key: =upper(item.id)
  unused: =item.action
steps:
  spot:
    sql: inventory
    query: SELECT 1
    with: {id: =key, kind: =mine}
    rows: one
    on: {no rows: {red: No such place}, many rows: fail}
"""
MAPPING = """\
include:
  places.yaml: [spot, key]
let: {mine: A}
answer:
  - when: spot.active == 'Y'
    serviceabilityConfidence: green
  - otherwise: {red: Not here}
"""
RED = MAPPING.replace("green", "red")
RATES = "from,to\nA,1\n"
FILES = {"places.yaml": PLACES, "rates.csv": RATES}
OTHERWISE = "answer: [{otherwise: fail}]\n"


def test_a_step_that_is_taken_asks_and_decides_as_if_it_stood_in_the_file() -> None:
    mapping = loaded(MAPPING, files=FILES)
    found, made = drive(mapping, {"spot": [{"active": "Y"}]})
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidence"] == "green"
    assert [(call.step, call.arguments) for call in made] == [("spot", {"id": "ITEM-001", "kind": "A"})]
    refused, _ = drive(mapping, {"spot": []})
    assert isinstance(refused, Answer)
    assert str(refused.rule) == "places.yaml:14:19"  # where it is said, not where it is taken


def test_what_is_not_named_is_not_taken() -> None:
    mapping = loaded(MAPPING, files=FILES)
    assert (mapping.lets.keys(), mapping.lookups.keys()) == ({"key", "mine"}, set())


def test_a_library_takes_from_another_and_its_files_are_relative_to_itself() -> None:
    files = {
        "common/outer.yaml": "library: outer\ninclude: {inner/inner.yaml: [rates]}\n"
        "let: {rate: '=lookup(rates, item.id)'}\n",
        "common/inner/inner.yaml": "library: inner\nlookups: {rates: rates.csv}\n",
        "common/inner/rates.csv": "from,to\nitem-001,taken\n",
    }
    body = "include: {common/outer.yaml: [rates, rate]}\nanswer: [{otherwise: {red: =rate}}]\n"
    found, _ = drive(loaded(body, files=files), {})
    assert isinstance(found, Answer)
    assert found.fields["serviceabilityConfidenceReason"] == "taken"


def test_a_references_file_takes_from_libraries_too() -> None:
    head = "references: small\nversion: 1\nfor: {kinds: [address]}\n"
    body = "include: {places.yaml: [kinds]}\nanswer:\n" + (
        "  - when: lookup(kinds, reference.kind) == 'A'\n    found: {}\n  - otherwise: unknown\n"
    )
    assert loaded(body, head=head, files=FILES).lookups.keys() == {"kinds"}


LIB = "library: lib\n"
CASES = [
    ("MAP-501", "no such file", "include: {lib.yaml: [a]}\n", {}, "small.yaml:1:11", "relative"),
    ("MAP-501", "not UTF-8", "include: {lib.yaml: [a]}\n", {"lib.yaml": b"\xff"}, "small.yaml:1:11", "UTF-8"),
    (
        "MAP-502",
        "no such name",
        "include: {lib.yaml: [bc]}\n",
        {"lib.yaml": LIB + "let: {bcd: 1}\n"},
        "small.yaml:1:22",
        "bcd",
    ),
    (
        "MAP-205",
        "one of its own",
        "include: {lib.yaml: [a]}\nlet: {a: 2}\n",
        {"lib.yaml": LIB + "let: {a: 1}\n"},
        "small.yaml:1:22",
        "once",
    ),
    (
        "MAP-205",
        "named twice",
        "include: {lib.yaml: [a, a]}\n",
        {"lib.yaml": LIB + "let: {a: 1}\n"},
        "small.yaml:1:25",
        "once",
    ),
    (
        "MAP-205",
        "two libraries",
        "include: {lib.yaml: [a], b.yaml: [a]}\n",
        {"lib.yaml": LIB + "let: {a: 1}\n", "b.yaml": "library: b\nlet: {a: 1}\n"},
        "small.yaml:1:35",
        "once",
    ),
    (
        "MAP-205",
        "another section",
        "include: {lib.yaml: [a]}\nlookups: {a: {b: c}}\n",
        {"lib.yaml": LIB + "let: {a: 1}\n"},
        "small.yaml:2:11",
        "another",
    ),
    (
        "MAP-505",
        "half of what belongs together",
        "include: {lib.yaml: [a]}\nlet: {b: 5}\n",
        {"lib.yaml": LIB + "let:\n  b: 1\n  a: =b\n"},
        "lib.yaml:4:7",
        "take 'b' too",
    ),
    (
        "MAP-505",
        "a step without its lookup",
        "include: {lib.yaml: [s]}\n",
        {
            "lib.yaml": LIB + "lookups: {l: {a: b}}\nsteps:\n  s:\n    soap: x\n    operation: o\n    with:\n"
            "      a: =lookup(l, item.id)\n    on: {any fault: fail}\n"
        },
        "lib.yaml:8:18",
        "take 'l' too",
    ),
    (
        "MAP-203",
        "a name that nobody has",
        "include: {lib.yaml: [a]}\n",
        {"lib.yaml": LIB + "let: {a: =itm.id}\n"},
        "lib.yaml:2:11",
        "item",
    ),
    (
        "MAP-305",
        "a step that says too little",
        "include: {lib.yaml: [s]}\n",
        {"lib.yaml": LIB + "steps: {s: {soap: x, operation: o}}\n"},
        "lib.yaml:2:9",
        "any fault",
    ),
    ("MAP-107", "no YAML file", "include: {lib.csv: [a]}\n", {}, "small.yaml:1:11", ""),
    ("MAP-106", "nothing named", "include: {lib.yaml: []}\n", {"lib.yaml": LIB}, "small.yaml:1:21", "at least one"),
]


@pytest.mark.parametrize(
    ("code", "body", "files", "where", "hint"),
    [pytest.param(code, *rest, id=f"{code}: {what}") for code, what, *rest in CASES],
)
def test_a_mistake_is_told_where_it_stands(
    code: str, body: str, files: dict[str, str | bytes], where: str, hint: str
) -> None:
    (found,) = findings(body + OTHERWISE, files=files)
    assert (found.code, str(found.location)) == (code, where)
    assert hint in found.hint
    if where.startswith("lib.yaml"):
        assert "(used by small.yaml:4:11)" in found.message


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        pytest.param(
            {"lib.yaml": LIB + "lets: {}\n"}, [("MAP-102", "lib.yaml"), ("MAP-504", "small.yaml")], id="a slip"
        ),
        pytest.param({"lib.yaml": HEAD + OTHERWISE}, [("MAP-504", "small.yaml")], id="a mapping"),
        pytest.param({"lib.yaml": "library: [\n"}, [("YAML-003", "lib.yaml"), ("MAP-504", "small.yaml")], id="no YAML"),
        pytest.param({"lib.yaml": LIB + "let: {a: =1 +}\nlets: 1\n"}, [("MAP-201", "lib.yaml")], id="an expression"),
    ],
)
def test_a_broken_library_is_told_in_both_files(files: dict[str, str | bytes], codes: list[tuple[str, str]]) -> None:
    found = [(one.code, one.location.file) for one in findings("include: {lib.yaml: [a]}\n" + OTHERWISE, files=files)]
    assert set(codes) <= set(found)
    assert "MAP-203" not in [code for code, _ in found]  # nothing follows from what could not be read


def test_libraries_in_a_circle_are_refused() -> None:
    files = {
        "a.yaml": "library: a\ninclude: {b.yaml: [x]}\n",
        "b.yaml": "library: b\ninclude: {a.yaml: [x]}\n",
    }
    found = findings("include: {a.yaml: [x]}\n" + OTHERWISE, files=files)
    (circle,) = [one for one in found if one.code == "MAP-503"]
    assert str(circle.location) == "b.yaml:2:11"
    assert "small.yaml -> a.yaml -> b.yaml -> a.yaml" in circle.message


def test_a_mapping_that_includes_itself_is_refused() -> None:
    found = findings("include: {small.yaml: [x]}\n" + OTHERWISE)
    assert "MAP-503" in [one.code for one in found]


def test_every_file_is_part_of_what_a_mapping_is() -> None:
    plain = loaded(MAPPING, files=FILES).identity
    assert plain == loaded(MAPPING, files=FILES).identity
    changed = {**FILES, "places.yaml": PLACES + "# changed\n"}
    assert loaded(MAPPING, files=changed).identity != plain


def test_a_fault_at_work_is_told_where_the_expression_stands() -> None:
    files = {"lib.yaml": LIB + "let:\n  rate: =number(item.name)\n"}
    found, _ = drive(
        loaded("include: {lib.yaml: [rate]}\nanswer: [{otherwise: {red: =text(rate)}}]\n", files=files), {}
    )
    assert "lib.yaml:3" in str(found.rule)


def test_a_folder_may_hold_libraries_beside_mappings(tmp_path: Path) -> None:
    for name, text in {"places.yaml": PLACES, "rates.csv": RATES, "small.yaml": HEAD + RED}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = load_collection([tmp_path], KINDS, base=tmp_path)
    assert [one.name for one in found.mappings] == ["small"]


def test_a_library_that_nobody_takes_from_is_looked_at_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "lib.yaml").write_text(LIB + "stepps: {}\n", encoding="utf-8")
    mappings, found = read_mapping_files([tmp_path / "lib.yaml"], KINDS, base=tmp_path)
    assert mappings == []
    assert [(one.code, str(one.location)) for one in found] == [("MAP-102", "lib.yaml:2:1")]
    with pytest.raises(FindingsError, match="MAP-102"):
        load_collection([tmp_path], KINDS)


def test_what_is_taken_fails_closed_as_what_is_written() -> None:
    written = PLACES.split("steps:\n")[1]
    body = "let: {mine: A, key: =upper(item.id)}\nsteps:\n" + written + MAPPING.split("let: {mine: A}\n")[1]
    for row in ([], [{}], [{"active": None}], [{"active": "Y"}, {}], [{"active": "Y"}]):
        taken, _ = drive(loaded(MAPPING, files=FILES), {"spot": row})
        same = outcome(body, {"spot": row})
        assert getattr(taken, "fields", None) == getattr(same, "fields", None)
