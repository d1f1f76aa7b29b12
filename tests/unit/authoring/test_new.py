"""New mappings: every field is there, nothing is shipped with a TODO in it, and what was filled in is clean."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.described import Branch, Described, Field
from adapters.locks import changed
from gateway.app import KINDS
from gateway.authoring.new.first_test import first_test
from gateway.authoring.new.skeleton import Skeleton, Wanted, skeleton
from gateway.authoring.new.wording import scalar
from gateway.authoring.suite import load_suite, run_suite
from gateway.cli import main
from gateway.linting import lint
from gateway.sources.yamlfile import read_yaml
from gateway.surroundings import read_surroundings
from tests.conftest import REPOSITORY
from tests.support.gateways import configuration, write_configuration
from tests.support.soap_server import WSDL_FOLDER

NIMBUS = REPOSITORY / "config" / "demo" / "nimbus.wsdl"
DEMO = REPOSITORY / "config" / "gateway.yaml"
UGLY = WSDL_FOLDER / "ugly" / "ugly.wsdl"
PRODUCT = "urn:example:seller:line:v1"

FILLED = {
    "TODO_feas_code_A": "may be delivered",
    "TODO_feas_code_B": "may be delivered",
    "TODO_feas_code_C": "to be surveyed",
    "TODO_feas_code_N": "not possible",
    "TODO_feas_code_X": "not checked",
    "TODO_net_status_ON": "onNetWithoutBuild",
    "TODO_net_status_NEAR": "onNetWithBuild",
    "TODO_net_status_3P": "offNetWithoutBuild",
    "TODO_net_status_3PB": "offNetWithBuild",
    "TODO_net_status_NONE": "null",
    "TODO_Requestor_System": "POQGW",
    "TODO_Circuit_ProductCode": "=offering.id",
    "TODO_Circuit_BandwidthKbps": "=1000",
    "TODO_Circuit_ASite": "=place(item, 'INSTALL_LOCATION').place.id",
    "TODO_Circuit_ZPort": "=7",
    "TODO_when": "check_feasibility.FeasCode in ['A'] and check_feasibility.LeadDays != None",
    "TODO_amount": "=check_feasibility.LeadDays",
    "TODO_deliveryType": "=lookup(net_status, check_feasibility.NetStatus)",
    "TODO_when_not": "check_feasibility.FeasCode == 'N'",
}


def new(*arguments: str | Path) -> int:
    return main(["mapping", "new", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the mappings of a configuration are."""
    return tmp_path / "mappings"


@pytest.fixture
def check(folder: Path) -> Path:
    """A new mapping of the demo estate's CheckFeasibility."""
    code = new("check", "--wsdl", NIMBUS, "--operation", "CheckFeasibility", "--product", PRODUCT, "-o", folder)
    assert code == 0
    return folder / "check.yaml"


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = re.sub(rf"=?\b{name}\b", lambda _, said=value: said, text)
    return text


def _todos(text: str) -> list[str]:
    lines = [line.partition("  #")[0] for line in text.split("\n") if not line.lstrip().startswith("#")]
    return re.findall(r"TODO\w+", "\n".join(lines))


def _configured(tmp_path: Path, **systems: Any) -> Path:
    return write_configuration(tmp_path, configuration(systems=systems, products={"unknown_types": "accept"}), {})


def test_every_todo_is_refused_by_lint_at_its_place(check: Path) -> None:
    text = check.read_text(encoding="utf-8")
    lines = text.split("\n")

    refused = {lines[finding.location.line - 1] for finding in lint([check])}

    assert sorted(_todos(text)) == sorted(FILLED)
    assert sorted(_todos("\n".join(refused))) == sorted(FILLED)


@pytest.mark.parametrize("left", FILLED)
def test_one_todo_that_was_forgotten_is_enough_to_be_refused(check: Path, left: str) -> None:
    text = check.read_text(encoding="utf-8")
    check.write_text(_filled(text, {name: value for name, value in FILLED.items() if name != left}), encoding="utf-8")

    findings = lint([check])

    assert findings
    assert all(left in check.read_text(encoding="utf-8").split("\n")[one.location.line - 1] for one in findings)


