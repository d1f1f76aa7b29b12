"""What lint asks of steps that change something (`write`), of those that find out what became of it (`lookup`), and of
what is kept (`cache`).
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.mapping.plan import Fail, LoadedMapping, LookUp, Retry, Step
from gateway.sources.findings import Finding, nearest


def check_calling(mapping: LoadedMapping) -> Iterator[Finding]:
    """Findings about writes: where they stand, what is said of them, and what looks up their outcome."""
    asked: dict[str, str] = {}
    for step in mapping.steps:
        if step.write:
            yield from _check_write(mapping, step)
        yield from _check_words(mapping, step)
        yield from _check_cache(mapping, step)
        if step.looks_up is not None:
            yield from _check_target(mapping, step, step.looks_up, asked)
    yield from _check_readers(mapping)


def _check_write(mapping: LoadedMapping, step: Step) -> Iterator[Finding]:
    where = mapping.document.location(("steps", step.name, "write"), key=True)
    if mapping.is_references:
        message = "a references file asks and changes nothing"
        yield Finding(where, "MAP-321", message, "put the step into the mapping that needs it")
    if step.each is not None:
        message = "'write' and 'each' exclude each other: which of the elements was done could not be told"
        yield Finding(where, "MAP-321", message, "write a step for each, or let the system take a list")


def _check_cache(mapping: LoadedMapping, step: Step) -> Iterator[Finding]:
    where = mapping.document.location(("steps", step.name, "cache"), key=True)
    if step.cache is not None and (step.write or step.on_demand):
        what = "changes something" if step.write else "finds out what became of a change"
        yield Finding(where, "MAP-325", f"'{step.name}' {what}: its reply is not kept", "take 'cache' out")
    elif step.cache is None and "shared" in mapping.document.value(("steps", step.name)):
        where = mapping.document.location(("steps", step.name, "shared"), key=True)
        yield Finding(where, "MAP-325", "'shared' goes with 'cache'", "add  cache: 10 min  or take 'shared' out")


def _check_words(mapping: LoadedMapping, step: Step) -> Iterator[Finding]:
    """`lookup` stands under `unknown`, and only what is known not to have changed anything is tried again."""
    for word, action in step.on.items():
        where = mapping.document.location(("steps", step.name, "on", word), key=True)
        if isinstance(action, LookUp) and not (step.write and word == "unknown"):
            message = "'lookup' stands under 'unknown' of a step that writes"
            yield Finding(where, "MAP-322", message, "say what happens then")
        elif step.write and word == "unknown" and not isinstance(action, LookUp | Fail):
            message = "what became of a write is looked up, or the item fails"
            yield Finding(where, "MAP-322", message, "write {lookup: step} or fail")
        elif step.write and isinstance(action, Retry) and not word.startswith("fault "):
            message = f"'retry' on '{word}' could do it twice"
            yield Finding(where, "MAP-303", message, "try again on 'fault CODE', where the system has refused")


def _check_target(mapping: LoadedMapping, step: Step, name: str, asked: dict[str, str]) -> Iterator[Finding]:
    where = mapping.document.location(("steps", step.name, "on", "unknown", "lookup"))
    steps = {one.name: one for one in mapping.steps}
    target = steps.get(name)
    if target is None:
        yield Finding(where, "MAP-323", f"there is no step '{name}'", nearest(name, steps.keys() - {step.name}))
    elif unfit := _unfit(step, target):
        yield Finding(where, "MAP-323", f"'{name}' {unfit}", "name a step that asks for one thing and always answers")
    elif name in asked:
        message = f"'{name}' already looks up what became of '{asked[name]}'"
        yield Finding(where, "MAP-323", message, "write a step of its own")
    asked.setdefault(name, step.name)


def _unfit(step: Step, target: Step) -> str:
    """Why a step cannot stand for the other; empty if it can."""
    reasons: dict[str, bool] = {
        "is the write itself": target.name == step.name,
        "changes something itself": target.write,
        "may be skipped ('when')": target.when is not None,
        "asks for several things ('each')": target.each is not None,
        f"may find nothing or several ('rows: {target.rows}')": target.rows not in (None, "one"),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _check_readers(mapping: LoadedMapping) -> Iterator[Finding]:
    """A step that looks up is asked only then: what it says is read by the name of the write."""
    asked = {step.name for step in mapping.steps if step.on_demand}
    for _, formulas in mapping.formulas:
        for formula in formulas:
            for name in formula.names:
                if name.name in asked:
                    message = f"'{name.name}' is asked only where the outcome of a write is unknown"
                    yield Finding(formula.location(name.offset), "MAP-324", message, "read the write itself")
