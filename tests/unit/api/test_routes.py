"""Every route there is answers a bad request in the standard's shape. A route without a row here fails."""

from __future__ import annotations

import pytest

from gateway.api.routes import Routes
from gateway.api.settings import BOTH_INTERFACES, ServedInterface
from gateway.lso.identifiers import Interface
from gateway.lso.operations import OPERATIONS, Side
from tests.support.client import FakeQualifications, serving, settings
from tests.support.errors import assert_standard_error

BAD_REQUESTS = {
    "createProductOfferingQualification": ("?nonsense=1", 400, "invalidQuery"),
    "retrieveProductOfferingQualification": ("?nonsense=1", 400, "invalidQuery"),
    "listProductOfferingQualification": ("", 501, "notImplemented"),
    "registerListener": ("", 501, "notImplemented"),
    "retrieveHub": ("", 501, "notImplemented"),
    "unregisterListener": ("", 501, "notImplemented"),
}
"""By operationId: what makes the request bad, and the answer."""

PAGES_WITHOUT_A_BAD_REQUEST = {"openapi", "health", "ready"}

RESOURCES = Routes(BOTH_INTERFACES).resources
ENDPOINTS = [
    pytest.param(method, "/".join(resource.segments), endpoint.name, id=f"{method} {'/'.join(resource.segments)}")
    for resource in RESOURCES
    for method, endpoint in resource.endpoints.items()
]


@pytest.mark.requirement("87.1-R22", "87.1-R24")
@pytest.mark.parametrize(("method", "path", "name"), ENDPOINTS)
async def test_every_route_answers_bad_requests_in_the_standards_shape(method: str, path: str, name: str) -> None:
    target = path.replace("{id}", "some-id")
    async with serving(settings(), FakeQualifications()) as client:
        await assert_standard_error(await client.request("PATCH", target), 405)
        await assert_standard_error(await client.request(method, target + "/"), 404, "notFound")
        if name not in PAGES_WITHOUT_A_BAD_REQUEST:
            query, status, code = BAD_REQUESTS[name]
            await assert_standard_error(await client.request(method, target + query), status, code)


def test_every_operation_of_the_seller_is_routed_on_every_served_version() -> None:
    routed = {
        (method, "/".join(resource.segments), endpoint.name)
        for resource in RESOURCES
        if resource.served
        for method, endpoint in resource.endpoints.items()
    }
    assert routed == {
        (
            operation.method,
            f"/mefApi/{interface}/productOfferingQualification/{version}{operation.path}",
            operation.operation_id,
        )
        for interface, version in [("sonata", "v8"), ("cantata", "v8"), ("cantata", "v2")]
        for operation in OPERATIONS
        if operation.side is Side.SELLER
    }


def test_hrefs_are_made_with_a_version_that_is_served() -> None:
    with pytest.raises(ValueError, match="v9"):
        ServedInterface(Interface.SONATA, ("v8",), "v9")
