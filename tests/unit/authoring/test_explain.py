"""Explanations: what would be sent, where each value comes from, and that nothing is sent."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main
from tests.conftest import REPOSITORY

DEMO = REPOSITORY / "config" / "gateway.yaml"
REQUESTS = REPOSITORY / "config" / "demo" / "requests"
KNOWN = {
    "address": {"NewYorkAddress-id-1": {"site_no": "NB-10001", "active": "Y", "withdrawn": 0}},
    "product": {"SP1_ENNI": {"sort": "ENNI", "status": "A", "speed": 20000000, "used": 0, "port_key": 7}},
}
OFFER = [{"product_code": "AELP", "max_kbps": 10000000, "on_sale": "Y", "until": 0}]
SURVEY = {"SurveyCode": "BUILD", "NetStatus": "NEAR", "LeadDays": 5, "Remark": None, "ThirdParty": None}
FEASIBLE = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
  <n:CheckFeasibilityResponse xmlns:n="urn:nimbus:planning:types:3">
    <n:FeasCode>A</n:FeasCode><n:NetStatus>ON</n:NetStatus><n:LeadDays>12</n:LeadDays>
    <n:Options><n:OptionId>1</n:OptionId><n:OfferingId>000166</n:OfferingId><n:MaxKbps>5000000</n:MaxKbps>
      <n:LeadDays>3</n:LeadDays><n:NetStatus>ON</n:NetStatus></n:Options>
  </n:CheckFeasibilityResponse></e:Body></e:Envelope>"""

Explain = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def replies(tmp_path: Path) -> dict[str, str]:
    """Files with replies, as values of --reply and --known."""
    (tmp_path / "offer.json").write_text(json.dumps(OFFER), encoding="utf-8")
    (tmp_path / "survey.json").write_text(json.dumps(SURVEY), encoding="utf-8")
    (tmp_path / "feasible.xml").write_text(FEASIBLE, encoding="utf-8")
    (tmp_path / "known.json").write_text(json.dumps(KNOWN), encoding="utf-8")
    files = {"offer": "offer.json", "survey": "survey.json", "feasibility": "feasible.xml", "known": "known.json"}
    return {name: str(tmp_path / file) for name, file in files.items()}


