"""From a trace to a case of a test file: the item as it was asked, what the systems replied, how it ended.

What was sent stands in it too. What the trace hides stays hidden (`***`), also in the request, so that the case may be
kept beside the mapping.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from gateway.lso.request import ITEMS
from gateway.mapping.plan import LoadedMapping
from gateway.qualification.redacting import HIDDEN, Redactor

CONTACTS = "relatedContactInformation"
_FEW = 10
"""Items: of a request with more only those that the item names are written down."""

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9 _./-]*(?<! )")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


class CannotRecord(Exception):
    """The trace does not say enough; the text says what is missing."""


def recorded_case(
    name: str, trace: Mapping[str, Any], request: Mapping[str, Any], item_id: str, mapping: LoadedMapping, buyer: Any
) -> dict[str, Any]:
    """A case, as YAML data. `request`: the whole one as it was sent; `buyer`: as a case names it.

    Raises CannotRecord where the trace holds no values, or the item came to no mapping.
    """
    if "ended" not in trace or trace.get("keeps") != "full":
        raise CannotRecord(
            "the trace holds no values: nothing was asked, or `traces` in the configuration leaves them out"
        )
    calls = trace.get("calls", ())
    told = {
        "test": name,
        "now": trace["at"],
        "buyer": buyer,
        "request": _request(request, item_id),
        "item": item_id,
        "known": trace.get("known"),
        "answers": trace.get("answers"),
        "catalogue": trace.get("catalogue"),
        "legacy": dict(_replies(calls, mapping)),
        "sends": dict(_sends(calls)),
        "expect": _expectation(trace["ended"]),
    }
    return {key: value for key, value in told.items() if value not in (None, {}, [])}


def case_text(case: Mapping[str, Any]) -> str:
    """The case as an element of a test file."""
    return yaml.dump([case], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _request(request: Mapping[str, Any], item_id: str) -> dict[str, Any]:
    """The request without what says who asked; its contacts are those that a case has by itself."""
    redactor = Redactor()
    redactor.learn(request)
    items = [redactor.shown(item) for item in _wanted(request[ITEMS], item_id)]
    rest = {name: redactor.shown(value) for name, value in request.items() if name not in (ITEMS, CONTACTS)}
    return {**rest, ITEMS: items}


def _wanted(items: Sequence[Mapping[str, Any]], item_id: str) -> Iterator[Mapping[str, Any]]:
    own = next(item for item in items if item.get("id") == item_id)
    named = {item_id, *(relation.get("id") for relation in own.get("qualificationItemRelationship") or ())}
    return (item for item in items if len(items) <= _FEW or item.get("id") in named)


def _replies(calls: Sequence[Mapping[str, Any]], mapping: LoadedMapping) -> Iterator[tuple[str, Any]]:
    """By step; of several calls each has its own reply."""
    for step, own in _by_step(calls):
        replies = [_reply(call, mapping) for call in own]
        if all(reply is not None for reply in replies):
            yield step, replies[0] if _is_one(replies, own) else {"in turn": replies}


def _by_step(calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    for step in dict.fromkeys(call["step"] for call in calls):
        yield step, [call for call in calls if call["step"] == step]


def _reply(call: Mapping[str, Any], mapping: LoadedMapping) -> Any:
    """One reply as a case writes it; None where a case cannot: the call was never made."""
    if "reply" in call:
        reply = call["reply"]
        # a reply of one member could be taken for one of the words of a case
        return {"reply": reply} if isinstance(reply, dict) and len(reply) <= 2 else reply
    if "fault" in call:
        return {"fault": _code(call["fault"]["codes"], call["step"], mapping)}
    if call["result"].startswith("no answer"):
        return "no answer"
    return "already begun" if "begun before" in call["result"] else None


def _code(codes: Sequence[str], step: str, mapping: LoadedMapping) -> str:
    """Of all names of a fault the one that the mapping goes by: a case has room for one."""
    on = next((one.on for one in mapping.steps if one.name == step), {})
    return next((code for code in codes if f"fault {code}" in on), codes[0])


def _sends(calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for step, own in _by_step(calls):
        sent = [_said(call["arguments"]) for call in own]
        yield step, sent[0] if _is_one(sent, own) else sent


def _is_one(values: Sequence[Any], calls: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one stands for all: where asking again was refused, nobody refuses it in a test, and the same is said."""
    is_refused = any("fault" in call and call.get("tries") == 0 for call in calls)
    return len(values) == 1 or (is_refused and all(value == values[0] for value in values))


def _said(value: Any) -> Any:
    """Without the members that are hidden: a case names what must match."""
    if isinstance(value, dict):
        return {name: _said(member) for name, member in value.items() if not _is_hidden(member)}
    return value


def _is_hidden(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_hidden, value)) or any(isinstance(one, dict) and HIDDEN in json.dumps(one) for one in value)
    return isinstance(value, str) and HIDDEN in value


def _expectation(ended: Mapping[str, Any]) -> Any:
    return "fail" if "fail" in ended else dict(ended)


class _Dumper(yaml.SafeDumper):
    """Texts are quoted unless every reader of YAML takes them for a text; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _RESERVED
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else '"')


_Dumper.add_representer(str, _text)
