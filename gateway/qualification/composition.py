"""What is stored of a POQ and what a Buyer reads of it: the Buyer's own words, untouched, with the Seller's added.

The Buyer's part is the tree as sent (numbers spelled as they came), never a re-serialised model (87.1-R42).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.lso.agreement import SELLER_CONTACT_ROLE
from gateway.lso.answers import ALTERNATES
from gateway.lso.document import ReceivedDocument, read_document, write_document
from gateway.lso.identifiers import ItemId, PoqId
from gateway.lso.models.states import MEFPOQItemTaskStateType, MEFPOQTaskStateType
from gateway.lso.request import ITEMS, QualificationRequest, RequestItem
from gateway.mapping.plain import rfc3339
from gateway.mapping.plan import LoadedMapping
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.port import Caller
from gateway.store.records import JsonText, StoredItem, StoredQualification

CONTACTS = "relatedContactInformation"
_NO_LIMIT = 10_000


@dataclass(frozen=True)
class Answered:
    """A request with an answer for each item, the mappings that gave them, and the Seller's contact at that time."""

    body: ReceivedDocument
    request: QualificationRequest
    answers: Mapping[ItemId, ItemAnswer]
    mappings: Mapping[ItemId, LoadedMapping]
    seller_contact: Mapping[str, Any]


def stored(poq_id: PoqId, caller: Caller, answered: Answered, now: datetime) -> StoredQualification:
    """The record of a POQ that was answered at once: all states `done`, one entry of history each (87.1-R8, R15)."""
    sent, plain = answered.body.sent, answered.body.plain
    envelope = {name: None if name == ITEMS else value for name, value in sent.items() if name != "href"}
    envelope[CONTACTS] = [*sent[CONTACTS], {**answered.seller_contact, "role": SELLER_CONTACT_ROLE}]
    return StoredQualification(
        id=poq_id,
        interface=caller.interface,
        buyer=caller.buyer,
        seller=caller.seller,
        state=MEFPOQTaskStateType.DONE,
        creation_date=now,
        envelope=_text(envelope),
        state_changes=_text([_change(MEFPOQTaskStateType.DONE, now)]),
        items=tuple(_stored_item(item, answered, now) for item in answered.request.items),
        requested_completion=answered.request.requested_completion,
        requested_completion_text=plain.get("requestedPOQCompletionDate"),
        external_id=plain.get("externalId"),
        project_id=plain.get("projectId"),
    )


def _stored_item(item: RequestItem, answered: Answered, now: datetime) -> StoredItem:
    mapping = answered.mappings[item.id]
    return StoredItem(
        item_id=item.id,
        state=MEFPOQItemTaskStateType.DONE,
        request=_text(answered.body.sent[ITEMS][item.index]),
        state_changes=_text([_change(MEFPOQItemTaskStateType.DONE, now)]),
        answer=_text(_answer(answered.answers[item.id], item, answered.body)),
        mapping=mapping.name,
        mapping_version=mapping.version,
    )


def document(record: StoredQualification, base_href: str) -> dict[str, Any]:
    """The POQ as a Buyer reads it (87.1-R43, R60, R62): a tree for `write_document`."""
    envelope = _tree(record.envelope)
    envelope[ITEMS] = [_item(item) for item in record.items]
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
    answer = _tree(item.answer) if item.answer else {}
    offering = answer.pop("productOffering", None)
    if offering is not None:  # use case 2b: the Seller's choice stands in the product (87.1-R48)
        shown["product"] = {**shown["product"], "productOffering": offering}
    return {**shown, "state": item.state, "stateChange": orjson.loads(item.state_changes), **answer}


def _answer(answer: ItemAnswer, item: RequestItem, body: ReceivedDocument) -> dict[str, Any]:
    """The Seller's members; an alternate with the Buyer's own configuration has it as it was sent."""
    members = {**answer.members, **({"productOffering": {"id": answer.offering}} if answer.offering else {})}
    if ALTERNATES in members:
        sent = body.sent[ITEMS][item.index]["product"]["productConfiguration"]
        members[ALTERNATES] = [_as_sent(proposal, item, sent) for proposal in members[ALTERNATES]]
    return members


def _as_sent(proposal: Mapping[str, Any], item: RequestItem, sent: Mapping[str, Any]) -> dict[str, Any]:
    product = proposal["alternateProduct"]
    if product["productConfiguration"] != item.configuration:
        return dict(proposal)
    return {**proposal, "alternateProduct": {**product, "productConfiguration": sent}}


def _change(state: str, now: datetime) -> dict[str, str]:
    return {"changeDate": rfc3339(now), "state": state}


def _text(tree: Any) -> JsonText:
    return JsonText(write_document(tree).decode())


def _tree(text: JsonText) -> dict[str, Any]:
    return read_document(text.encode(), max_depth=_NO_LIMIT).sent


def plain(shown: bytes) -> Any:
    """A body as plain data, for checking."""
    return orjson.loads(shown)
