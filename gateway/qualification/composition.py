"""What is stored of a POQ and what a Buyer reads of it: the Buyer's own words, untouched, with the Seller's added.

The Buyer's part is the tree as sent (numbers spelled as they came), never a re-serialised model (87.1-R42).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.lso.agreement import SELLER_CONTACT_ROLE
from gateway.lso.answers import ALTERNATES
from gateway.lso.document import ReceivedDocument, read_document, write_document
from gateway.lso.identifiers import ItemId, PoqId
from gateway.lso.models.states import MEFPOQTaskStateType
from gateway.lso.request import ITEMS, QualificationRequest, RequestItem
from gateway.lso.states import FINAL_POQ_STATES
from gateway.mapping.plain import rfc3339
from gateway.mapping.plan import LoadedMapping
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.port import Caller
from gateway.store.records import JsonText, StoredItem, StoredQualification
from gateway.values import value

_DONE, _ACKNOWLEDGED = MEFPOQTaskStateType.DONE.value, MEFPOQTaskStateType.ACKNOWLEDGED.value
"""What a POQ begins with, and its items in the same words. The store's driver takes a text as it is, and no enum."""

CONTACTS = "relatedContactInformation"
_NO_LIMIT = 10_000
_NO_ITEMS = f'"{ITEMS}":null'
"""What stands in an envelope: no text has a quote that is not escaped, and nothing deeper in it this member."""
_ITEMS_ARE = f'"{ITEMS}":['
_OFFERING, _SPECIFICATION = '"productOffering"', '"productSpecification"'


@value(frozen=True)
class Received:
    """A request that is to be kept: who sent what, when it was taken on, and the Seller's contact at that time."""

    caller: Caller
    body: ReceivedDocument
    request: QualificationRequest
    seller_contact: Mapping[str, Any]


@value(frozen=True)
class Promise:
    """What is agreed with a Buyer that waits. `deadline`: when the POQ is ended; `expected`: the Seller's estimate."""

    deadline: datetime | None
    expected: datetime | None


def answered(
    poq_id: PoqId,
    received: Received,
    answers: Mapping[ItemId, ItemAnswer],
    mappings: Mapping[ItemId, LoadedMapping],
    now: datetime,
) -> StoredQualification:
    """The record of a POQ that was answered at once: all states `done`, one entry of history each (87.1-R8, R15)."""
    history = _begun(_DONE, now)

    def stored(item: RequestItem) -> StoredItem:
        answer, mapping = answers[item.id], mappings[item.id]
        return StoredItem(
            item_id=item.id,
            state=_DONE,
            request=json_text(received.body.sent[ITEMS][item.index]),
            state_changes=history,
            answer=answer_text(answer, item, received.body),
            mapping=mapping.name,
            mapping_version=mapping.version,
        )

    return _record(poq_id, received, _DONE, [stored(item) for item in received.request.items], now)


def acknowledged(poq_id: PoqId, received: Received, promise: Promise, now: datetime) -> StoredQualification:
    """The record of a POQ that is answered later: all states `acknowledged`, all items due (87.1-R50)."""
    history = _begun(_ACKNOWLEDGED, now)
    items = [
        StoredItem(item.id, _ACKNOWLEDGED, json_text(sent), history, due=now)
        for item, sent in zip(received.request.items, received.body.sent[ITEMS], strict=True)
    ]
    record = _record(poq_id, received, _ACKNOWLEDGED, items, now)
    return replace(record, due=now, deadline=promise.deadline, expected_completion=promise.expected)


def _begun(state: str, now: datetime) -> JsonText:
    """The history of what has just come to be: one entry, whose words have nothing that JSON would escape."""
    return JsonText(f'[{{"changeDate":"{rfc3339(now)}","state":"{state}"}}]')


def _record(
    poq_id: PoqId, received: Received, state: str, items: Sequence[StoredItem], now: datetime
) -> StoredQualification:
    plain, caller = received.body.plain, received.caller
    return StoredQualification(
        id=poq_id,
        interface=caller.interface,
        buyer=caller.buyer,
        seller=caller.seller,
        state=state,
        creation_date=now,
        envelope=json_text(_envelope(received.body.sent, received.seller_contact)),
        state_changes=items[0].state_changes,  # in whose words a POQ begins as its items do
        items=tuple(items),
        requested_completion=received.request.requested_completion,
        requested_completion_text=plain.get("requestedPOQCompletionDate"),
        external_id=plain.get("externalId"),
        project_id=plain.get("projectId"),
    )


def _envelope(document: Mapping[str, Any], seller_contact: Mapping[str, Any]) -> dict[str, Any]:
    """A request without its items, with the Seller's contact."""
    envelope = {**document, ITEMS: None}
    envelope.pop("href", None)
    envelope[CONTACTS] = [*document[CONTACTS], {**seller_contact, "role": SELLER_CONTACT_ROLE}]
    return envelope


