"""The demo told to a person: per item what was asked, what came back, which rule answered, what the Buyer reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from gateway.lso.request import ITEMS
from gateway.qualification.observing import ItemDecision, LegacyCall

_WIDTH = 110
_SHOWN_LINES = 40
_ANSWER_MEMBERS = (
    "serviceabilityConfidence",
    "serviceabilityConfidenceReason",
    "installationInterval",
    "deliveryType",
    "guaranteedUntilDate",
    "productOffering",
    "alternateProductOfferingProposal",
)


class Recorder:
    """Keeps what an observer sees, in order, as long as it is `recording`."""

    def __init__(self) -> None:
        self.calls: list[LegacyCall] = []
        self.decisions: list[ItemDecision] = []
        self.recording = True

    def called(self, call: LegacyCall) -> None:
        if self.recording:
            self.calls.append(call)

    def decided(self, decision: ItemDecision) -> None:
        if self.recording:
            self.decisions.append(decision)

    def forget(self) -> None:
        """Begin anew."""
        self.calls.clear()
        self.decisions.clear()

    def legacy(self) -> list[dict[str, Any]]:
        """The calls in the order in which they ended, as JSON data."""
        return [
            {
                "item": call.item,
                "mapping": call.mapping,
                "step": call.step,
                "system": call.system,
                "kind": call.kind,
                "attempt": call.attempt,
                "sent": call.sent,
                "received": call.received,
                "result": call.result,
                "milliseconds": round(call.seconds * 1000, 1),
            }
            for call in self.calls
        ]


def tell(request: Mapping[str, Any], response: Mapping[str, Any], recorder: Recorder) -> Iterator[str]:
    """The story, line by line."""
    yield title("The Buyer asks")
    yield from asked(request)
    for item in response[ITEMS]:
        yield ""
        yield from _item(item, recorder)
    yield ""
    yield title("The POQ")
    yield f"  id {response['id']}, state {response['state']}, {len(response[ITEMS])} item(s)"


def asked(request: Mapping[str, Any]) -> Iterator[str]:
    """What a request is about, a line an item."""
    for item in request[ITEMS]:
        yield f"  {item['id']}: {item['action']} {item['product']['productConfiguration']['@type']}{_where(item)}"


def _where(item: Mapping[str, Any]) -> str:
    places = item["product"].get("place", ())
    relations = [*item["product"].get("productRelationship", ()), *item.get("qualificationItemRelationship", ())]
    parts = [f"at {entry['place'].get('id', 'an address by value')}" for entry in places]
    parts += [f"{relation['relationshipType']} {relation['id']}" for relation in relations]
    return f" ({', '.join(parts)})" if parts else ""


def _item(item: Mapping[str, Any], recorder: Recorder) -> Iterator[str]:
    yield title(f"{item['id']}")
    for call in (call for call in recorder.calls if call.item == item["id"]):
        yield from _call(call)
    for decision in (one for one in recorder.decisions if one.item == item["id"]):
        yield f"  rule that answered   {decision.rule}  (mapping {decision.mapping}, version {decision.version})"
    answer = {name: item[name] for name in _ANSWER_MEMBERS if name in item}
    yield "  the POQ item says"
    yield from _block(json.dumps(_short(answer), indent=2, ensure_ascii=False))


def _call(call: LegacyCall) -> Iterator[str]:
    again = f", try {call.attempt}" if call.attempt > 1 else ""
    took = f"{call.seconds * 1000:.0f} ms"
    yield f"  {call.kind.upper()} to {call.system}, step '{call.step}'{again}: {call.result} in {took}"
    yield "    sent"
    yield from _block(call.sent)
    yield "    received"
    yield from _block(_indented(call.received))


def _indented(received: str) -> str:
    """An XML reply with a line an element; anything else as it is."""
    try:
        tree = etree.fromstring(received.encode(), etree.XMLParser(resolve_entities=False, remove_blank_text=True))
    except etree.XMLSyntaxError:
        return received
    return etree.tostring(tree, pretty_print=True, encoding="unicode")


def _short(answer: dict[str, Any]) -> dict[str, Any]:
    """Alternates without their whole configuration: the curl line shows it all."""
    proposals: Sequence[Mapping[str, Any]] = answer.get("alternateProductOfferingProposal", ())
    if proposals:
        answer["alternateProductOfferingProposal"] = [
            {
                **proposal,
                "alternateProduct": {
                    "productOffering": proposal["alternateProduct"]["productOffering"],
                    "productConfiguration": "…",
                },
            }
            for proposal in proposals
        ]
    return answer


def _block(text: str) -> Iterator[str]:
    lines = text.strip().splitlines()
    for line in lines[:_SHOWN_LINES]:
        yield "      " + (line if len(line) <= _WIDTH else f"{line[:_WIDTH]} …")
    if len(lines) > _SHOWN_LINES:
        yield f"      … {len(lines) - _SHOWN_LINES} more line(s)"


def title(text: str) -> str:
    """A line that begins a part of the story."""
    return f"── {text} ".ljust(_WIDTH, "─")
