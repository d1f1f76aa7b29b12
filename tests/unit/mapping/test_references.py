"""References files: what they may say, which one answers an id, and how an id is decided."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.collection import AskedReference, MappingCollection, load_collection
from gateway.mapping.outcomes import (
    Answer,
    Answered,
    Failure,
    Faulted,
    Impossible,
    KnownReference,
    ReferenceOutcome,
    Unanswered,
    UnknownReference,
)
from gateway.sources.findings import FindingsError
from tests.support.mappings import GREEN, HEAD, KINDS, REFERENCES_HEAD, context, drive_reference, findings, told
from tests.support.mappings import loaded as loaded_mapping
from tests.support.mappings import outcome as item_outcome

STEP = """\
steps:
  row:
    sql: inventory
    query: SELECT 1
    with: {id: =reference.id, buyer: =buyer.id}
    rows: one
    on: {no rows: unknown, many rows: fail, fault GONE: {unknown: It went}, any fault: fail, fault BUSY: retry}
"""
FOUND = """\
answer:
  - when: %s
    found: {site_no: =row.site, note: =row.note}
  - otherwise: unknown
"""
OTHERWISE = "answer: [{otherwise: unknown}]\n"
CONDITION = "row.active == 'Y'"


def loaded(body: str, head: str = REFERENCES_HEAD) -> Any:
    return loaded_mapping(body, head=head)


def decided(replies: Any, condition: str = CONDITION) -> ReferenceOutcome:
    return drive_reference(loaded(STEP + FOUND % condition), {"row": replies})[0]


# what decides


@pytest.mark.requirement("P31", "P40")
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param([{"active": "Y", "site": "N-1", "note": None}], {"site_no": "N-1", "note": None}, id="a row"),
        pytest.param([{"active": "N", "site": "N-1"}], "unknown", id="no row of the answer holds"),
        pytest.param([], "unknown", id="no rows"),
        pytest.param(Faulted(["GONE"], "t"), "unknown", id="a fault that says so"),
    ],
)
def test_a_reference_is_known_or_unknown_where_the_file_says_so(reply: Any, expected: Any) -> None:
    found = decided(reply)
    if expected == "unknown":
        assert isinstance(found, UnknownReference)
    else:
        assert isinstance(found, KnownReference)
        assert found.members == expected


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param([{}, {}], id="many rows"),
        pytest.param([{"active": None, "site": "N-1"}], id="null in the condition"),
        pytest.param([{"site": "N-1"}], id="a column that is missing"),
        pytest.param([{"active": 1, "site": "N-1"}], id="another kind of value"),
        pytest.param(None, id="null instead of rows"),
        pytest.param({"active": "Y"}, id="no rows at all"),
        pytest.param([None], id="a row that is null"),
        pytest.param(Faulted(["BUSY"], "t"), id="a fault that nobody thought of"),
        pytest.param(Unanswered("timeout"), id="silence"),
        pytest.param(Impossible("too long"), id="a question that cannot be asked"),
        pytest.param([{"active": "Y", "site": float("nan")}], id="what JSON cannot hold"),
    ],
)
def test_what_is_missing_late_or_broken_is_neither_found_nor_unknown(reply: Any) -> None:
    assert isinstance(decided(reply), Failure)


BAD = st.sampled_from([Faulted(["X"], "t"), Unanswered("timeout"), Impossible("no"), None, [None], [{}] * 2, 5])
TWO = """\
steps:
  row: {sql: s, query: q, with: {id: =reference.id}, rows: optional, on: {many rows: fail}}
  two: {soap: s, operation: o, with: {id: =reference.id}, on: {fault NONE: unknown, any fault: fail}}
answer:
  - when: row != None and two.ok
    found: {}
  - otherwise: unknown
