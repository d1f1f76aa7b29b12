"""Several Sellers in one gateway: each with its own contact, mappings, offerings, Buyers and terms (87.1-R5, R6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import ADAPTERS, load_catalog
from gateway.linting import lint
from gateway.settings import load_settings
from gateway.sources.findings import FindingsError
from gateway.surroundings import read_surroundings
from tests.support.errors import assert_standard_error
from tests.support.gateways import CONTACT, POQ, SONATA, Running, configuration, running, write_configuration
from tests.support.listener import listening
from tests.support.requests import PRODUCT_TYPE, deferred_request, valid_request

SAYING = """
mapping: {name}
version: 1
for: {{product: any}}
answer:
  - otherwise: {{red: "{reason}"}}
"""
EAST, WEST = (SAYING.format(name=name, reason=f"says {name}") for name in ("east", "west"))
COMMON = SAYING.format(name="common", reason="says common")


def sellers() -> dict[str, Any]:
    """East deals with both Buyers, by its own mappings; West with one, immediately only; North by what all have."""
    return configuration(
        sellers=[
            {
                "id": "east",
                "contact": {**CONTACT, "name": "East"},
                "mappings": {"folders": ["east"]},
                "offerings": [{"id": "offering-1", "specification": PRODUCT_TYPE}],
            },
            {
                "id": "west",
                "contact": {**CONTACT, "name": "West"},
                "mappings": {"folders": ["west"]},
                "offerings": [{"id": "offering-2", "specification": PRODUCT_TYPE}],
                "buyers": [{"id": "one", "agreement": {"max_items": 1}}],
                "responses": {"types": ["immediate"]},
            },
            {"id": "north", "contact": {**CONTACT, "name": "North"}, "buyers": [{"id": "two"}]},
        ],
        buyers=[{"id": "one"}, {"id": "two"}],
        products={"unknown_types": "accept"},
        notifications={"schemes": ["http"], "allow": ["127.0.0.1"]},
    )


def write_mappings(folder: Path) -> None:
    for name, text in (("east", EAST), ("west", WEST)):
        (folder / name).mkdir()
        (folder / name / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Running]:
    write_mappings(tmp_path)
    async with running(tmp_path, sellers(), {"common": COMMON}) as started:
        yield started


async def ask(gateway: Running, body: Any = None, **parties: str) -> Any:
    body = body or valid_request()
    response = await gateway.session.post(gateway.url + SONATA + POQ, json=body, params=parties)
    await response.read()
    return response


async def answered(gateway: Running, **parties: str) -> dict[str, Any]:
    response = await ask(gateway, **parties)
    assert response.status == 201, await response.text()
    return dict(await response.json())


def said(poq: dict[str, Any]) -> tuple[str, str]:
    item = poq["productOfferingQualificationItem"][0]
    return poq["relatedContactInformation"][-1]["name"], item["serviceabilityConfidenceReason"]


@pytest.mark.requirement("87.1-R6", "87.1-R52")
async def test_each_seller_answers_with_its_own_contact_by_its_own_mappings(gateway: Running) -> None:
    assert said(await answered(gateway, buyerId="one", sellerId="east")) == ("East", "says east")
    assert said(await answered(gateway, buyerId="two", sellerId="north")) == ("North", "says common")


@pytest.mark.requirement("87.1-R5", "87.1-R6")
@pytest.mark.parametrize(
    ("parties", "status", "code"),
    [
        pytest.param({}, 400, "missingQueryParameter", id="neither"),
        pytest.param({"buyerId": "one"}, 400, "missingQueryParameter", id="no-seller"),
        pytest.param({"sellerId": "east"}, 400, "missingQueryParameter", id="no-buyer"),
        pytest.param({"buyerId": "one", "sellerId": ""}, 400, "missingQueryValue", id="empty-seller"),
        pytest.param({"buyerId": "nobody", "sellerId": "east"}, 403, "forbiddenRequester", id="unknown-buyer"),
        pytest.param({"buyerId": "one", "sellerId": "nobody"}, 403, "accessDenied", id="unknown-seller"),
        pytest.param({"buyerId": "one", "sellerId": "north"}, 403, "accessDenied", id="not-its-seller"),
    ],
)
async def test_who_means_whom_is_said_and_allowed(
    gateway: Running, parties: dict[str, str], status: int, code: str
) -> None:
    await assert_standard_error(await ask(gateway, **parties), status, code)


async def test_agreements_offerings_and_response_types_are_each_sellers_own(gateway: Running) -> None:
    for_west = {"buyerId": "one", "sellerId": "west"}

    other_offering = await ask(gateway, valid_request(), **for_west)
    deferred = await ask(gateway, deferred_request(), buyerId="one", sellerId="east")
    items = [{**valid_request()["productOfferingQualificationItem"][0], "id": str(number)} for number in range(2)]
    too_many = await ask(gateway, valid_request(productOfferingQualificationItem=items), **for_west)

    await assert_standard_error(other_offering, 422, "referenceNotFound")
    assert (await deferred.json())["state"] == "acknowledged"
    entries = await assert_standard_error(too_many, 422)
    assert [(entry["code"], entry["propertyPath"]) for entry in entries] == [
        ("invalidValue", "/productOfferingQualificationItem")
    ]


async def test_a_seller_without_deferred_answers_has_no_hub(gateway: Running) -> None:
    async with listening() as listener:
        body = {"callback": listener.url}
        hub = gateway.url + SONATA + "/hub"
        none = await gateway.session.post(hub, json=body, params={"buyerId": "one", "sellerId": "west"})
        some = await gateway.session.post(hub, json=body, params={"buyerId": "one", "sellerId": "east"})

    await assert_standard_error(none, 501, "notImplemented")
    assert some.status == 201


async def test_events_of_one_seller_repeat_both_parties_and_reach_no_registration_with_another(
    tmp_path: Path,
) -> None:
    write_mappings(tmp_path)
    settings = sellers()
    settings["sellers"][1]["responses"] = {}
    async with (
        running(tmp_path, settings, {"common": COMMON}) as gateway,
        listening() as at_east,
        listening() as at_west,
    ):
        for listener, seller in ((at_east, "east"), (at_west, "west")):
            parties = {"buyerId": "one", "sellerId": seller}
            body = {"callback": listener.url}
            response = await gateway.session.post(gateway.url + SONATA + "/hub", json=body, params=parties)
            assert response.status == 201

        await ask(gateway, deferred_request(), buyerId="one", sellerId="east")

        calls = await at_east.wait_for(4)
        assert {call.target.partition("?")[2] for call in calls} == {"buyerId=one&sellerId=east"}
        assert at_west.calls == []


def test_one_name_for_mappings_of_two_sellers_is_refused(tmp_path: Path) -> None:
    write_mappings(tmp_path)
    (tmp_path / "west" / "west.yaml").write_text(EAST, encoding="utf-8")
    settings = load_settings(write_configuration(tmp_path, sellers(), {"common": COMMON}), ADAPTERS)

    with pytest.raises(FindingsError, match="the name 'east' is taken"):
        load_catalog(settings)


def test_lint_takes_each_sellers_own_mappings_for_its_own(tmp_path: Path) -> None:
    write_mappings(tmp_path)
    config = write_configuration(tmp_path, sellers(), {"common": COMMON})
    files = [tmp_path / name / f"{name}.yaml" for name in ("east", "west")]

    assert lint(files, read_surroundings(config)) == []
    assert {finding.code for finding in lint(files)} == {"MAP-003"}
