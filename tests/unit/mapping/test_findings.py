"""Each mistake in a mapping has its code, its place and what to write instead; all of them are told at once."""

from __future__ import annotations

import pytest

from gateway.mapping.loading import load_mapping_text
from gateway.sources.findings import FindingsError, show
from tests.support.mappings import GREEN, HEAD, KINDS, STEP, findings, loaded, told

OTHERWISE = "answer: [{otherwise: fail}]\n"

CASES = [
    # the shape
    ("MAP-101", "no answer", "let: {}\n", 0, 1, "add it"),
    ("MAP-102", "a slip in a row", "answer: [{otherwise: {red: x, reson: y}}]\n", 1, 31, "did you mean 'reason'?"),
    ("MAP-102", "a slip in a step", STEP + "    tmeout: 8 s\n" + OTHERWISE, 7, 5, "did you mean 'timeout'?"),
    ("MAP-103", "no text", "answer: [{otherwise: {red: 5}}]\n", 1, 28, 'quote it: "..."'),
    ("MAP-104", "steps as a list", "steps: []\n" + OTHERWISE, 1, 8, ""),
    ("MAP-104", "a row that is none", "answer: [fail]\n", 1, 10, ""),
    ("MAP-105", "answer as a mapping", "answer: {}\n", 1, 9, ""),
    ("MAP-106", "a slip in a word", "answer: [{otherwise: fial}]\n", 1, 22, "did you mean 'fail'?"),
    ("MAP-106", "two things said", "answer: [{otherwise: {red: x, fail: y}}]\n", 1, 22, ""),
    ("MAP-106", "nothing said", "answer: [{otherwise: {}}]\n", 1, 22, ""),
    ("MAP-106", "refuse without a reason", "answer: [{otherwise: {refuse: invalidValue}}]\n", 1, 22, ""),
    ("MAP-106", "a step without a system", "steps: {port: {rows: one}}\n" + OTHERWISE, 1, 15, ""),
    ("MAP-106", "an estimate without a unit", "estimate: 5\n" + OTHERWISE, 1, 11, ""),
    ("MAP-106", "an estimate of nothing", "estimate: 0 s\n" + OTHERWISE, 1, 11, ""),
    ("MAP-106", "a duration", "steps: {a: {soap: b, operation: c, timeout: 8}}\n" + OTHERWISE, 1, 45, ""),
    ("MAP-107", "a key that is no name", "let:\n  a-b: 1\n" + OTHERWISE, 2, 3, "begin with a letter"),
    # expressions
    ("MAP-201", "an expression", "let: {a: =1 +}\n" + OTHERWISE, 1, 14, ""),
    ("MAP-201", "a function", "let: {a: =upperr(item)}\n" + OTHERWISE, 1, 11, "did you mean 'upper'?"),
    ("MAP-201", "an expression with a comma", "let: {a: =place(item, b)}\n" + OTHERWISE, 1, 10, "does not fit between"),
    ("MAP-201", "a condition in a block", GREEN % "|\n      item.a ==\n      item.b +", 4, 15, ""),
    ("MAP-202", "a condition", GREEN % "=item.a", 2, 11, "leave out the '='"),
    ("MAP-203", "a name", "let: {a: =itm.id}\n" + OTHERWISE, 1, 11, "did you mean 'item'?"),
    ("MAP-203", "a name in a folded text", "let:\n  a: >-\n    =item.a +\n    itm.b\n" + OTHERWISE, 4, 5, "'item'?"),
    ("MAP-204", "names in a circle", "let: {a: =b, b: =a}\n" + OTHERWISE, 1, 7, "without"),
    ("MAP-204", "a name that needs itself", "let: {a: =a}\n" + OTHERWISE, 1, 7, "without"),
    (
        "MAP-204",
        "steps in a circle",
        "steps:\n"
        "  a: {soap: s, operation: o, with: {x: =b.y}, on: {any fault: fail}}\n"
        "  b: {soap: s, operation: o, with: {x: =a.y}, on: {any fault: fail}}\n" + OTHERWISE,
        2,
        3,
        "without",
    ),
    ("MAP-205", "a function's name", "let: {count: 1}\n" + OTHERWISE, 1, 7, "another"),
    ("MAP-205", "a given name", "let: {item: 1}\n" + OTHERWISE, 1, 7, "another"),
    ("MAP-205", "a word of the language", "let: {class: 1}\n" + OTHERWISE, 1, 7, "another"),
    ("MAP-205", "a literal", "let: {'true': 1}\n" + OTHERWISE, 1, 7, "another"),
    ("MAP-205", "one name twice", "let: {a: 1}\nlookups: {a: {b: c}}\n" + OTHERWISE, 2, 11, "another"),
    ("MAP-205", "a candidate", "candidates: {each: item, from: =catalogue}\n" + OTHERWISE, 1, 20, "another"),
    (
        "MAP-205",
        "an alternate",
        OTHERWISE + "alternates:\n  each: item\n  from: =catalogue\n"
        "  proposal: {productOffering: {id: a}, productConfiguration: {}}\n",
        3,
        9,
        "another",
    ),
    (
        "MAP-206",
        "candidates from a step",
        STEP + "let: {a: =port.b}\ncandidates: {each: offering, from: =a}\n" + OTHERWISE,
        8,
        37,
        "",
    ),
    (
        "MAP-207",
        "a long chain",
        "let:\n  a0: 1\n" + "".join(f"  a{n}: =a{n - 1}\n" for n in range(1, 60)) + OTHERWISE,
        42,
        3,
        "together",
    ),
    ("MAP-208", "no lookup", "let: {b: {c: d}}\n" + GREEN % "lookup(b, item.x) == 'd'", 3, 18, ""),
    ("MAP-208", "a lookup as a value", "lookups: {b: {c: d}}\n" + GREEN % "b.c == 'd'", 3, 11, "write lookup(b"),
    ("MAP-209", "a pattern", GREEN % "matches(item.id, '(a')", 2, 28, "RE2"),
    ("MAP-209", "a backspace", GREEN % r"matches(item.id, '\ba')", 2, 28, "r'…'"),
    # meaning
    ("MAP-301", "no otherwise", "answer: [{when: item.a, red: b}]\n", 1, 10, "add  - otherwise"),
    ("MAP-301", "otherwise in between", "answer: [{otherwise: fail}, {otherwise: fail}]\n", 1, 10, "last"),
    ("MAP-302", "a green otherwise", "answer: [{otherwise: {serviceabilityConfidence: green}}]\n", 1, 10, "say red"),
    ("MAP-302", "a computed otherwise", "answer: [{otherwise: {serviceabilityConfidence: =item.a}}]\n", 1, 10, "red"),
    (
        "MAP-302",
        "green on a fault",
        "steps: {a: {soap: s, operation: o, on: {any fault: {serviceabilityConfidence: green}}}}\n" + OTHERWISE,
        1,
        41,
        "say red",
    ),
    ("MAP-302", "default green", "let:\n  a: =default(item.a, 'green')\n" + OTHERWISE, 2, 23, "'red'"),
    (
        "MAP-302",
        "an object with yellow",
        "let:\n  a: >-\n    =default(item.a, {'c': 'yellow'})\n" + OTHERWISE,
        3,
        28,
        "'red'",
    ),
    ("MAP-302", "lookup green", "lookups: {a: {b: red, otherwise: green}}\n" + OTHERWISE, 1, 34, "codes"),
    ("MAP-302", "lookup deep", "lookups: {a: {b: 1, otherwise: {c: [green]}}}\n" + OTHERWISE, 1, 32, "codes"),
    ("MAP-303", "retry without rows", STEP.replace("no rows: fail", "no rows: retry") + OTHERWISE, 6, 10, "say red"),
    ("MAP-304", "an expression in a lookup", "lookups: {a: {b: =item.id}}\n" + OTHERWISE, 1, 18, "let"),
    ("MAP-304", "an expression for the rest", "lookups: {a: {b: c, otherwise: =item.id}}\n" + OTHERWISE, 1, 32, "let"),
    ("MAP-305", "faults left out", "steps: {a: {soap: s, operation: o}}\n" + OTHERWISE, 1, 9, "any fault: fail"),
    ("MAP-305", "no rows left out", STEP.replace("no rows: fail, ", "") + OTHERWISE, 2, 3, "no rows: fail"),
    (
        "MAP-306",
        "rows of a call",
        "steps: {a: {soap: s, operation: o, on: {any fault: fail, no rows: fail}}}\n" + OTHERWISE,
        1,
        58,
        "",
    ),
    ("MAP-306", "a slip", STEP.replace("{no rows", "{no answr: fail, no rows") + OTHERWISE, 6, 10, "'no answer'?"),
    ("MAP-306", "a fault without a code", STEP.replace("{no rows", "{'fault ': fail, no rows") + OTHERWISE, 6, 10, ""),
    ("MAP-306", "no rows of optional rows", STEP.replace("rows: one", "rows: optional") + OTHERWISE, 6, 10, "out"),
    (
        "MAP-307",
        "its own reply",
        STEP.replace("no rows: fail", "no rows: {red: =port.a}") + OTHERWISE,
        6,
        10,
        "other steps",
    ),
    (
        "MAP-307",
        "its own reply by another name",
        "let: {a: =port.b}\n" + STEP.replace("no rows: fail", "no rows: {red: =a}") + OTHERWISE,
        7,
        10,
        "other",
    ),
    ("MAP-309", "always green", GREEN % "1 == 1", 2, 11, "name what"),
    ("MAP-309", "always green by another name", "let: {fine: true}\n" + GREEN % "fine", 3, 11, "name what"),
    (
        "MAP-310",
        "at a name",
        "answer: [{otherwise: {refuse: invalidValue, reason: x, at: product}}]\n",
        1,
        60,
        "=pointer",
    ),
]


