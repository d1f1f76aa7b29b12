"""Each demo request leads to its kind of answer, by the shipped mappings over the estate's own data."""

from __future__ import annotations

import pytest

from gateway.demo.files import demo_files
from gateway.demo.network import Behaviour, load_network
from gateway.lso.documents import check_create_request
from gateway.mapping.collection import MappingCollection
from gateway.mapping.outcomes import Answer, Failure, Outcome, Refusal
from tests.unit.demo.answering import REQUESTS, Estate, outcomes_of, read_request

STORIES = {
    "access-eline.json": {"item-001": "yellow onNetWithBuild 10", "item-002": "green onNetWithBuild 5"},
    "modify.json": {"item-001": "green onNetWithoutBuild 3"},
    "existing-uni.json": {"item-001": "green onNetWithoutBuild 3"},
    "site.json": {"item-001": "green onNetWithoutBuild 3"},
    "internet-access.json": {"item-001": "green onNetWithoutBuild 4"},
    "unconfirmed.json": {"item-001": "yellow onNetWithBuild 20"},
    "off-net.json": {"item-001": "yellow offNetWithoutBuild 20"},
    "partner-builds.json": {"item-001": "yellow offNetWithBuild 75", "item-002": "yellow offNetWithBuild 75"},
    "not-feasible.json": {"item-001": "red"},
    "not-known.json": {"item-001": "red"},
    "ambiguous-address.json": {"item-001": "red"},
    "withdrawn-address.json": {"item-001": "red"},
    "never-reviewed.json": {"item-001": "red"},
    "ports-taken.json": {"item-001": "red"},
    "enni-full.json": {"item-001": "red"},
    "enni-barred.json": {"item-001": "red"},
    "unknown-address.json": {
        "item-001": "referenceNotFound /productOfferingQualificationItem/0/product/place/0/place/id"
    },
    "other-buyers-enni.json": {
        "item-001": "referenceNotFound /productOfferingQualificationItem/0/product/productRelationship/0/id"
    },
    "nimbus-slow.json": {"item-001": "green onNetWithoutBuild 3"},
    "nimbus-busy.json": {"item-001": "no answer"},
    "nimbus-html.json": {"item-001": "no answer"},
    "nimbus-truncated.json": {"item-001": "no answer"},
    "no-lead-time.json": {"item-001": "no answer"},
    "not-completed.json": {"item-001": "no answer", "item-002": "green onNetWithoutBuild 1"},
    "deferred/nimbus-crowded.json": {  # once Nimbus answers
        "item-001": "green onNetWithoutBuild 5",
        "item-002": "green onNetWithoutBuild 5",
        "item-003": "yellow onNetWithBuild 20",
    },
}


def told(outcome: Outcome) -> str:
    match outcome:
        case Answer(fields=fields):
            days = fields.get("installationInterval", {}).get("amount", "")
            return f"{fields['serviceabilityConfidence']} {fields.get('deliveryType', '')} {days}".strip()
        case Refusal(code=code, pointer=pointer):
            return f"{code} {pointer}"
        case Failure():
            return "no answer"
        case _:
            return type(outcome).__name__


def test_every_request_has_its_story() -> None:
    files = {file.relative_to(REQUESTS).as_posix() for file in REQUESTS.rglob("*.json")}
    assert files == {*STORIES, "by-specification.json"}


@pytest.mark.parametrize("name", sorted({*STORIES, "by-specification.json"}))
def test_the_request_has_the_standards_structure(name: str) -> None:
    assert check_create_request(read_request(name)) == []


@pytest.mark.parametrize("name", sorted(STORIES))
def test_the_request_gets_its_answer(mappings: MappingCollection, estate: Estate, name: str) -> None:
    outcomes = outcomes_of(read_request(name), mappings, estate)
    assert {item: told(found[""]) for item, found in outcomes.items()} == STORIES[name]


def test_the_first_story_is_the_standards(mappings: MappingCollection, estate: Estate) -> None:
    outcomes = outcomes_of(read_request("access-eline.json"), mappings, estate)
    circuit, port = outcomes["item-001"][""], outcomes["item-002"][""]
    assert isinstance(circuit, Answer)
    assert isinstance(port, Answer)
    assert circuit.fields["guaranteedUntilDate"] == "2026-12-23T09:00:00.000Z"  # 30 days
    assert "site survey" in circuit.fields["serviceabilityConfidenceReason"]
    (proposal,) = circuit.alternates
    assert proposal["productOffering"] == {"id": "000166"}
    assert (proposal["serviceabilityConfidence"], proposal["deliveryType"]) == ("green", "onNetWithoutBuild")
    assert proposal["installationInterval"] == {"amount": 1, "units": "businessDays"}
    assert "1 Gbit/s" in proposal["serviceabilityConfidenceReason"]
    assert port.alternates == ()


def test_the_proposed_configuration_is_the_asked_one_with_less_bandwidth(
    mappings: MappingCollection, estate: Estate
) -> None:
    request = read_request("access-eline.json")
    outcome = outcomes_of(request, mappings, estate)["item-001"][""]
    assert isinstance(outcome, Answer)
    expected = request["productOfferingQualificationItem"][0]["product"]["productConfiguration"]
    flow = expected["uniEp"]["ingressBandwidthProfilePerClassOfServiceName"][0]["bwpFlow"]
    flow["eir"] = flow["eirMax"] = {"irValue": 1, "irUnits": "GBPS"}
    assert outcome.alternates[0]["productConfiguration"] == expected
    assert read_request("access-eline.json") != request  # the expectation was changed, not the proposal


