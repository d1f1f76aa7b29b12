"""The commands as a person types them, with files that are right and files that are not.

Those that serve, are interrupted or write into a pipe have a process of their own; others run in this one.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from gateway.lso.documents import check_qualification
from tests.support.commands import run
from tests.support.gateways import configuration, write_configuration
from tests.support.histories import ITEMS, check_follows, check_lawful

COMMAND = [sys.executable, "-m", "gateway"]

GENERIC = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Nothing is delivered here}
"""


@contextmanager
def started(*arguments: str | Path, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=environment,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def until(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """Read the process's output until a line fits."""
    assert process.stdout
    seen = []
    for line in process.stdout:
        seen.append(line)
        if match := re.search(pattern, line):
            return match
    raise AssertionError(f"no line fits {pattern}:\n{''.join(seen)}")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo says for programs, after it has cleaned up behind itself."""
    folder = tmp_path_factory.mktemp("demo")
    command = [*COMMAND, "demo", "--once", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(folder.iterdir()) == []
    return dict(json.loads(done.stdout))


@pytest.mark.requirement("87.1-R2", "87.1-R3", "87.1-O5", "87.1-O7", "87.1-R53")
def test_the_demo_tells_the_story_of_the_standards_example(told: dict[str, Any]) -> None:
    assert check_qualification(told["response"]) == []
    ovc, uni = told["response"]["productOfferingQualificationItem"]
    assert (ovc["serviceabilityConfidence"], ovc["installationInterval"]["amount"]) == ("yellow", 10)
    (alternate,) = ovc["alternateProductOfferingProposal"]
    assert alternate["alternateProduct"]["productOffering"]["id"] == "000166"
    assert (alternate["serviceabilityConfidence"], alternate["deliveryType"]) == ("green", "onNetWithoutBuild")
    assert (uni["serviceabilityConfidence"], uni["deliveryType"]) == ("green", "onNetWithBuild")
    assert {call["kind"] for call in told["legacy"]} == {"sql", "soap"}


@pytest.mark.requirement("87.1-R50", "87.1-R9")
def test_the_demo_tells_of_a_poq_that_is_answered_later(told: dict[str, Any]) -> None:
    deferred = told["deferred"]
    acknowledged, response = deferred["acknowledged"], deferred["response"]

    for shown in (acknowledged, response):
        check_lawful(shown)
        assert shown["requestedPOQCompletionDate"] == deferred["request"]["requestedPOQCompletionDate"]
    check_follows(acknowledged, response)
    assert (acknowledged["state"], response["state"]) == ("acknowledged", "done")
    assert [item["serviceabilityConfidence"] for item in response[ITEMS]] == ["green", "green", "yellow"]
    circuit, port, line = (item["stateChange"] for item in response[ITEMS])
    assert circuit[1]["changeDate"] >= port[2]["changeDate"] > line[2]["changeDate"], "the circuit waits for its port"
    nimbus = [call for call in deferred["legacy"] if (call["item"], call["kind"]) == ("item-002", "soap")]
    assert [call["result"].partition(" / ")[0] for call in nimbus] == ["fault BUSY", "fault BUSY", "answered"]


@pytest.mark.requirement("87.1-R72", "87.1-R77", "87.1-R78", "87.1-R79")
def test_the_demos_buyer_is_told_of_each_change_once_and_in_order(told: dict[str, Any]) -> None:
    response, events = told["deferred"]["response"], told["deferred"]["events"]

    for subject, shown in {None: response, **{item["id"]: item for item in response[ITEMS]}}.items():
        heard = [event for event in events if event["event"].get("poqItemId") == subject]
        later = shown["stateChange"][1:]
        assert [(event["event"]["state"], event["eventTime"]) for event in heard] == [
            (entry["state"], entry["changeDate"]) for entry in later
        ]
        assert len(later) == 2
        events = [event for event in events if event not in heard]
    assert events == [], "nothing else is told"
    events = told["deferred"]["events"]
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    assert {event["event"]["id"] for event in events} == {response["id"]}
    assert (events[-1]["eventType"], events[-1]["event"]["state"]) == ("poqStateChangeEvent", "done")


def test_the_demo_ends_with_its_stories_when_told_once(tmp_path: Path) -> None:
    done = run("demo", "--once", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    for part in ("FROM ENPRT_MST", ":ref = 'SP1_ENNI'", "CheckFeasibility", "rule that answered", "yellow"):
        assert part in done.out
    changes = re.findall(r"^ +\d+\.\d\d s  poq(?:Item)?StateChangeEvent +(item-\d+)? +(\w+)$", done.out, re.MULTILINE)
    assert sorted(changes) == sorted(
        (subject, state) for subject in ("", "item-001", "item-002", "item-003") for state in ("inProgress", "done")
    )
    assert changes[-1] == ("", "done")


@pytest.mark.parametrize("command", [["demo", "--once"], ["mapping", "lint", "broken.yaml"]], ids=["demo", "lint"])
def test_output_that_nobody_reads_on_is_no_accident(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "broken.yaml").write_text("mapping: x\n" + "nonsense: x\n" * 5000, encoding="utf-8")
    shown = " ".join([*COMMAND, *command])

    done = subprocess.run(f"{shown} | head -1", shell=True, capture_output=True, text=True, timeout=50, cwd=tmp_path)

    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def deferred_from(name: str, repository: Path) -> dict[str, Any]:
    """The demo's request for a UNI at a site in service, to be answered later."""
    text = (repository / "config" / "demo" / "requests" / name).read_text(encoding="utf-8")
    later = {"instantSyncQualification": False, "requestedPOQCompletionDate": "2099-01-01T00:00:00Z"}
    return {**json.loads(text), **later}


def post(url: str, document: dict[str, Any], token: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 201
        return dict(json.load(response))


@contextmanager
def serving_demo(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The demo after its stories, with the address of its POQs, and a token as the demo says that one is taken."""
    with started("demo", "--port", "0", cwd=folder) as process:
        line = until(process, r"TOKEN=\$\((curl .*)\)$")[1]
        token = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=20).stdout.strip()
        url = until(process, r"^ +(http://\S+/productOfferingQualification)$")[1]
        with urllib.request.urlopen(until(process, r"described at (\S+)")[1], timeout=10) as response:
            assert json.load(response)["openapi"].startswith("3.0")
        until(process, "is printed here")
        yield process, url, token


def test_the_demo_serves_and_tells_what_its_buyer_is_told_until_it_is_interrupted(
    tmp_path: Path, repository: Path
) -> None:
    request = deferred_from("site.json", repository)
    request[ITEMS][0]["id"] = "\x1b[2J" + "x" * 100
    with serving_demo(tmp_path) as (process, url, token):
        poq = post(url, request, token)["id"]

        assert "\x1b" not in until(process, rf"{poq}  poqItemStateChangeEvent .* inProgress$").string
        until(process, rf"{poq}  poqStateChangeEvent +done$")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert process.stdout
        assert process.stdout.read().splitlines() == ["", "Stopped."]


def test_serve_serves_until_it_is_terminated_and_nobody_else_takes_its_store_or_its_port(tmp_path: Path) -> None:
    settings = configuration(products={"unknown_types": "accept"})
    path = write_configuration(tmp_path, settings, {"generic": GENERIC})
    other = write_configuration(tmp_path / "other", settings, {"generic": GENERIC})

    with started("serve", "-c", path, cwd=tmp_path) as process:
        url = json.loads(until(process, r"\{.*\"serving\".*\}")[0])["url"]
        with urllib.request.urlopen(f"{url}/ready", timeout=10) as response:
            assert response.status == 200
        second = run("serve", "-c", path, cwd=tmp_path)
        third = run("serve", "-c", other, "--port", url.rsplit(":", 1)[1], cwd=tmp_path)
        process.terminate()

        assert process.wait(timeout=20) == 0
    assert second.code == 1
    assert "in use" in second.err.lower()
    assert third.code == 1
    assert "cannot serve: the port is taken" in third.err


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"sellr": {}}, r"gateway\.yaml:\d+:\d+ CFG-102 'sellr' is not known here", id="an unknown key"),
        pytest.param({"buyers": []}, r"gateway\.yaml:\d+:\d+ CFG-106", id="no Buyer"),
        pytest.param(
            {"systems": {"a": {"ftp": {}}}}, r"CFG-106 a system says what it is: sql or soap", id="no adapter"
        ),
        pytest.param(
            {"store": {"path": "${env:NOT_SET_ANYWHERE}"}}, r"CFG-201 the environment has no", id="a variable"
        ),
        pytest.param({"listen": {"host": "0.0.0.0"}}, r"it names no clients", id="beyond this machine"),
        pytest.param({"mappings": {"folders": ["none"]}}, r"MAP-001 is no folder", id="no mappings"),
        pytest.param({"responses": {"immediate_budget": 25}}, r"write a number and a unit", id="no unit"),
    ],
)
def test_serve_says_what_is_wrong_with_its_configuration(
    tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    path = write_configuration(tmp_path, configuration(**change), {"generic": GENERIC})

    done = run("serve", "-c", path, cwd=tmp_path)

    assert done.code == 2
    assert re.search(expected, done.err), done.err


def test_a_mapping_that_no_product_specification_fits_is_told(tmp_path: Path) -> None:
    text = GENERIC.replace("product: any", "product: urn:nowhere")
    path = write_configuration(tmp_path, configuration(), {"generic": text})

    done = run("serve", "-c", path, cwd=tmp_path)

    assert done.code == 2
    assert re.search(r"generic\.yaml:4:16 MAP-407 no product specification is called 'urn:nowhere'", done.err)


def test_a_system_that_cannot_be_built_is_told_at_its_place(tmp_path: Path) -> None:
    systems = {"line": {"soap": {"wsdl": "nowhere.wsdl"}}}
    path = write_configuration(tmp_path, configuration(systems=systems), {"generic": GENERIC})

    done = run("serve", "-c", path, cwd=tmp_path)

    assert done.code == 2
    assert re.search(r"gateway\.yaml:\d+:\d+ CFG-301 line: .*nowhere\.wsdl", done.err), done.err


def test_the_store_is_not_made_in_somebody_elses_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "inventory.db")) as connection:
        connection.execute("CREATE TABLE T_LOC (LOC_CD TEXT)")
    path = write_configuration(tmp_path, configuration(store={"path": "inventory.db"}), {"generic": GENERIC})

    done = run("serve", "-c", path, cwd=tmp_path)

    assert done.code == 1
    assert "of something else (it has T_LOC" in done.err
    with closing(sqlite3.connect(tmp_path / "inventory.db")) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("T_LOC",)]


@pytest.mark.parametrize("command", [["serve"], ["demo"]], ids=["serve", "demo"])
@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_refused_with_the_usage(tmp_path: Path, command: list[str], port: str) -> None:
    done = run(*command, f"--port={port}", cwd=tmp_path)

    assert done.code == 2
    assert "usage:" in done.err


def test_serve_without_a_configuration_says_so(tmp_path: Path) -> None:
    done = run("serve", cwd=tmp_path)

    assert done.code == 2
    assert "config/gateway.yaml" in done.err


def test_an_estate_whose_port_is_taken_names_what_helps_there(tmp_path: Path) -> None:
    with socket.socket() as other:
        with suppress(OSError):  # taken by somebody else already, which is as good
            other.bind(("127.0.0.1", 8081))
            other.listen()

        done = run("demo", "--estate", cwd=tmp_path)

    assert done.code == 1
    assert "config/gateway.yaml" in done.err
    assert "--port" not in done.err, "it is not looked at there"


def test_lint_shows_every_mistake_with_its_line(tmp_path: Path) -> None:
    mapping = tmp_path / "broken.yaml"
    mapping.write_text(GENERIC.replace("red:", "rde:").replace("version: 1", "version: one"), encoding="utf-8")

    done = run("mapping", "lint", mapping, cwd=tmp_path)

    assert done.code == 1
    assert re.search(r"broken\.yaml:3:10 MAP-\d+ .*\n +version: one\n +\^", done.out), done.out
    assert "'rde' is not known here" in done.out


@pytest.mark.parametrize("paths", [["nowhere.yaml"], ["."]], ids=["a file that is not there", "a folder without files"])
def test_lint_that_finds_no_file_says_so(tmp_path: Path, paths: list[str]) -> None:
    done = run("mapping", "lint", *paths, cwd=tmp_path)

    assert done.code == 2


def test_the_shipped_mappings_fit_the_shipped_systems(repository: Path) -> None:
    done = run("mapping", "lint", "-c", "config/gateway.yaml", cwd=repository)

    assert (done.code, done.out) == (0, "4 file(s), 0 finding(s)\n")
