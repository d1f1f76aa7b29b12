"""`mapping new` over every operation of every WSDL of the tests: a mapping that can be filled in, or one clear line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.base import BadArguments
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.describe import list_operations
from gateway.app import KINDS
from gateway.authoring.suite import load_suite, run_suite
from gateway.cli import main
from gateway.linting import lint
from gateway.sources.yamlfile import read_yaml
from gateway.surroundings import read_surroundings
from tests.support.gateways import configuration, write_configuration
from tests.support.soap_server import WSDL_FOLDER
from tests.support.wsdls import write_large

PRODUCT = "urn:example:seller:line:v1"
FILES = ("styles.wsdl", "types.wsdl", "spread/spread.wsdl", "ugly/ugly.wsdl", "odd.wsdl", "feasibility12.wsdl")
TODO_CODE = "MAP-213"

BY_KIND = {
    "whole number": "=1",
    "number": "=1",
    "true or false": "=True",
    "date": '"2026-01-31"',
    "date-time": '"2026-01-31T12:00:00Z"',
}
BY_NAME = {"TODO_when": "item.id == 'x'", "TODO_when_not": "item.id == 'y'", "TODO_deliveryType": "onNetWithoutBuild"}


def every_operation() -> Iterator[Any]:
    for file in FILES:
        seen: set[str] = set()
        for one in list_operations(WSDL_FOLDER / file):
            if not one.problem and one.name not in seen:
                seen.add(one.name)
                yield pytest.param(file, one.service, one.port, one.name, id=f"{Path(file).stem}-{one.name}")


def filled(text: str) -> str:
    """The mapping with something of the right kind in place of each TODO."""
    lines: list[str] = []
    before = ""
    for line in text.split("\n"):
        said, mark, remark = line.partition("  # ")
        about = before if said.lstrip().startswith("- ") else remark  # an item's kind stands above it
        before = remark
        if "TODO" in said and not said.lstrip().startswith("#"):
            if re.match(r"\s+TODO: ", said):  # the words of the request, in a lookup
                value = re.search(r"# TODO: (.*)", text[text.index(line) :])
                said = re.sub(r"TODO: .*", f"x: {value[1] if value else 'x'}", said)
            kind = next((kind for kind in BY_KIND if re.search(rf"\b{kind}s?\b", about.split(",")[0])), "text")
            name = re.search(r"TODO_?\w*", said)
            if name:
                value_of = BY_NAME.get(name[0])
                if "lookup(" in said:
                    said = said.replace(name[0], "'x'")
                elif value_of is not None:
                    said = said.replace(f"={name[0]}", value_of).replace(name[0], value_of)
                elif name[0] == "TODO_amount":
                    said = said.replace("=TODO_amount", "1")
                else:
                    said = said.replace(f"={name[0]}", BY_KIND.get(kind, "text"))
        lines.append(said + mark + remark)
    return "\n".join(lines)


def begun(folder: Path, wsdl: Path, service: str, port: str, operation: str) -> Path:
    said = ["--wsdl", str(wsdl), "--operation", operation, "--service", service, "--port", port]
    assert main(["mapping", "new", "line", *said, "--product", PRODUCT, "--system", "old", "-o", str(folder)]) == 0
    return folder / "line.yaml"


def check(tmp_path: Path, wsdl: Path, service: str, port: str, operation: str) -> None:
    """Begin, lint, fill in, lint with the contract, run the first test, render what would be sent."""
    file = begun(tmp_path / "mappings", wsdl, service, port, operation)
    assert {finding.code for finding in lint([file])} == {TODO_CODE}

    file.write_text(filled(file.read_text(encoding="utf-8")), encoding="utf-8")
    copy = next((tmp_path / "mappings" / "contracts" / "old").glob("*.wsdl")).parent / wsdl.name
    options = {"wsdl": str(copy), "service": service, "port": port}
    systems = {"old": {"soap": options}}
    config = write_configuration(tmp_path, configuration(systems=systems, products={"unknown_types": "accept"}), {})
    assert [str(one) for one in lint([file], read_surroundings(config))] == []

    report = asyncio.run(run_suite(load_suite([file], KINDS)))
    assert report.results[0].passed, report.results[0]

    system = SoapSystem("old", SoapOptions(wsdl=copy, service=service, port=port))
    one = system.operation(SoapStep(operation=operation))
    step = next(iter(read_yaml(file.read_text(encoding="utf-8"), "line.yaml").data["steps"].values()))
    refused = ""
    try:
        assert "Envelope" in one.render(plain(step.get("with", {})))
    except BadArguments as error:
        refused = str(error)
    assert "\n" not in refused


def plain(value: Any) -> Any:
    """What stands under `with`, with the few expressions that were filled in worked out."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return {"=1": 1, "=True": True}.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(("file", "service", "port", "operation"), list(every_operation()))
def test_each_operation_becomes_a_mapping_that_can_be_filled_in(
    tmp_path: Path, file: str, service: str, port: str, operation: str
) -> None:
    check(tmp_path, WSDL_FOLDER / file, service, port, operation)


@pytest.mark.parametrize("number", range(0, 120, 29))
def test_so_does_each_of_a_hundred(tmp_path: Path, number: int) -> None:
    check(tmp_path, write_large(tmp_path), "S", "P", f"Ask{number}")


@pytest.mark.parametrize("file", FILES)
def test_what_cannot_be_called_is_refused_in_one_line(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in list_operations(WSDL_FOLDER / file):
        if one.problem:
            said = ["--wsdl", str(WSDL_FOLDER / file), "--operation", one.name, "--service", one.service]
            assert main(["mapping", "new", *said, "--port", one.port, "-o", str(tmp_path)]) == 2
            told = capsys.readouterr().err
            assert told.count("\n") == 1
            assert one.problem in told


def test_the_list_says_why_an_operation_cannot_be_called_and_which_way_it_goes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["mapping", "new", "--list", "--wsdl", str(WSDL_FOLDER / "types.wsdl")]) == 0
    told = capsys.readouterr().out

    assert "  OtherOrder  (zeep: its choices want First2, Second in different orders)" in told
    assert "  TwicePlaced  (not possible: it cannot be written: Mark stands at two places of a sequence" in told
