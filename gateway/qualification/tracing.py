"""The trace of an item: what was asked on the way to its answer, what came back, which line of which mapping decided.

It is data for the operator, and the material of a test (`poq-gateway mapping record`): redacted (redacting.py), of
limited size, one JSON object for each item:

    mapping, version, rule    which mapping decided, and where: file:line:column
    outcome, ended            in words; and as a test would expect it (null: by the answer that is kept with the item,
                              which would be most of the text; retelling.py puts it there)
    at, keeps                 when; and `full`, `shape` (types in the place of values) or `bare` (what fits)
    calls                     in the order in which they began: step, system, kind, attempt, index, milliseconds,
                              tries (where not 1), age (in seconds, where a reply was kept), result, arguments,
                              and what came of it: reply, fault or none
    known, answers, catalogue what the mapping could read beside the request
    operator                  what an operator answered, and when, if one did
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, assert_never

import orjson

from gateway.loggers import logger
from gateway.lso.request import ITEMS
from gateway.mapping.evaluate import ItemContext
from gateway.mapping.outcomes import (
    AlreadyBegun,
    Answered,
    Failure,
    Faulted,
    Impossible,
    Postponed,
    Refusal,
    Unanswered,
)
from gateway.mapping.plain import rfc3339
from gateway.mapping.plan import LoadedMapping
from gateway.qualification.answering import ItemAnswer
from gateway.qualification.collecting import collect
from gateway.qualification.legacy import in_words
from gateway.qualification.observing import CallNote, ItemNotes
from gateway.qualification.redacting import HIDDEN, MOST_HIDDEN, Redactor, TooMuchHidden, as_it_is
from gateway.store.records import JsonText, StoredTrace

_log = logger()

Keep = Literal["full", "shape", "off"]
Ended = ItemAnswer | Refusal | Postponed | Failure

ENDED = "ended"

LONGEST = 64 * 1024
"""Bytes of one trace, where nothing else is said."""

_BARE_CALLS = 20
_LONGEST_TEXT = 500
_OURS = ("mapping", "version", "rule", "at")
"""Members that are the gateway's own words, and shown as they are."""
_NOTHING = StoredTrace(None, None, None)


@dataclass(frozen=True)
class Tracer:
    """Makes traces. `longest`: bytes; what is longer is kept as `shape`, or as `bare`."""

    keep: Keep = "off"
    longest: int = LONGEST

    def begun(self, mapping: LoadedMapping | None) -> StoredTrace:
        """Work on an item begins, by this mapping if there is one."""
        return StoredTrace(mapping.name, mapping.version, None) if mapping else _NOTHING

    def unasked(self, mapping: LoadedMapping | None, reason: str, at: datetime) -> StoredTrace:
        """An item came to an end, or failed, before its mapping did. `reason` is for the operator."""
        begun = self.begun(mapping)
        if self.keep == "off":
            return begun
        told = {"mapping": begun.mapping, "version": begun.version, "outcome": _cut(reason), "at": rfc3339(at)}
        return replace(begun, text=_text({**told, "keeps": "bare"}))

    def ended(
        self, mapping: LoadedMapping, context: ItemContext, notes: ItemNotes, outcome: Ended, told: str
    ) -> StoredTrace:
        """An item was evaluated; `told` is its outcome in words. Never raises: an answer does not depend on it."""
        text = None
        if self.keep != "off":
            try:
                trace = _trace(mapping, context, notes, outcome, told)
                text = self._fitting(trace, _others(context), outcome)
            except TooMuchHidden:
                text = _text(_without_words(trace))
            except Exception as error:
                _log.error("no trace could be made", mapping=mapping.name, exc_info=error)
        return StoredTrace(mapping.name, mapping.version, text)

    def shown(self, arguments: Mapping[str, Any]) -> JsonText | None:
        """What is sent, as an operator may see it; None where nothing is kept of it. Never raises."""
        if self.keep == "off":
            return None
        redactor = Redactor()
        redactor.learn(arguments)
        try:
            shown = redactor.shown(arguments)
            text = _text(shown if self.keep == "full" else _type(shown))
        except Exception as error:
            _log.error("arguments cannot be shown", exc_info=error)
            return None
        return text if len(text.encode()) <= self.longest else None

    def _fitting(self, trace: dict[str, Any], others: Sequence[Any], outcome: Ended) -> JsonText:
        """`others`: what has texts that are hidden, beside the trace. What an item ended with is kept with it; where
        something else is hidden in the trace it stands there too, since it may repeat that.

        Raises TooMuchHidden.
        """
        if self.keep == "full":
            whole = as_it_is(_full(trace), others)
            if whole is not None and len(whole) <= self.longest:
                return JsonText(whole.decode())
        trace = _redacted({**trace, ENDED: _ended(outcome)}, others)
        forms = (_full, _shape, _bare) if self.keep == "full" else (_shape, _bare)
        for form in forms[:-1]:
            text = orjson.dumps(form(trace))
            if len(text) <= self.longest:
                return JsonText(text.decode())
        return _text(_bare(trace))


def answered_by_operator(trace: StoredTrace | None, said: Mapping[str, Any], at: datetime) -> StoredTrace:
    """The trace of an item that an operator has answered: what went before stays in it."""
    before = trace or _NOTHING
    told: dict[str, Any] = orjson.loads(before.text) if before.text else {}
    return StoredTrace(before.mapping, before.version, _text({**told, "operator": {"at": rfc3339(at), **said}}))


