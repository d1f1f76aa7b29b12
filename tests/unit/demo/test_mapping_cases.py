"""The tests beside the shipped mappings (`*.test.yaml`), evaluated with the replies that they script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.mapping.collection import MappingCollection
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
    UnknownReference,
)
from gateway.mapping.plan import LoadedMapping, Step
from gateway.sources.yamlfile import read_yaml_file
from tests.unit.demo.answering import MAPPINGS, context_of, evaluate, evaluate_reference, read_request

KEYS = {"test", "request", "item", "answers", "known", "legacy", "sends", "expect"}
REFERENCE_KEYS = {"test", "reference", "legacy", "sends", "expect"}


def cases(key: str = "request") -> Iterator[Any]:
    """The cases with this key: `request` for those of items, `reference` for those of references."""
    for file in sorted(MAPPINGS.glob("*.test.yaml")):
        name = file.name.removesuffix(".test.yaml")
        for case in read_yaml_file(file).data:
            if key in case:
                yield pytest.param(name, case, id=f"{name}: {case['test']}")


class Script:
    """Replies as a case says; a step that it does not mention must not be asked."""

    def __init__(self, legacy: Mapping[str, Any]) -> None:
        self._legacy = legacy
        self.sent: dict[str, Mapping[str, Any]] = {}

    def __call__(self, step: Step, call: Call) -> StepResult:
        assert step.name in self._legacy, f"'{step.name}' is asked, but the case has no reply for it"
        self.sent[step.name] = call.arguments
        reply = self._legacy[step.name]
        if reply == "no answer":
            return Unanswered("timeout")
        if isinstance(reply, dict) and reply.keys() == {"fault"}:
            return Faulted([reply["fault"]], "as the case says")
        return Answered(reply)


def shown(outcome: Outcome | ReferenceOutcome) -> Any:
    """An outcome as a case writes it."""
    match outcome:
        case Answer(fields=fields, alternates=alternates):
            return {**fields, "alternateProductOfferingProposal": [_proposal(one) for one in alternates]}
        case Refusal(code=code, pointer=pointer):
            return {"refuse": code.value, "at": pointer}
        case Failure():
            return "fail"
        case KnownReference(members=members):
            return {"found": members}
        case UnknownReference():
            return "unknown"
        case _:
            return type(outcome).__name__


def _proposal(alternate: Mapping[str, Any]) -> dict[str, Any]:
    product = {name: alternate[name] for name in ("productOffering", "productConfiguration")}
    return {**{name: value for name, value in alternate.items() if name not in product}, "alternateProduct": product}


def reduced(actual: Any, expected: Any) -> Any:
    """The part of the actual value that the expectation speaks of."""
    if isinstance(actual, Mapping) and isinstance(expected, dict):
        return {name: reduced(actual.get(name), value) for name, value in expected.items()}
    if isinstance(actual, list) and isinstance(expected, list) and len(actual) == len(expected):
        return [reduced(one, other) for one, other in zip(actual, expected, strict=True)]
    return actual


def known_by(case: Mapping[str, Any]) -> dict[ReferenceKey, Mapping[str, Any]]:
    """What a case says under `known`: members by kind and id."""
    listed = case.get("known", {})
    return {(kind, named): members for kind, found in listed.items() for named, members in found.items()}


def mapping_called(mappings: MappingCollection, name: str) -> LoadedMapping:
    return next(mapping for mapping in mappings.mappings if mapping.name == name)


@pytest.mark.parametrize(("name", "case"), [*cases()])
def test_the_mapping_answers_as_its_case_says(mappings: MappingCollection, name: str, case: dict[str, Any]) -> None:
    assert case.keys() <= KEYS
    document = read_request(Path(case["request"]).name)
    item = next(one for one in document["productOfferingQualificationItem"] if one["id"] == case["item"])
    mapping = mapping_called(mappings, name)
    assert case["legacy"].keys() <= {step.name for step in mapping.steps}
    script = Script(case["legacy"])
    context = context_of(document, item, answers=case.get("answers"), known=known_by(case))
    outcome = evaluate(mapping, context, script)
    expected, sends = case["expect"], case.get("sends", {})
    assert reduced(shown(outcome), expected) == expected
    assert reduced(script.sent, sends) == sends


@pytest.mark.parametrize(("name", "case"), [*cases("reference")])
def test_the_reference_is_known_as_its_case_says(mappings: MappingCollection, name: str, case: dict[str, Any]) -> None:
    assert case.keys() <= REFERENCE_KEYS
    mapping = next(one for one in mappings.mappings if Path(one.file).name == f"{name}.yaml")
    assert case["legacy"].keys() <= {step.name for step in mapping.steps}
    script = Script(case["legacy"])
    reference = (case["reference"]["kind"], case["reference"]["id"])
    outcome = evaluate_reference(mapping, reference, script)
    expected, sends = case["expect"], case.get("sends", {})
    assert reduced(shown(outcome), expected) == expected
    assert reduced(script.sent, sends) == sends


def test_each_mapping_has_cases_beside_it(mappings: MappingCollection) -> None:
    tested = {file.name.removesuffix(".test.yaml") for file in MAPPINGS.glob("*.test.yaml")}
    assert tested == {Path(mapping.file).stem for mapping in mappings.mappings}


def test_requests_of_cases_are_files_beside_the_mappings() -> None:
    named = {case.values[1]["request"] for case in cases()}
    assert [name for name in sorted(named) if not (MAPPINGS / name).is_file()] == []
