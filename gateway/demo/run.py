"""The demo: the legacy estate, the gateway before it, and a Buyer with a listener, all on this machine."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from yarl import URL

from gateway.app import ADAPTERS, Gateway, load_catalog
from gateway.demo.buyer import Buyer, take_token
from gateway.demo.estate import LegacyEstate
from gateway.demo.files import demo_files
from gateway.demo.issuer import CLIENT, SECRET, Issuer
from gateway.demo.listener import Listener
from gateway.demo.story import Recorder
from gateway.lso.identifiers import Interface
from gateway.lso.operations import Side, base_path
from gateway.settings import Settings, load_settings

REQUEST = "access-eline.json"
DEFERRED_REQUEST = "deferred/nimbus-crowded.json"

FIRST_PAUSE = 1.0
"""Seconds before a deferred item that failed is tried again: a demo is not watched for long."""


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    gateway: Gateway
    buyer: Buyer
    recorder: Recorder
    issuer: Issuer


def request_file(name: str = REQUEST) -> Path:
    """One of the demo's requests."""
    return demo_files() / "requests" / name


def read_request(name: str = REQUEST) -> dict[str, Any]:
    return dict(json.loads(request_file(name).read_text(encoding="utf-8")))


def demo_config() -> Path:
    """The configuration of the demo's Seller."""
    return demo_files().parent / "gateway.yaml"


def demo_settings(estate: LegacyEstate, issuer: Issuer, folder: Path, port: int) -> Settings:
    """The demo Seller's configuration, with its legacy systems, its issuer and its store where they are now."""
    settings = load_settings(demo_config(), ADAPTERS)
    systems = dict(settings.systems)
    systems["inventory"] = _with(systems["inventory"], url=SecretStr(estate.inventory_url))
    systems["nimbus"] = _with(systems["nimbus"], endpoint=estate.soap_url)
    (tokens,) = settings.authentication.tokens
    tokens = tokens.model_copy(update={"keys": f"{issuer.url}/jwks"})
    return settings.model_copy(
        update={
            "systems": systems,
            "authentication": settings.authentication.model_copy(update={"tokens": (tokens,)}),
            "store": settings.store.model_copy(update={"path": folder / "poq.db"}),
            "listen": settings.listen.model_copy(update={"port": port}),
            "work": settings.work.model_copy(update={"first_pause": FIRST_PAUSE}),
            "limits": settings.limits.model_copy(update={"rate": None}),  # whoever tries it may hurry
        }
    )


def workplace() -> Path:
    """Where the demo's configuration can be used: the checkout, or a copy of what the package carries, made here."""
    carried = demo_files().parents[1]
    if carried.name != "shipped":
        return carried
    copy = Path("poq-gateway-demo").resolve()
    if not copy.exists():
        shutil.copytree(carried, copy)
    return copy


def demo_issuer(settings: Settings, *, port: int = 0) -> Issuer:
    """The issuer whose tokens the configuration accepts."""
    return Issuer(settings.authentication.tokens[0].issuer, time.time, port=port)


@asynccontextmanager
async def running_estate(place: Path) -> AsyncIterator[tuple[LegacyEstate, Issuer]]:
    """The legacy systems and the issuer of tokens alone, where the configuration in `place` looks for them.

    Raises OSError, FindingsError.
    """
    settings = load_settings(place / "config" / "gateway.yaml", ADAPTERS)
    systems = settings.systems
    inventory = Path(systems["inventory"].options.url.get_secret_value().removeprefix("sqlite:///"))
    port = URL(systems["nimbus"].options.endpoint).port
    keys = URL(str(settings.authentication.tokens[0].keys)).port
    async with (
        LegacyEstate(inventory.parent, port=port or 0) as estate,
        demo_issuer(settings, port=keys or 0) as issuer,
    ):
        yield estate, issuer


@asynccontextmanager
async def estate_in(folder: Path, port: int | None) -> AsyncIterator[LegacyEstate]:
    """The legacy systems alone, for a configuration that is still to be written: the inventory and a copy of the WSDL
    in `folder`, Nimbus on `port` (as in the demo where it is None). Raises OSError.
    """
    endpoint = URL(load_settings(demo_config(), ADAPTERS).systems["nimbus"].options.endpoint)
    async with LegacyEstate(folder, port=endpoint.port or 0 if port is None else port) as estate:
        estate.wsdl = Path(shutil.copy(estate.wsdl, folder))
        yield estate


def _with(system: Any, **options: Any) -> Any:
    return system.model_copy(update={system.word: system.options.model_copy(update=options)})


@asynccontextmanager
async def running_demo(folder: Path, *, port: int = 0) -> AsyncIterator[Demo]:
    """Estate, issuer, gateway and listener on loopback; `port` 0 takes any free one.

    Raises OSError, FindingsError, StoreError, DemoFailed. The listener is there for longer than the gateway: what is on
    its way at the end still arrives.
    """
    recorder = Recorder()
    async with (
        LegacyEstate(folder) as estate,
        demo_issuer(load_settings(demo_config(), ADAPTERS)) as issuer,
        Listener(time.monotonic) as listener,
    ):
        settings = demo_settings(estate, issuer, folder, port)
        catalog = load_catalog(settings, base=demo_files().parents[1])
        async with Gateway(settings, catalog, observer=recorder) as gateway:
            base = gateway.url + base_path(Side.SELLER, Interface.SONATA)
            token = await take_token(issuer.url, CLIENT, SECRET)
            yield Demo(gateway, Buyer(base, listener, time.monotonic, token), recorder, issuer)
