"""The composition root: the only file that knows every part. Builds everything from `Settings`.

Clock, ids and chance are made here and handed in; everything else takes them as arguments.
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from aiohttp import web

from adapters import soap, sql
from adapters.base import AdapterConfigurationError, System
from gateway.api.listener import ApiRunner
from gateway.api.parties import Parties
from gateway.api.server import build_application
from gateway.api.settings import ApiLimits, ApiSettings, ServedInterface
from gateway.lso.agreement import Agreement
from gateway.lso.identifiers import BuyerId, SellerId
from gateway.lso.openapi import openapi_document
from gateway.lso.rules import Catalogue, Offering
from gateway.mapping.collection import MappingCollection, load_collection
from gateway.mapping.language import StepKind
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.answering import AnswerCheck
from gateway.qualification.checking import RequestChecker
from gateway.qualification.immediate import ImmediateRun
from gateway.qualification.items import ItemQualifier
from gateway.qualification.legacy import Legacy, PreparedMapping
from gateway.qualification.observing import Observer, Silent
from gateway.qualification.preparing import ConfiguredSystem, prepare, unknown_products
from gateway.qualification.service import QualificationService, Rules, Seller
from gateway.settings import Settings
from gateway.sources.findings import Finding, nearest, raise_if_any
from gateway.store.errors import StoreError
from gateway.store.sqlite import SqliteDatabase
from gateway.store.store import Store

ADAPTERS = (sql.ADAPTER, soap.ADAPTER)
KINDS = tuple(StepKind(adapter.word, adapter.step, adapter.rows) for adapter in ADAPTERS)

FIRST_PAUSE = 0.2
"""Seconds before the second try of a step; doubled for each further one, with jitter."""


@dataclass(frozen=True)
class Catalog:
    """What the files of the configuration say, loaded and checked; nothing is connected yet."""

    products: ProductSpecifications
    systems: Mapping[str, ConfiguredSystem]
    mappings: MappingCollection
    prepared: Mapping[str, PreparedMapping]


def load_catalog(settings: Settings, *, base: Path | None = None) -> Catalog:
    """Load product specifications, systems and mappings. Raises FindingsError; file names are relative to `base`."""
    return catalog_of(settings, load_collection(settings.mappings.folders, KINDS, base=base))


def catalog_of(settings: Settings, mappings: MappingCollection) -> Catalog:
    """These mappings with what the configuration says. Raises FindingsError with what does not fit together."""
    specifications = settings.products.specifications
    products = ProductSpecifications.load(
        settings.products.folders, specifications=specifications, unknown_types=settings.products.unknown_types
    )
    if settings.products.unknown_types == "refuse":
        raise_if_any([*_unknown_offerings(settings, products), *unknown_products(mappings, products)])
    systems = build_systems(settings)
    return Catalog(products, systems, mappings, prepare(mappings, systems))


def _unknown_offerings(settings: Settings, products: ProductSpecifications) -> Iterator[Finding]:
    for number, offering in enumerate(settings.offerings):
        if products.resolve(offering.specification) is None:
            where = settings.location("offerings", number, "specification")
            hint = nearest(offering.specification, products.types)
            yield Finding(where, "CFG-302", "no product schema has this $id", hint)


def build_systems(settings: Settings) -> dict[str, ConfiguredSystem]:
    """The configured legacy systems, not opened. Raises FindingsError."""
    build = {adapter.word: adapter.build for adapter in ADAPTERS}
    systems: dict[str, ConfiguredSystem] = {}
    findings: list[Finding] = []
    for name, configured in settings.systems.items():
        try:
            system: System = build[configured.word](name, configured.options)
        except AdapterConfigurationError as error:
            findings.append(Finding(settings.location("systems", name, configured.word), "CFG-301", str(error)))
            continue
        systems[name] = ConfiguredSystem(system, configured.word, configured.tries)
    raise_if_any(findings)
    return systems


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
        self._store = Store(SqliteDatabase(settings.store.path))
        self._legacy = Legacy(observer or Silent(), time.monotonic)
        self._now = now
        self._open = AsyncExitStack()
        self.url = ""

    async def __aenter__(self) -> Self:
        """Open the store and the systems, then listen. Raises StoreError, OSError (the port is taken)."""
        async with AsyncExitStack() as opened:
            await self._store.open()
            opened.push_async_callback(self._store.close)
            for configured in self._catalog.systems.values():
                await configured.system.open()
                opened.push_async_callback(configured.system.close)
            await self._listen(opened)
            self._open = opened.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening, let running requests end, close systems and store."""
        await self._open.aclose()

    async def _listen(self, opened: AsyncExitStack) -> None:
        listen = self._settings.listen
        bound = _bind(listen.host, listen.port)
        opened.callback(bound.close)
        host = f"[{listen.host}]" if ":" in listen.host else listen.host
        self.url = f"http://{host}:{bound.getsockname()[1]}"
        api = api_settings(self._settings, self.url)
        application = self._application(api)
        runner = ApiRunner(application, limits=api.limits, new_id=_new_id)
        await runner.setup()
        opened.push_async_callback(runner.cleanup)
        await web.SockSite(runner, bound).start()

    def _application(self, api: ApiSettings) -> web.Application:
        base = api.public_url.rstrip("/")
        servers = [f"{base}{served.base_path(version)}" for served in api.interfaces for version in served.versions]
        return build_application(
            api,
            self._service(),
            openapi=openapi_document(version="8.0.0", servers=servers),
            ready=self._ready,
            new_id=_new_id,
            monotonic=time.monotonic,
        )

    async def _ready(self) -> bool:
        try:
            await self._store.operator_check()
        except StoreError:
            return False
        return True

    def _service(self) -> QualificationService:
        settings, catalog = self._settings, self._catalog
        catalogue = offered(settings, catalog.products)
        checker = RequestChecker(agreement(settings), catalogue, catalog.products)
        qualifier = ItemQualifier(self._legacy, AnswerCheck(catalog.products, catalogue), _pause)
        return QualificationService(
            checker,
            Rules(catalog.mappings, catalog.prepared, catalog.products),
            ImmediateRun(qualifier, settings.responses.immediate_budget),
            self._store,
            Seller(_contact(settings), _offerings(settings, catalog.products), _buyers(settings)),
            self._now,
            _new_id,
        )


