"""What is stored of a POQ and what a Buyer reads of it: the Buyer's own words, untouched, with the Seller's added.

The Buyer's part is the tree as sent (numbers spelled as they came), never a re-serialised model (87.1-R42).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from gateway.lso.agreement import SELLER_CONTACT_ROLE
from gateway.lso.document import ReceivedDocument, read_document, write_document
from gateway.lso.identifiers import ItemId, PoqId
from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType
from gateway.lso.request import ITEMS, QualificationRequest
from gateway.mapping.plain import rfc3339
from gateway.qualification.items import ItemAnswer, ItemJob
from gateway.qualification.port import Caller
from gateway.store.records import JsonText, StoredItem, StoredQualification

CONTACTS = "relatedContactInformation"
_NO_LIMIT = 10_000


def stored(
    poq_id: PoqId,
    caller: Caller,
    body: ReceivedDocument,
    request: QualificationRequest,
    jobs: Mapping[ItemId, ItemJob],
    answers: Mapping[ItemId, ItemAnswer],
    now: datetime,
) -> StoredQualification:
    """The record of a POQ that was answered at once: all states `done`, one entry of history each (87.1-R8, R15)."""
    envelope = {name: None if name == ITEMS else value for name, value in body.sent.items() if name != "href"}
    items = tuple(
        StoredItem(
            item_id=item.id,
            state=MEFPOQItemTaskStateType.DONE,
            request=_text(body.sent[ITEMS][item.index]),
            state_changes=_text([_change(MEFPOQItemTaskStateType.DONE, now)]),
            answer=_text(_answer(answers[item.id])),
            mapping=jobs[item.id].prepared.mapping.name,
            mapping_version=jobs[item.id].prepared.mapping.version,
        )
        for item in request.items
    )
    return StoredQualification(
        id=poq_id,
        interface=caller.interface,
        buyer=caller.buyer,
        seller=caller.seller,
        state=MEFPOQTaskStateType.DONE,
        creation_date=now,
        envelope=_text(envelope),
        state_changes=_text([_change(MEFPOQTaskStateType.DONE, now)]),
        items=items,
        requested_completion=request.requested_completion,
        requested_completion_text=body.plain.get("requestedPOQCompletionDate"),
        external_id=body.plain.get("externalId"),
        project_id=body.plain.get("projectId"),
    )


def document(record: StoredQualification, base_href: str, seller_contact: Mapping[str, Any]) -> dict[str, Any]:
    """The POQ as a Buyer reads it (87.1-R43, R60, R62): a tree for `write_document`."""
    envelope = _tree(record.envelope)
    envelope[ITEMS] = [_item(item) for item in record.items]
    envelope[CONTACTS] = [*envelope[CONTACTS], {**seller_contact, "role": SELLER_CONTACT_ROLE}]
    return {
        "id": record.id,
        "href": f"{base_href}/productOfferingQualification/{record.id}",
        "state": record.state,
        "creationDate": rfc3339(record.creation_date),
        **envelope,
        "stateChange": orjson.loads(record.state_changes),
    }


def _item(item: StoredItem) -> dict[str, Any]:
    shown = _tree(item.request)
    answer = dict(orjson.loads(item.answer)) if item.answer else {}
    offering = answer.pop("productOffering", None)
    if offering is not None:  # use case 2b: the Seller's choice stands in the product (87.1-R48)
        shown["product"] = {**shown["product"], "productOffering": offering}
    return {**shown, "state": item.state, "stateChange": orjson.loads(item.state_changes), **answer}


def _answer(answer: ItemAnswer) -> dict[str, Any]:
    return {**answer.members, **({"productOffering": {"id": answer.offering}} if answer.offering else {})}


def _change(state: str, now: datetime) -> dict[str, str]:
    return {"changeDate": rfc3339(now), "state": state}


def _text(tree: Any) -> JsonText:
    return JsonText(write_document(tree).decode())


def _tree(text: JsonText) -> dict[str, Any]:
    return read_document(text.encode(), max_depth=_NO_LIMIT).sent


def plain(shown: bytes) -> Any:
    """A body as plain data, for checking."""
    return orjson.loads(shown)
