"""`poq-gateway mapping test` as an integration engineer types it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support import commands
from tests.unit.authoring.files import LINE, case, written

GREEN = "  legacy: {port: [{free: 4}], check: {Code: A, Days: 3, Net: IN}}\n"
RIGHT = case(f"{GREEN}  expect: {{serviceabilityConfidence: green}}\n", name="right")
WRONG = case(f"{GREEN}  expect: {{deliveryType: onNetWithBuild}}\n", name="wrong")


def run(*arguments: str | Path, cwd: Path) -> tuple[int, str, str]:
    done = commands.run("mapping", "test", *arguments, cwd=cwd)
    return done.code, done.out, done.err


def test_all_as_expected(tmp_path: Path) -> None:
    written(tmp_path, RIGHT)

    assert run(".", cwd=tmp_path) == (0, "1 case(s) of 1 mapping(s), 0 failed\n", "")


def test_a_failure_is_told_with_its_field_and_the_row_that_decided(tmp_path: Path) -> None:
    written(tmp_path, RIGHT + WRONG)
    row = LINE.splitlines().index("  - when: check.Code == 'A'") + 1
    code, said, errors = run("line.test.yaml", cwd=tmp_path)

    assert (code, errors) == (1, "")
    assert said.splitlines() == [
        f"FAIL line.test.yaml:{len(RIGHT.splitlines()) + 1}:3 wrong",
        "    /deliveryType: expected onNetWithBuild, found onNetWithoutBuild",
        f"    decided at line.yaml:{row}:5",
        "2 case(s) of 1 mapping(s), 1 failed",
    ]


def test_the_same_for_programs(tmp_path: Path) -> None:
    written(tmp_path, RIGHT + WRONG)
    code, said, _ = run("line.yaml", "--json", "--coverage", cwd=tmp_path)
    told = json.loads(said)

    assert (code, told["cases"]) == (1, 2)
    assert [(one["test"], one["differences"]) for one in told["failed"]] == [
        ("wrong", [{"pointer": "/deliveryType", "expected": "onNetWithBuild", "found": "onNetWithoutBuild"}])
    ]
    assert "step 'check': fault BUSY" in [one["what"] for one in told["missed"]["line.yaml"]]


def test_what_was_updated_is_told_to_programs_too(tmp_path: Path) -> None:
    written(tmp_path, RIGHT + WRONG)
    code, said, _ = run("line.yaml", "--json", "--update", cwd=tmp_path)
    told = json.loads(said)

    assert (code, told["failed"], [one["test"] for one in told["updated"]]) == (0, [], ["wrong"])


@pytest.mark.parametrize(("least", "code"), [("0", 0), ("100", 1)])
def test_too_little_that_is_reached_fails(tmp_path: Path, least: str, code: int) -> None:
    written(tmp_path, RIGHT)
    found, said, _ = run(".", "--fail-under", least, cwd=tmp_path)

    assert found == code
    assert re.search(r"^line\.yaml: \d+\.\d % \(\d+ of \d+\)$", said, re.MULTILINE)


def test_only_cases_with_a_text_in_their_name_are_run(tmp_path: Path) -> None:
    written(tmp_path, RIGHT + WRONG)

    assert run(".", "-k", "RIGHT", cwd=tmp_path)[:2] == (0, "1 case(s) of 1 mapping(s), 0 failed\n")


@pytest.mark.parametrize(
    ("tests", "arguments", "said"),
    [
        pytest.param(
            case("  expct: fail\n"), ["."], "line.test.yaml:1:3 TEST-101 'expect' is missing", id="a test file"
        ),
        pytest.param(RIGHT, ["nowhere"], "mapping test: nowhere is not there", id="no such path"),
        pytest.param(RIGHT, ["empty"], "mapping test: no mapping file (*.yaml) is there", id="no mapping"),
        pytest.param(
            RIGHT, [".", "-c", "gateway.yaml"], "gateway.yaml:1:1 YAML-001 cannot be read", id="configuration"
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(tmp_path: Path, tests: str, arguments: list[str], said: str) -> None:
    written(tmp_path, tests)
    (tmp_path / "empty").mkdir()
    code, printed, errors = run(*arguments, cwd=tmp_path)

    assert (code, printed) == (2, "")
    assert said in errors


def test_a_mapping_without_tests_is_told(tmp_path: Path) -> None:
    written(tmp_path, RIGHT).unlink()

    assert run(".", cwd=tmp_path)[:2] == (0, "line.yaml: no test beside it\n0 case(s) of 1 mapping(s), 0 failed\n")


def test_an_update_is_printed_written_and_lasts(tmp_path: Path) -> None:
    promise = case(f"{GREEN}  expect: fail\n", name="now a promise")
    path = written(tmp_path, RIGHT + WRONG + promise)
    first = len(RIGHT.splitlines()) + 1
    code, said, _ = run(".", "--update", cwd=tmp_path)

    assert code == 0
    assert f"UPDATED line.test.yaml:{first}:3 wrong\n" in said
    assert re.search(
        r"UPDATED PROMISE line\.test\.yaml:\d+:3 now a promise\n    the outcome: expected fail, found", said
    )
    assert path.read_text(encoding="utf-8").startswith(RIGHT + WRONG.split("  expect")[0])
    assert run(".", cwd=tmp_path)[0] == 0


def test_an_update_keeps_line_breaks_and_the_mark_at_the_start(tmp_path: Path) -> None:
    path = written(tmp_path, RIGHT)
    path.write_bytes(b"\xef\xbb\xbf" + (RIGHT + WRONG).replace("\n", "\r\n").encode())

    assert run(".", "--update", cwd=tmp_path)[0] == 0
    after = path.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf- test: right\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")


def test_what_was_not_meant_is_not_updated(tmp_path: Path) -> None:
    text = case("  legacy: {port: [{free: 4}]}\n  expect: {serviceabilityConfidence: green}\n")
    path = written(tmp_path, text)
    code, said, _ = run(".", "--update", cwd=tmp_path)

    assert code == 1
    assert "NOT UPDATED line.test.yaml:1:3" in said
    assert path.read_text(encoding="utf-8") == text


def test_the_shipped_mappings_are_tested_whole(repository: Path, tmp_path: Path) -> None:
    for name in ("mappings", "config"):
        shutil.copytree(repository / name, tmp_path / name)
    code, said, errors = run("-c", "config/gateway.yaml", "--fail-under", "100", cwd=tmp_path)

    assert (code, errors) == (0, ""), said
    assert re.search(r", 0 failed, 100\.0 % reached\n\Z", said)
