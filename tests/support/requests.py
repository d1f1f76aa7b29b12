"""Valid POQ requests to start from: a test says only what is different about its own."""

from __future__ import annotations

import copy
from typing import Any

PRODUCT_TYPE = "urn:example:spec:line:v1"

CONTACT: dict[str, Any] = {"emailAddress": "ada@buyer.example", "name": "Ada Buyer", "number": "+1-202-555-0101"}

ABSENT: Any = object()
"""As the value of a change: the member is left out."""


def valid_contact(**changes: Any) -> dict[str, Any]:
    """A contact of the request, in the Buyer's role."""
    return changed({**CONTACT, "role": "buyerContactInformation"}, changes)


def valid_place(**changes: Any) -> dict[str, Any]:
    """An entry of `place`: an address by reference, with its contact."""
    place = {"@type": "GeographicAddressRef", "id": "address-1"}
    return changed({"place": place, "role": "INSTALL_LOCATION", "contact": [CONTACT]}, changes)


def valid_product(**changes: Any) -> dict[str, Any]:
    """A product to add by offering (use case 2a), at one place."""
    product = {
        "productOffering": {"id": "offering-1"},
        "productConfiguration": {"@type": PRODUCT_TYPE, "bandwidth": 100},
        "place": [valid_place()],
    }
    return changed(product, changes)


def modified_product(**changes: Any) -> dict[str, Any]:
    """A product in service to modify (use case 2c)."""
    return valid_product(**{"id": "product-1", **changes})


def valid_item(**changes: Any) -> dict[str, Any]:
    """An item that adds `valid_product()`."""
    return changed({"id": "item-1", "action": "add", "product": valid_product()}, changes)


def valid_request(**changes: Any) -> dict[str, Any]:
    """An immediate request of one item that has nothing wrong; `None` is kept as null, `ABSENT` takes a member out."""
    request = {
        "instantSyncQualification": True,
        "provideAlternative": False,
        "relatedContactInformation": [valid_contact()],
        "productOfferingQualificationItem": [valid_item()],
    }
    return changed(request, changes)


def deferred_request(**changes: Any) -> dict[str, Any]:
    """A request that allows a deferred response, wanted in the far future."""
    date = "2099-01-01T00:00:00Z"
    return valid_request(**{"instantSyncQualification": False, "requestedPOQCompletionDate": date, **changes})


def changed(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A deep copy with members replaced, added or (ABSENT) taken out; for names such as `@type` pass a dict."""
    merged = {**base, **changes}
    return {name: copy.deepcopy(value) for name, value in merged.items() if value is not ABSENT}
