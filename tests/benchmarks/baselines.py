"""The gateway against what a Seller would write by hand: python -m tests.benchmarks.baselines FOLDER [options]

FOLDER has the baselines with their own load tool and check (`compare.py`, whose options these are). It is copied into
var/baselines, with a virtual environment and node modules of its own; what is missing for that is told. All contestants
run in turns, each on the same core, so that ratios are fair on a machine that does other work too.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.poqs import STUB
from tests.conftest import REPOSITORY

CACHE = REPOSITORY / "var" / "baselines"
PRODUCTS = "productSchema/sonata/carrierEthernet"


def prepare(folder: Path) -> None:
    """Copy the baselines and install what they need. Raises SystemExit with what is missing."""
    if not (folder / "compare.py").is_file():
        raise SystemExit(f"there are no baselines in {folder}; `make bench` without them measures the gateway alone")
    missing = [program for program in ("node", "npm", "taskset") if shutil.which(program) is None]
    if missing:
        raise SystemExit(f"the baselines need {', '.join(missing)}, which is not installed")
    shutil.copytree(folder, CACHE, dirs_exist_ok=True, copy_function=shutil.copyfile)
    python = CACHE / ".venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", CACHE / ".venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", CACHE / "requirements.txt"], check=True)
    if not (CACHE / "node_modules").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund"], cwd=CACHE, check=True)


def compare(folder: Path, options: list[str]) -> int:
    """Run compare.py with the gateway among the contestants; gives its exit code."""
    products = folder.parent / "lso" / PRODUCTS  # the standard's own schemas, where they are at hand
    with tempfile.TemporaryDirectory() as store:
        names = {
            "BENCH_PRODUCTS": str(products if products.is_dir() else REPOSITORY / "config" / "products"),
            "BENCH_ADDRESSES": str(CACHE / "legacy" / "legacy.db"),
            "BENCH_STORE": str(Path(store) / "poq.db"),
        }
        serve = f"exec {shlex.quote(sys.executable)} -m gateway serve -c {shlex.quote(str(STUB / 'gateway.yaml'))}"
        command = f"{serve} --port {{port}} 2> {shlex.quote(str(Path(store) / 'log'))}"
        python = CACHE / ".venv" / "bin" / "python"
        run = [python, "compare.py", "--add", "gateway", command, *options]
        return subprocess.run(run, cwd=CACHE, env=os.environ | names, check=False).returncode


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1]).resolve()
    prepare(folder)
    raise SystemExit(compare(folder, sys.argv[2:]))


if __name__ == "__main__":
    main()
