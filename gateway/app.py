"""The composition root: the only file that knows every part. Builds everything from `Settings` and a `Catalog`.

Clock, ids and chance are made here and handed in; everything else takes them as arguments.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

from adapters.base import Surrounded
from gateway.api.listener import ApiRunner, ApiSite
from gateway.api.server import Application, build_application
from gateway.api.settings import ApiSettings
from gateway.assembly.authenticating import authentication
from gateway.assembly.configured import (
    all_terms,
    answer_checks,
    api_settings,
    callback_policies,
    hub_terms,
    list_terms,
    pace,
    sellers_of,
    switched_off,
    told,
    ways_in,
)
from gateway.assembly.dealing import each_dealing
from gateway.assembly.guarding import guards_of, legacy_of
from gateway.assembly.kinds import ADAPTERS, KINDS
from gateway.assembly.listeners import callback_proofs
from gateway.authentication.port import Authenticating
from gateway.catalog import Catalog, build_systems, catalog_of, load_catalog, load_products
from gateway.ids import new_id
from gateway.lso.identifiers import Dealing, Interface, SellerId
from gateway.lso.openapi import openapi_document
from gateway.notify.courier import HttpCourier
from gateway.notify.dispatcher import Addressing, Dispatcher
from gateway.notify.hub import HubService
from gateway.notify.names import Names
from gateway.qualification.immediate import ImmediateRun
from gateway.qualification.items import ItemQualifier
from gateway.qualification.jobs import JobMaker, Rules
from gateway.qualification.listing import QualificationList
from gateway.qualification.observing import Observer, Silent
from gateway.qualification.operating import Desk
from gateway.qualification.references import ReferenceChecker
from gateway.qualification.ruling import RuleSet, RuleSets
from gateway.qualification.scheduler import Scheduler
from gateway.qualification.service import BuyerTerms, QualificationService, Surroundings
from gateway.qualification.tools import Tools
from gateway.qualification.tracing import Tracer
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.errors import StoreError
from gateway.store.keeping import AuditStore, Forgetting
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.postgresql import PostgresqlDatabase
from gateway.store.sqlite import SqliteDatabase
from gateway.store.store import Store
from gateway.upkeep.audit_trail import AuditTrail
from gateway.upkeep.background import Background
from gateway.upkeep.control import withdraw_all
from gateway.upkeep.own_tls import OwnTls
from gateway.upkeep.reloading import Reloaded, Reloader, entered_by
from gateway.upkeep.retention import keep_forgetting
from gateway.upkeep.state import StateTeller

__all__ = [
    "ADAPTERS",
    "KINDS",
    "Catalog",
    "Gateway",
    "build_systems",
    "catalog_of",
    "load_catalog",
    "operator_desk",
    "operator_store",
]

NAME_SECONDS = 5.0
"""How long a host name of a callback may take to be looked up."""


class Gateway:
    """A gateway that can be run: `async with Gateway(...) as gateway` serves until it is left."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        *,
        observer: Observer | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._database = store_database(settings)
        keep_events = timedelta(seconds=settings.delivery.give_up_after)
        self._store = Store(self._database, keep_events=keep_events, new_id=new_id)
        self._guards = guards_of(settings)
        self._legacy = legacy_of(settings, self._guards, observer or Silent())
        self._tracer = Tracer(settings.traces.keep, settings.traces.longest)
        self._rules = RuleSets(self._rule_set(catalog))
        self._now = now
        self._audit = AuditTrail(AuditStore(self._database), now)
        self._reloader = Reloader(
            settings,
            catalog,
            self._rules,
            self._rule_set,
            self._store.operator_open,
            entered_by(self._audit.enter, now),
        )
        self._open = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        """Open the store and the systems, then listen. Raises StoreError, OSError (the port is taken)."""
        async with AsyncExitStack() as opened:
            await self._store.open()
            opened.push_async_callback(self._store.close)
            for configured in self._catalog.systems.values():
                if isinstance(configured.system, Surrounded):
                    configured.system.surround(self._now, new_id)
                await configured.system.open()
                opened.push_async_callback(configured.system.close)
            await self._serve(opened)
            self._open = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, let running requests end, give deferred work back, close systems and store."""
        await self._open.aclose()

    def reload_soon(self) -> None:
        """Load the mappings anew; what comes of it stands in the log."""
        self._reloader.soon()

    async def reload(self) -> Reloaded:
        """Load the mappings anew: lint them, run their tests, then answer by them; or say why the old ones stay."""
        return await self._reloader.reload()

    async def _serve(self, opened: AsyncExitStack) -> None:
        listen = self._settings.listen
        bound = _bind(listen.host, listen.port)
        opened.callback(bound.close)
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        scheme = "https" if listen.tls else "http"
        self.url = f"{scheme}://{host}:{bound.getsockname()[1]}"
        api = api_settings(self._settings, self.url)
        names = Names(timeout=NAME_SECONDS)
        opened.push_async_callback(names.close)
        dispatcher = await self._dispatcher(opened, api, names)
        scheduler = self._scheduler(api, dispatcher.wake)
        if self._settings.store.url is None:  # nobody else uses a file: what is taken was taken by a process that ended
            await self._store.operator_release_all(self._now())
        own = OwnTls(listen.tls) if listen.tls else None
        await asyncio.to_thread(withdraw_all, self._settings.store.path)  # what is loaded is new
        for beside in self._beside(dispatcher, scheduler, own):
            await opened.enter_async_context(beside)
        hub = self._hub(names, dispatcher)
        who = await authentication(self._settings, opened, lambda: self._now().timestamp())
        runner = ApiRunner(
            self._application(api, scheduler, hub, who), limits=api.limits, new_id=new_id, is_proxy=api.proxies.has
        )
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        await ApiSite(runner, bound, own.context if own else None).start()

    def _beside(self, dispatcher: Dispatcher, scheduler: Scheduler, own: OwnTls | None) -> Iterator[Background]:
        """What goes on beside serving, in the order in which it begins; it ends the other way round."""
        yield Background("deliveries", dispatcher.run)
        yield Background("deferred work", scheduler.run)
        yield Background("reloading", self._reloader.run)
        yield Background("state", StateTeller(self._settings.store.path, self._guards).run)
        yield Background("audit", self._audit.run)
        forgetting = Forgetting(self._database)
        yield Background("retention", partial(keep_forgetting, forgetting, self._settings.retention, self._now))
        if own is not None:
            yield Background("certificate", own.run)

    def _hub(self, names: Names, dispatcher: Dispatcher) -> HubService:
        return HubService(
            SubscriptionStore(self._database),
            hub_terms(self._settings),
            names.addresses,
            now=self._now,
            new_id=new_id,
            ended=dispatcher.forget,
        )

    def _application(
        self, api: ApiSettings, scheduler: Scheduler, hub: HubService, who: Authenticating | None
    ) -> Application:
        base = api.public_url.rstrip("/")
        servers = [f"{base}{served.base_path(version)}" for served in api.interfaces for version in served.versions]
        return build_application(
            api,
            self._service(scheduler),
            openapi=openapi_document(version="8.0.0", servers=servers, **ways_in(self._settings)),
            ready=self._ready,
            new_id=new_id,
            monotonic=time.monotonic,
            listing=QualificationList(self._database, list_terms(self._settings)),
            hub=hub,
            authenticating=who,
            switched_off=switched_off(self._settings),
            denied=self._audit.denied,
        )

    async def _ready(self) -> bool:
        try:
            await self._store.operator_check()
        except StoreError:
            return False
        return True

    def _terms(self) -> dict[Dealing, BuyerTerms]:
        return all_terms(self._settings, self._catalog.products)

    def _service(self, scheduler: Scheduler) -> QualificationService:
        surroundings = Surroundings(self._now, new_id, acknowledged=scheduler.wake, tracer=self._tracer)
        runs = {seller: ImmediateRun(qualifier) for seller, qualifier in self._qualifiers().items()}
        return QualificationService(self._terms(), self._rules, runs, self._store, surroundings)

    async def _dispatcher(self, opened: AsyncExitStack, api: ApiSettings, names: Names) -> Dispatcher:
        courier = HttpCourier(names, timeout=self._settings.delivery.timeout)
        await opened.enter_async_context(courier)
        versions = {served.interface: served.href_version for served in api.interfaces}
        return Dispatcher(
            DeliveryStore(self._database),
            courier,
            Addressing(versions, callback_policies(self._settings), callback_proofs(self._settings)),
            pace(self._settings),
            now=self._now,
            chance=random.random,
            sole_use=self._settings.store.url is None,
        )

    def _scheduler(self, api: ApiSettings, changed: Callable[[], None]) -> Scheduler:
        work = self._settings.work
        tools = Tools(
            store=self._store,
            qualifiers=self._qualifiers(tries_again=True),
            jobs=self._rules.present.jobs,
            references=self._rules.present.references,
            agreed={dealing: terms.agreed for dealing, terms in self._terms().items()},
            slots=asyncio.Semaphore(work.items_at_once),
            at_once=-(-work.items_at_once // 4),  # one POQ never takes all places
            pause=growing_pause(work.first_pause, work.longest_pause),
            base_hrefs={interface: api.base_href(api.served(interface)) for interface in Interface},
            now=self._now,
            new_id=new_id,
            changed=changed,
            told=told(self._settings),
            tracer=self._tracer,
            rules=self._rules,
        )
        return Scheduler(tools, worker=new_id(), most=work.items_at_once)

    def _qualifiers(self, *, tries_again: bool = False) -> dict[SellerId, ItemQualifier]:
        return {
            seller: ItemQualifier(self._legacy, check, tries_again=tries_again, tracer=self._tracer)
            for seller, check in answer_checks(self._settings, self._catalog.products).items()
        }

    def _rule_set(self, catalog: Catalog) -> RuleSet:
        rules = Rules(catalog.mappings, catalog.prepared, catalog.products)
        jobs = JobMaker(rules, sellers_of(self._settings, catalog.products))
        return RuleSet(jobs, ReferenceChecker(catalog.mappings, catalog.prepared, self._legacy))


def store_database(settings: Settings, *, shared: bool = False) -> Database:
    """The store's engine, not opened. `shared`: beside a running gateway. Raises StoreError."""
    if settings.store.url is not None:
        return PostgresqlDatabase(settings.store.url.get_secret_value(), shared=shared)
    return SqliteDatabase(settings.store.path, shared=shared)


