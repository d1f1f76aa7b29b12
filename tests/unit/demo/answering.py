"""Evaluates the shipped mappings over the demo estate's own data, in memory: no gateway, no socket, no adapter."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gateway.app import KINDS
from gateway.demo.files import demo_files
from gateway.demo.network import Behaviour, load_network
from gateway.demo.planning import Elements, PlanningFault, answer, behaviour_of
from gateway.lso.problems import ProblemCode, pointer
from gateway.mapping.collection import Asked, AskedReference, MappingCollection, load_collection
from gateway.mapping.engine import Ask, Ended, Evaluation
from gateway.mapping.evaluate import ItemContext, ItemEvaluation
from gateway.mapping.kinds import ReferenceKey
from gateway.mapping.outcomes import (
    Answer,
    Answered,
    Call,
    Failure,
    Faulted,
    KnownReference,
    Outcome,
    ReferenceOutcome,
    Refusal,
    StepResult,
    Unanswered,
)
from gateway.mapping.plan import LoadedMapping, Step
from gateway.mapping.referring import ReferenceContext, ReferenceEvaluation
from gateway.qualification.collecting import collect

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAPPINGS = demo_files().parents[1] / "mappings"
REQUESTS = demo_files() / "requests"
AEL = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all"
CATALOGUE = {AEL: ["000073", "000166", "000180"]}
_REPEATED = {"Options", "Technologies"}

Reply = Callable[[Step, Call], StepResult]


def shipped_mappings() -> MappingCollection:
    return load_collection([MAPPINGS], KINDS)


def read_request(name: str) -> dict[str, Any]:
    return dict(json.loads((REQUESTS / name).read_text(encoding="utf-8")))


class Estate:
    """Answers calls from the inventory's SQL and the network's rules."""

    def __init__(self, inventory: Path) -> None:
        self._connection = sqlite3.connect(inventory)
        self._connection.row_factory = sqlite3.Row
        self._network = load_network(demo_files() / "nimbus-network.yaml")
        self.sent: list[tuple[str, Mapping[str, Any]]] = []

    def close(self) -> None:
        self._connection.close()

    def __call__(self, step: Step, call: Call) -> StepResult:
        self.sent.append((step.name, call.arguments))
        return self._rows(step, call) if step.word == "sql" else self._soap(step, call)

    def _rows(self, step: Step, call: Call) -> StepResult:
        query = step.definition.model_dump()["query"]
        found = self._connection.execute(query, dict(call.arguments)).fetchall()
        return Answered([{name.lower(): _unpadded(row[name]) for name in row.keys()} for row in found])  # noqa: SIM118

    def _soap(self, step: Step, call: Call) -> StepResult:
        operation = step.definition.model_dump()["operation"]
        request = _written(call.arguments)
        behaviour = behaviour_of(self._network, operation, request)
        if behaviour is Behaviour.BUSY:
            return Faulted(["BUSY"], "too many planners at work")
        if behaviour in (Behaviour.HTML, Behaviour.TRUNCATED):
            return Unanswered("unreadable")
        try:
            return Answered(_reply(answer(self._network, operation, request)))
        except PlanningFault as fault:
            return Faulted([fault.code], fault.text)


def _unpadded(value: Any) -> Any:
    return value.rstrip(" ") if isinstance(value, str) else value


def _written(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they stand in a message: texts, and what is null left out."""
    return {
        name: _written(value) if isinstance(value, Mapping) else str(value).lower() if value is True else str(value)
        for name, value in arguments.items()
        if value is not None
    }


class _Members(dict[str, Any]):
    """A reply whose absent members are null."""


def _reply(elements: Elements) -> dict[str, Any]:
    reply = _Members({name: [] for name, _ in elements if name in _REPEATED})
    for name, value in elements:
        read = _reply(value) if isinstance(value, list) else value
        if name in _REPEATED:
            reply[name].append(read)
        else:
            reply[name] = read
    return reply


def evaluate(mapping: LoadedMapping, context: ItemContext, reply: Reply) -> Outcome:
    """One item to its end."""
    return _driven(ItemEvaluation(mapping, context), reply)


