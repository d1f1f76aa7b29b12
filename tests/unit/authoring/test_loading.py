"""What is wrong with a test file is told at its place, all of it at once, with what could have been meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.assembly.kinds import KINDS
from gateway.authoring.codes import TEST_CODES
from gateway.authoring.suite import load_suite, run_suite
from gateway.sources.findings import FindingsError
from tests.unit.authoring.files import ITEM, LINE, REFERENCES, case, findings, result, written


@pytest.mark.parametrize(
    ("body", "code", "at", "said"),
    [
        pytest.param("  expct: fail\n", "TEST-101", "- test", "'expect' is missing", id="no expectation"),
        pytest.param("  expct: fail\n", "TEST-102", "expct", "did you mean 'expect'?", id="an unknown key"),
        pytest.param("  expect: green\n", "TEST-106", "green", "'fail'", id="an unknown word"),
        pytest.param("  expect: {deliveryTyp: X}\n", "TEST-206", "deliveryTyp", "deliveryType", id="no such member"),
        pytest.param("  expect: {found: {}}\n", "TEST-206", "found", "no outcome has", id="of a reference"),
        pytest.param("  legacy: {prot: []}\n  expect: fail\n", "TEST-201", "prot", "'port'", id="no such step"),
        pytest.param("  sends: {chek: {}}\n  expect: fail\n", "TEST-201", "chek", "'check'", id="no such step to ask"),
        pytest.param("  legacy: {port: {free: 1}}\n  expect: fail\n", "TEST-205", "{free", "rows", id="no rows"),
        pytest.param("  legacy: {port: [1]}\n  expect: fail\n", "TEST-205", "[1]", "rows", id="rows of nothing"),
        pytest.param("  legacy: {check: []}\n  expect: fail\n", "TEST-205", "[]", "one value", id="rows of SOAP"),
        pytest.param("  legacy: {check: {fault: 1}}\n  expect: fail\n", "TEST-205", "{fault", "text", id="a number"),
        pytest.param("  legacy: {check: {in turn: 1}}\n  expect: fail\n", "TEST-205", "{in", "list", id="not in turn"),
        pytest.param(
            "  legacy: {port: already begun}\n  expect: fail\n", "TEST-205", "already", "never", id="no write"
        ),
        pytest.param("  now: today\n  expect: fail\n", "TEST-106", "today", "2026-01-01T00:00:00Z", id="no moment"),
        pytest.param("  change: {/x/y: 1}\n  expect: fail\n", "TEST-207", "{/x/y", "'/x/y'", id="a change of nothing"),
        pytest.param("  change: {x: 1}\n  expect: fail\n", "TEST-207", "{x", "JSON Pointer", id="no pointer"),
        pytest.param(
            "  request: {a: 1}\n  expect: fail\n", "TEST-204", "{a:", "/a", id="a request beside the standard"
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, body: str, code: str, at: str, said: str) -> None:
    text = case(body)
    found = next(one for one in findings(tmp_path, text) if one.code == code)

    assert said in str(found)
    line = text.splitlines()[found.location.line - 1]
    assert line[found.location.column - 1 :].startswith(at.removeprefix("- "))


@pytest.mark.parametrize(
    ("item", "code", "said"),
    [
        pytest.param("  request: none.json\n", "TEST-202", "'none.json' cannot be read", id="no file"),
        pytest.param("  request: broken.json\n", "TEST-202", "is not JSON", id="no JSON"),
        pytest.param("  request: list.json\n", "TEST-204", "no object", id="a list"),
        pytest.param("  request: two.json\n", "TEST-203", "the request has 2 items", id="two items"),
        pytest.param("  request: two.json\n  item: item-3\n", "TEST-203", "did you mean 'item-", id="no such item"),
        pytest.param("", "TEST-101", "'request' is missing", id="neither request nor item"),
    ],
)
def test_a_request_that_cannot_be_used_is_told(tmp_path: Path, item: str, code: str, said: str) -> None:
    product = {"productOffering": {"id": "O"}, "productConfiguration": {"@type": "urn:example:spec:line:v1"}}
    items = [{"id": name, "action": "add", "product": product} for name in ("item-1", "item-2")]
    contact = {"emailAddress": "a@b.example", "name": "A", "number": "1", "role": "buyerContactInformation"}
    envelope = {"instantSyncQualification": True, "provideAlternative": False, "relatedContactInformation": [contact]}
    two = {**envelope, "productOfferingQualificationItem": items}
    (tmp_path / "two.json").write_text(json.dumps(two), encoding="utf-8")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    (tmp_path / "list.json").write_text("[]", encoding="utf-8")

    (found,) = findings(tmp_path, case("  expect: fail\n", item=item))

    assert (found.code, said in str(found)) == (code, True)


def test_all_mistakes_of_all_cases_are_told_at_once(tmp_path: Path) -> None:
    text = case("  legacy: {prot: []}\n  expect: {x: 1}\n") + case("  expect: green\n", name="another")

    assert [one.code for one in findings(tmp_path, text)] == ["TEST-201", "TEST-206", "TEST-106"]


def test_two_cases_of_one_name_are_told(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, case("  expect: fail\n") * 2)

    assert (found.code, found.location.line) == ("TEST-002", 2 + len(ITEM.splitlines()) + 1)


@pytest.mark.parametrize("text", ["test: alone\n", "", "a text\n"])
def test_a_file_that_is_no_list_is_told(tmp_path: Path, text: str) -> None:
    (found,) = findings(tmp_path, text)

    assert found.code == "TEST-003"


def test_a_test_file_without_a_mapping_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "[]")
    (tmp_path / "line.yaml").unlink()

    with pytest.raises(FindingsError, match=r"line\.test\.yaml:1:1 TEST-001 there is no line\.yaml beside it"):
        load_suite([path], KINDS)


def test_a_case_of_a_reference_has_keys_of_its_own(tmp_path: Path) -> None:
    (found, *_) = findings(tmp_path, case("  expect: fail\n"), REFERENCES)

    assert (found.code, found.message) == ("TEST-101", "'reference' is missing")


async def test_replies_and_requests_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "check.json").write_text('{"Code": "A", "Days": 3, "Net": "IN"}', encoding="utf-8")
    (tmp_path / "port.yaml").write_text("[{free: 4}]\n", encoding="utf-8")
    body = "  legacy: {check: {file: check.json}, port: {file: port.yaml}}\n"
    found = await result(tmp_path, case(f"{body}  expect: {{serviceabilityConfidence: green}}\n"))

    assert found.passed


async def test_a_change_is_made_to_a_copy_of_the_request(tmp_path: Path) -> None:
    change = "  change: {/productOfferingQualificationItem/0/product/productOffering/id: OFFER-7, /externalId: X-1}\n"
    body = "  legacy: {port: [{free: 0}]}\n  sends: {port: {ref: OFFER-7}}\n  expect: red\n"

    assert (await result(tmp_path, case(change + body))).passed


async def test_a_changed_file_stays_as_it_is_for_the_next_case(tmp_path: Path) -> None:
    request = {
        "instantSyncQualification": True,
        "provideAlternative": False,
        "relatedContactInformation": [
            {"emailAddress": "a@b.example", "name": "A", "number": "1", "role": "buyerContactInformation"}
        ],
        "productOfferingQualificationItem": [
            {
                "id": "item-1",
                "action": "add",
                "product": {
                    "productOffering": {"id": "OFFER-1"},
                    "productConfiguration": {"@type": "urn:example:spec:line:v1"},
                },
            }
        ],
    }
    (tmp_path / "one.json").write_text(json.dumps(request), encoding="utf-8")
    change = "  change: {/productOfferingQualificationItem/0/product/productOffering/id: OFFER-7}\n"
    legacy = "  legacy: {port: [{free: 0}]}\n"
    text = case(f"{change}{legacy}  sends: {{port: {{ref: OFFER-7}}}}\n  expect: red\n", item="  request: one.json\n")
    again = case(
        f"{legacy}  sends: {{port: {{ref: OFFER-1}}}}\n  expect: red\n", name="b", item="  request: one.json\n"
    )
    suite = load_suite([written(tmp_path, text + again)], KINDS)

    assert [one.passed for one in (await run_suite(suite)).results] == [True, True]


def test_every_code_has_its_line_in_the_docs(repository: Path) -> None:
    page = (repository / "docs" / "mapping" / "testing.md").read_text(encoding="utf-8")

    assert [code for code, meaning in TEST_CODES.items() if f"| {code} | {meaning} |" not in page] == []


def test_a_mapping_with_mistakes_is_told_as_lint_tells_it(tmp_path: Path) -> None:
    path = written(tmp_path, case("  expect: fail\n"), LINE.replace("port.free == 0", "prot.free == 0"))

    with pytest.raises(FindingsError, match=r"line\.yaml:\d+:\d+ MAP-203 'prot' is not known here"):
        load_suite([path], KINDS)


def test_requests_replies_and_libraries_in_a_folder_are_no_mappings(tmp_path: Path) -> None:
    written(tmp_path, "[]")
    (tmp_path / "replies").mkdir()
    (tmp_path / "replies" / "port.yaml").write_text("[{free: 4}]\n", encoding="utf-8")
    (tmp_path / "shared.yaml").write_text("library: shared\n", encoding="utf-8")

    assert [one.mapping.name for one in load_suite([tmp_path], KINDS)] == ["line"]
