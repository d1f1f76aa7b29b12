"""A POQ that is answered by a REST system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.linting import lint
from gateway.surroundings import read_surroundings
from tests.support.gateways import configuration, running, write_configuration
from tests.support.http_server import HttpServer, http_server
from tests.support.requests import valid_request
from tests.unit.adapters.rest.services import OPENAPI

MAPPING = """
mapping: line
version: 1
for: {product: any}
let:
  area: =item.id
steps:
  availability:
    rest: planning
    operation: checkAvailability
    with:
      path: {site: =area}
      query: {mbps: 10}
    on:
      fault 404: {refuse: referenceNotFound, reason: The address is not known}
      fault 4xx: {red: Refused by planning}
      any fault: fail
answer:
  - when: availability.status == 'yes' and count(default(availability.lines, [])) > 0
    serviceabilityConfidence: green
    installationInterval: {amount: 10, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - otherwise: {red: Not feasible}
"""


async def asked(folder: Path, server: HttpServer, mapping: str = MAPPING) -> tuple[int, Any]:
    settings = configuration(
        products={"unknown_types": "accept"},
        systems={"planning": {"tries": 1, "rest": {"endpoint": server.url, "openapi": str(OPENAPI)}}},
    )
    async with running(folder, settings, {"line": mapping}) as gateway:
        return await gateway.post(valid_request())


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        pytest.param(200, '{"status": "yes", "lines": [{"id": 1}]}', (201, "green"), id="available"),
        pytest.param(200, '{"status": "no"}', (201, "red"), id="not available"),
        pytest.param(409, "{}", (201, "red"), id="a fault of a class"),
        pytest.param(404, "{}", (422, "referenceNotFound"), id="a fault by its status"),
        pytest.param(200, '{"status": "YES", "lines": [{"id": 1}]}', (500, None), id="not agreed"),
        pytest.param(200, "<html>yes</html>", (500, None), id="html"),
        pytest.param(500, '{"status": "yes", "lines": [{"id": 1}]}', (500, None), id="a failure that says yes"),
        pytest.param(204, "", (500, None), id="nothing known"),
    ],
)
async def test_a_poq_is_answered_by_what_a_rest_system_says(
    tmp_path: Path, status: int, body: str, outcome: tuple[int, str | None]
) -> None:
    async with http_server() as server:
        server.says(body, status=status)
        answered, told = await asked(tmp_path, server)

    assert answered == outcome[0]
    if answered == 201:
        assert told["productOfferingQualificationItem"][0]["serviceabilityConfidence"] == outcome[1]
    elif answered == 422:
        assert told[0]["code"] == outcome[1]
    assert server.asked[0].target.startswith("/sites/")


BY_HEADER = """
mapping: line
version: 1
for: {product: any}
steps:
  check:
    rest: planning
    path: /check
    reply_headers: [X-Feasible]
    on: {any fault: fail, no answer: fail}
answer:
  - when: default(check.http_headers['X-Feasible'], 'no') == 'yes'
    serviceabilityConfidence: green
    installationInterval: {amount: 10, units: businessDays}
    deliveryType: onNetWithoutBuild
    guaranteedUntilDate: =now + days(30)
  - otherwise: {red: Not feasible}
"""


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        pytest.param({"X_Feasible": "yes"}, "green", id="yes"),
        pytest.param({"X_Feasible": "no"}, "red", id="no"),
        pytest.param({}, "red", id="not there"),
    ],
)
async def test_a_header_of_the_reply_may_decide(tmp_path: Path, headers: dict[str, str], outcome: str) -> None:
    async with http_server() as server:
        server.says("{}", **headers)
        systems = {"planning": {"rest": {"endpoint": server.url}}}
        settings = configuration(products={"unknown_types": "accept"}, systems=systems)
        async with running(tmp_path, settings, {"line": BY_HEADER}) as gateway:
            status, told = await gateway.post(valid_request())

    assert (status, told["productOfferingQualificationItem"][0]["serviceabilityConfidence"]) == (201, outcome)


def test_lint_finds_a_header_that_the_step_does_not_read(tmp_path: Path) -> None:
    mapping = BY_HEADER.replace("check.http_headers['X-Feasible']", "check.http_headers['X-Feasable']")
    systems = {"planning": {"rest": {"endpoint": "http://127.0.0.1:9"}}}
    settings = configuration(products={"unknown_types": "accept"}, systems=systems)
    path = write_configuration(tmp_path, settings, {"line": mapping})

    found = lint([tmp_path / "mappings" / "line.yaml"], read_surroundings(path), whole=True)

    assert [(one.code, one.hint) for one in found] == [("MAP-404", "did you mean 'X-Feasible'?")]
