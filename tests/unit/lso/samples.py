"""Documents that are right, made anew for each test so that it can spoil its own; and problems in short."""

from __future__ import annotations

import copy
from typing import Any

from gateway.lso.problems import Problem


def told(problems: list[Problem]) -> list[tuple[str, str]]:
    """Code and pointer of each problem."""
    return [(problem.code.value, problem.pointer) for problem in problems]


def without(document: Any, *path: str | int) -> Any:
    """A copy of the document that lacks the member or element at the path."""
    changed = copy.deepcopy(document)
    del _parent(changed, path)[path[-1]]
    return changed


def with_(document: Any, *path: str | int, value: Any) -> Any:
    """A copy of the document with another value at the path."""
    changed = copy.deepcopy(document)
    _parent(changed, path)[path[-1]] = value
    return changed


def _parent(document: Any, path: tuple[str | int, ...]) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document


def contact() -> dict[str, Any]:
    return {"name": "Ada", "number": "+31 20 0000000", "emailAddress": "ada@buyer.example"}


def address_query() -> dict[str, Any]:
    return {
        "@type": "GeographicAddress_Query",
        "fieldedAddressRepresentation": [
            {
                "streetName": "Damrak",
                "streetNr": "1",
                "city": "Amsterdam",
                "countryCode": "NL",
                "subUnit": [{"subUnitType": "FLOOR", "subUnitNumber": "2"}],
            }
        ],
    }


def item() -> dict[str, Any]:
    return {
        "id": "uni",
        "action": "add",
        "product": {
            "productOffering": {"id": "UNI-1", "href": "https://seller.example/offerings/UNI-1"},
            "productConfiguration": {"@type": "urn:example:uni", "anything": [1, {"goes": None}]},
            "productRelationship": [{"id": "port-7", "relationshipType": "CONNECTS_TO_ENNI"}],
            "place": [
                {
                    "role": "INSTALL_LOCATION",
                    "place": address_query(),
                    "subUnit": [{"subUnitType": "ROOM", "subUnitNumber": "A"}],
                    "contact": [contact()],
                }
            ],
        },
        "qualificationItemRelationship": [{"id": "ovc", "relationshipType": "CONNECTS_TO_OVC"}],
    }


def request() -> dict[str, Any]:
    return {
        "instantSyncQualification": False,
        "provideAlternative": False,
        "requestedPOQCompletionDate": "2026-03-01T12:00:00+01:00",
        "externalId": "ours-1",
        "relatedContactInformation": [{**contact(), "role": "buyerContactInformation"}],
        "productOfferingQualificationItem": [item()],
    }


def qualification() -> dict[str, Any]:
    at = "2026-02-01T08:00:00.1234567Z"
    answer = {
        "state": "done",
        "stateChange": [{"state": "done", "changeDate": at}],
        "serviceabilityConfidence": "green",
        "serviceabilityConfidenceReason": "Fibre in the house",
        "installationInterval": {"amount": 10, "units": "businessDays"},
        "deliveryType": "offNetWithoutBuild",
        "3rdPartyProvider": "Other Networks",
        "alternateProductOfferingProposal": [],
    }
    return {
        **request(),
        "id": "poq-1",
        "href": "https://seller.example/productOfferingQualification/poq-1",
        "state": "done",
        "creationDate": at,
        "stateChange": [{"state": "done", "changeDate": at}],
        "productOfferingQualificationItem": [{**item(), **answer}],
    }
