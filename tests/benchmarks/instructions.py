"""What a POQ costs the whole gateway in instructions: python -m tests.benchmarks.instructions [--items 2] …

As tests.benchmarks.poqs, with the gateway under valgrind's callgrind, which must be installed. That is thirty times
slower, but counts the same within a few parts of a hundred whatever else the machine does: for changes whose gain
drowns in the noise of seconds. From Python 3.12 on it tells the instructions of each Python function, with all that
it calls; one that calls itself stands there once for each depth. What waits costs nothing here, and what misses a cache
costs no more than what does not.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import poqs, stages
from tests.benchmarks.poq_stub import buyer

_NAMED = re.compile(r"(c?(?:fn|ob))=\((\d+)\)(?: (.*))?")
_SOUND = 1 << 60
"""Counts begin before the counter was set to nothing: what is larger is an underflow."""


@dataclass
class Counted:
    """Instructions: of a function alone, by library, and with all that it calls."""

    total: int = 0
    libraries: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    inclusive: Counter[str] = field(default_factory=Counter)


def read(lines: Iterable[str]) -> Counted:
    """What a file of callgrind says (its manual has the format). Functions without a name have their address."""
    found, names = Counted(), {"fn": dict[str, str](), "ob": dict[str, str]()}
    now = {"fn": "", "ob": "", "cfn": "", "cob": ""}
    is_call = False
    for line in lines:
        if named := _NAMED.match(line):
            kind, number, name = named.groups()
            known = names[kind[-2:]]
            if name:
                known[number] = name.strip()
            now[kind] = known[number]
        elif line.startswith("calls="):
            found.calls[now["cfn"]] += int(line[6:].split()[0])
            is_call = True
        elif line[:1] in "+-*0123456789" and (cost := int([*line.split(), "0"][1])) < _SOUND:
            if is_call:
                found.inclusive[now["cfn"]] += cost if now["cfn"] != now["fn"] else 0
            else:
                found.total += cost
                found.libraries[now["ob"].rpartition("/")[2]] += cost
            is_call = False
    return found


def named(found: Counted, trampolines: Iterable[str]) -> Iterator[tuple[str, int, int]]:
    """Name, calls and instructions of each Python function: Python's own map says what it has put at which address."""
    known = sorted((int(a, 16), int(size, 16), name) for a, size, name in (line.split(" ", 2) for line in trampolines))
    starts = [begin for begin, _, _ in known]
    for function, cost in found.inclusive.items():
        address = function.partition("'")[0]
        if address.startswith("0x"):
            begin, size, name = known[bisect_right(starts, int(address, 16)) - 1]
            if begin <= int(address, 16) < begin + size:
                of, _, path = name.strip().removeprefix("py::").rpartition(":")
                yield stages.short(f"{path}:{of}"), found.calls[function], cost


def measure(said: argparse.Namespace, folder: Path) -> None:
    """Run it and print what came of it."""
    counts = folder / "counts"
    has_names = sys.version_info >= (3, 12)
    under = poqs.Under(
        ("valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", "--instr-atstart=no"),
        ("-X", "perf") if has_names else (),
    )
    asked = buyer.request(said.items)
    with poqs.running(folder, under=under) as (port, process):
        poqs.wait_for(port, process)
        asyncio.run(poqs.load(port, asked, said.connections, 12.0, process.pid))
        _control("-i", "on", str(process.pid))
        _control("-z", str(process.pid))
        number = len(asyncio.run(poqs.load(port, asked, said.connections, said.seconds, process.pid)).answers)
        _control("-i", "off", str(process.pid))
        trampolines = Path(f"/tmp/perf-{process.pid}.map")  # where Python writes it
    with counts.open(encoding="utf-8") as lines:
        found = read(lines)
    told = [f"{number} POQs of {said.items} item(s)", *_told(found, number)]
    if has_names:
        functions = sorted(named(found, trampolines.read_text().splitlines()), key=lambda one: -one[2])
        told += ["", "with all that is called: instructions a POQ, calls a POQ"]
        told += [f"{cost / number / 1000:9.1f}k {calls / number:8.2f}  {name}" for name, calls, cost in functions][
            : said.functions
        ]
        trampolines.unlink()
    sys.stdout.write("\n".join(told) + "\n")


def _told(found: Counted, number: int) -> list[str]:
    libraries = [f"{cost / number / 1000:9.1f}k  {library}" for library, cost in found.libraries.most_common(14)]
    return [f"instructions a POQ {found.total / number / 1e6:.2f} million", "", *libraries]


def _control(*options: str) -> None:
    subprocess.run(["callgrind_control", *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--items", type=int, default=1)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--functions", type=int, default=150, help="so many lines; with Python 3.12 and newer")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(said, Path(folder))


if __name__ == "__main__":
    main()
