"""`mapping lint`: all findings at once, in the form that was asked for, and an exit code that says what came of it."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway import linting
from gateway.cli import main
from tests.conftest import REPOSITORY
from tests.support.error_pages import HEAD
from tests.support.gateways import configuration, write_configuration

GOOD = HEAD + "answer: [{otherwise: fail}]\n"
SHAPE = GOOD.replace("example", "shape").replace("version: 1", "version: one")
NAME = GOOD.replace("example", "name").replace("any}", "any, actions: [add]}") + "let: {a: =itm.id}\n"
NOT_YAML = "mapping: 'broken\n"
STEPS = """steps:
  a:
    sql: stock
    query: SELECT STATUS AS status FROM PORTS WHERE REF = :ref
    with: {ref: =itm.id, rev: 1}
    rows: one
    on: {no rows: fail, many rows: fail}
  b: {sql: broken, query: SELECT A FROM B, rows: optional, on: {many rows: fail}}
  c: {sql: nowhere, query: SELECT A FROM B, rows: optional, on: {many rows: fail}}
"""


def lint(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["mapping", "lint", *map(str, arguments)])
    return code, capsys.readouterr().out


def codes(text: str) -> list[str]:
    return [finding["code"] for finding in json.loads(text)["findings"]]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    for name, text in (("good", GOOD), ("shape", SHAPE), ("name", NAME), ("not-yaml", NOT_YAML)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "good.test.yaml").write_text("- no mapping", encoding="utf-8")
    return tmp_path


def test_one_bad_file_does_not_hide_what_is_wrong_in_others(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = lint(capsys, broken)

    assert code == 1
    assert re.findall(r"(\S+)\.yaml:(\d+):(\d+) (\S+) ", told) == [
        (str(broken / "name"), "5", "11", "MAP-203"),
        (str(broken / "not-yaml"), "1", "10", "YAML-003"),
        (str(broken / "shape"), "2", "10", "MAP-106"),
    ]
    assert "    let: {a: =itm.id}\n              ^\n" in told
    assert told.endswith("4 file(s), 3 finding(s)\n")


def test_a_section_that_stands_twice_is_told_with_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step = "steps:\n  a: {sql: stock, with: {REF: =item.id}}\n  a: {soap: other, with: =itm}\n"
    (tmp_path / "twice.yaml").write_text(GOOD + step, encoding="utf-8")

    code, told = lint(capsys, tmp_path, "--format", "json")

    assert code == 1
    assert "YAML-008" in codes(told)


def test_files_that_are_read_in_several_processes_are_held_against_each_other(
    broken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (broken / "twin.yaml").write_text(GOOD + "let: {a: =existing.id}\n", encoding="utf-8")
    (broken / "other.yaml").write_text(GOOD.replace("example", "other"), encoding="utf-8")
    files = [broken / f"{name}.yaml" for name in ("good", "twin", "other")]
    asked: list[int] = []

    def shared(work: Any, things: Sequence[Path], *, least: int, processes: int) -> Any:
        """As other processes would hand over what they found."""
        asked.append(processes)
        return [pickle.loads(pickle.dumps(one)) for number in (0, 1) for one in work(things[number::2])]

    alone = linting.lint(files)
    monkeypatch.setattr(linting, "shared", shared)

    assert linting.lint(files, processes=3) == alone
    assert asked == [3]
    assert sorted(one.code for one in alone) == ["MAP-002", "MAP-003", "MAP-003", "MAP-313"]


def test_findings_for_programs(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = lint(capsys, broken, "--format", "json")
    data = json.loads(told)

    assert (code, data["files"]) == (1, 4)
    assert data["findings"][0] == {
        "file": str(broken / "name.yaml"),
        "line": 5,
        "column": 11,
        "code": "MAP-203",
        "message": "'itm' is not known here",
        "hint": "did you mean 'item'?",
    }


def test_findings_as_annotations(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = lint(capsys, broken / "name.yaml", "--format", "github")

    assert code == 1
    assert told.splitlines()[0] == (
        f"::error file={broken / 'name.yaml'},line=5,col=11,title=MAP-203::"
        "'itm' is not known here (did you mean 'item'?)"
    )


def test_a_broken_system_and_a_broken_file_hide_nothing_of_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systems = {"stock": {"sql": {"url": "sqlite:///stock.db"}}, "broken": {"sql": {"url": "db2://x"}}}
    mappings = {"one": GOOD.replace("answer", STEPS + "answer"), "other": SHAPE}
    products = {"unknown_types": "accept"}
    config = write_configuration(tmp_path, configuration(systems=systems, products=products), mappings)

    code, told = lint(capsys, tmp_path / "mappings", "-c", config, "--format", "json")

    assert code == 1
    assert sorted(codes(told)) == sorted(["CFG-301", "MAP-203", "MAP-402", "MAP-401", "MAP-106"])
    assert [one["file"] for one in json.loads(told)["findings"]][-1].endswith("other.yaml")


def test_a_mistake_in_the_configuration_does_not_hide_those_in_mappings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_configuration(tmp_path, configuration(sellr={}), {"one": NAME})

    code, told = lint(capsys, tmp_path / "mappings", "-c", config, "--format", "json")

    assert (code, sorted(codes(told))) == (1, ["CFG-102", "MAP-203"])


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_the_shipped_mappings_are_clean(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)

    code, told = lint(capsys, "-c", "config/gateway.yaml", "--format", form)

    assert code == 0
    assert "MAP-" not in told


def test_a_file_by_itself_need_not_bring_what_it_reads_in_others(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = GOOD.replace("[{", "[{when: existing.status == 'A', red: x}, {")
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")

    assert lint(capsys, tmp_path / "one.yaml")[0] == 0
    code, told = lint(capsys, tmp_path, "--format", "json")
    assert (code, codes(told)) == (1, ["MAP-313"])


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["nowhere.yaml"], id="a file that is not there"),
        pytest.param(["."], id="a folder without files"),
        pytest.param([str(REPOSITORY / "mappings"), "-c", "nowhere.yaml"], id="no such configuration"),
        pytest.param(["--explain", "MAP-999"], id="no such code"),
    ],
)
def test_what_cannot_be_read_is_told(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["mapping", "lint", *arguments]) == 2
    assert capsys.readouterr().err.startswith("mapping lint: ")


@pytest.mark.parametrize("typed", ["MAP-305", "map-305"])
def test_a_code_is_explained(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = (REPOSITORY / "docs" / "mapping" / "errors" / "MAP-305.md").read_text(encoding="utf-8")

    assert lint(capsys, "--explain", typed) == (0, page)


def test_the_caret_stands_right_in_a_file_with_a_mark_at_its_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.yaml").write_bytes(b"\xef\xbb\xbf" + b"mappin: x\r\n" + NAME.encode())

    told = lint(capsys, tmp_path)[1]

    assert "    mappin: x\n    ^\n" in told


SHIPPED = "internet-access.yaml"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "configuration.technology, 'ANY'",
            "configuration.technolgy, 'ANY'",
            "MAP-210 there is no 'technolgy' here (did you mean 'technology'?)",
            id="a path",
        ),
        pytest.param("kind == 'ANY' or", "kind == 'FIBER' or", "MAP-411 'FIBER' is no value", id="a value"),
        pytest.param(
            "kind == 'ANY' or",
            "lookup(technology_name, configuration.downstream.irUnits) == 'x' or",
            "MAP-410 the lookup 'technology_name' has no entry for KBPS, MBPS, GBPS",
            id="a value map",
        ),
        pytest.param(
            "configuration.technology,", "configuration.technology.x,", "which has no 'x'", id="a text's part"
        ),
    ],
)
def test_a_mapping_is_held_against_the_product_specification(
    old: str, new: str, expected: str, tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (repository / "mappings" / SHIPPED).read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new).replace("radio, otherwise: another technology", "radio, ANY: any")
    file = tmp_path / SHIPPED
    file.write_text(text, encoding="utf-8")

    assert main(["mapping", "lint", "-c", str(repository / "config" / "gateway.yaml"), str(file)]) == 1
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "MAX_KB AS", "MAX_KBIT AS", "MAP-405 inventory: query: OFR_CAT has no column MAX_KBIT", id="column"
        ),
        pytest.param(
            "offer.on_sale, '?') == 'Y'",
            "offer.on_sale, '?') == 1",
            "MAP-411 a number is compared with a text",
            id="type",
        ),
        pytest.param("TRIM(OFR_ID) = :offering", "OFR_ID = :offering", "", id="nothing"),
        pytest.param("with: {offering: =offering.id}", "with: {offering: 501}", "", id="behind a function"),
    ],
)
def test_a_query_is_held_against_stored_definitions_of_its_tables(
    old: str, new: str, expected: str, tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (repository / "mappings" / SHIPPED).read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = tmp_path / SHIPPED
    file.write_text(text.replace(old, new), encoding="utf-8")

    code = main(["mapping", "lint", "-c", str(repository / "config" / "gateway.yaml"), str(file)])
    assert (code, expected in capsys.readouterr().out) == (1 if expected else 0, True)


def test_an_ambiguous_value_hides_nothing_of_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = GOOD.replace("answer: [", "let: {a: =itm.id}\nanswer: [{when: item.idd == 'x', red: no}, ")
    (tmp_path / "no.yaml").write_text(text, encoding="utf-8")
    code, told = lint(capsys, tmp_path, "--format", "json")

    assert (code, codes(told)) == (1, ["MAP-203", "MAP-210", "YAML-010"])


def test_what_follows_from_a_mistake_of_yaml_is_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "zero.yaml").write_text(GOOD.replace("version: 1", "version: 01"), encoding="utf-8")
    (tmp_path / "alias.yaml").write_text(GOOD.replace("{product: any}", "*that"), encoding="utf-8")

    assert codes(lint(capsys, tmp_path, "--format", "json")[1]) == ["YAML-005", "YAML-010"]


def test_a_file_that_is_no_yaml_tells_what_else_is_wrong_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace(
        "answer: [", "let:\n  a: =x if y == 'b: c' else d\n  b: =itm.id\nanswer: [{when: item.idd == 'x', red: no}, "
    )
    (tmp_path / "colon.yaml").write_text(text.replace("red: no}", "rad: x}"), encoding="utf-8")
    (tmp_path / "good.yaml").write_text(NAME, encoding="utf-8")
    code, told = lint(capsys, tmp_path, "--format", "json")

    assert (code, codes(told)) == (1, ["YAML-003", "MAP-102", "MAP-203"]), "of names nothing is told in colon.yaml"


def test_a_file_whose_lines_do_not_belong_together_tells_mistakes_of_yaml_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = GOOD.replace("answer: [", " x: 1\nanswer: [{rad: x}, ")
    (tmp_path / "indented.yaml").write_text(text + "a: 'b\nversion: 2\n", encoding="utf-8")
    told = json.loads(lint(capsys, tmp_path, "--format", "json")[1])

    assert [finding["code"] for finding in told["findings"]] == ["YAML-003", "YAML-003", "YAML-008"]


def test_what_else_lies_below_a_folder_is_no_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "contracts" / "planning").mkdir(parents=True)
    (tmp_path / "contracts" / "planning" / "planning.yaml").write_text("openapi: 3.0.3\n", encoding="utf-8")
    (tmp_path / "contracts" / "planning" / "planning.yml").write_text("openapi: 3.0.3\n", encoding="utf-8")
    (tmp_path / "..data").mkdir()
    for place in (".#good.yaml", "..data/good.yaml", "good.yaml", "contracts/shape.yaml"):
        (tmp_path / place).write_text(SHAPE if "shape" in place else GOOD, encoding="utf-8")
    code, told = lint(capsys, tmp_path, "--format", "json")

    found = json.loads(told)
    assert (code, found["files"], [finding["code"] for finding in found["findings"]]) == (1, 2, ["MAP-106"])


def test_a_file_that_says_nothing_of_itself_is_looked_at_in_the_folder_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "line.yaml").write_text("version: 1\n", encoding="utf-8")
    assert lint(capsys, tmp_path)[0] == 1
