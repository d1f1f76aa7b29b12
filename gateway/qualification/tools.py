"""What work on deferred POQs is done with, the same for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.lso.identifiers import Dealing, Interface, PoqId, SellerId
from gateway.qualification.composition import poq_href
from gateway.qualification.items import ItemQualifier
from gateway.qualification.jobs import JobMaker
from gateway.qualification.kept_intents import IntentKeeper
from gateway.qualification.references import Agreed, ReferenceChecker
from gateway.qualification.results import Teller
from gateway.qualification.ruling import RuleSets
from gateway.qualification.tracing import Tracer
from gateway.store.store import Store
from gateway.store.work import PoqRef


@dataclass(frozen=True)
class Tools:
    """What work on any POQ needs. `slots`: places for items in work; `pause` in seconds, by number of failures.

    By Seller: `qualifiers`. By Buyer and Seller: `agreed`, what references depend on, and `told`, whether the Buyer
    gets notifications. `base_hrefs`: where resources of an interface live. `changed` is called after each commit.
    `worker`: who works, as it stands in the store. `rules`: other `jobs` and `references` for POQs that were accepted
    by them; without, they never change.
    """

    store: Store
    qualifiers: Mapping[SellerId, ItemQualifier]
    jobs: JobMaker
    references: ReferenceChecker
    agreed: Mapping[Dealing, Agreed]
    slots: asyncio.Semaphore
    at_once: int
    pause: Callable[[int], float]
    base_hrefs: Mapping[Interface, str]
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    changed: Callable[[], None]
    worker: str | None = None
    told: Mapping[Dealing, bool] = field(default_factory=dict)
    tracer: Tracer = field(default_factory=Tracer)
    rules: RuleSets | None = None

    def of_poq(self, poq_id: PoqId) -> Tools:
        """The same, with the rules that this POQ is answered by."""
        if self.rules is None:
            return self
        rules = self.rules.of(poq_id)
        return replace(self, jobs=rules.jobs, references=rules.references)

    @property
    def keeper(self) -> IntentKeeper:
        """Keeps the intents of what is written."""
        return IntentKeeper(self.store, self.now, self.new_id, self.tracer)

    def teller(self, ref: PoqRef) -> Teller:
        """For changes of this POQ that are made now."""
        href = poq_href(self.base_hrefs[ref.interface], ref.id)
        return Teller(self.now(), self.new_id, href, is_silent=not self.told.get(ref.dealing, True))
