"""What is published works without the checkout: the wheel carries the demo's mappings, configuration and data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=repository, check=True, capture_output=True, timeout=50)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_demo_runs_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    # what is on PYTHONPATH comes before the checkout that is installed for development
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    where = [sys.executable, "-c", "import gateway, adapters; print(gateway.__file__, adapters.__file__)"]
    told = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=30)
    assert told.stdout.count(str(unpacked)) == 2

    demo = [sys.executable, "-m", "gateway", "demo", "--once", "--json"]
    done = subprocess.run(demo, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=50)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["response"]["state"] == "done"


def test_the_wheel_explains_codes(unpacked: Path, tmp_path: Path, repository: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    explain = [sys.executable, "-m", "gateway", "mapping", "lint", "--explain", "MAP-305"]
    done = subprocess.run(explain, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=50)
    page = repository / "docs" / "mapping" / "errors" / "MAP-305.md"

    assert (done.returncode, done.stdout) == (0, page.read_text(encoding="utf-8"))
    assert (unpacked / "gateway" / "cli" / "errors" / "MAP-305.md").is_file()


def test_the_wheel_holds_packages_and_the_demos_files_only(unpacked: Path) -> None:
    tops = {path.name for path in unpacked.iterdir()}
    shipped = unpacked / "gateway" / "demo" / "shipped"

    assert {name for name in tops if not name.endswith(".dist-info")} == {"gateway", "adapters"}
    assert {"access-eline-ovc.yaml", "operator-uni.yaml"} <= {path.name for path in (shipped / "mappings").iterdir()}
    assert (shipped / "config" / "gateway.yaml").is_file()
    assert list(unpacked.rglob("alembic.ini")) + list(unpacked.rglob("migrations/versions/*.py"))