@pytest.mark.parametrize(
    ("code", "body", "line", "column", "hint"),
    [pytest.param(code, *rest, id=f"{code}: {what}") for code, what, *rest in CASES],
)
def test_a_mistake_is_found_once_at_its_place(code: str, body: str, line: int, column: int, hint: str) -> None:
    found = findings(body)
    expected_line = line or -HEAD.count("\n") + 1
    assert told(found) == [(code, expected_line, column)]
    assert hint in found[0].hint


@pytest.mark.parametrize(
    ("said", "seconds"), [("", None), ("estimate: 90 min\n", 5400.0), ("estimate: 2 d\n", 172800.0)]
)
def test_a_mapping_says_how_long_a_deferred_answer_takes(said: str, seconds: float | None) -> None:
    assert loaded(said + OTHERWISE).estimate == seconds


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    body = """\
let: {a: =nowhere.x, count: 1}
lookups: {l: {b: c, otherwise: green}}
steps:
  port: {sql: inventory, query: SELECT 1, rows: one, on: {no rows: fail}}
answer:
  - when: =item.a
    serviceabilityConfidence: green
  - {when: item.b ==, red: x}
"""
    assert [finding.code for finding in findings(body)] == [
        "MAP-203",
        "MAP-205",
        "MAP-302",
        "MAP-305",
        "MAP-202",
        "MAP-301",
        "MAP-201",
    ]


