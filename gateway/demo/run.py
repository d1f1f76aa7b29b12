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
from gateway.demo.buyer import Buyer
from gateway.demo.estate import LegacyEstate
from gateway.demo.files import demo_files
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


def request_file(name: str = REQUEST) -> Path:
    """One of the demo's requests."""
    return demo_files() / "requests" / name


def read_request(name: str = REQUEST) -> dict[str, Any]:
    return dict(json.loads(request_file(name).read_text(encoding="utf-8")))


def demo_config() -> Path:
    """The configuration of the demo's Seller."""
    return demo_files().parent / "gateway.yaml"


def demo_settings(estate: LegacyEstate, folder: Path, port: int) -> Settings:
    """The demo Seller's configuration, with its legacy systems and its store where they are now."""
    settings = load_settings(demo_config(), ADAPTERS)
    systems = dict(settings.systems)
    systems["inventory"] = _with(systems["inventory"], url=SecretStr(estate.inventory_url))
    systems["nimbus"] = _with(systems["nimbus"], endpoint=estate.soap_url)
    return settings.model_copy(
        update={
            "systems": systems,
            "store": settings.store.model_copy(update={"path": folder / "poq.db"}),
            "listen": settings.listen.model_copy(update={"port": port}),
            "work": settings.work.model_copy(update={"first_pause": FIRST_PAUSE}),
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


@asynccontextmanager
async def running_estate(place: Path) -> AsyncIterator[LegacyEstate]:
    """The legacy systems alone, where the configuration in `place` looks for them. Raises OSError, FindingsError."""
    systems = load_settings(place / "config" / "gateway.yaml", ADAPTERS).systems
    inventory = Path(systems["inventory"].options.url.get_secret_value().removeprefix("sqlite:///"))
    port = URL(systems["nimbus"].options.endpoint).port
    async with LegacyEstate(inventory.parent, port=port or 0) as estate:
        yield estate


def _with(system: Any, **options: Any) -> Any:
    return system.model_copy(update={system.word: system.options.model_copy(update=options)})


@asynccontextmanager
async def running_demo(folder: Path, *, port: int = 0) -> AsyncIterator[Demo]:
    """Estate, gateway and listener on loopback; `port` 0 takes any free one. Raises OSError, FindingsError, StoreError.

    The listener is there for longer than the gateway: what is on its way at the end still arrives.
    """
    recorder = Recorder()
    async with LegacyEstate(folder) as estate, Listener(time.monotonic) as listener:
        settings = demo_settings(estate, folder, port)
        catalog = load_catalog(settings, base=demo_files().parents[1])
        async with Gateway(settings, catalog, observer=recorder) as gateway:
            buyer = Buyer(gateway.url + base_path(Side.SELLER, Interface.SONATA), listener, time.monotonic)
            yield Demo(gateway, buyer, recorder)
