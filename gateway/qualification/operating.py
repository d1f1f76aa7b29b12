"""What an operator answers in the place of a mapping: checked as any answer is, and kept as one change of the POQ.

Works on the store alone, beside a running gateway: whoever works on the POQ learns of it there, and whichever commits
first, the operator, the gateway or the deadline, is heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from gateway.lso.agreement import OfAlternates
from gateway.lso.identifiers import Dealing, Interface, SellerId
from gateway.lso.request import read_request
from gateway.lso.states import FINAL_POQ_STATES, OPEN_ITEM_STATES, ItemState
from gateway.lso.visible import says_something
from gateway.mapping.outcomes import Answer, Failure
from gateway.qualification.answering import AnswerCheck, Proposed
from gateway.qualification.composition import answer_text, poq_href, request_of
from gateway.qualification.results import Done, Rejected, Teller, change_of
from gateway.qualification.tracing import answered_by_operator
from gateway.sources.findings import Location
from gateway.store.changes import Change, QualificationNow
from gateway.store.records import StoredItem, StoredQualification
from gateway.store.records_audit import Action, Actor, AuditEntry
from gateway.store.store import Store

OPERATOR = "operator"
"""Stands in the place of a mapping's name on what an operator answered; its version is 0."""


class NotAnswered(Exception):
    """Nothing was changed. The text says why, and what is missing."""


@dataclass(frozen=True)
class Said:
    """An answer: its members under the standard's names, and in use case 2b the offering that it is about."""

    members: Mapping[str, Any]
    offering: str | None = None


@dataclass(frozen=True)
class Refused:
    """The item is rejected (87.1-R12). The Buyer reads the reason in its history."""

    reason: str


@dataclass(frozen=True)
class Desk:
    """Where operators answer. By Seller: `checks`. By Buyer and Seller: `alternates`, as agreed, and `told`,
    whether the Buyer gets notifications.

    `base_hrefs`: where resources of an interface live.
    """

    store: Store
    checks: Mapping[SellerId, AnswerCheck]
    alternates: Mapping[Dealing, OfAlternates]
    base_hrefs: Mapping[Interface, str]
    told: Mapping[Dealing, bool]
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    async def answer(self, poq_id: str, item_id: str, said: Said | Refused, by: Actor) -> Change:
        """End one item that waits; on return the change is durable. The items that need its answer are due now.

        `by`: who says so.

        Raises NotAnswered (no such item, not waiting, an answer that breaks the standard, too late), StoreUnavailable.
        """
        record = await self.store.operator_find(poq_id)
        if record is None:
            raise NotAnswered(f"there is no POQ {poq_id}")
        position, item = _waiting(record, item_id)
        result = self._result(record, position, said)
        at = self.now()
        before = (await self.store.operator_traces(record.id)).get(position)
        trace = answered_by_operator(before, _as_told(said), at)
        href = poq_href(self.base_hrefs[record.interface], record.id)
        teller = Teller(at, self.new_id, href, is_silent=not self.told.get(record.dealing, True))

        whose = {"buyer": record.buyer, "seller": record.seller}
        outcome = "refused" if isinstance(said, Refused) else str(said.members.get("serviceabilityConfidence"))
        entry = AuditEntry(at, by, Action.ITEM_ANSWERED, outcome, record.id, **whose, detail=f"item {item.item_id}")

        def decide(now: QualificationNow) -> Change | None:
            if now.deadline is not None and now.deadline <= at:
                return None
            change = change_of(now, {position: result}, teller)
            # whoever holds the POQ does not know of this answer: the POQ is due again, for what needs it
            return replace(change, by=OPERATOR, audit=entry) if change else None

        change = await self.store.change(record.id, decide, {position: trace})
        if change is None:
            raise NotAnswered(f"the item {item.item_id} has ended in the meantime")
        return change

    def _result(self, record: StoredQualification, position: int, said: Said | Refused) -> Done | Rejected:
        match said:
            case Refused(reason):
                if not says_something(reason):
                    raise NotAnswered("the Buyer reads the reason of a refusal: it must say something")
                return Rejected(reason)
            case Said():
                return self._checked(record, position, said)
            case _:
                assert_never(said)

    def _checked(self, record: StoredQualification, position: int, said: Said) -> Done:
        body = request_of(record)
        request = read_request(body.plain)
        item = request.items[position]
        proposed = Proposed(Answer(said.members, Location(OPERATOR)), said.offering)
        check, alternates = self.checks.get(record.seller), self.alternates.get(record.dealing, "any")
        if check is None:
            raise NotAnswered(f"the Seller {record.seller} is not in the configuration")
        checked = check.checked(item, request, proposed, alternates=alternates)
        if isinstance(checked, Failure):
            raise NotAnswered(checked.reason)
        return Done(answer_text(checked, item, body), OPERATOR, 0)


def _waiting(record: StoredQualification, item_id: str) -> tuple[int, StoredItem]:
    """The item, if it waits for somebody or for its next try. Raises NotAnswered."""
    found = next(((n, item) for n, item in enumerate(record.items) if item.item_id == item_id), None)
    if found is None:
        known = ", ".join(item.item_id for item in record.items[:20])
        raise NotAnswered(f"the POQ has no item {item_id}; its items: {known}")
    item = found[1]
    if record.state in FINAL_POQ_STATES or ItemState(item.state) not in OPEN_ITEM_STATES:
        raise NotAnswered(f"the item {item_id} has ended already: it is {item.state}")
    if item.note is None:
        raise NotAnswered(f"the item {item_id} waits for nobody: the gateway works on it, or has not begun yet")
    return found


def _as_told(said: Said | Refused) -> dict[str, Any]:
    """For the trace."""
    if isinstance(said, Refused):
        return {"refuse": said.reason}
    return {"answer": {**said.members, **({"productOffering": {"id": said.offering}} if said.offering else {})}}