def _trace(mapping: LoadedMapping, context: ItemContext, notes: ItemNotes, outcome: Ended, told: str) -> dict[str, Any]:
    """All of it, but for an answer, which is kept elsewhere."""
    trace: dict[str, Any] = {
        "mapping": mapping.name,
        "version": mapping.version,
        "rule": str(outcome.rule),
        "at": rfc3339(context.now),
        "outcome": _cut(told),
        ENDED: None if isinstance(outcome, ItemAnswer) else _ended(outcome),
    }
    parts: dict[str, Any] = {
        "calls": [_call(note) for note in notes.calls],
        "known": _known(context),
        "answers": context.answers,
        "catalogue": _catalogue(context),
    }
    return trace | {name: value for name, value in parts.items() if value}


def _others(context: ItemContext) -> Sequence[Any]:
    """What a trace does not show, but may repeat."""
    return context.item, context.document.get("relatedContactInformation")


def _redacted(trace: dict[str, Any], others: Sequence[Any]) -> dict[str, Any]:
    redactor = Redactor(MOST_HIDDEN)
    calls = trace.get("calls", ())
    called = [call[name] for call in calls for name in ("arguments", "reply") if name in call]
    for one in (*others, trace.get("known"), *called):
        redactor.learn(one)
    fixed = {name: trace[name] for name in _OURS}
    return {**fixed, **redactor.shown({name: value for name, value in trace.items() if name not in fixed})}


def _known(context: ItemContext) -> dict[str, dict[str, Any]]:
    """What references files found for the ids that the mapping may read: those of the item, and of its relations."""
    known: dict[str, dict[str, Any]] = {}
    if not context.known:
        return known
    item = context.item
    named = {relation.get("id") for relation in item.get("qualificationItemRelationship") or ()}
    others = [one for one in context.document.get(ITEMS, ()) if named and one.get("id") in named]
    for reference in collect({ITEMS: [item, *others]}):
        if reference.key in context.known:
            known.setdefault(str(reference.kind), {})[reference.id] = context.known[reference.key]
    return known


def _catalogue(context: ItemContext) -> list[Mapping[str, Any]]:
    """The offerings that the mapping saw, the item's own among them."""
    own = context.offering
    return [*context.catalogue, *([own] if own is not None and own not in context.catalogue else [])]


def _ended(outcome: Ended) -> dict[str, Any]:
    """An outcome in the words of a test."""
    match outcome:
        case ItemAnswer(members=members, offering=offering):
            return {**members, **({"productOffering": {"id": offering}} if offering else {})}
        case Refusal(code=code, reason=reason, pointer=pointer):
            return {"refuse": str(code), **({"at": pointer} if pointer is not None else {}), "reason": reason}
        case Postponed(wait=None, reason=reason):
            return {"ask an operator": reason}
        case Postponed(wait=wait):
            return {"wait": f"{wait:g} s"}
        case Failure(reason=reason):
            return {"fail": _cut(reason)}
        case _:
            assert_never(outcome)


def _call(note: CallNote) -> dict[str, Any]:
    step, call, result = note.step, note.call, note.result
    told: dict[str, Any] = {"step": step.name, "system": step.system, "kind": step.word, "attempt": call.attempt}
    if call.index is not None:
        told["index"] = call.index
    told["milliseconds"] = round(note.seconds * 1000, 1)
    if note.age is not None:
        told["age"] = round(note.age, 1)
    elif note.tries != 1:
        told["tries"] = note.tries
    told["result"] = _result(note)
    told["arguments"] = call.arguments
    match result:
        case Answered(value=value):
            told["reply"] = value
        case Faulted(codes=codes, text=text):
            told["fault"] = {"codes": list(codes), **({"text": _cut(text)} if text else {})}
        case Unanswered() | Impossible() | AlreadyBegun() | None:
            pass
        case _:
            assert_never(result)
    return told


def _result(note: CallNote) -> str:
    if note.result is None:
        return "given up"
    words = _cut(in_words(note.result))
    return words if note.is_made or isinstance(note.result, AlreadyBegun) else f"not sent again: {words} before"


def _full(trace: dict[str, Any]) -> dict[str, Any]:
    return {**trace, "keeps": "full"}


def _shape(trace: dict[str, Any]) -> dict[str, Any]:
    """The trace with types in the place of values, but for how the item ended."""
    calls = [
        {**call, **{name: _type(call[name]) for name in ("arguments", "reply") if name in call}}
        for call in trace.get("calls", ())
    ]
    others: dict[str, Any] = {name: _type(trace[name]) for name in ("known", "answers") if name in trace}
    rest = {name: value for name, value in trace.items() if name not in ("known", "answers", "catalogue")}
    return {**rest, "calls": calls, **others, "keeps": "shape"}


def _bare(trace: dict[str, Any]) -> dict[str, Any]:
    """What fits in any case: which mapping, how it ended in words, the first calls by their names."""
    calls = trace.get("calls", [])
    named = ("step", "system", "kind", "attempt", "milliseconds", "result")
    few = [{name: call[name] for name in named} for call in calls[:_BARE_CALLS]]
    kept = {name: trace[name] for name in ("mapping", "version", "rule", "at", "outcome")}
    return {**kept, "calls": few, "calls_in_all": len(calls), "keeps": "bare"}


def _without_words(trace: dict[str, Any]) -> dict[str, Any]:
    """What can be shown of a trace in which nothing is looked for: the gateway's own words."""
    bare = _bare(trace)
    calls = [{**call, "result": HIDDEN} for call in bare["calls"]]
    return {**bare, "outcome": HIDDEN, "calls": calls}


def _type(value: Any) -> Any:
    match value:
        case dict():
            return {name: _type(member) for name, member in value.items()}
        case list():
            return [_type(value[0]), f"{len(value)} in all"] if value else []
        case None:
            return None
        case bool():
            return "true or false"
        case int() | float():
            return "number"
        case _:
            return "text"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"


def _text(trace: Mapping[str, Any]) -> JsonText:
    return JsonText(orjson.dumps(trace).decode())
