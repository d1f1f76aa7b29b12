"""How many cases of mapping tests run in a second: the command as it is typed, over a generated file.

    python -m tests.benchmarks.mapping_test [--cases 500] [--times 5]

Every case has replies for all steps, what goes out, and an expectation with an alternate; half of them use `change`.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MAPPING = "access-eline-ovc"

CASE = """\
- test: case {number}
  request: config/demo/requests/access-eline.json
  item: item-001
{change}  answers:
    item-002: {{serviceabilityConfidence: green}}
  known:
    address:
      NewYorkAddress-id-1: {{site_no: NB-10001, active: Y, withdrawn: 0}}
    product:
      SP1_ENNI: {{sort: ENNI, port_key: {number}, status: A, speed: "40000000", used: "12500000"}}
  legacy:
    offer: [{{product_code: AEL-P, max_kbps: 10000000, on_sale: Y, until: 0}}]
    feasibility:
      FeasCode: C
      NetStatus: NEAR
      LeadDays: {days}
      Options:
        - {{OptionId: OPT-1, OfferingId: "000166", MaxKbps: 1000000, LeadDays: 1, NetStatus: "ON"}}
  sends:
    feasibility: {{Circuit: {{BandwidthKbps: 10000000, ZPort: {number}}}, WithOptions: true}}
  expect:
    serviceabilityConfidence: yellow
    installationInterval: {{amount: {days}, units: businessDays}}
    alternateProductOfferingProposal:
      - serviceabilityConfidence: green
        alternateProduct: {{productOffering: {{id: "000166"}}}}

"""
CHANGE = "  change: {{/externalId: REF-{number}}}\n"


def prepare(folder: Path, cases: int) -> None:
    """The shipped mapping with so many cases beside it."""
    requests = folder / "config" / "demo" / "requests"
    requests.mkdir(parents=True)
    name = "access-eline.json"
    (requests / name).write_bytes((REPOSITORY / "config" / "demo" / "requests" / name).read_bytes())
    (folder / f"{MAPPING}.yaml").write_bytes((REPOSITORY / "mappings" / f"{MAPPING}.yaml").read_bytes())
    written = (
        CASE.format(number=number, days=number % 90 + 1, change=CHANGE.format(number=number) if number % 2 else "")
        for number in range(cases)
    )
    (folder / f"{MAPPING}.test.yaml").write_text("".join(written), encoding="utf-8")


def seconds(folder: Path, *options: str) -> tuple[float, float]:
    """How long the command takes, from its start to its end, and how long a processor worked for it.

    Raises RuntimeError if a case failed.
    """
    command = [sys.executable, "-m", "gateway", "mapping", "test", f"{MAPPING}.yaml", *options]
    started, worked = time.perf_counter(), _worked()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started, _worked() - worked
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return taken


def _worked() -> float:
    """Processor time of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    tell("| cases | | seconds (median) | fastest | processor seconds (median) |")
    tell("| ---: | --- | ---: | ---: | ---: |")
    for cases, options in ((1, ()), (asked.cases, ()), (asked.cases, ("--coverage",))):
        with tempfile.TemporaryDirectory() as name:
            prepare(Path(name), cases)
            taken = [seconds(Path(name), *options) for _ in range(asked.times)]
        elapsed, worked = zip(*taken, strict=True)
        figures = f"{statistics.median(elapsed):.2f} | {min(elapsed):.2f} | {statistics.median(worked):.2f}"
        tell(f"| {cases} | {' '.join(options)} | {figures} |")


if __name__ == "__main__":
    main()
