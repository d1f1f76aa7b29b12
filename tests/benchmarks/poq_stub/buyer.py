"""What a Buyer asks of the stub, and what it must be answered: only right answers count."""

from __future__ import annotations

import json
from typing import Any

CONFIGURATION = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all"


def request(items: int) -> bytes:
    """A POQ of so many items, to be answered at once."""
    contact = {"name": "John Example", "number": "+12-345-678-90", "emailAddress": "john.example@buyer.example"}
    return json.dumps(
        {
            "projectId": "project-118",
            "externalId": "buyer-poq-77120",
            "instantSyncQualification": True,
            "provideAlternative": True,
            "requestedPOQCompletionDate": "2026-10-05T12:00:00.000Z",
            "relatedContactInformation": [{"role": "buyerContactInformation", **contact}],
            "productOfferingQualificationItem": [_item(number) for number in range(1, items + 1)],
        },
        separators=(",", ":"),
    ).encode()


def check(asked: bytes, status: int, answer: bytes) -> None:
    """Raises AssertionError where the answer is not the one that the mapping and the stub give."""
    assert status == 201, answer
    poq, sent = json.loads(answer), json.loads(asked)
    assert poq["state"] == "done"
    items = poq["productOfferingQualificationItem"]
    assert len(items) == len(sent["productOfferingQualificationItem"])
    for item, ordered in zip(items, sent["productOfferingQualificationItem"], strict=True):
        assert item["product"] == ordered["product"]
        assert item["state"] == "done"
        assert item["serviceabilityConfidence"] == "yellow"
        assert item["serviceabilityConfidenceReason"] == "splice required"
        assert item["installationInterval"] == {"amount": 45, "units": "calendarDays"}
        assert item["deliveryType"] == "onNetWithBuild"
        alternates = item["alternateProductOfferingProposal"]
        assert [(one["id"], one["serviceabilityConfidence"]) for one in alternates] == [
            ("opt-0", "green"),
            ("opt-1", "yellow"),
            ("opt-2", "yellow"),
        ]


def _item(number: int) -> dict[str, Any]:
    return {
        "id": f"{number:03}",
        "action": "add",
        "endCustomerName": "Example Logistics",
        "product": {
            "productOffering": {"id": "000074"},
            "productConfiguration": _configuration(),
            "productRelationship": [{"id": "ENNI-0000-000a", "relationshipType": "CONNECTS_TO_ENNI"}],
            "place": [_place("BILLING_LOCATION", "addr-17"), _place("INSTALL_LOCATION", f"addr-{8000 + number}")],
        },
        "qualificationItemRelationship": [],
    }


def _place(role: str, address: str) -> dict[str, Any]:
    place: dict[str, Any] = {"role": role, "place": {"@type": "GeographicAddressRef", "id": address}}
    if role == "INSTALL_LOCATION":
        contact = {"name": "Eva Example", "number": "+49-30-555-0101", "emailAddress": "eva@buyer.example"}
        place |= {"subUnit": [{"subUnitNumber": "4", "subUnitType": "floor"}], "contact": [contact]}
    return place


def _configuration() -> dict[str, Any]:
    return {
        "@type": CONFIGURATION,
        "maximumFrameSize": 1526,
        "ceVlanIdPreservation": "PRESERVE",
        "cTagPcpPreservation": "ENABLED",
        "cTagDeiPreservation": "ENABLED",
        "listOfClassOfServiceNames": ["low"],
        "availableMegLevel": "4",
        "ovcL2cpAddressSet": "CTA",
        "uniEp": {
            "identifier": "uni-ep-1",
            "ovcEndPointMap": {"mapType": "FORM_U", "ovcEndPointMapFormU": [102, 202]},
            "ingressClassOfServiceMap": {"mapType": "ENDPOINT", "map_M": "low", "l2cp_P": []},
            "colorMap": {"mapType": "DEI"},
            "ingressBandwidthProfilePerClassOfServiceName": [_flow()],
            "maintenanceIntermediatePoint": "NONE",
        },
        "enniEp": {
            "identifier": "enni-ep-1",
            "ovcEndPointMap": {"mapType": "FORM_E", "ovcEndPointMapFormE": [2101]},
            "ingressClassOfServiceMap": {
                "mapType": "S_TAG_PCP",
                "map_M": [{"pcpVal": str(value), "pcpCosName": "low"} for value in range(8)],
                "l2cp_P": [],
            },
            "ingressBandwidthProfilePerClassOfServiceName": [_flow()],
        },
    }


def _flow() -> dict[str, Any]:
    return {
        "classOfServiceName": "low",
        "bwpFlow": {
            "cir": {"irValue": 1, "irUnits": "GBPS"},
            "cirMax": {"irValue": 1, "irUnits": "GBPS"},
            "cbs": {"dataSizeValue": 128, "dataSizeUnits": "KBYTES"},
            "eir": {"irValue": 0, "irUnits": "MBPS"},
            "couplingFlag": False,
            "colorMode": "COLOR_BLIND",
            "tokenRequestOffset": 0,
        },
    }
