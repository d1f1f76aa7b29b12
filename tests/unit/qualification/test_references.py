"""The ids of a request: which are asked for, what comes of the answers, and that nothing but an answer decides."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.base import BadArguments, Cause, NoAnswer, SystemFault
from gateway.lso.problems import pointer
from gateway.lso.rules import Catalogue, Offering
from gateway.mapping.collection import MappingCollection
from gateway.mapping.kinds import ReferenceKind
from gateway.mapping.loading import load_mapping_text
from gateway.qualification.collecting import collect, of_item, read_by_item
from gateway.qualification.legacy import Legacy
from gateway.qualification.preparing import ConfiguredSystem, prepare
from gateway.qualification.references import (
    Agreed,
    Asking,
    Checked,
    ReferenceChecker,
    existing_products,
    offering_specifications,
)
from tests.support.requests import modified_product, valid_item, valid_place, valid_product, valid_request
from tests.support.scripted import KINDS, NOW, Scripted, Watcher

FILE = """\
references: estate
version: 3
for: {kinds: [address, product]}
steps:
  row:
    table: db
    ask: look
    with: {id: =reference.id, kind: =reference.kind, buyer: =buyer.id}
    rows: one
    on: {no rows: {unknown: Nobody has it}, many rows: fail, fault BUSY: retry}
answer:
  - when: row.ok
    found: {place: =row.place}
  - otherwise: {unknown: It belongs to somebody else}
