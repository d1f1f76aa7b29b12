"""Bodies as deep as the largest limit lets them be, through a whole gateway: refused or answered, never 500."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.settings.limits import DEEPEST_BODY
from tests.support.gateways import configuration, running
from tests.support.requests import deferred_request, valid_request

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - when: poq.provideAlternative
    serviceabilityConfidence: red
  - otherwise: {red: Not offered here}
alternates:
  each: offered
  from: =['same']
  proposal:
    id: =offered
    serviceabilityConfidence: green
    installationInterval: {amount: =5, units: calendarDays}
    deliveryType: onNetWithBuild
    productOffering: {id: offering}
    productConfiguration: =item.product.productConfiguration
"""


def nested(body: dict[str, Any], levels: int) -> dict[str, Any]:
    """The request with a configuration that makes the whole body so many levels deep."""
    inner: Any = {}
    for _ in range(levels - 6):  # POQ, items, item, product, configuration, and the innermost object
        inner = {"x": inner}
    body["productOfferingQualificationItem"][0]["product"]["productConfiguration"] |= {"deep": inner}
    return body


@pytest.mark.parametrize("make", [valid_request, deferred_request])
async def test_the_deepest_body_is_answered_and_one_level_more_is_refused(tmp_path: Path, make: Any) -> None:
    settings = configuration(products={"unknown_types": "accept"}, limits={"rate": None, "body_depth": DEEPEST_BODY})
    async with running(tmp_path, settings, {"generic": MAPPING}) as gateway:
        status, answer = await gateway.post(nested(make(), DEEPEST_BODY))
        kept, _ = await gateway.get(answer["id"]) if status == 201 else (0, None)
        refused, _ = await gateway.post(nested(make(), DEEPEST_BODY + 1))

    assert (status, kept, refused) == (201, 200, 400)