@pytest.fixture
def explain(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Explain:
    """Runs the command for the demo Seller; gives its exit code, what it told, and its errors. Connections fail."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something was connected to")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(sqlite3, "connect", refuse)
    monkeypatch.chdir(REPOSITORY)

    def run(request: str | Path, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
        code = main(["mapping", "explain", str(REQUESTS / request), "-c", str(DEMO), "--json", *arguments])
        told = capsys.readouterr()
        return code, json.loads(told.out) if told.out else [], told.err

    return run


def _given(replies: dict[str, str], *names: str, **others: str) -> list[str]:
    said = {**{name: replies[name] for name in names}, **others}
    return [
        "--known",
        replies["known"],
        *[word for name, file in said.items() for word in ("--reply", f"{name}={file}")],
    ]


def _field(explained: dict[str, Any], name: str) -> tuple[Any, str]:
    """A field's value, and the text of the mapping at the place that is told for it."""
    found = next(one for one in explained["fields"] if one["name"] == name)
    file, line, column = found["location"].rsplit(":", 2)
    text = (REPOSITORY / file).read_text(encoding="utf-8").split("\n")[int(line) - 1]
    return found["value"], text[int(column) - 1 :]


def test_every_field_of_the_answer_is_told_with_its_value_and_the_line_that_says_it(
    explain: Explain, replies: dict[str, str]
) -> None:
    code, told, _ = explain("access-eline.json", *_given(replies, "offer", "survey", "feasibility"))

    assert code == 0
    assert [(one["subject"], one["mapping"]) for one in told] == [
        ("item-002", "operator-uni"),
        ("item-001", "access-eline-ovc"),
    ]
    assert _field(told[1], "serviceabilityConfidence") == ("green", "green")
    assert _field(told[1], "installationInterval") == (
        {"amount": 12, "units": "businessDays"},
        "{amount: =feasibility.LeadDays, units: businessDays}",
    )
    assert _field(told[1], "deliveryType") == ("onNetWithoutBuild", "=lookup(delivery, feasibility.NetStatus)")
    members = {name: value for name, value in told[1]["outcome"].items() if name != "alternateProductOfferingProposal"}
    assert {one["name"]: one["value"] for one in told[1]["fields"]} == members


def test_what_would_be_sent_is_shown_to_the_letter(explain: Explain, replies: dict[str, str]) -> None:
    _, told, _ = explain("access-eline.json", *_given(replies, "offer", "survey", "feasibility"), "--item", "item-001")

    calls = {call["step"]: call["sent"] for call in told[1]["runs"][0]["calls"]}
    assert calls["offer"].endswith("LIMIT 2\n-- :offering = '000073'")
    assert re.findall(r"<ns0:(\w+)>([^<\n]+)<", calls["feasibility"]) == [
        ("System", "POQGW"),
        ("Reference", "DEMO-001"),
        ("ProductCode", "AELP"),
        ("BandwidthKbps", "10000000"),
        ("CommittedKbps", "0"),
        ("ASite", "NB-10001"),
        ("ZPort", "7"),
        ("WithOptions", "true"),
    ]


def test_names_that_were_used_are_told_with_their_values(explain: Explain, replies: dict[str, str]) -> None:
    _, told, _ = explain("access-eline.json", *_given(replies, "offer", "survey", "feasibility"))

    lets = {one["name"]: one["value"] for one in told[1]["runs"][0]["let"]}
    assert (lets["peak"], lets["uni_confidence"], lets["held"]) == (10000000, "green", 0)
    assert "address" not in lets, "nobody used it"


def test_a_recorded_reply_is_decoded_as_the_adapter_does(explain: Explain, replies: dict[str, str]) -> None:
    _, told, _ = explain("access-eline.json", *_given(replies, "offer", "survey", "feasibility"))

    reply = told[1]["runs"][0]["calls"][-1]["reply"]
    assert (reply["LeadDays"], reply["Remark"], reply["Options"][0]["MaxKbps"]) == (12, None, 5000000)


def test_without_a_reply_it_stops_there_and_says_what_it_would_ask(explain: Explain, replies: dict[str, str]) -> None:
    code, told, _ = explain("access-eline.json", *_given(replies, "offer"), "--item", "item-002")

    assert code == 1
    assert told[0]["stopped"] == "no reply is given for survey: --reply survey=FILE"
    assert (told[0]["outcome"], told[0]["fields"]) == (None, [])
    assert "<ns0:Site>NB-10001</ns0:Site>" in told[0]["runs"][0]["calls"][-1]["sent"]


def test_ids_of_the_request_are_asked_for_first_and_items_wait_for_them(explain: Explain) -> None:
    code, told, _ = explain("access-eline.json")

    stopped = {one["subject"]: one["stopped"] for one in told}
    assert code == 1
    assert stopped["product SP1_ENNI"] == (
        "no reply is given for port: --reply port=FILE; no reply is given for service: --reply service=FILE"
    )
    assert stopped["item-002"] == "it may read address NewYorkAddress-id-1, which has no answer"
    assert "item-002" in stopped["item-001"]


def test_a_reply_for_one_id_goes_before_a_reply_for_all(explain: Explain, tmp_path: Path) -> None:
    row = {"site_no": "NB-1", "active": "Y", "withdrawn": 0}
    (tmp_path / "all.json").write_text("[]", encoding="utf-8")
    (tmp_path / "one.json").write_text(json.dumps([row]), encoding="utf-8")

    _, told, _ = explain(
        "access-eline.json", "--reply", f"spot={tmp_path}/all.json", "--reply",
        f"NewYorkAddress-id-1.spot={tmp_path}/one.json",
    )  # fmt: skip

    assert told[0]["outcome"] == {"found": row}


def test_an_unknown_id_ends_what_reads_it(explain: Explain, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]", encoding="utf-8")

    _, told, _ = explain("access-eline.json", "--reply", f"spot={tmp_path}/none.json", "--item", "item-002")

    assert list(told[0]["outcome"]) == ["unknown"]
    assert told[1]["outcome"] is None


@pytest.mark.parametrize(
    ("reply", "calls", "outcome"),
    [
        pytest.param("fault:BUSY", 3, {"fail": "'survey': fault BUSY"}, id="tried again"),
        pytest.param("no answer", 1, {"fail": "'survey': no answer: timeout: as --reply says"}, id="silence"),
    ],
)
def test_failures_are_explained_too(
    explain: Explain, replies: dict[str, str], reply: str, calls: int, outcome: dict[str, str]
) -> None:
    code, told, _ = explain("access-eline.json", *_given(replies, "offer", survey=reply), "--item", "item-002")

    assert code == 0
    assert [call["step"] for call in told[0]["runs"][0]["calls"]].count("survey") == calls
    assert told[0]["outcome"] == outcome
    assert _field(told[0], "fail")[1].split(" ")[0] in ("retry", "fail")


def test_a_refusal_by_the_network_is_red_by_the_line_of_the_fault(explain: Explain, replies: dict[str, str]) -> None:
    _, told, _ = explain("access-eline.json", *_given(replies, "offer", survey="fault:LOC-404"), "--item", "item-002")

    assert _field(told[0], "serviceabilityConfidenceReason") == (
        "The address is not known to our network",
        "The address is not known to our network}",
    )


def test_an_alternate_is_told_field_by_field(explain: Explain, replies: dict[str, str], tmp_path: Path) -> None:
    no = FEASIBLE.replace("<n:FeasCode>A<", "<n:FeasCode>N<")
    (tmp_path / "no.xml").write_text(no, encoding="utf-8")

    _, told, _ = explain("access-eline.json", *_given(replies, "offer", "survey", feasibility=str(tmp_path / "no.xml")))

    assert _field(told[1], "serviceabilityConfidence")[0] == "red"
    assert _field(told[1], "alternate 1: productOffering") == ({"id": "000166"}, "{id: =option.OfferingId}")
    assert _field(told[1], "alternate 1: deliveryType")[0] == "onNetWithoutBuild"


def test_each_candidate_is_a_run_of_its_own(explain: Explain, replies: dict[str, str], tmp_path: Path) -> None:
    places = {"NewYorkAddress-id-3": {"site_no": "NB-10003", "active": "Y", "withdrawn": 0}}
    (tmp_path / "more.json").write_text(json.dumps({**KNOWN, "address": places}), encoding="utf-8")
    replies = {**replies, "known": str(tmp_path / "more.json")}

    _, told, _ = explain("by-specification.json", *_given(replies, "offer", "survey", "feasibility"))

    item = next(one for one in told if one["mapping"] == "access-eline-ovc")
    assert [run["offering"] for run in item["runs"]] == ["000073", "000166", "000180"]
    asked = [call["sent"] for run in item["runs"] for call in run["calls"] if call["step"] == "offer"]
    assert [sent.rpartition(" = ")[2] for sent in asked] == ["'000073'", "'000166'", "'000180'"]


def test_for_people_calls_and_fields_stand_in_lines(
    replies: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(REPOSITORY)
    given = _given(replies, "offer", "survey", "feasibility")

    assert main(["mapping", "explain", str(REQUESTS / "access-eline.json"), "-c", str(DEMO), *given]) == 0

    lines = capsys.readouterr().out.split("\n")
    assert "    | -- :offering = '000073'" in lines
    assert any(
        re.match(r' +deliveryType = "onNetWithBuild" +mappings/operator-uni\.yaml:\d+:\d+$', one) for one in lines
    )


def test_a_request_that_no_mapping_would_see_is_told_with_its_problems(explain: Explain, tmp_path: Path) -> None:
    document = json.loads((REQUESTS / "access-eline.json").read_bytes())
    del document["productOfferingQualificationItem"][0]["action"]
    (tmp_path / "broken.json").write_text(json.dumps(document), encoding="utf-8")

    code, _, error = explain(tmp_path / "broken.json")

    assert code == 1
    assert "missingProperty /productOfferingQualificationItem/0/action" in error


def test_a_reply_that_nobody_asked_for_is_told(explain: Explain, replies: dict[str, str]) -> None:
    given = _given(replies, "offer", "survey", "feasibility")

    _, _, error = explain("access-eline.json", *given, "--reply", f"reach={replies['survey']}")

    assert error == "mapping explain: nobody asked for --reply reach\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["none.json"], "cannot be read", id="no request"),
        pytest.param([REPOSITORY / "mappings" / "references.test.yaml"], "is no POQ request", id="yaml that is none"),
        pytest.param([REPOSITORY / "README.md"], "is not JSON", id="no json"),
        pytest.param(["access-eline.json", "--item", "item-9"], "has no item item-9", id="item"),
        pytest.param(["access-eline.json", "--reply", "survey"], "write STEP=FILE", id="reply without a file"),
        pytest.param(["access-eline.json", "--reply", "survey=none.json"], "cannot be read", id="no such file"),
        pytest.param(["access-eline.json", "--reply", "survay=no answer"], "did you mean 'survey'?", id="step"),
        pytest.param(["access-eline.json", "--known", DEMO], "by kind", id="known"),
        pytest.param(["access-eline.json", "--now", "today"], "with an offset", id="moment"),
        pytest.param(["access-eline.json", "--buyer", "nobody"], "there is no Buyer nobody", id="Buyer"),
        pytest.param(["access-eline.json", "-c", "none.yaml"], "none.yaml", id="configuration"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(explain: Explain, arguments: Sequence[Any], said: str) -> None:
    code, told, error = explain(*map(str, arguments))

    assert (code, told) == (2, [])
    assert said in error
    assert len(error.strip().split("\n")) == 1


def test_rows_for_a_step_that_gives_a_value_are_refused(explain: Explain, replies: dict[str, str]) -> None:
    given = _given(replies, "offer", survey=replies["offer"])

    code, _, error = explain("access-eline.json", *given, "--item", "item-002")

    assert (code, "'survey' answers with one value" in error) == (2, True)
