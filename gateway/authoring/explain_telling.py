"""An explanation for people and for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.authoring.explain import Explained
from gateway.authoring.explain_trace import CallSeen, Run, Seen
from gateway.mapping.plan import CacheRule

_LONGEST = 160
_NAMES = 34


def told(explained: Explained) -> Iterator[str]:
    """The lines about one item or reference."""
    by = f"  {explained.mapping} {explained.version}  {explained.file}" if explained.mapping else ""
    yield f"{explained.subject}{by}"
    for run in explained.runs:
        yield from _run(run)
    if explained.stopped:
        yield f"  STOPS HERE: {explained.stopped}"
    if explained.outcome is not None:
        yield f"  answer  (rule {explained.rule})"
        for seen in explained.members:
            yield _line(seen, str(seen.location) if seen.location else "added by the gateway")


def _run(run: Run) -> Iterator[str]:
    if run.offering is not None:
        yield f"  offering {run.offering}"
    if run.lets:
        yield "  let"
        yield from (_line(seen, str(seen.location)) for seen in run.lets)
    for call in run.calls:
        yield from _call(call)
    if run.conditions:
        yield "  when"
        for seen in run.conditions:
            yield f"    {'yes' if seen.value else 'no ':3}  {_cut(seen.name)}  {seen.location}"


def _call(call: CallSeen) -> Iterator[str]:
    yield f"  {call.step}  ({call.word} {call.system})  {call.location}"
    yield from (f"    | {line}" for line in call.sent.rstrip("\n").split("\n") if call.sent)
    if call.cache is not None:
        yield f"    a reply may be up to {call.cache.seconds:g} s old: kept {_for_whom(call.cache)}"
    yield f"    reply: {_value(call.reply)}" if call.reply is not None else "    no reply is given"


def _for_whom(cache: CacheRule) -> str:
    return "for all Buyers" if cache.shared else "for each Buyer"


def _line(seen: Seen, where: str) -> str:
    return f"    {f'{seen.name} = {_value(seen.value)}'.ljust(_NAMES)}  {where}"


def _value(value: Any) -> str:
    if isinstance(value, str) and value.startswith(("fault ", "no answer", "not sent")):
        return _cut(value)
    return _cut(json.dumps(value, default=str, ensure_ascii=False))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def for_programs(explained: Sequence[Explained]) -> list[dict[str, Any]]:
    """The same as data that JSON can hold, nothing cut."""
    return [
        {
            "subject": one.subject,
            "mapping": one.mapping,
            "version": one.version,
            "file": one.file,
            "runs": [_run_data(run) for run in one.runs],
            "stopped": one.stopped or None,
            "outcome": _plain(one.outcome),
            "rule": str(one.rule) if one.rule else None,
            "fields": [_seen(seen) for seen in one.members],
        }
        for one in explained
    ]


def _run_data(run: Run) -> dict[str, Any]:
    return {
        "offering": run.offering,
        "let": [_seen(seen) for seen in run.lets],
        "calls": [
            {
                "step": call.step,
                "system": call.system,
                "kind": call.word,
                "sent": call.sent,
                "reply": _plain(call.reply),
                "location": str(call.location),
                "cache": {"seconds": call.cache.seconds, "shared": call.cache.shared} if call.cache else None,
            }
            for call in run.calls
        ],
        "when": [_seen(seen) for seen in run.conditions],
    }


def _seen(seen: Seen) -> dict[str, Any]:
    where = str(seen.location) if seen.location else None
    return {"name": seen.name, "value": _plain(seen.value), "location": where}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
