"""The way of one request: checked, matched with mappings, answered, checked again, kept, given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from gateway.lso.document import ReceivedDocument, write_document
from gateway.lso.documents import check_qualification
from gateway.lso.identifiers import PoqId
from gateway.lso.request import QualificationRequest, RequestItem, UseCase, read_request
from gateway.mapping.collection import Asked, MappingCollection
from gateway.mapping.evaluate import ItemContext
from gateway.products.specifications import ProductSpecifications
from gateway.qualification import composition
from gateway.qualification.checking import RequestChecker
from gateway.qualification.immediate import ImmediateRun
from gateway.qualification.items import ItemJob
from gateway.qualification.legacy import PreparedMapping
from gateway.qualification.port import Caller, QualificationFailed, Refused, Unavailable
from gateway.store.errors import StoreUnavailable
from gateway.store.records import StoredQualification
from gateway.store.store import Store

_log = structlog.get_logger()


@dataclass(frozen=True)
class Seller:
    """What the Seller's configuration adds to every POQ: its contact, its offerings, its Buyers by id."""

    contact: Mapping[str, Any]
    offerings: Sequence[Mapping[str, Any]]
    buyers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Rules:
    """By which an item is answered."""

    mappings: MappingCollection
    prepared: Mapping[str, PreparedMapping]
    products: ProductSpecifications


class QualificationService:
    """Answers POQs at once and keeps them (`gateway.qualification.port.Qualifications`)."""

    def __init__(
        self,
        checker: RequestChecker,
        rules: Rules,
        run: ImmediateRun,
        store: Store,
        seller: Seller,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._checker = checker
        self._rules = rules
        self._run = run
        self._store = store
        self._seller = seller
        self._now = now
        self._new_id = new_id

    async def create(self, caller: Caller, body: ReceivedDocument) -> bytes:
        """Qualify and keep a new POQ; see the port."""
        received_at = self._now()
        problems = self._checker.problems(body.plain, received_at)
        if problems:
            raise Refused(problems)
        request = read_request(body.plain)
        jobs = [self._job(caller, request, item, received_at) for item in request.items]
        answers = await self._run.answers(request, jobs)
        mappings = {job.id: job.prepared.mapping for job in jobs}
        answered = composition.Answered(body, request, answers, mappings, self._seller.contact)
        record = composition.stored(PoqId(self._new_id()), caller, answered, self._now())
        shown = self._shown(record, caller)
        try:
            await self._store.create(record)
        except StoreUnavailable as error:
            raise Unavailable(str(error)) from error
        _log.info("poq answered", poq_id=record.id, buyer_id=caller.buyer, items=len(jobs))
        return shown

    async def read(self, caller: Caller, poq_id: str) -> bytes | None:
        """The POQ as it stands; see the port."""
        try:
            record = await self._store.get(caller.buyer, caller.seller, caller.interface, poq_id)
        except StoreUnavailable as error:
            raise Unavailable(str(error)) from error
        if record is None:
            return None
        return write_document(composition.document(record, caller.base_href))

    def _shown(self, record: StoredQualification, caller: Caller) -> bytes:
        """The body of the 201; a body that breaks the standard never leaves (87.1-R21)."""
        shown = write_document(composition.document(record, caller.base_href))
        problems = check_qualification(composition.plain(shown))
        if problems:
            text = "; ".join(f"{problem.pointer} {problem.reason}" for problem in problems)
            raise QualificationFailed(f"the response breaks the standard: {text}")
        return shown

    def _job(self, caller: Caller, request: QualificationRequest, item: RequestItem, now: datetime) -> ItemJob:
        product = self._rules.products.resolve(item.product_type) or item.product_type
        asked = Asked(
            frozenset({item.product_type, product}),
            item.action,
            item.offering_id,
            caller.buyer,
            caller.seller,
            caller.interface,
        )
        mapping = self._rules.mappings.choose(asked)
        if mapping is None:
            raise QualificationFailed(f"no mapping answers {item.product_type} ({item.action})")
        catalogue = [offering for offering in self._seller.offerings if offering["specification"] == product]
        offering = next((one for one in self._seller.offerings if one["id"] == item.offering_id), None)
        prepared = self._rules.prepared[mapping.name]
        context = ItemContext(
            document=request.document,
            item=item.document,
            buyer=self._seller.buyers.get(caller.buyer, {"id": caller.buyer}),
            seller={"id": caller.seller},
            now=now,
            catalogue=catalogue,
            offering=offering or ({"id": item.offering_id} if item.offering_id else None),
            alternates_wanted=request.provide_alternative,
            alternates_when_green=item.use_case is UseCase.ADD_SPECIFICATION,
            tries={name: step.tries for name, step in prepared.steps.items()},
        )
        return ItemJob(item, request, prepared, context)