@pytest.mark.requirement("87.1-R48")
def test_a_specification_is_tried_with_each_offering(mappings: MappingCollection, estate: Estate) -> None:
    outcomes = outcomes_of(read_request("by-specification.json"), mappings, estate)["item-001"]
    assert {offering: told(outcome) for offering, outcome in outcomes.items()} == {
        "000073": "yellow onNetWithBuild 15",
        "000166": "green onNetWithoutBuild 3",
        "000180": "red",
    }


@pytest.mark.parametrize("name", sorted({*STORIES, "by-specification.json"}))
def test_the_folder_says_when_the_request_is_answered(name: str) -> None:
    assert read_request(name)["instantSyncQualification"] is not name.startswith("deferred/")


def test_a_circuit_waits_for_a_crowded_site_twice(mappings: MappingCollection, estate: Estate) -> None:
    request = read_request("deferred/nimbus-crowded.json")
    outcomes_of(request, mappings, estate)
    sites = [arguments["Site"] for step, arguments in estate.sent if step == "survey"]
    sites += [arguments["Circuit"]["ASite"] for step, arguments in estate.sent if step == "feasibility"]
    network = load_network(demo_files() / "nimbus-network.yaml")
    assert [network.sites[site].behaviour for site in sites] == [Behaviour.CROWDED] * 2


def test_nimbus_is_not_asked_where_the_inventory_has_said_no(mappings: MappingCollection, estate: Estate) -> None:
    outcomes_of(read_request("withdrawn-address.json"), mappings, estate)
    assert "survey" not in [step for step, _ in estate.sent]
    outcomes_of(read_request("enni-full.json"), mappings, estate)
    assert "feasibility" not in [step for step, _ in estate.sent]


def test_an_item_that_is_no_uni_is_refused_as_one(mappings: MappingCollection, estate: Estate) -> None:
    request = read_request("access-eline.json")
    circuit, port = request["productOfferingQualificationItem"]
    port["product"] = read_request("internet-access.json")["productOfferingQualificationItem"][0]["product"]
    outcome = outcomes_of(request, mappings, estate)["item-001"][""]
    assert told(outcome) == "invalidValue /productOfferingQualificationItem/0/qualificationItemRelationship"
    assert circuit["qualificationItemRelationship"][0]["id"] == port["id"]


def test_performance_objectives_are_never_green_at_once(mappings: MappingCollection, estate: Estate) -> None:
    request = read_request("existing-uni.json")
    configuration = request["productOfferingQualificationItem"][0]["product"]["productConfiguration"]
    configuration["carrierEthernetSls"] = [{}]
    assert told(outcomes_of(request, mappings, estate)["item-001"][""]) == "yellow onNetWithoutBuild 3"


def test_a_circuit_without_bandwidth_is_refused(mappings: MappingCollection, estate: Estate) -> None:
    request = read_request("existing-uni.json")
    end = request["productOfferingQualificationItem"][0]["product"]["productConfiguration"]["uniEp"]
    flow = end["ingressBandwidthProfilePerClassOfServiceName"][0]["bwpFlow"]
    flow["cir"]["irValue"] = flow["eir"]["irValue"] = 0
    refused = told(outcomes_of(request, mappings, estate)["item-001"][""])
    assert refused.startswith("invalidValue ")
    assert refused.endswith("/uniEp/ingressBandwidthProfilePerClassOfServiceName")


@pytest.mark.parametrize(
    ("enni", "expected"),
    [
        pytest.param("SP1_ENNI_RESERVED", "red", id="reserved"),
        pytest.param("SP1_ENNI_GONE", "red", id="decommissioned"),
        pytest.param("SP1_ENNI_NOSTATUS", "red", id="without-status"),
        pytest.param("SP1_ENNI_UNMEASURED", "red", id="use-not-measured"),
        pytest.param("SP1_ENNI_ENDED", "referenceNotFound", id="of-a-contract-that-ended"),
        pytest.param("SPARE_ENNI", "referenceNotFound", id="of-nobody"),
        pytest.param("SP1_UNI", "referenceNotFound", id="a-uni"),
    ],
)
def test_an_enni_that_cannot_be_used_gives_no_promise(
    mappings: MappingCollection, estate: Estate, enni: str, expected: str
) -> None:
    request = read_request("existing-uni.json")
    request["productOfferingQualificationItem"][0]["product"]["productRelationship"][0]["id"] = enni
    assert told(outcomes_of(request, mappings, estate)["item-001"][""]).split()[0] == expected


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        pytest.param("AccessElineOVC-0002", "red", id="being-taken-out"),
        pytest.param("AccessElineOVC-0003", "invalidValue", id="at-other-ports"),
        pytest.param("AccessElineOVC-0004", "referenceNotFound", id="disconnected"),
        pytest.param("AccessElineOVC-0900", "referenceNotFound", id="of-another-buyer"),
    ],
)
def test_a_product_that_cannot_be_modified_gives_no_promise(
    mappings: MappingCollection, estate: Estate, product: str, expected: str
) -> None:
    request = read_request("modify.json")
    request["productOfferingQualificationItem"][0]["product"]["id"] = product
    assert told(outcomes_of(request, mappings, estate)["item-001"][""]).split()[0] == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param("SITE-NYC-0002", "green", id="site-in-a-good-building"),
        pytest.param("SITE-PAR-0001", "red", id="site-in-a-blocked-building"),
        pytest.param("SITE-LOST-001", "referenceNotFound", id="site-whose-building-is-gone"),
        pytest.param("NewYorkAddress-id-2", "referenceNotFound", id="address-given-as-site"),
    ],
)
def test_a_site_is_as_good_as_its_building(
    mappings: MappingCollection, estate: Estate, place: str, expected: str
) -> None:
    request = read_request("site.json")
    request["productOfferingQualificationItem"][0]["product"]["place"][0]["place"]["id"] = place
    assert told(outcomes_of(request, mappings, estate)["item-001"][""]).split()[0] == expected
