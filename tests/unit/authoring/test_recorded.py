"""Replies that were recorded on the wire: a test reads them as the system's adapter reads what has just come."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli import main

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:n="urn:nimbus:planning:types:3">'
    "<s:Body>%s</s:Body></s:Envelope>"
)
GREEN = ENVELOPE % (
    "<n:QueryReachResponse><n:Site>NB-20110</n:Site><n:Technologies><n:Tech>FIBRE</n:Tech><n:DownKbps>1000000</n:DownKbps>"
    "<n:UpKbps>1000000</n:UpKbps><n:LeadDays>4</n:LeadDays><n:NetStatus>NEAR</n:NetStatus><n:Confirmed>Y</n:Confirmed>"
    "</n:Technologies></n:QueryReachResponse>"
)
UNKNOWN = ENVELOPE % (
    "<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring><detail><n:ServiceFault>"
    "<n:FaultCode>LOC-404</n:FaultCode><n:FaultText>x</n:FaultText></n:ServiceFault></detail></s:Fault>"
)
CASE = """\
- test: what was recorded
  request: {requests}/internet-access.json
  item: item-001
  legacy:
    offer: [{{max_kbps: 1000000, on_sale: Y, until: 0}}]
    described: [{{site_no: NB-20110, active: Y, withdrawn: 0}}]
    reach: {reach}
  expect: {expect}
"""


@pytest.fixture
def folder(tmp_path: Path, repository: Path) -> Path:
    for name in ("internet-access.yaml", "references.yaml"):
        (tmp_path / name).write_bytes((repository / "mappings" / name).read_bytes())
    (tmp_path / "green.xml").write_text(GREEN, encoding="utf-8")
    (tmp_path / "unknown.xml").write_text(UNKNOWN, encoding="utf-8")
    (tmp_path / "broken.xml").write_text(GREEN.replace("NEAR", "SOMEWHERE"), encoding="utf-8")
    return tmp_path


def run(folder: Path, repository: Path, reach: str, expect: str, *, config: bool = True) -> int:
    requests = repository / "config" / "demo" / "requests"
    text = CASE.format(requests=requests, reach=reach, expect=expect)
    (folder / "internet-access.test.yaml").write_text(text, encoding="utf-8")
    given = ["-c", str(repository / "config" / "gateway.yaml")] if config else []
    return main(["mapping", "test", str(folder / "internet-access.yaml"), *given])


@pytest.mark.parametrize(
    ("reach", "expect"),
    [
        pytest.param("green.xml", "{installationInterval: {amount: 4}, deliveryType: onNetWithBuild}", id="a reply"),
        pytest.param("{file: green.xml}", "{serviceabilityConfidence: green}", id="spelled out"),
        pytest.param("unknown.xml", "{red: The address is not known to our network}", id="a fault"),
        pytest.param("broken.xml", "fail", id="what the schema does not allow"),
        pytest.param("{in turn: [green.xml]}", "{serviceabilityConfidence: green}", id="in turn"),
    ],
)
def test_a_recorded_envelope_is_read_by_the_wsdl(folder: Path, repository: Path, reach: str, expect: str) -> None:
    assert run(folder, repository, reach, expect) == 0


def test_why_a_recorded_reply_is_no_answer_is_told(
    folder: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, repository, "broken.xml", "{serviceabilityConfidence: green}") == 1
    assert "the reply breaks its schema" in capsys.readouterr().out


@pytest.fixture
def stored(folder: Path, repository: Path) -> Path:
    """Where `mapping new` and `wsdl fetch` store the contract of the step's system."""
    contract = folder / "contracts" / "nimbus"
    contract.mkdir(parents=True)
    (contract / "nimbus.wsdl").write_bytes((repository / "config" / "demo" / "nimbus.wsdl").read_bytes())
    return contract


def test_without_a_configuration_a_reply_is_read_by_the_stored_wsdl(
    folder: Path, repository: Path, stored: Path
) -> None:
    assert run(folder, repository, "green.xml", "{installationInterval: {amount: 4}}", config=False) == 0
    assert run(folder, repository, "broken.xml", "fail", config=False) == 0
    assert run(folder, repository, "broken.xml", "{serviceabilityConfidence: green}", config=False) == 1


def test_what_goes_out_is_held_against_nothing_without_a_configuration(
    folder: Path, repository: Path, stored: Path
) -> None:
    mapping = folder / "internet-access.yaml"
    text = mapping.read_text(encoding="utf-8")
    assert text.count("Site: =spot.site_no") == 1
    mapping.write_text(text.replace("Site: =spot.site_no", "Site: ='no' + spot.site_no"), encoding="utf-8")

    assert run(folder, repository, "green.xml", "{installationInterval: {amount: 4}}", config=False) == 0
    assert run(folder, repository, "green.xml", "fail") == 0


def test_which_code_a_recorded_fault_has_is_said_by_a_configuration(
    folder: Path, repository: Path, stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, repository, "unknown.xml", "fail", config=False) == 1
    told = "'reach': which code a recorded fault has is said by the configuration (name the configuration: -c FILE; or"
    assert told in capsys.readouterr().out


def test_without_a_configuration_and_a_stored_wsdl_nobody_can_read_it(
    folder: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, repository, "green.xml", "fail", config=False) == 1
    assert (
        "'reach': a recorded reply is read by the contract of 'nimbus' (name the configuration: -c FILE, or store its "
        f"WSDL in {folder / 'contracts' / 'nimbus'}"
    ) in capsys.readouterr().out


def test_a_stored_wsdl_that_does_not_say_enough_is_told(
    folder: Path, repository: Path, stored: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (stored / "copy.wsdl").write_bytes((stored / "nimbus.wsdl").read_bytes())
    assert run(folder, repository, "green.xml", "fail", config=False) == 1
    assert "does not say enough to read it: several WSDLs have the operation" in capsys.readouterr().out

    (stored / "copy.wsdl").unlink()
    (stored / "nimbus.wsdl").write_text("<a/>", encoding="utf-8")
    assert run(folder, repository, "green.xml", "fail", config=False) == 1
    assert "nimbus.wsdl: this is no WSDL (its root is a)" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told_at_its_place(
    folder: Path, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, repository, "grene.xml", "fail") == 2
    told = capsys.readouterr()
    assert ":7:12 TEST-202 'grene.xml' cannot be read" in told.out + told.err
