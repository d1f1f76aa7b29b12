"""What came of a suite, for people and for programs: failures by field, what was not reached, a summary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.authoring.comparing import Difference
from gateway.authoring.outcomes import is_promise, rules_out_a_promise
from gateway.authoring.running import CaseResult
from gateway.authoring.suite import Report, Tested

_LONGEST = 200


def failure(result: CaseResult) -> Iterator[str]:
    """A case that failed: where it stands, then each field that is not as expected, then the line that decided."""
    yield f"FAIL {result.case.location} {result.case.name}"
    yield from (f"    {line}" for line in details(result))


def details(result: CaseResult) -> Iterator[str]:
    """The fields that are not as expected, with the mapping's line behind the outcome."""
    yield from result.troubles
    yield from (_difference(one, "") for one in result.differences)
    yield from (_difference(one, "sends ") for one in result.sent_otherwise)
    if result.error:
        yield f"failed at {result.rule}: {result.error}"
    elif result.rule is not None:
        yield f"decided at {result.rule}"


def renewal(result: CaseResult) -> Iterator[str]:
    """A case whose expectation was rewritten; that it expects a promise from now on is said first."""
    mark = "PROMISE " if is_promise(result.outcome) and rules_out_a_promise(result.case.said.expect) else ""
    yield f"UPDATED {mark}{result.case.location} {result.case.name}"
    yield from (f"    {_difference(one, '')}" for one in result.differences)


def coverage(report: Report) -> Iterator[str]:
    """How much of each mapping was reached, and each line that was not."""
    for file, reached in report.coverage.items():
        total = len(reached.points)
        share = 100.0 * reached.reached / total if total else 100.0
        yield f"{file}: {share:.1f} % ({reached.reached} of {total})"
        yield from (f"    {point.location} {point.what}: not reached" for point in reached.missed)


def untested(tested: Sequence[Tested]) -> Iterator[str]:
    """Mappings that have no test file."""
    return (f"{one.mapping.file}: no test beside it" for one in tested if one.cases is None)


def for_programs(report: Report, failed: Sequence[CaseResult], *, with_coverage: bool) -> dict[str, Any]:
    """The same as JSON data. `failed`: what is left of the failures; the expectations of others were rewritten."""
    told = {
        "cases": len(report.results),
        "failed": [_failed(result) for result in failed],
        "updated": [_failed(result) for result in report.failed if result not in failed],
    }
    if not with_coverage:
        return told
    missed = {
        file: [{"at": str(point.location), "what": point.what} for point in one.missed]
        for file, one in report.coverage.items()
    }
    return {**told, "percent": round(report.percent, 2), "missed": missed}


def _failed(result: CaseResult) -> dict[str, Any]:
    return {
        "test": result.case.name,
        "at": str(result.case.location),
        "rule": None if result.rule is None else str(result.rule),
        "error": result.error,
        "troubles": list(result.troubles),
        "differences": [_as_data(one) for one in result.differences],
        "sends": [_as_data(one) for one in result.sent_otherwise],
    }


def _as_data(one: Difference) -> dict[str, Any]:
    return {"pointer": one.pointer, "expected": one.expected, "found": one.found}


def _difference(one: Difference, prefix: str) -> str:
    where = one.pointer or "the outcome"
    return f"{prefix}{where}: expected {_shown(one.expected)}, found {_shown(one.found)}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
