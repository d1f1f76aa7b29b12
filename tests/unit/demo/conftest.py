from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.demo.inventory import create_inventory
from gateway.mapping.collection import MappingCollection
from tests.unit.demo.answering import Estate, shipped_mappings


@pytest.fixture(scope="session")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate") / "inventory.sqlite"
    create_inventory(path)
    return path


@pytest.fixture(scope="session")
def mappings() -> MappingCollection:
    return shipped_mappings()


@pytest.fixture
def estate(inventory: Path) -> Iterator[Estate]:
    estate = Estate(inventory)
    yield estate
    estate.close()