def test_an_editor_finds_the_schema_beside_the_mapping(check: Path) -> None:
    first = check.read_text(encoding="utf-8").split("\n")[0]
    file = check.with_name(first.removeprefix("# yaml-language-server: $schema="))

    assert json.loads(file.read_bytes())["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_a_mapping_whose_product_is_not_known_yet_is_refused(folder: Path) -> None:
    assert new("--wsdl", NIMBUS, "--operation", "QueryReach", "-o", folder) == 0

    findings = lint([folder / "query-reach.yaml"])

    assert [finding.location.line for finding in findings] == [8]


def test_what_was_filled_in_is_clean_with_the_copied_contract_and_its_first_test_passes(
    check: Path, tmp_path: Path
) -> None:
    check.write_text(_filled(check.read_text(encoding="utf-8"), FILLED), encoding="utf-8")
    config = _configured(tmp_path, nimbus={"soap": {"wsdl": "mappings/contracts/nimbus/nimbus.wsdl"}})

    assert lint([check], read_surroundings(config)) == []

    tests = check.with_name("check.test.yaml")
    place = '      place: [{role: INSTALL_LOCATION, place: {"@type": GeographicAddressRef, id: A-1}}]\n'
    said = tests.read_text(encoding="utf-8").replace(
        "      productConfiguration:", f"{place}      productConfiguration:"
    )
    tests.write_text(said.replace("Confidence: TODO", "Confidence: green"), encoding="utf-8")
    report = asyncio.run(run_suite(load_suite([check], KINDS)))
    assert [(result.passed, result.outcome) for result in report.results] == [
        (True, {"fail": "'check_feasibility': no answer: timeout: as the test says"}),
        (
            True,
            {
                "serviceabilityConfidenceReason": "Can be delivered as requested",
                "serviceabilityConfidence": "green",
                "installationInterval": {"amount": 1, "units": "businessDays"},
                "deliveryType": "onNetWithoutBuild",
            },
        ),
    ]


def test_the_second_test_fails_until_somebody_has_said_what_is_expected(check: Path) -> None:
    check.write_text(_filled(check.read_text(encoding="utf-8"), FILLED), encoding="utf-8")

    report = asyncio.run(run_suite(load_suite([check], KINDS)))

    assert [result.passed for result in report.results] == [True, False]


def test_an_ugly_operation_is_written_so_that_only_todos_are_refused(folder: Path) -> None:
    assert new("--wsdl", UGLY, "--operation", "Check", "--port", "Soap12", "--product", PRODUCT, "-o", folder) == 0
    file = folder / "check.yaml"

    findings = lint([file])

    assert {finding.code for finding in findings} == {"MAP-213"}
    assert len(findings) == len(_todos(file.read_text(encoding="utf-8")))


def test_what_was_uncommented_is_taken_by_the_contract_too(folder: Path, tmp_path: Path) -> None:
    new("--wsdl", UGLY, "--operation", "Check", "--port", "Soap12", "--product", PRODUCT, "-o", folder)
    file = folder / "check.yaml"
    text = file.read_text(encoding="utf-8")
    for line in re.findall(r"^ +# (?:Note|Burst|Before|trace|Labels|  - =TODO_Labels).*$", text, re.MULTILINE):
        text = text.replace(line, line.replace("# ", "", 1))
    file.write_text(text, encoding="utf-8")
    config = _configured(tmp_path, ugly={"soap": {"wsdl": "mappings/contracts/ugly/ugly.wsdl", "port": "Soap12"}})

    findings = lint([file], read_surroundings(config))

    assert {finding.code for finding in findings} == {"MAP-213"}
    assert any("TODO_Labels" in finding.message for finding in findings)


def test_the_copy_is_complete_and_a_change_in_it_is_seen(folder: Path) -> None:
    new("--wsdl", UGLY, "--operation", "Check", "--port", "Soap12", "-o", folder)
    copy = folder / "contracts" / "ugly"

    assert sorted(json.loads((copy / "contract.lock.json").read_bytes())["files"]) == [
        "abstract.wsdl",
        "common-2.xsd",
        "common.xsd",
        "more.xsd",
        "ugly.wsdl",
    ]
    assert changed(copy) == []
    (copy / "more.xsd").write_bytes((copy / "more.xsd").read_bytes() + b"\n")
    assert changed(copy) == ["more.xsd"]


def test_another_operation_of_the_same_wsdl_shares_the_copy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new("--wsdl", NIMBUS, "--operation", "SurveySite", "-o", folder) == 0
    assert new("--wsdl", NIMBUS, "--operation", "QueryReach", "-o", folder) == 0

    assert f"kept {folder / 'contracts' / 'nimbus'}" in capsys.readouterr().out


def test_nothing_that_is_there_is_overwritten(
    check: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    other = tmp_path / "nimbus.wsdl"
    other.write_bytes(NIMBUS.read_bytes().replace(b"NB-[0-9]{5}", b"NB-[0-9]{6}"))

    assert new("check", "--wsdl", NIMBUS, "--operation", "QueryReach", "-o", folder) == 2
    assert "check.yaml is there already" in capsys.readouterr().err
    assert new("reach", "--wsdl", other, "--operation", "QueryReach", "-o", folder) == 2
    assert "nimbus.wsdl is there already and is another one" in capsys.readouterr().err

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.fixture
def database(tmp_path: Path) -> str:
    file = tmp_path / "stock.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE port (ref TEXT PRIMARY KEY, stat TEXT NOT NULL CHECK (stat IN ('A', 'B')), d INT)")
    connection.close()
    return f"sqlite:///{file}"


def test_a_table_becomes_a_mapping_that_is_clean_once_it_is_filled_in(
    folder: Path, tmp_path: Path, database: str
) -> None:
    assert new("--table", "port", "--url", database, "--system", "stock", "--product", PRODUCT, "-o", folder) == 0
    file = folder / "port.yaml"
    values = {
        "TODO_stat_A": "onNetWithoutBuild",
        "TODO_stat_B": "onNetWithBuild",
        "TODO_ref": "=offering.id",
        "TODO_when": "port.stat in ['A', 'B'] and port.d != None",
        "TODO_amount": "=port.d",
        "TODO_deliveryType": "=lookup(stat, port.stat)",
        "TODO_when_not": "port.d == None",
    }
    text = file.read_text(encoding="utf-8")
    assert sorted(_todos(text)) == sorted(values)
    assert len(lint([file])) == len(values)

    file.write_text(_filled(text, values), encoding="utf-8")

    config = _configured(tmp_path, stock={"sql": {"url": database}})
    assert lint([file], read_surroundings(config)) == []
    definition = json.loads((folder / "contracts" / "stock" / "port.tables.json").read_bytes())
    assert [column["name"] for column in definition["tables"]["port"]] == ["ref", "stat", "d"]
    assert changed(folder / "contracts" / "stock") == []
    assert [result.passed for result in asyncio.run(run_suite(load_suite([file], KINDS))).results] == [True, False]


def test_a_system_of_the_configuration_is_asked_for_its_contract(
    tmp_path: Path, folder: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = _configured(tmp_path, stock={"sql": {"url": database}}, nimbus={"soap": {"wsdl": str(NIMBUS)}})
    query = "SELECT stat FROM port WHERE ref = :ref"

    assert new("by-query", "--system", "stock", "-c", config, "--query", query, "-o", folder) == 0
    assert new("--system", "nimbus", "-c", config, "--operation", "QueryReach", "-o", folder) == 0
    assert new("--list", "--system", "nimbus", "-c", config) == 0

    assert query in (folder / "by-query.yaml").read_text(encoding="utf-8")
    assert "    soap: nimbus\n" in (folder / "query-reach.yaml").read_text(encoding="utf-8")
    assert "3 operation(s), 3 can be called" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["--list"], id="list of nothing"),
        pytest.param(["--list", "--wsdl", "no.wsdl"], id="list, not there"),
        pytest.param(["--list", "--wsdl", "."], id="list, a folder"),
        pytest.param(["--wsdl", NIMBUS], id="no operation"),
        pytest.param(["--wsdl", NIMBUS, "--operation", "None"], id="no such operation"),
        pytest.param(["--wsdl", NIMBUS, "--operation", ""], id="empty operation"),
        pytest.param(["--wsdl", NIMBUS, "--operation", "QueryReach", "--port", "None"], id="no such port"),
        pytest.param(["--wsdl", NIMBUS, "--operation", "QueryReach", "--service", "None"], id="no such service"),
        pytest.param(["Not OK", "--wsdl", NIMBUS, "--operation", "QueryReach"], id="name"),
        pytest.param(["--system", "../up", "--wsdl", NIMBUS, "--operation", "QueryReach"], id="name of the system"),
        pytest.param(["--wsdl", NIMBUS, "--table", "port"], id="two sources"),
        pytest.param(["--wsdl", NIMBUS, "--operation", "QueryReach", "--url", "sqlite:///a"], id="url for a wsdl"),
        pytest.param(["--wsdl", NIMBUS, "--operation", "QueryReach", "-o", "/proc/none"], id="no such folder"),
        pytest.param(["--table", "port"], id="no database"),
        pytest.param(["--table", "port", "--url", "who knows"], id="no url"),
        pytest.param(["--query", "@none.sql", "--url", "sqlite:///none.db"], id="query not there"),
        pytest.param(["--query", "SELECT", "--url", "sqlite:///none.db"], id="no query"),
        pytest.param(["-c", DEMO], id="which system"),
        pytest.param(["-c", DEMO, "--system", "nimbsu"], id="no such system"),
        pytest.param(["-c", DEMO, "--system", "nimbus"], id="no operation of it"),
        pytest.param(["-c", DEMO, "--system", "nimbus", "--table", "a"], id="soap table"),
        pytest.param(["-c", DEMO, "--system", "inventory"], id="no table of it"),
        pytest.param(["-c", "none.yaml", "--system", "inventory", "--table", "a"], id="no configuration"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert new(*arguments) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.strip().split("\n")) == 1
    assert not list(tmp_path.rglob("*.yaml"))


WANTED = Wanted("some", "legacy", PRODUCT, "a test", "# modeline")


def _written(*arguments: Field, reply: tuple[Field, ...] = (), faults: tuple[str, ...] = ()) -> Skeleton:
    return skeleton(Described("soap", (("operation", "Ask"),), arguments, reply, faults), WANTED)


STRANGE = [
    "on",
    "null",
    "007",
    "1e5",
    "a: b",
    "# no",
    "- x",
    "{y}",
    "'",
    '"',
    "\\",
    "a\nb",
    "\x85",
    "é✓",
    " x ",
    "=x",
    "?",
    "~",
]


@pytest.mark.parametrize("text", STRANGE, ids=repr)
@pytest.mark.parametrize("where", [lambda text: f"{text}: 1", lambda text: f"a: {text}"], ids=["key", "value"])
def test_any_text_can_be_written(text: str, where: Callable[[str], str]) -> None:
    data = read_yaml(where(scalar(text)), "some.yaml").data

    assert data in ({text: 1}, {"a": text})


@pytest.mark.parametrize("text", STRANGE, ids=repr)
def test_whatever_a_contract_says_the_files_are_yaml(text: str) -> None:
    field = Field(text, "text", True, enum=(text, "other"), note=text)
    optional = Field(f"{text}+", "object", False, many=True, parts=(field,), branch=Branch(1, 0, True, True))

    made = _written(optional, Field("x", "text", True, enum=(text,)), reply=(field, optional), faults=(text,))

    tests = first_test(Described("soap", (), (), (field, optional)), WANTED, made.step)
    assert read_yaml(made.text, "some.yaml").data["steps"]["ask"]["with"]["x"] == text
    assert read_yaml(tests, "some.test.yaml").data[1]["legacy"]["ask"][text] is not None


def _with(made: Skeleton) -> Any:
    return yaml.safe_load(made.text)["steps"]["ask"].get("with")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param((Field("A", "text", False),), None, id="all optional"),
        pytest.param(
            (Field("A", "object", True, parts=(Field("B", "text", False),)),), {"A": {}}, id="object of optional ones"
        ),
        pytest.param(
            (Field("A", "object", True, many=True, parts=(Field("B", "text", False),)),), {"A": [{}]}, id="list of them"
        ),
        pytest.param((Field("A", "text", True, many=True),), {"A": ["=TODO_A"]}, id="list of texts"),
        pytest.param(
            (Field("A", "object", True, many=True, parts=(Field("M", "text", False), Field("B", "text", True))),),
            {"A": [{"B": "=TODO_A_B"}]},
            id="list that begins with an optional one",
        ),
        pytest.param(
            (Field("A", "text", True, enum=("x",)), Field("B", "text", True, enum=("x", "y"))),
            {"A": "x", "B": "=lookup(b, TODO_B)"},
            id="listed values",
        ),
        pytest.param(
            (
                Field("A", "text", False, branch=Branch(1, 0, True, True)),
                Field("B", "text", False, branch=Branch(1, 1, True, True)),
            ),
            {"A": "=TODO_A"},
            id="a choice that has to be made",
        ),
        pytest.param((Field("A", "text", False, branch=Branch(1, 0, False, True)),), None, id="a choice of none"),
        pytest.param(
            (Field("A", "object", True, parts=(Field("A", "object", True, is_cut=True),)),), {"A": {}}, id="recursion"
        ),
    ],
)
def test_what_is_needed_stands_there_and_what_is_optional_is_commented(
    fields: tuple[Field, ...], expected: Any
) -> None:
    made = _written(*fields)

    assert _with(made) == expected
    for name in (one.name for field in fields for one in (field, *field.parts)):
        assert re.search(rf"\b{name}:", made.text)


def test_fields_with_the_same_values_share_a_lookup() -> None:
    values = ("x", "y")
    made = _written(Field("A", "text", False, enum=values), Field("B", "text", True, enum=values))

    assert _with(made) == {"B": "=lookup(a, TODO_B)"}
    assert list(yaml.safe_load(made.text)["lookups"]) == ["a"]


def test_what_a_promise_may_depend_on_is_found_below_objects() -> None:
    verdict = Field("verdict", "object", True, parts=(Field("cd", "text", True, enum=("00", "08")),))
    maybe = Field("maybe", "object", False, parts=(Field("cd", "text", True, enum=("A", "B")),))
    assert "such as ask.verdict.cd in ['00']" in _written(reply=(maybe, verdict)).text
    assert "such as" not in _written(reply=(maybe,)).text


def test_where_the_code_of_a_fault_may_stand_is_said_beside_the_faults() -> None:
    described = Described("soap", (("operation", "Ask"),), (), (), ("A",), None, ("Flt/rc", "Flt/msg"))
    assert "      # If a code stands in Flt/rc or Flt/msg: name that" in skeleton(described, WANTED).text