def test_broken_expressions_are_told_together_with_a_wrong_shape() -> None:
    body = """\
let: {a: =1 +}
steps:
  port: {sql: inventory, query: 5, rows: one, with: {a: =upperr(item.id)}, on: {no rows: fail, many rows: fail}}
answer:
  - {when: =item.a, red: x}
  - {otherwise: {rad: x}}
"""
    assert [(code, line) for code, line, _ in told(findings(body))] == [
        ("MAP-201", 1),
        ("MAP-103", 3),
        ("MAP-201", 3),
        ("MAP-202", 5),
        ("MAP-102", 6),
    ]


def test_an_expression_that_yaml_has_cut_is_told_alone() -> None:
    body = "steps:\n  a: {soap: s, operation: o, with: {x: =lookup(b, item.c)}, on: {any fault: fail}}\n" + OTHERWISE
    assert [finding.code for finding in findings(body)] == ["MAP-201"]


def test_an_excerpt_points_at_the_word() -> None:
    text = HEAD + "let:\n  a: =upper(itm.id)\n" + OTHERWISE
    with pytest.raises(FindingsError) as caught:
        load_mapping_text(text, "m.yaml", KINDS)
    (finding,) = caught.value.findings
    assert show(finding, text).splitlines()[1:] == ["      a: =upper(itm.id)", " " * 16 + "^"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("", "MAP-104", id="empty file"),
        pytest.param("- a\n", "MAP-104", id="list at the top"),
        pytest.param("a text\n", "MAP-104", id="text at the top"),
        pytest.param("a: &b 1\n", "YAML-005", id="anchor"),
    ],
)
def test_a_file_that_is_no_mapping_at_all(text: str, code: str) -> None:
    with pytest.raises(FindingsError) as caught:
        load_mapping_text(text, "m.yaml", KINDS)
    assert [(found.code, found.location.line) for found in caught.value.findings] == [(code, 1)]


def test_steps_stand_after_those_that_they_need() -> None:
    body = """\
let: {key: =before.a}
steps:
  last: {soap: s, operation: o, with: {x: =second.y}, on: {any fault: fail}}
  second: {soap: s, operation: o, with: {x: =key}, on: {any fault: fail}}
  before: {soap: s, operation: o, on: {any fault: fail}}
"""
    mapping = loaded(body + OTHERWISE)
    assert [step.name for step in mapping.steps] == ["before", "second", "last"]
    assert mapping.step("last").needs == {"second"}
    assert mapping.step("second").needs == {"before"}


@pytest.mark.parametrize(
    ("expression", "types"),
    [
        ("related('A').answer.deliveryType", {"A"}),
        ("related('A')['answer']", {"A"}),
        ("related('A').id", set()),
        ("related(item.x).answer", None),
        ("related(item.x).id", set()),
    ],
)
def test_items_whose_answers_are_read_are_answered_first(expression: str, types: set[str] | None) -> None:
    assert loaded(f"let:\n  a: ={expression}\n" + OTHERWISE).related_answers == types