def request_of(record: StoredQualification) -> ReceivedDocument:
    """The request, as it came, from what is kept of it: for work that goes on later."""
    envelope = _tree(record.envelope)
    envelope[CONTACTS] = [one for one in envelope[CONTACTS] if one["role"] != SELLER_CONTACT_ROLE]
    envelope[ITEMS] = [_tree(item.request) for item in record.items]
    return read_document(write_document(envelope), max_depth=_NO_LIMIT)


def shown(record: StoredQualification, base_href: str) -> bytes:
    """The POQ as a Buyer reads it (87.1-R43, R60, R62).

    The texts are put together as they stand: reading thousands of items only to write them again would take longer
    than everything else.
    """
    own = json_text(_own(record, base_href))
    before, _, after = record.envelope[1:-1].partition(_NO_ITEMS)
    items = ",".join(map(_item, record.items))
    parts = (own[:-1], ",", before, _ITEMS_ARE, items, "]", after, ',"stateChange":', record.state_changes, "}")
    return "".join(parts).encode()


def shown_plainly(
    record: StoredQualification, received: Received, answers: Mapping[ItemId, ItemAnswer], base_href: str
) -> dict[str, Any]:
    """What `shown` gives of a new POQ, as plain data of what it was made of: to be checked without reading it again.

    `answers` are there for all items or none.
    """
    history = [history_entry(record.state, record.creation_date)]

    def item(asked: RequestItem) -> dict[str, Any]:
        members = {**asked.document, "state": record.state, "stateChange": history}
        answer = answers.get(asked.id)
        if answer is None:
            return members
        if answer.offering:
            members["product"] = {**asked.product, "productOffering": {"id": answer.offering}}
        return {**members, **answer.members}

    envelope = _envelope(received.body.plain, received.seller_contact)
    envelope[ITEMS] = list(map(item, received.request.items))
    return {**_own(record, base_href), **envelope, "stateChange": history}


def _own(record: StoredQualification, base_href: str) -> dict[str, str]:
    """The members that say which POQ it is, how it stands and when it came."""
    return {
        "id": record.id,
        "href": poq_href(base_href, record.id),
        "state": record.state,
        "creationDate": rfc3339(record.creation_date),
        **_expected(record),
    }


def poq_href(base_href: str, poq_id: str) -> str:
    """Where a POQ is read."""
    return f"{base_href}/productOfferingQualification/{poq_id}"


def _expected(record: StoredQualification) -> dict[str, str]:
    """The Seller's estimate, as long as there is something to expect (A16)."""
    if record.expected_completion is None or record.state in FINAL_POQ_STATES:
        return {}
    return {"expectedPOQCompletionDate": rfc3339(record.expected_completion)}


def _item(item: StoredItem) -> str:
    """An item's members one after the other: what the Buyer sent, the states, the Seller's answer."""
    states = f'"state":"{item.state}","stateChange":{item.state_changes}'
    if not item.answer or item.answer == "{}":
        return f"{item.request[:-1]},{states}}}"
    if _SPECIFICATION in item.request and _OFFERING in item.answer:
        return "{" + ",".join(_answered(item, states)) + "}"
    return f"{item.request[:-1]},{states},{item.answer[1:]}"


def _answered(item: StoredItem, states: str) -> list[str]:
    """The parts of an item whose answer may have an offering: in use case 2b, where the request names a specification,
    it stands in the product (87.1-R48).
    """
    request, answer = _tree(item.request), _tree(item.answer or JsonText("{}"))
    offering = answer.pop("productOffering", None)
    if offering is not None:
        request["product"] = {**request["product"], "productOffering": offering}
    parts = [json_text(request)[1:-1], states, json_text(answer)[1:-1]]
    return [part for part in parts if part]


def answer_text(answer: ItemAnswer, item: RequestItem, body: ReceivedDocument) -> JsonText:
    """The Seller's members; an alternate with the Buyer's own configuration has it as it was sent."""
    if answer.text and body.sent is body.plain:
        return JsonText(answer.text.decode())
    members = {**answer.members, **({"productOffering": {"id": answer.offering}} if answer.offering else {})}
    if ALTERNATES in members and body.sent is not body.plain:
        sent = body.sent[ITEMS][item.index]["product"]["productConfiguration"]
        members[ALTERNATES] = [_as_sent(proposal, item, sent) for proposal in members[ALTERNATES]]
    return json_text(members)


def _as_sent(proposal: Mapping[str, Any], item: RequestItem, sent: Mapping[str, Any]) -> dict[str, Any]:
    product = proposal["alternateProduct"]
    if product["productConfiguration"] != item.configuration:
        return dict(proposal)
    return {**proposal, "alternateProduct": {**product, "productConfiguration": sent}}


def history_entry(state: str, at: datetime, reason: str | None = None) -> dict[str, str]:
    """One entry of stateChange."""
    entry = {"changeDate": rfc3339(at), "state": state}
    return {**entry, "changeReason": reason} if reason else entry


def json_text(tree: Any) -> JsonText:
    """A tree as it is stored."""
    return JsonText(write_document(tree).decode())


def _tree(text: JsonText) -> dict[str, Any]:
    return read_document(text.encode(), max_depth=_NO_LIMIT).sent