"""
ASKING = Asking({"id": "buyer-1"}, {"id": "seller-1"}, "sonata", NOW)
OK = [{"ok": True, "place": []}]


class Checking:
    """A checker over one scripted system."""

    def __init__(self, reply: Any, *, file: str = FILE, **limits: int) -> None:
        self.system = Scripted("db", {"look": reply})
        self.watcher = Watcher()
        mappings = MappingCollection([load_mapping_text(file, "references.yaml", KINDS)])
        prepared = prepare(mappings, {"db": ConfiguredSystem(self.system, "table", 3)})
        self._made = lambda monotonic: ReferenceChecker(mappings, prepared, Legacy(self.watcher, monotonic), **limits)

    @property
    def checker(self) -> ReferenceChecker:
        return self._made(asyncio.get_running_loop().time)

    async def __call__(self, document: Mapping[str, Any], *, budget: float = 30.0) -> Checked:
        return await self.checker.check(collect(document), ASKING, budget)

    @property
    def asked(self) -> list[tuple[str, str]]:
        return [(str(arguments["kind"]), str(arguments["id"])) for _, arguments in self.system.asked]


def item(name: str = "item-1", **changes: Any) -> dict[str, Any]:
    relation = {"relationshipType": "ENNI", "id": "enni-1"}
    product = modified_product(**{"productRelationship": [relation], **changes})
    return valid_item(id=name, action="modify", product=product)


def request(*items: Any) -> dict[str, Any]:
    return valid_request(productOfferingQualificationItem=list(items))


def site(named: str) -> dict[str, Any]:
    return valid_place(place={"@type": "GeographicSiteRef", "id": named})


# collecting


def test_the_ids_of_a_request_are_collected_with_their_places() -> None:
    body = request(item(place=[valid_place(), site("site-1")]), valid_item(id="item-2"))
    assert [(one.kind, one.id, pointer(one.path), one.item, one.item_id) for one in collect(body)] == [
        ("product", "product-1", "/productOfferingQualificationItem/0/product/id", 0, "item-1"),
        ("offering", "offering-1", "/productOfferingQualificationItem/0/product/productOffering/id", 0, "item-1"),
        ("address", "address-1", "/productOfferingQualificationItem/0/product/place/0/place/id", 0, "item-1"),
        ("site", "site-1", "/productOfferingQualificationItem/0/product/place/1/place/id", 0, "item-1"),
        ("product", "enni-1", "/productOfferingQualificationItem/0/product/productRelationship/0/id", 0, "item-1"),
        ("offering", "offering-1", "/productOfferingQualificationItem/1/product/productOffering/id", 1, "item-2"),
        ("address", "address-1", "/productOfferingQualificationItem/1/product/place/0/place/id", 1, "item-2"),
    ]


@pytest.mark.parametrize(
    ("product", "kinds"),
    [
        pytest.param(valid_product(place=[valid_place()]), ["offering", "address"], id="sound"),
        pytest.param(valid_product(place="here"), ["offering"], id="places that are no list"),
        pytest.param(valid_product(place=[None, valid_place(place=None), {}]), ["offering"], id="no places"),
        pytest.param(
            valid_product(place=[valid_place(place={"@type": "GeographicAddressRef"})]), ["offering"], id="-id"
        ),
        pytest.param(
            valid_product(place=[valid_place(place={"@type": "GeographicAddressRef", "id": " "})]),
            ["offering"],
            id="a blank id",
        ),
        pytest.param(
            valid_product(place=[valid_place(place={"@type": "GeographicAddress_Query", "id": "x"})]),
            ["offering"],
            id="an address by description",
        ),
        pytest.param(valid_product(place=[valid_place(place={"@type": 5, "id": "x"})]), ["offering"], id="no type"),
        pytest.param(valid_product(productOffering={"id": 5}, place=[]), [], id="an id that is no text"),
        pytest.param(valid_product(id="p", place=[]), ["offering"], id="a product id of an item that adds"),
        pytest.param([], [], id="a product that is no object"),
    ],
)
def test_only_sound_values_are_collected(product: Any, kinds: list[str]) -> None:
    body = request({"id": "item-1", "action": "add", "product": product}, "no item", {})
    assert [one.kind for one in collect(body)] == kinds


@pytest.mark.parametrize("body", [{}, {"productOfferingQualificationItem": None}, request()])
def test_a_request_without_items_names_nothing(body: Any) -> None:
    assert collect(body) == []


@pytest.mark.requirement("P38")
def test_a_place_of_a_type_that_was_not_agreed_is_not_asked_for() -> None:
    body = request(valid_item(product=valid_product(place=[valid_place(), site("site-1")])))
    assert [one.id for one in collect(body, place_types=["GeographicSiteRef"])] == ["offering-1", "site-1"]


def test_an_item_reads_its_own_references_and_those_of_items_it_is_related_to() -> None:
    related = valid_item(id="a", qualificationItemRelationship=[{"id": "b", "relationshipType": "UNI"}])
    body = request(related, valid_item(id="b"), valid_item(id="c"))
    references = collect(body)
    assert {one.item for one in of_item(references, 1)} == {1}
    assert {one.item for one in read_by_item(body, references, 0)} == {0, 1}
    assert {one.item for one in read_by_item(body, references, 1)} == {1}
    assert read_by_item(body, references, 7) == []


# asking


@pytest.mark.requirement("P31", "P40", "79.1-R24")
async def test_an_id_is_asked_for_once_and_reported_wherever_it_stands() -> None:
    checking = Checking([])
    checked = await checking(request(item("a"), item("b")))
    assert sorted(checking.asked) == [("address", "address-1"), ("product", "enni-1"), ("product", "product-1")]
    assert [(one.code, one.pointer) for one in checked.problems] == [
        ("referenceNotFound", f"/productOfferingQualificationItem/{number}/product/{where}")
        for number in (0, 1)
        for where in ("id", "place/0/place/id", "productRelationship/0/id")
    ]
    assert (checked.found, checked.unanswered) == ({}, {})


@pytest.mark.requirement("P31")
async def test_an_unknown_id_and_one_of_another_buyer_are_told_in_the_same_words() -> None:
    unknown, foreign = [(await Checking(reply)(request(item()))).problems for reply in ([], [{"ok": False}])]
    assert unknown
    assert unknown == foreign


async def test_what_was_found_is_given_by_kind_and_id() -> None:
    checked = await Checking(OK)(request(item()))
    assert checked == Checked(
        (),
        {
            ("address", "address-1"): {"place": []},
            ("product", "product-1"): {"place": []},
            ("product", "enni-1"): {"place": []},
        },
        {},
    )


async def test_kinds_that_no_file_answers_are_not_checked() -> None:
    file = FILE.replace("[address, product]", "[address], buyers: [another]")
    checking = Checking([], file=file)
    assert await checking(request(item())) == Checked()
    assert checking.asked == []


async def never(arguments: Mapping[str, Any]) -> Any:
    await asyncio.Event().wait()


@pytest.mark.requirement("P45", "P46")
@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(SystemFault(["X"], "ORA-00942"), id="a fault"),
        pytest.param(SystemFault(["BUSY"], ""), id="busy at each try"),
        pytest.param(NoAnswer(Cause.UNREACHABLE, "10.0.0.1"), id="down"),
        pytest.param(NoAnswer(Cause.TIMEOUT, "8 s"), id="a timeout"),
        pytest.param(BadArguments("too long"), id="an id that cannot be asked for"),
        pytest.param(OK * 2, id="many rows"),
        pytest.param(None, id="null"),
        pytest.param([{"place": []}], id="a column that is missing"),
        pytest.param([{"ok": None, "place": []}], id="null in the condition"),
        pytest.param(never, id="no answer within the budget"),
    ],
)
async def test_what_is_missing_late_or_broken_leaves_an_id_without_an_answer(reply: Any) -> None:
    body = request(item())
    with capture_logs() as lines:
        checked = await Checking(reply)(body, budget=0.05 if reply is never else 30.0)
    assert (checked.problems, checked.found) == ((), {})
    assert checked.unanswered.keys() == {one.key for one in collect(body) if one.kind in ("address", "product")}
    assert checked.without_answer(of_item(collect(body), 0))
    assert checked.is_late == (reply is never)
    assert [line["log_level"] for line in lines if line["event"] == "references without an answer"] == ["warning"]


@pytest.mark.requirement("P42")
@pytest.mark.parametrize("place", [None, "here", [{"role": None}]], ids=["null", "no list", "no role"])
async def test_a_product_of_which_half_was_found_is_without_an_answer(place: Any) -> None:
    checked = await Checking([{"ok": True, "place": place}])(request(item()))
    assert checked.found.keys() == {("address", "address-1")}
    assert checked.unanswered.keys() == {("product", "product-1"), ("product", "enni-1")}


async def test_one_broken_id_keeps_no_other_from_its_answer() -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        if arguments["id"] == "enni-1":
            raise NoAnswer(Cause.TIMEOUT, "")
        return [] if arguments["id"] == "product-1" else OK

    checked = await Checking(reply)(request(item()))
    assert [one.pointer for one in checked.problems] == ["/productOfferingQualificationItem/0/product/id"]
    assert checked.found.keys() == {("address", "address-1")}
    assert checked.unanswered.keys() == {("product", "enni-1")}


async def test_what_came_within_the_budget_is_kept() -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        return OK if arguments["kind"] == "address" else await never(arguments)

    checked = await Checking(reply)(request(item()), budget=0.05)
    assert checked.found.keys() == {("address", "address-1")}
    assert len(checked.unanswered) == 2


async def test_calls_under_way_are_cancelled_when_the_budget_is_used_up() -> None:
    cancelled: list[str] = []

    async def reply(arguments: Mapping[str, Any]) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(arguments["id"])

    await Checking(reply)(request(item()), budget=0.05)
    assert sorted(cancelled) == ["address-1", "enni-1", "product-1"]


async def test_no_more_than_agreed_are_asked_for_at_the_same_time() -> None:
    running, most = 0, 0
    both = asyncio.Barrier(2)

    async def reply(arguments: Mapping[str, Any]) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await both.wait()
        running -= 1
        return OK

    relations = [{"relationshipType": "ENNI", "id": f"enni-{number}"} for number in range(4)]
    checked = await Checking(reply, at_once=2)(request(item(productRelationship=relations)))
    assert len(checked.found) == 6
    assert most == 2


async def test_a_request_that_names_too_many_ids_is_not_answered_for_all() -> None:
    relations = [{"relationshipType": "ENNI", "id": f"enni-{number}"} for number in range(20)]
    checking = Checking(OK, most=5)
    checked = await checking(request(item(productRelationship=relations)))
    assert (len(checking.asked), len(checked.found), len(checked.unanswered)) == (5, 5, 17)


async def test_retry_asks_again() -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        if len(checking.asked) == 1:
            raise SystemFault(["BUSY"], "")
        return OK

    checking = Checking(reply)
    checked = await checking(request(valid_item()))
    assert checked.found.keys() == {("address", "address-1")}


async def test_an_operator_sees_the_calls_and_the_rule_that_decided_with_its_reason() -> None:
    checking = Checking([{"ok": False}])
    await checking(request(valid_item()))
    (call,), (decision,) = checking.watcher.calls, checking.watcher.decisions
    assert (call.item, call.mapping, call.step, call.result) == ("item-1", "estate", "row", "1 row(s)")
    assert (decision.item, decision.mapping, decision.version) == ("item-1", "estate", 3)
    assert (decision.rule, decision.outcome) == (
        "references.yaml:14:5",
        "address unknown: It belongs to somebody else",
    )


# whole requests, single items

MODIFY = FILE.replace("{place: =row.place}", "{productOffering: =row.offering, place: =row.place}")
HELD = [{"ok": True, "offering": "offering-1", "place": [{"role": "INSTALL_LOCATION"}]}]


@pytest.mark.requirement("P42", "87.1-R40", "87.1-O2")
@pytest.mark.parametrize(
    ("product", "offering_change", "expected"),
    [
        pytest.param({}, False, [], id="as the inventory has it"),
        pytest.param({"productOffering": {"id": "o-2"}}, False, ["invalidValue productOffering/id"], id="offering"),
        pytest.param({"productOffering": {"id": "o-2"}}, True, [], id="an offering that may change"),
        pytest.param({"place": []}, False, ["missingProperty place"], id="a place left out"),
    ],
)
async def test_items_to_modify_are_held_against_the_product(
    product: dict[str, Any], offering_change: bool, expected: list[str]
) -> None:
    checking = Checking(HELD, file=MODIFY)
    agreed = Agreed(offering_change=offering_change)
    body = request(item(**product))
    of_request = await checking.checker.check_request(body, ASKING, agreed, 30.0)
    of_one = await checking.checker.check_item(body, 0, ASKING, agreed, 30.0)
    assert of_request.problems == of_one.problems
    assert [f"{one.code} {'/'.join(map(str, one.path[3:]))}" for one in of_request.problems] == expected


async def test_a_product_that_could_not_be_asked_for_is_no_reason_to_refuse() -> None:
    checking = Checking(NoAnswer(Cause.TIMEOUT, ""), file=MODIFY)
    checked = await checking.checker.check_request(request(item(place=[])), ASKING, Agreed(offering_change=False), 30.0)
    assert checked.problems == ()
    assert ("product", "product-1") in checked.unanswered


async def test_of_one_item_only_its_own_problems_are_told_though_more_is_found_out() -> None:
    async def reply(arguments: Mapping[str, Any]) -> Any:
        return [] if arguments["id"] in ("address-1", "site-9") else OK

    related = valid_item(id="a", qualificationItemRelationship=[{"id": "b", "relationshipType": "UNI"}])
    other = valid_item(id="b", product=valid_product(productRelationship=[{"relationshipType": "X", "id": "p-1"}]))
    unrelated = item("c", place=[])
    checking = Checking(reply)
    checked = await checking.checker.check_item(request(related, other, unrelated), 0, ASKING, Agreed(), 30.0)
    assert [one.path[1] for one in checked.problems] == [0]
    assert checked.found.keys() == {("product", "p-1")}
    assert ("product", "product-1") not in checking.asked


# what goes on from here


def test_found_products_are_read_for_the_rules_of_modify() -> None:
    found = {("product", "p-1"): {"productOffering": "o-1"}, ("address", "a-1"): {"productOffering": None}}
    assert {named: one.offering for named, one in existing_products(found).items()} == {"p-1": "o-1"}


def test_specifications_of_offerings_come_from_the_catalogue_and_from_what_was_found() -> None:
    catalogue = Catalogue(
        {"o-1": Offering("s-1", frozenset({"s-1", "alias"})), "o-2": Offering("s-2"), "o-3": Offering()}
    )
    found = {("offering", "o-4"): {"productSpecification": "s-4"}, ("offering", "o-5"): {}, ("product", "o-6"): {}}
    assert offering_specifications(catalogue, found) == {
        "o-1": {"s-1", "alias"},
        "o-2": {"s-2"},
        "o-3": frozenset(),
        "o-4": {"s-4"},
    }


@pytest.mark.parametrize("kind", ReferenceKind)
async def test_each_kind_has_words_for_the_buyer(kind: ReferenceKind) -> None:
    product = modified_product(productSpecification={"id": "spec-1"}, place=[valid_place(), site("site-1")])
    file = FILE.replace("[address, product]", f"[{kind}]")
    checked = await Checking([], file=file)(request(valid_item(action="modify", product=product)))
    assert [one.reason for one in checked.problems if one.reason.startswith("is no ")] != []
    assert {one.path[-1] for one in checked.problems} == {"id"}