def evaluate_reference(mapping: LoadedMapping, reference: ReferenceKey, reply: Reply) -> ReferenceOutcome:
    """One id to its end."""
    context = ReferenceContext(reference, buyer={"id": "demo-buyer"}, seller={"id": "demo-seller"}, now=NOW)
    return _driven(ReferenceEvaluation(mapping, context), reply)


def _driven(evaluation: Evaluation[Ended], reply: Reply) -> Ended | Failure:
    while isinstance(step := evaluation.advance(), Ask):
        assert step.calls, "the evaluation waits for nothing"
        for call in step.calls:
            evaluation.settle(call.step, reply(evaluation.mapping.step(call.step), call))
    return step


def known_to(
    document: Mapping[str, Any], mappings: MappingCollection, reply: Reply
) -> tuple[dict[ReferenceKey, Mapping[str, Any]], dict[int, Outcome]]:
    """What the request's ids stand for, and how an item ends, by index, that names one without an answer."""
    found: dict[ReferenceKey, Mapping[str, Any]] = {}
    ended: dict[int, Outcome] = {}
    for reference in collect(document):
        asked = AskedReference(reference.kind, "demo-buyer", "demo-seller", "sonata")
        mapping = mappings.choose_references(asked)
        outcome = evaluate_reference(mapping, reference.key, reply) if mapping else None
        match outcome:
            case KnownReference(members=members):
                found[reference.key] = members
            case Failure():
                ended.setdefault(reference.item, outcome)
            case None:
                continue
            case _:
                code, where = ProblemCode.REFERENCE_NOT_FOUND, pointer(reference.path)
                ended[reference.item] = Refusal(code, outcome.reason, where, outcome.rule)
    return found, ended


def context_of(
    document: Mapping[str, Any],
    item: Mapping[str, Any],
    *,
    offering: str | None = None,
    answers: Mapping[str, Mapping[str, Any]] | None = None,
    known: Mapping[ReferenceKey, Mapping[str, Any]] | None = None,
) -> ItemContext:
    asked = offering or item["product"].get("productOffering", {}).get("id")
    return ItemContext(
        document=document,
        item=item,
        buyer={"id": "demo-buyer"},
        seller={"id": "demo-seller"},
        now=NOW,
        offering={"id": asked} if asked else None,
        answers=answers or {},
        alternates_wanted=bool(document.get("provideAlternative")),
        known=known or {},
    )


def choose(mappings: MappingCollection, item: Mapping[str, Any]) -> LoadedMapping:
    product = item["product"]
    kind = product["productConfiguration"]["@type"]
    offering = product.get("productOffering", {}).get("id")
    mapping = mappings.choose(Asked(frozenset([kind]), item["action"], offering, "demo-buyer", "demo-seller", "sonata"))
    assert mapping is not None
    return mapping


def candidates_of(item: Mapping[str, Any]) -> Sequence[str | None]:
    """The offerings to try: the catalogue's for an item that names a specification only, else the item's own."""
    specification = item["product"].get("productSpecification")
    return [None] if specification is None else CATALOGUE[specification["id"]]


def outcomes_of(
    document: Mapping[str, Any], mappings: MappingCollection, reply: Reply
) -> dict[str, dict[str, Outcome]]:
    """Outcomes by item id and offering ('' for the item's own); an item is answered after those it relates to."""
    found: dict[str, dict[str, Outcome]] = {}
    answers: dict[str, Mapping[str, Any]] = {}
    known, ended = known_to(document, mappings, reply)
    for index, item in reversed([*enumerate(document["productOfferingQualificationItem"])]):
        found[item["id"]] = {"": ended[index]} if index in ended else {}
        if index in ended:
            continue
        for offering in candidates_of(item):
            context = context_of(document, item, offering=offering, answers=answers, known=known)
            outcome = evaluate(choose(mappings, item), context, reply)
            found[item["id"]][offering or ""] = outcome
            if isinstance(outcome, Answer):
                answers[item["id"]] = outcome.fields
    return found
