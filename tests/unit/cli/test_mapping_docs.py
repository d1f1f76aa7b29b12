"""`mapping docs`: what a mapping does, in tables, for somebody who knows no code. All of it is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.assembly.kinds import KINDS
from gateway.cli import main
from gateway.mapping.loading import load_mapping_file
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.telling import page
from tests.conftest import REPOSITORY
from tests.support.mappings import GREEN, HEAD, STEP, loaded

SHIPPED = [path for path in sorted((REPOSITORY / "mappings").glob("*.yaml")) if not path.name.endswith(".test.yaml")]


@pytest.fixture(params=SHIPPED, ids=lambda path: path.stem)
def mapping(request: pytest.FixtureRequest) -> LoadedMapping:
    path: Path = request.param
    return load_mapping_file(path, KINDS)


def tables(text: str, title: str) -> list[list[list[str]]]:
    """The tables below the headings that begin so, each as its rows of cells, without the head."""
    found: list[list[list[str]]] = []
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        if section.startswith(title):
            for block in re.findall(r"(?:^\|.*\n)+", section, flags=re.MULTILINE):
                found.append([re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()[2:]])
    return [[[cell.strip() for cell in row] for row in rows] for rows in found]


def test_every_row_of_the_answer_is_told_in_order(mapping: LoadedMapping) -> None:
    (rows,) = tables(page(mapping), "Answers")

    assert [row[0] for row in rows] == [str(number) for number in range(1, len(mapping.answer) + 1)]
    for told, rule in zip(rows, mapping.answer, strict=True):
        condition = "`" + " ".join(rule.when.expression.text.split()).replace("|", "\\|") + "`" if rule.when else ""
        assert told[1] == (condition or "in every other case")
        assert told[2] != ""


def test_every_step_is_told_with_its_system_and_its_failures(mapping: LoadedMapping) -> None:
    text = page(mapping)
    (steps,), (failures,) = tables(text, "What is asked"), tables(text, "What happens")

    assert [(row[0], row[1]) for row in steps] == [(step.name, step.system) for step in mapping.steps]
    for step in mapping.steps:
        assert sum(row[0] == step.name for row in failures) == len({*step.on, "no answer"})
    assert all(outcome for *_, outcome in failures)


def test_every_code_of_a_lookup_is_told(mapping: LoadedMapping) -> None:
    told = tables(page(mapping), "What codes mean")

    assert [len(rows) for rows in told] == [
        len(lookup.entries) + lookup.has_otherwise for lookup in mapping.lookups.values()
    ]


def test_a_table_has_as_many_cells_in_each_line(mapping: LoadedMapping) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", page(mapping), flags=re.MULTILINE):
        assert len({len(re.split(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param("red: No fibre", ["**red**", "No fibre"], id="red"),
        pytest.param("fail: No lead time", ["no answer can be given", "No lead time"], id="fail"),
        pytest.param("wait: 90 min", ["asked again after 1.5 hours", ""], id="wait"),
        pytest.param("ask an operator: Survey", ["somebody of the Seller has to answer", "Survey"], id="operator"),
        pytest.param(
            "{refuse: invalidValue, reason: Too fast}",
            ["the request is refused: invalidValue", "Too fast"],
            id="refusal",
        ),
        pytest.param(
            "{serviceabilityConfidence: yellow, installationInterval: {amount: 5, units: calendarDays}}",
            ["**yellow**", "", "5 calendarDays"],
            id="a promise",
        ),
    ],
)
def test_a_row_is_told_in_words(row: str, expected: list[str]) -> None:
    said = row.strip("{}") if "installation" not in row else row[1:-1]
    body = f"answer:\n  - {{when: item.action == 'add' or item.id == 'a|b', {said}}}\n  - otherwise: fail\n"
    (rows,) = tables(page(loaded(body)), "Answers")

    assert rows[0][2 : 2 + len(expected)] == expected


def test_what_the_file_says_at_its_top_is_told() -> None:
    comment = "# yaml-language-server: $schema=x\n# Ports, as ELM\n# knows them.\n"

    text = page(loaded(STEP + GREEN % "port.ok", head=comment + HEAD.replace("version: 1", "version: 3")))

    assert text.startswith("# small (version 3)\n\nPorts, as ELM knows them.\n\n")


def test_the_command_writes_a_page_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", "docs", str(REPOSITORY / "mappings"), "-o", str(tmp_path / "pages")]) == 0
    names = {load_mapping_file(path, KINDS).name for path in SHIPPED}
    assert {path.stem for path in (tmp_path / "pages").iterdir()} == names

    assert main(["mapping", "docs", str(SHIPPED[0])]) == 0
    assert capsys.readouterr().out == (tmp_path / "pages" / f"{SHIPPED[0].stem}.md").read_text(encoding="utf-8")


def test_a_broken_mapping_does_not_keep_the_others_from_being_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("mapping: a\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text(SHIPPED[0].read_text(encoding="utf-8"), encoding="utf-8")

    assert main(["mapping", "docs", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "MAP-101" in told.err
    assert told.out.startswith(f"# {SHIPPED[0].stem} ")
