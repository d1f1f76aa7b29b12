"""Mappings in tests: a text is loaded with two kinds of systems, an item driven through it with scripted replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from gateway.mapping.engine import Ask, Ended, Evaluation
from gateway.mapping.evaluate import ItemContext, ItemEvaluation
from gateway.mapping.kinds import ReferenceKey
from gateway.mapping.language import StepKind
from gateway.mapping.loading import load_mapping_text
from gateway.mapping.outcomes import Answered, Call, Failure, Outcome, ReferenceOutcome, StepResult
from gateway.mapping.plan import LoadedMapping
from gateway.mapping.referring import ReferenceContext, ReferenceEvaluation
from gateway.mapping.shelf import Shelf
from gateway.sources.findings import Finding, FindingsError

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


class SqlFields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str
    most: int | None = None


class SoapFields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str


KINDS = (StepKind("sql", SqlFields, rows=True), StepKind("soap", SoapFields, rows=False))

STEP = """\
steps:
  port:
    sql: inventory
    query: SELECT 1
    rows: one
    on: {no rows: fail, many rows: fail}
"""
GREEN = """\
answer:
  - when: %s
    serviceabilityConfidence: green
  - otherwise: fail
"""

HEAD = """\
mapping: small
version: 1
for: {product: any}
"""

REFERENCES_HEAD = """\
references: small
version: 1
for: {kinds: [address, product]}
"""


def complete(schema: Any) -> Any:
    """The schema, with every member of every object always there."""
    if not isinstance(schema, dict):
        return schema
    made = {name: complete(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        made["properties"] = {name: complete(part) for name, part in schema["properties"].items()}
        made["required"] = list(schema["properties"])
    return made


def shelf_of(files: Mapping[str, str | bytes]) -> Shelf:
    """Files beside a mapping, by their path from it."""

    def read(path: Path) -> bytes:
        if str(path) not in files:
            raise FileNotFoundError(2, "no such file", str(path))
        content = files[str(path)]
        return content.encode() if isinstance(content, str) else content

    return Shelf(read)


def loaded(body: str, *, head: str = HEAD, files: Mapping[str, str | bytes] | None = None) -> LoadedMapping:
    """The mapping of this text under the usual head, with these files beside it."""
    return load_mapping_text(head + body, "small.yaml", KINDS, shelf=shelf_of(files or {}))


def findings(body: str, *, head: str = HEAD, files: Mapping[str, str | bytes] | None = None) -> tuple[Finding, ...]:
    """What is wrong with the mapping; empty if nothing is. Lines of its own file count in the body alone."""
    try:
        loaded(body, head=head, files=files)
    except FindingsError as error:
        return tuple(_below(finding, head.count("\n")) for finding in error.findings)
    return ()


def _below(finding: Finding, above: int) -> Finding:
    if finding.location.file != "small.yaml":
        return finding
    return replace(finding, location=replace(finding.location, line=finding.location.line - above))


def told(found: Sequence[Finding]) -> list[tuple[str, int, int]]:
    """Code, line and column of each finding."""
    return [(finding.code, finding.location.line, finding.location.column) for finding in found]


def context(item: Mapping[str, Any] | None = None, *others: Mapping[str, Any], **given: Any) -> ItemContext:
    """A context around one item (a small one where none is given)."""
    item = item if item is not None else {"id": "item-001", "action": "add"}
    document = {"productOfferingQualificationItem": [item, *others]}
    return ItemContext(
        **{"document": document, "item": item, "buyer": {"id": "b-1"}, "seller": {"id": "s-1"}, "now": NOW, **given}
    )


def drive(
    mapping: LoadedMapping, replies: Mapping[str, Any], around: ItemContext | None = None, order: Sequence[str] = ()
) -> tuple[Outcome, list[Call]]:
    """Evaluate with scripted replies: a `StepResult`, a list of them (one for each try), or a plain reply.

    Of several calls under way the one earliest in `order` is settled first.
    """
    return _driven(ItemEvaluation(mapping, around if around is not None else context()), replies, order)


def drive_reference(
    mapping: LoadedMapping, replies: Mapping[str, Any], reference: ReferenceKey = ("address", "a-1"), *, tries: int = 3
) -> tuple[ReferenceOutcome, list[Call]]:
    """The same for a reference."""
    often = {step.name: tries for step in mapping.steps}
    around = ReferenceContext(reference, {"id": "b-1"}, {"id": "s-1"}, NOW, often)
    return _driven(ReferenceEvaluation(mapping, around), replies, ())


def _driven(
    evaluation: Evaluation[Ended], replies: Mapping[str, Any], order: Sequence[str]
) -> tuple[Ended | Failure, list[Call]]:
    made: list[Call] = []
    waiting: list[Call] = []
    while isinstance(step := evaluation.advance(), Ask):
        made += step.calls
        waiting += step.calls
        assert waiting, "asks for nothing and waits for nothing"
        waiting.sort(key=lambda call: order.index(call.step) if call.step in order else len(order))
        call = waiting.pop(0)
        evaluation.settle(call.step, _result(replies[call.step], call), call.index)
    return step, made


def outcome(body: str, replies: Mapping[str, Any] | None = None, around: ItemContext | None = None) -> Outcome:
    """The outcome of a mapping of this text."""
    return drive(loaded(body), replies or {}, around)[0]


@dataclass(frozen=True)
class PerElement:
    """What a step says for each element of its list; each as `drive` takes it."""

    replies: Sequence[Any]


def _result(scripted: Any, call: Call) -> StepResult:
    if isinstance(scripted, PerElement):
        assert call.index is not None
        scripted = scripted.replies[call.index]
    if isinstance(scripted, tuple):  # one for each try
        scripted = scripted[call.attempt - 1]
    return scripted if isinstance(scripted, StepResult) else Answered(scripted)
