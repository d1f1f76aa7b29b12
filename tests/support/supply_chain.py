"""`make supply-chain`: known vulnerabilities in the pinned packages, and the licences of what a Seller installs.

Vulnerabilities are asked for over the network; where nobody answers, that is said and nothing fails, so that the check
runs on a machine without a way out. What is found fails it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
FOR_DEVELOPERS = frozenset({"test", "supply"})
"""Extras that nobody needs who runs the gateway."""

PERMITTED = re.compile(
    r"\b(0BSD|Apache|BSD|ISC|MIT|MPL-2\.0|MPL 2\.0|PSF|PSFL|Python Software Foundation|UPL|Unlicense|Zlib)"
    r"|\bLGPL|Lesser General Public",  # for a library that is installed apart and used as it is
    re.IGNORECASE,
)
RECIPROCAL = re.compile(r"\bA?GPL|(?<!Lesser )General Public|SSPL|Commons Clause|BUSL", re.IGNORECASE)


@dataclass(frozen=True)
class Licence:
    package: str
    version: str
    text: str

    @property
    def permitted(self) -> bool:
        """Whether it may stand in an Apache-2.0 product: a permissive one is offered, none that reaches further."""
        choices = re.split(r"\bOR\b|;", self.text)
        return any(PERMITTED.search(one) and not RECIPROCAL.search(one) for one in choices)


@dataclass(frozen=True)
class Vulnerability:
    package: str
    version: str
    id: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        mend = f"mended in {', '.join(self.fixed_in)}" if self.fixed_in else "not mended yet"
        return f"{self.package} {self.version}: {self.id} ({mend})"


@dataclass(frozen=True)
class Audit:
    """What is known of the pinned packages: how many were looked up, how many could not be, what was found."""

    looked_up: int
    unanswered: int
    found: tuple[Vulnerability, ...]


def read_audit(report: Mapping[str, Any]) -> Audit:
    """The JSON report of pip-audit."""
    packages = report["dependencies"]
    skipped = [one for one in packages if "skip_reason" in one]
    found = [
        Vulnerability(one["name"], one["version"], vulnerability["id"], tuple(vulnerability.get("fix_versions", ())))
        for one in packages
        for vulnerability in one.get("vulns", ())
    ]
    return Audit(len(packages) - len(skipped), len(skipped), tuple(found))


def read_licences(rows: Iterable[Mapping[str, str]]) -> list[Licence]:
    """The JSON list of pip-licenses: an SPDX expression counts most, free text least."""
    sources = ("License-Expression", "License-Classifier", "License-Metadata")
    return [
        Licence(row["Name"], row["Version"], next((row[one] for one in sources if row[one] != "UNKNOWN"), "UNKNOWN"))
        for row in rows
    ]


def installed_for_sellers(name: str = "poq-gateway") -> set[str]:
    """The packages that come with the gateway and its extras, as far as they are installed here."""
    found: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
    while waiting:
        package, extras = waiting.pop()
        for required, wanted in _required(package, extras, all_extras=package == name):
            if required not in found:
                found.add(required)
                waiting.append((required, wanted))
    return found


def _required(package: str, extras: frozenset[str], *, all_extras: bool) -> Iterator[tuple[str, frozenset[str]]]:
    try:
        lines = requires(package) or []
    except PackageNotFoundError:
        return  # an extra that is not installed here
    for line in lines:
        requirement = Requirement(line)
        marker = requirement.marker
        named = re.search(r"extra == ['\"]([^'\"]+)['\"]", str(marker)) if marker else None
        if named and (named[1] in FOR_DEVELOPERS or not (all_extras or named[1] in extras)):
            continue
        if marker is None or marker.evaluate({"extra": named[1] if named else ""}):
            yield canonicalize_name(requirement.name), frozenset(requirement.extras)


def main() -> int:
    """Print both lists. Exit code 1 where a package is vulnerable, or its licence does not fit."""
    return max(_tell_licences(), _tell_audit())


def _tell_licences() -> int:
    packages = installed_for_sellers()
    rows = json.loads(_run("piplicenses", "--from=all", "--format=json"))
    licences = [one for one in read_licences(rows) if canonicalize_name(one.package) in packages]
    for one in licences:
        _say(f"{one.package} {one.version}: {one.text.splitlines()[0]}{'' if one.permitted else '   <- not permitted'}")
    return int(not all(one.permitted for one in licences))


def _tell_audit() -> int:
    try:
        report = json.loads(_run("pip_audit", "-r", str(CONSTRAINTS), "--no-deps", "--disable-pip", "-f", "json"))
    except ValueError:
        _say("vulnerabilities: nobody answered, nothing was looked up")
        return 0
    audit = read_audit(report)
    for one in audit.found:
        _say(f"vulnerable: {one}")
    _say(
        f"vulnerabilities: {len(audit.found)} in {audit.looked_up} packages; {audit.unanswered} could not be looked up"
    )
    return int(bool(audit.found))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _run(module: str, *arguments: str) -> str:
    command: Sequence[str] = (sys.executable, "-m", module, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout


if __name__ == "__main__":
    sys.exit(main())
