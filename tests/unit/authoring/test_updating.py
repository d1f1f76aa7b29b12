"""A rewritten test file expects what was found, and is the same everywhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.authoring.suite import Report
from gateway.authoring.telling import renewal
from gateway.authoring.updating import CannotUpdate, Renewal, renewed_file, with_expectation
from gateway.sources.yamlfile import read_yaml
from tests.unit.authoring.files import case, report

GREEN = "  legacy: {port: [{free: 4}], check: {Code: A, Days: 3, Net: IN}}\n"
TEXT = """\
# A comment at the top.

- test: 'the first'   # quoted for no reason
  legacy:   {a: 1}
  expect:
    serviceabilityConfidence: green   # goes with the block
    installationInterval:
      amount: 3

# A comment between.
- expect: fail
  test: expectation first
  legacy: {a:    2}

- test: last
  expect: {red: Never}
"""


@pytest.mark.parametrize(
    "expect",
    [
        pytest.param("fail", id="a word"),
        pytest.param({"serviceabilityConfidence": "red"}, id="one member"),
        pytest.param({"a": {"b": [{"c": 1}, []], "d": None}, "e": True, "f": 1.5}, id="all kinds of values"),
        pytest.param({"a": ["x" * 60, "y" * 60], "b": {"c": "z" * 120}}, id="long values"),
        pytest.param({"a": [{"b": "x" * 60, "c": {"d": "y" * 60}}]}, id="long elements"),
        pytest.param({"a": "ON", "b": "no", "c": "000073", "d": "1e3", "e": "", "f": "- x"}, id="texts to be quoted"),
        pytest.param({"a": 'say "hi": now # then', "b": "Zürich\n\tLöwe", "3rd": "{x}"}, id="odd texts"),
        pytest.param({"~": "null", "2026-01-01": "2026-01-01", "a: b": "true"}, id="odd names"),
        pytest.param({"a": {}, "b": []}, id="empty"),
    ],
)
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_file_says_what_it_should_and_nothing_else(number: int, expect: Any) -> None:
    before = read_yaml(TEXT, "x.test.yaml")
    after = with_expectation(before, (number,), expect)

    assert read_yaml(after.text, "x.test.yaml").data[number]["expect"] == expect
    start, end = [(4, 8), (10, 11), (15, 16)][number]
    lines = TEXT.split("\n")
    assert after.text.split("\n")[:start] == lines[:start]
    assert after.text.endswith("\n".join(lines[end:]))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("- {test: one, expect: fail}\n", id="a case in one line"),
        pytest.param("- test: one\n  expect: {\n    a: 1\n  }\n", id="a block that ends where it began"),
        pytest.param("# a\u2028# b\n- test: one\n  expect: fail\n", id="line breaks of another kind"),
    ],
)
def test_what_cannot_be_rewritten_safely_is_left_alone(text: str) -> None:
    document = read_yaml(text, "x.test.yaml")
    with pytest.raises(CannotUpdate):
        with_expectation(document, (0,), {"a": 1})


async def renewed(folder: Path, text: str) -> tuple[Renewal, Report]:
    found = await report(folder, text)
    return renewed_file(found.failed[0].case.document, found.failed), found


async def test_a_rewritten_file_passes(tmp_path: Path) -> None:
    text = "".join(
        case(f"{GREEN}  expect: {expect}\n", name=f"case {number}")
        for number, expect in enumerate(
            ("fail", "{serviceabilityConfidence: red}", "{installationInterval: {amount: 5}}", "{red: Never}")
        )
    )
    renewal_of_all, before = await renewed(tmp_path, text)

    assert [one.case.name for one in renewal_of_all.changed] == [one.case.name for one in before.results]
    assert (await report(tmp_path, renewal_of_all.document.text)).failed == []
    assert "    installationInterval: {amount: 3}\n" in renewal_of_all.document.text, "what was named, and no more"


async def test_what_was_not_meant_is_not_promised(tmp_path: Path) -> None:
    """Outcomes of steps without replies, and of other arguments, are nothing to rely on."""
    text = case("  legacy: {port: [{free: 4}]}\n  expect: {serviceabilityConfidence: green}\n", name="no reply")
    text += case(f"{GREEN}  sends: {{check: {{Ref: X}}}}\n  expect: fail\n", name="sends")
    found, _ = await renewed(tmp_path, text)

    assert ([one.case.name for one, _ in found.kept], list(found.changed)) == (["no reply", "sends"], [])
    assert found.document.text == text


@pytest.mark.parametrize(
    ("expect", "is_new"),
    [
        ("fail", True),
        ("red", True),
        ("{refuse: invalidValue}", True),
        ("{serviceabilityConfidence: yellow}", False),
        ("{deliveryType: onNetWithBuild}", False),
    ],
)
async def test_a_new_promise_is_told_as_such(tmp_path: Path, expect: str, is_new: bool) -> None:
    found, _ = await renewed(tmp_path, case(f"{GREEN}  expect: {expect}\n"))

    first, *fields = [line for one in found.changed for line in renewal(one)]
    assert first.startswith("UPDATED PROMISE " if is_new else "UPDATED ")
    assert ("PROMISE" in first) is is_new
    assert fields, "what is different is told too"
