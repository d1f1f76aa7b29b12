"""Keys for the tests of signatures, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.adapters.soap.protecting import certificate


@pytest.fixture(scope="package")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("keys")
    made = {name: certificate(folder, name) for name in ("ours", "theirs", "stranger")}
    return made | {
        "ec": certificate(folder, "ec", kind="ec"),
        "expired": certificate(folder, "expired", days=-1),
    }
