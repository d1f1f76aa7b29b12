"""The rules against the requests that the standard's documents publish, as received before their dates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from gateway.lso.agreement import Agreement
from gateway.lso.documents import check_create_request
from gateway.lso.rules import check_rules

pytestmark = pytest.mark.shared

DATE = "missingProperty /requestedPOQCompletionDate"
BROKEN: dict[str, set[str]] = {
    "mef139-uc3-advanced-ia.v8": {
        DATE,
        "missingProperty /productOfferingQualificationItem/3/product/place/0/contact",
    },
    "mef139-uc7-advanced-ia-modify.v8": {DATE},
    "mplify139.1-uc8-dedicated-modify.v8-native": {DATE},
}
"""The rules of the guide that published requests break."""


def requests(shared: Path) -> list[Path]:
    names = (".v8.json", ".v8.fixed.json", ".v8-native.json")
    return [path for path in sorted((shared / "lso" / "examples").glob("*.json")) if path.name.endswith(names)]


@pytest.mark.requirement("87.1-R28", "87.1-R35", "P13", "P37")
def test_published_requests_break_only_the_rules_they_are_known_to_break(shared: Path) -> None:
    broken = {}
    for path in requests(shared):
        document = orjson.loads(path.read_bytes())
        if check_create_request(document):
            continue
        problems = check_rules(document, Agreement(), received_at=datetime(2000, 1, 1, tzinfo=UTC))
        broken[path.stem] = {f"{problem.code} {problem.pointer}" for problem in problems}
    assert {name: found for name, found in broken.items() if found} == BROKEN
    assert len(broken) > len(BROKEN) + 10
