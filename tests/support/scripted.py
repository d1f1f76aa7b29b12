"""A legacy system that answers by script, and a qualification service over it: no network, no files but mappings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from adapters.base import Contract, Operation, Reply
from adapters.guard import Guard
from gateway.lso.document import ReceivedDocument, read_document, write_document
from gateway.lso.identifiers import BuyerId, Interface, SellerId
from gateway.lso.request import QualificationRequest, read_request
from gateway.lso.rules import Catalogue
from gateway.mapping.collection import MappingCollection
from gateway.mapping.evaluate import ItemContext
from gateway.mapping.language import StepKind
from gateway.mapping.loading import load_mapping_text
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.answering import AnswerCheck
from gateway.qualification.depending import circular
from gateway.qualification.immediate import ImmediateRun, NotNow, not_now
from gateway.qualification.items import ItemJob, ItemQualifier
from gateway.qualification.legacy import Legacy
from gateway.qualification.observing import ItemDecision, LegacyCall
from gateway.qualification.port import Caller, Refused
from gateway.qualification.preparing import ConfiguredSystem, prepare

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CALLER = Caller(BuyerId("buyer-1"), SellerId("seller-1"), Interface.SONATA, "http://gateway/base")

Script = Callable[[Mapping[str, Any]], Awaitable[Any]]


class RowStep(BaseModel):
    ask: str
    most: int | None = None


class ValueStep(BaseModel):
    ask: str


KINDS = (StepKind("table", RowStep, True), StepKind("service", ValueStep, False))


@dataclass
class Scripted:
    """One system: `replies` by the step's `ask`: a value, an exception to raise, or a function of the arguments."""

    name: str
    replies: dict[str, Any]
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    timeout: float = 5.0

    def operation(self, definition: Any) -> Operation:
        return _ScriptedOperation(self, definition.ask)

    async def open(self) -> None: ...

    async def close(self) -> None: ...


@dataclass(frozen=True)
class _ScriptedOperation:
    system: Scripted
    ask: str
    contract: Contract = field(default_factory=Contract)

    def render(self, arguments: Mapping[str, Any]) -> str:
        return f"{self.ask} {dict(arguments)}"

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 - the port's
        self.system.asked.append((self.ask, arguments))
        said = self.system.replies[self.ask]
        if isinstance(said, list) and said and isinstance(said[0], Next):
            said = said.pop(0).value
        if callable(said):
            said = await said(arguments)
        if isinstance(said, Exception):
            raise said
        return Reply(said, str(said))


@dataclass(frozen=True)
class Next:
    """One of several replies to the same question, in order."""

    value: Any


@dataclass
class Watcher:
    """Keeps what an observer sees."""

    calls: list[LegacyCall] = field(default_factory=list)
    decisions: list[ItemDecision] = field(default_factory=list)

    def called(self, call: LegacyCall) -> None:
        self.calls.append(call)

    def decided(self, decision: ItemDecision) -> None:
        self.decisions.append(decision)


@dataclass
class Bench:
    """Mappings over scripted systems, ready to answer requests."""

    mappings: MappingCollection
    systems: dict[str, Scripted]
    products: ProductSpecifications
    watcher: Watcher = field(default_factory=Watcher)
    catalogue: tuple[Mapping[str, Any], ...] = ()
    offered: Catalogue = field(default_factory=Catalogue)
    guards: dict[str, Guard] = field(default_factory=dict)

    async def answers(self, document: Mapping[str, Any], *, budget: float = 30.0) -> dict[str, Any]:
        """The answers by item id; raises what the service raises."""
        request = read_request(document)
        jobs = self.jobs(request)
        if found := circular(jobs):
            raise Refused(found)
        try:
            answers = await ImmediateRun(self.qualifier()).answers(jobs, budget=budget)
        except NotNow as error:
            raise not_now(request, error) from None
        return {str(item): answer for item, answer in answers.items()}

    def qualifier(self) -> ItemQualifier:
        loop = asyncio.get_running_loop()
        return ItemQualifier(Legacy(self.watcher, loop.time, self.guards), AnswerCheck(self.products, self.offered))

    def jobs(self, request: QualificationRequest) -> list[ItemJob]:
        configured = {
            name: ConfiguredSystem(system, word, 3)
            for name, system in self.systems.items()
            for word in ("table" if name == "db" else "service",)
        }
        prepared = prepare(self.mappings, configured)
        by_type = {
            product: mapping for mapping in self.mappings.mappings for product in mapping.applies.products or ("",)
        }
        return [
            ItemJob(
                item,
                request,
                prepared[(by_type.get(item.product_type) or by_type[""]).name],
                ItemContext(
                    document=request.document,
                    item=item.document,
                    buyer={"id": "buyer-1"},
                    seller={"id": "seller-1"},
                    now=NOW,
                    catalogue=self.catalogue,
                    offering={"id": item.offering_id} if item.offering_id else None,
                    alternates_wanted=request.provide_alternative,
                    alternates_when_green=item.specification_id is not None,
                ),
            )
            for item in request.items
        ]


def bench(*mappings: str, catalogue: tuple[Mapping[str, Any], ...] = (), **systems: Mapping[str, Any]) -> Bench:
    """Mapping texts, and the replies of the systems they name (`db` has rows, any other one a value)."""
    loaded = [load_mapping_text(text, f"mapping-{number}.yaml", KINDS) for number, text in enumerate(mappings)]
    scripted = {name: Scripted(name, dict(replies)) for name, replies in systems.items()}
    products = ProductSpecifications([], unknown_types="accept")
    return Bench(MappingCollection(loaded), scripted, products, catalogue=catalogue)


def received(document: Mapping[str, Any]) -> ReceivedDocument:
    return read_document(write_document(document), max_depth=64)
