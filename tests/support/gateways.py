"""A whole gateway for a test: a configuration written into a folder, run on loopback, with a Buyer's session."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from gateway.app import ADAPTERS, Gateway, load_catalog
from gateway.qualification.observing import Observer
from gateway.settings import load_settings
from tests.support.sqlite_tables import with_tables

SONATA = "/mefApi/sonata/productOfferingQualification/v8"
CANTATA = "/mefApi/cantata/productOfferingQualification/v2"
POQ = "/productOfferingQualification"

CONTACT = {"name": "Seller", "number": "+1", "email_address": "poq@seller.example"}


@dataclass(frozen=True)
class Running:
    """A running gateway and a session of a Buyer."""

    url: str
    session: aiohttp.ClientSession

    async def post(self, body: Any, *, base: str = SONATA, buyer: str | None = None) -> tuple[int, Any]:
        """POST a POQ; gives status and body. `body`: JSON data, or bytes as they are. `buyer`: on whose behalf."""
        data = {"data": body} if isinstance(body, bytes) else {"json": body}
        headers = {"Content-Type": "application/json"}
        query = {"buyerId": buyer} if buyer else {}
        async with self.session.post(self.url + base + POQ, params=query, headers=headers, **data) as response:
            return response.status, await response.json()

    async def get(self, poq_id: str, *, base: str = SONATA, buyer: str | None = None) -> tuple[int, Any]:
        query = {"buyerId": buyer} if buyer else {}
        async with self.session.get(f"{self.url}{base}{POQ}/{poq_id}", params=query) as response:
            return response.status, await response.json()

    async def register(
        self, callback: str, query: str | None = None, *, base: str = SONATA, buyer: str | None = None
    ) -> str:
        """Register a listener; gives the id of the registration."""
        body = {"callback": callback, **({} if query is None else {"query": query})}
        parties = {"buyerId": buyer} if buyer else {}
        async with self.session.post(f"{self.url}{base}/hub", json=body, params=parties) as response:
            assert response.status == 201, await response.text()
            return str((await response.json())["id"])


def configuration(**changes: Any) -> dict[str, Any]:
    """The smallest configuration, with top-level keys replaced."""
    return {
        "listen": {"port": 0},
        "sellers": [{"id": "seller-1", "contact": CONTACT}],
        "buyers": [{"id": "buyer-1"}],
        "mappings": {"folders": ["mappings"]},
        "store": {"path": "poq.db"},
        "limits": {"rate": None},  # tests ask faster than any Buyer
        **changes,
    }


def write_configuration(folder: Path, settings: Mapping[str, Any], mappings: Mapping[str, str]) -> Path:
    """A configuration and its mappings as files; gives the configuration's path."""
    (folder / "mappings").mkdir(parents=True, exist_ok=True)
    for name, text in mappings.items():
        (folder / "mappings" / f"{name}.yaml").write_text(text, encoding="utf-8")
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(dict(settings)), encoding="utf-8")
    return path


@asynccontextmanager
async def running(
    folder: Path,
    settings: Mapping[str, Any],
    mappings: Mapping[str, str],
    *,
    observer: Observer | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[Running]:
    """Run a gateway in `folder`."""
    loaded = load_settings(write_configuration(folder, settings, mappings), ADAPTERS)
    if loaded.store.url is None:
        with_tables(loaded.store.path)
    made = Gateway(loaded, load_catalog(loaded), observer=observer, now=now)
    async with made as gateway, aiohttp.ClientSession() as session:
        yield Running(gateway.url, session)