@asynccontextmanager
async def operator_store(settings: Settings) -> AsyncIterator[Database]:
    """The store beside a running gateway, or without one, for an operator's command. Raises StoreError."""
    database = store_database(settings, shared=True)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def operator_desk(settings: Settings) -> AsyncIterator[Desk]:
    """Where an operator answers items, beside a running gateway or without one. Raises StoreError, FindingsError."""
    products, listen = load_products(settings), settings.listen
    host = f"[{listen.host}]" if ":" in listen.host else listen.host
    api = api_settings(settings, f"http://{host}:{listen.port}")
    keep_events = timedelta(seconds=settings.delivery.give_up_after)
    async with operator_store(settings) as database:
        yield Desk(
            store=Store(database, keep_events=keep_events, new_id=new_id),
            checks=answer_checks(settings, products),
            alternates={dealing: buyer.agreement.alternates for dealing, buyer in each_dealing(settings)},
            base_hrefs={served.interface: api.base_href(served) for served in api.interfaces},
            told=told(settings),
            now=lambda: datetime.now(UTC),
            new_id=new_id,
        )


def growing_pause(first: float, longest: float) -> Callable[[int], float]:
    """Seconds before the next try after so many failures: twice as long each time, up to `longest`, with jitter."""

    def pause(failures: int) -> float:
        return float(min(first * 2 ** min(failures - 1, 30), longest) * random.uniform(0.8, 1.2))  # noqa: S311 - jitter

    return pause


def _bind(host: str, port: int) -> socket.socket:
    """A bound socket: with port 0 the address, and so the hrefs, are known only then. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)
