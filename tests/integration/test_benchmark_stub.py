"""The Seller of the benchmarks answers right: what is fast and wrong would not count."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from gateway.app import ADAPTERS, Gateway, load_catalog
from gateway.settings import load_settings
from tests.benchmarks.baselines import PRODUCTS
from tests.benchmarks.poq_stub import buyer, legacy
from tests.benchmarks.poqs import PATH, STUB
from tests.conftest import REPOSITORY


async def test_the_stub_is_answered_by_its_mapping(tmp_path: Path) -> None:
    await _asked(tmp_path, REPOSITORY / "config" / "products")


@pytest.mark.shared
async def test_it_is_with_the_standards_own_product_schemas_which_demand_less(tmp_path: Path, shared: Path) -> None:
    await _asked(tmp_path, shared / "lso" / PRODUCTS)


async def _asked(tmp_path: Path, products: Path) -> None:
    legacy.seed(tmp_path / "addresses.db")
    stub = await asyncio.get_running_loop().create_server(lambda: legacy.Service(0.0), "127.0.0.1", 0)
    environment = {
        "BENCH_PRODUCTS": str(products),
        "BENCH_ADDRESSES": str(tmp_path / "addresses.db"),
        "BENCH_STORE": str(tmp_path / "poq.db"),
        "LEGACY_SOAP": f"http://127.0.0.1:{stub.sockets[0].getsockname()[1]}/inventory",
    }
    settings = load_settings(STUB / "gateway.yaml", ADAPTERS, environment=environment)
    listening = settings.listen.model_copy(update={"port": 0})
    settings = settings.model_copy(update={"listen": listening})

    asked = buyer.request(2)
    async with stub, Gateway(settings, load_catalog(settings)) as gateway, aiohttp.ClientSession() as session:
        headers = {"Content-Type": "application/json"}
        async with session.post(gateway.url + PATH, data=asked, headers=headers) as response:
            buyer.check(asked, response.status, await response.read())