def api_settings(settings: Settings, url: str) -> ApiSettings:
    """The HTTP side's settings; `url` is where the gateway listens, for hrefs where no public URL is set."""
    interfaces = tuple(
        ServedInterface(interface, one.versions, one.href) for interface, one in settings.interfaces.items()
    )
    limits = settings.limits
    return ApiSettings(
        public_url=settings.public_url or url,
        parties=Parties(tuple(BuyerId(buyer.id) for buyer in settings.buyers), (SellerId(settings.seller.id),)),
        interfaces=interfaces,
        limits=ApiLimits(
            body_bytes=limits.body,
            body_depth=limits.body_depth,
            body_seconds=limits.body_time,
            request_line_bytes=limits.header,
            header_bytes=limits.header,
            in_flight=limits.in_flight,
            arriving=limits.arriving,
            retry_after_seconds=int(limits.retry_after),
            shutdown_seconds=settings.responses.immediate_budget + 10,
        ),
    )


def agreement(settings: Settings) -> Agreement:
    """What was agreed at onboarding."""
    return Agreement(**settings.agreement.model_dump())


def offered(settings: Settings, products: ProductSpecifications) -> Catalogue:
    """What ids of offerings and specifications are checked against; without configured offerings nothing is."""
    if not settings.offerings:
        return Catalogue()
    known = {name: products.names(one) for one in products.types for name in products.names(one)}
    for offering in settings.offerings:  # of a specification without a schema, where such are accepted
        known.setdefault(offering.specification, frozenset({offering.specification}))
    offerings = {one.id: Offering(one.specification, known[one.specification]) for one in settings.offerings}
    return Catalogue(offerings, known)


def _offerings(settings: Settings, products: ProductSpecifications) -> list[dict[str, Any]]:
    """The offerings for mappings, each with the canonical name of its specification."""
    return [
        {**offering.model_dump(), "specification": products.resolve(offering.specification) or offering.specification}
        for offering in settings.offerings
    ]


def _buyers(settings: Settings) -> dict[str, dict[str, Any]]:
    """The Buyers for mappings."""
    return {buyer.id: buyer.model_dump(exclude_none=True) for buyer in settings.buyers}


def _contact(settings: Settings) -> dict[str, Any]:
    """The Seller's contact in the standard's member names (79.1-R22)."""
    contact = settings.seller.contact
    members = {
        "emailAddress": contact.email_address,
        "name": contact.name,
        "number": contact.number,
        "numberExtension": contact.number_extension,
        "organization": contact.organization,
    }
    return {name: value for name, value in members.items() if value is not None}


def _new_id() -> str:
    return str(uuid4())


async def _pause(attempt: int) -> None:
    await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 2) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret


def _bind(host: str, port: int) -> socket.socket:
    """A bound socket: with port 0 the address, and so the hrefs, are known only then. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)
