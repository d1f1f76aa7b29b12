"""New mappings from an OpenAPI file: what it says stands there, and what was filled in is clean."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.locks import changed
from gateway.app import KINDS
from gateway.authoring.suite import load_suite, run_suite
from gateway.cli import main
from gateway.linting import lint
from gateway.surroundings import read_surroundings
from tests.support.gateways import configuration, write_configuration
from tests.unit.adapters.rest.services import OPENAPI

PRODUCT = "urn:example:seller:line:v1"
FILLED = {
    "TODO_path_site": "=item.id",
    "TODO_query_mbps": "=10",
    "TODO_status_yes": "deliverable",
    "TODO_status_no": "not",
    "TODO_when_not": "check_availability.status == 'no'",
    "TODO_when": "check_availability.status in ['yes'] and lookup(status, check_availability.status) == 'deliverable'",
    "TODO_amount": "=10",
    "TODO_deliveryType": "onNetWithoutBuild",
}


def new(*arguments: str | Path) -> int:
    return main(["mapping", "new", *map(str, arguments)])


@pytest.fixture
def line(tmp_path: Path) -> Path:
    folder = tmp_path / "mappings"
    assert (
        new("line", "--openapi", OPENAPI, "--operation", "checkAvailability", "--product", PRODUCT, "-o", folder) == 0
    )
    return folder / "line.yaml"


def filled(text: str) -> str:
    for name, value in sorted(FILLED.items(), key=lambda one: -len(one[0])):
        text = text.replace(f"={name}", value).replace(name, value)
    return text


def test_what_the_file_says_stands_there(line: Path) -> None:
    text = line.read_text()

    for said in (
        "operation: checkAvailability",
        "site: =TODO_path_site",
        "mbps: =TODO_query_mbps",
        "# options:",
        "fault 404",
        "status: text, one of yes, no",
        "medium: text; may be null",
    ):
        assert said in text
    assert "TODO" in text


def test_every_todo_is_refused_until_it_is_filled_in(line: Path) -> None:
    assert lint([line])


def test_what_was_filled_in_is_clean_with_the_copied_contract(line: Path, tmp_path: Path) -> None:
    copy = line.parent / "contracts" / "planning"
    assert changed(copy) == []
    assert (copy / "common" / "types.yaml").is_file()

    line.write_text(filled(line.read_text()))
    systems = {"planning": {"rest": {"openapi": "mappings/contracts/planning/planning.yaml"}}}
    config = write_configuration(tmp_path, configuration(systems=systems, products={"unknown_types": "accept"}), {})

    assert lint([line], read_surroundings(config)) == []
    report = asyncio.run(run_suite(load_suite([line], KINDS)))
    assert report.results[0].passed, "silence promises nothing"


def test_a_method_that_may_change_something_is_to_be_decided(tmp_path: Path) -> None:
    assert new("order", "--openapi", OPENAPI, "--operation", "POST /orders", "-o", tmp_path) == 0
    text = (tmp_path / "order.yaml").read_text()

    assert 'path: "/orders"' in text
    assert "method: POST" in text
    assert "reads_only: TODO_reads_only" in text


def test_operations_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert new("--list", "--openapi", OPENAPI) == 0

    assert capsys.readouterr().out.split("\n") == [
        "planning.yaml",
        "  checkAvailability  (GET /sites/{site}/availability)",
        "  reserve  (POST /orders)",
        "  search  (POST /search)",
        "3 operation(s), 3 can be called",
        "",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--openapi", OPENAPI], id="no operation"),
        pytest.param(["--openapi", OPENAPI, "--operation", "none"], id="no such operation"),
        pytest.param(["--openapi", OPENAPI, "--operation", "GET /none"], id="no such path"),
        pytest.param(["--openapi", "none.yaml", "--operation", "x"], id="no such file"),
        pytest.param(["--openapi", OPENAPI, "--wsdl", "a.wsdl"], id="two sources"),
        pytest.param(["--list", "--openapi", "none.yaml"], id="list, no such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert new(*arguments) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.strip().split("\n"))) == ("", 1)
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_file_outside_of_the_folder_is_not_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "types.yaml").write_text((OPENAPI.parent / "common" / "types.yaml").read_text())
    (inner / "api.yaml").write_text(OPENAPI.read_text().replace("common/types.yaml", "../types.yaml"))

    assert new("--openapi", inner / "api.yaml", "--operation", "search", "-o", tmp_path / "m") == 2
    assert "outside of its folder" in capsys.readouterr().err