"""


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["row", "two"]), BAD)
def test_a_system_that_did_not_answer_well_decides_nothing(name: str, bad: Any) -> None:
    replies = {"row": [{"a": 1}], "two": {"ok": True}}
    assert isinstance(drive_reference(loaded(TWO), replies)[0], KnownReference)
    assert isinstance(drive_reference(loaded(TWO), {**replies, name: bad})[0], Failure)


def test_retry_asks_as_often_as_the_system_may_be_tried() -> None:
    found, calls = drive_reference(loaded(STEP + FOUND % CONDITION), {"row": Faulted(["BUSY"], "")}, tries=2)
    assert isinstance(found, Failure)
    assert [call.attempt for call in calls] == [1, 2]


def test_the_file_reads_the_id_its_kind_and_for_whom_it_is_asked() -> None:
    body = STEP.replace("id: =reference.id", "id: =reference.kind + ' ' + reference.id") + FOUND % CONDITION
    _, (call,) = drive_reference(loaded(body), {"row": []}, ("product", "p-1"))
    assert call.arguments == {"id": "product p-1", "buyer": "b-1"}


def test_what_is_found_is_json() -> None:
    found = decided([{"active": "Y", "site": Decimal("1.50"), "note": [Decimal(2)]}])
    assert isinstance(found, KnownReference)
    assert found.members == {"site_no": 1.5, "note": [2]}


# what lint says

CASES = [
    ("MAP-101", "no kinds", "for: {}\n" + OTHERWISE, 3, 6, "add it"),
    ("MAP-106", "another kind", "for: {kinds: [adress]}\n" + OTHERWISE, 3, 15, "did you mean 'address'?"),
    ("MAP-106", "found and unknown", "answer: [{when: 1 == 1, found: {}, unknown: x}, {otherwise: fail}]\n", 4, 10, ""),
    ("MAP-102", "the words of a mapping", "answer: [{otherwise: {red: x}}]\n", 4, 23, ""),
    ("MAP-106", "waiting", "answer: [{otherwise: ask an operator}]\n", 4, 22, ""),
    ("MAP-106", "places that are no list", "answer: [{when: row.a, found: {place: {}}}]\n", 4, 39, ""),
    ("MAP-104", "a row that is none", "answer: [fail]\n", 4, 10, ""),
    ("MAP-203", "the item", "let: {a: =item.id}\n" + OTHERWISE, 4, 11, "known: "),
    ("MAP-205", "a given name", "let: {reference: 1}\n" + OTHERWISE, 4, 7, "another"),
    ("MAP-211", "a forgotten =", "let: {a: reference.id}\n" + OTHERWISE, 4, 10, "begin it with '='"),
    ("MAP-212", "pointer()", "let: {a: =pointer(reference)}\n" + OTHERWISE, 4, 11, "reference"),
    ("MAP-212", "known()", "let: {a: =known(reference)}\n" + OTHERWISE, 4, 11, "reference"),
    ("MAP-301", "no otherwise", "answer: [{when: reference.id == 'a', unknown: b}]\n", 4, 10, "otherwise: unknown"),
    ("MAP-302", "found otherwise", "answer: [{otherwise: {found: {}}}]\n", 4, 10, "say unknown or fail"),
    (
        "MAP-302",
        "found on no rows",
        STEP.replace("no rows: unknown", "no rows: {found: {}}") + OTHERWISE,
        10,
        10,
        "say",
    ),
    ("MAP-303", "retry on no rows", STEP.replace("no rows: unknown", "no rows: retry") + OTHERWISE, 10, 10, "unknown"),
    ("MAP-305", "no rows left out", STEP.replace("no rows: unknown, ", "") + OTHERWISE, 5, 3, "no rows: fail"),
    ("MAP-308", "a default that helps", STEP + FOUND % "default(row.active, 'Y') == 'Y'", 12, 11, "openly"),
    ("MAP-309", "found for nothing", "answer: [{when: 1 == 1, found: {}}, {otherwise: fail}]\n", 4, 17, "name what"),
    (
        "MAP-310",
        "a frozen name",
        STEP + (FOUND % CONDITION).replace("site_no: =row.site", "frozen: {a: 1}"),
        13,
        22,
        "/",
    ),
    (
        "MAP-312",
        "unknown on silence",
        STEP.replace("any fault: fail", "any fault: fail, no answer: unknown") + OTHERWISE,
        10,
        94,
        "fail",
    ),
    (
        "MAP-312",
        "unknown on any fault",
        STEP.replace("any fault: fail", "any fault: unknown") + OTHERWISE,
        10,
        77,
        "fail",
    ),
    (
        "MAP-312",
        "unknown on many rows",
        STEP.replace("many rows: fail", "many rows: unknown") + OTHERWISE,
        10,
        28,
        "fail",
    ),
]


@pytest.mark.parametrize(
    ("code", "body", "line", "column", "hint"),
    [pytest.param(code, *rest, id=f"{code}: {what}") for code, what, *rest in CASES],
)
def test_a_mistake_is_found_once_at_its_place(code: str, body: str, line: int, column: int, hint: str) -> None:
    head = REFERENCES_HEAD if "for:" not in body else "references: small\nversion: 1\n"
    found = findings(head + body, head="")
    assert told(found) == [(code, line, column)]
    assert hint in found[0].hint


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        pytest.param("reference.idd", "did you mean 'id'?", id="of the reference"),
        pytest.param("buyer.nmae", "did you mean 'name'?", id="of the Buyer"),
    ],
)
def test_names_that_no_reference_has_are_found(tmp_path: Path, expression: str, hint: str) -> None:
    (tmp_path / "a.yaml").write_text(f"{REFERENCES_HEAD}let: {{a: ={expression}}}\n{OTHERWISE}", encoding="utf-8")
    with pytest.raises(FindingsError) as caught:
        load_collection([tmp_path], KINDS)
    assert [(one.code, one.hint) for one in caught.value.findings] == [("MAP-210", hint)]


# which file answers


@pytest.mark.parametrize(
    ("applies", "chosen"),
    [
        pytest.param(["{kinds: [site]}", "{kinds: [address]}"], "r1", id="the kind"),
        pytest.param(["{kinds: [site, address]}"], "r0", id="one of several kinds"),
        pytest.param(["{kinds: [address]}", "{kinds: [address], buyers: [b-1]}"], "r1", id="the buyer"),
        pytest.param(["{kinds: [address]}", "{kinds: [address], sellers: [s-2]}"], "r0", id="another seller"),
        pytest.param(["{kinds: [address]}", "{kinds: [address], irp: [cantata]}"], "r0", id="another interface"),
        pytest.param(["{kinds: [product]}"], None, id="none, though there is a mapping"),
    ],
)
def test_the_file_that_says_most_about_the_id_answers(applies: list[str], chosen: str | None) -> None:
    heads = [f"references: r{number}\nversion: 1\nfor: {said}\n" for number, said in enumerate(applies)]
    for_items = loaded_mapping("answer: [{otherwise: fail}]\n")
    mappings = MappingCollection([*(loaded(OTHERWISE, head) for head in heads), for_items])
    found = mappings.choose_references(AskedReference("address", "b-1", "s-1", "sonata"))
    assert (found.name if found else None) == chosen


def test_two_files_with_equal_right_are_refused_at_the_second() -> None:
    heads = [
        f"references: {name}\nversion: 1\nfor: {{kinds: [address, {kind}]}}\n"
        for name, kind in (("a", "site"), ("b", "product"))
    ]
    with pytest.raises(FindingsError) as caught:
        MappingCollection(loaded(OTHERWISE, head) for head in heads)
    assert [(one.code, one.location.line) for one in caught.value.findings] == [("MAP-003", 3)]


def test_a_mapping_and_a_references_file_cannot_have_one_name() -> None:
    with pytest.raises(FindingsError) as caught:
        MappingCollection([loaded(OTHERWISE), loaded_mapping("answer: [{otherwise: fail}]\n", head=HEAD)])
    assert [one.code for one in caught.value.findings] == ["MAP-002"]


@pytest.mark.parametrize(
    ("expression", "kinds", "codes"),
    [
        pytest.param("existing.a", "product", [], id="existing, answered"),
        pytest.param("existing.a", "address", ["MAP-313"], id="existing, of another kind"),
        pytest.param("known(item.product.place[0].place)", "address", [], id="known, answered"),
        pytest.param("known(item.product.place[0].place)", "", ["MAP-313"], id="known, without any file"),
    ],
)
def test_what_is_read_of_references_must_be_answered_by_a_file(
    tmp_path: Path, expression: str, kinds: str, codes: list[str]
) -> None:
    (tmp_path / "m.yaml").write_text(f"{HEAD}let: {{a: '={expression}'}}\nanswer: [{{otherwise: fail}}]\n")
    if kinds:
        (tmp_path / "r.yaml").write_text(f"references: r\nversion: 1\nfor: {{kinds: [{kinds}]}}\n{OTHERWISE}")
    try:
        load_collection([tmp_path], KINDS)
        found = []
    except FindingsError as error:
        found = [one.code for one in error.findings]
    assert found == codes


# what mappings read

ITEM: dict[str, Any] = {
    "id": "item-001",
    "action": "modify",
    "product": {
        "id": "p-1",
        "place": [{"role": "AT", "place": {"@type": "GeographicSiteRef", "id": "s-1"}}],
        "productRelationship": [{"relationshipType": "ENNI", "id": "p-2"}],
    },
}
KNOWN = {("product", "p-1"): {"x": "A"}, ("site", "s-1"): {"x": "A"}, ("product", "p-2"): {"x": "A", "y": None}}


@pytest.mark.parametrize("read", ["existing", "known(place(item, 'AT').place)", "known(relation(item, 'ENNI'))"])
def test_a_mapping_reads_what_is_known(read: str) -> None:
    def green(known: Any) -> bool:
        return isinstance(item_outcome(GREEN % f"{read}.x == 'A'", {}, context(ITEM, known=known)), Answer)

    assert green(KNOWN)
    assert not green({})
    assert not green({key: {} for key in KNOWN})
    assert not green({("address", "s-1"): {"x": "A"}, ("site", "p-1"): {"x": "A"}, ("site", "p-2"): {"x": "A"}})


@pytest.mark.parametrize("read", ["known(place(item, 'AT').place)", "known(relation(item, 'ENNI'))"])
def test_what_nobody_found_is_an_error_and_not_null(read: str) -> None:
    body = GREEN % f"{read} == None"
    assert isinstance(item_outcome(body, {}, context(ITEM)), Failure)


def test_an_item_that_adds_a_product_has_no_existing_one() -> None:
    found = item_outcome(GREEN % "existing == None", {}, context({**ITEM, "action": "add"}, known=KNOWN))
    assert isinstance(found, Answer)


@pytest.mark.parametrize(
    ("condition", "codes"),
    [
        pytest.param("default(existing.x, 'A') == 'A'", ["MAP-308"], id="existing"),
        pytest.param("default(spot.x, 'A') == 'A'", ["MAP-308"], id="known under a name"),
        pytest.param("default(known(item.product.place[0].place).x, 'A') == 'A'", ["MAP-308"], id="known"),
        pytest.param("default(spot.x, '?') == 'A'", [], id="a default that says no"),
    ],
)
def test_a_gap_in_what_is_known_must_not_help_a_promise(condition: str, codes: list[str]) -> None:
    body = "let:\n  where: =known(item.product.place[0].place)\n  spot: =where\n" + GREEN % condition
    assert [one.code for one in findings(body)] == codes


def test_a_step_answered_with_rows_is_not_asked_again() -> None:
    _, calls = drive_reference(loaded(STEP + FOUND % CONDITION), {"row": Answered([{"active": "Y", "site": "N"}])})
    assert len(calls) == 1
