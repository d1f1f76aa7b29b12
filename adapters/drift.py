"""A contract as a system gives it today against the stored copy: what is told, and the differences of two schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from adapters.base import Checked, CheckOutcome

MOST_TOLD = 3


def told(
    subject: str, changes: Mapping[str, Sequence[str]], used: Collection[str], new: Collection[str], mending: str
) -> Iterator[Checked]:
    """A line for the contract, and one for each `used` operation that has changed.

    `changes`: what is different of each stored operation, in words; `mending`: what stores today's.
    """
    changed = {name: found for name, found in changes.items() if found}
    others = sorted(set(changed) - set(used))
    if not changed:
        text = f"as stored ({len(changes)} operations)"
        yield Checked(subject, CheckOutcome.OK, text + (f"; new: {', '.join(sorted(new))}" if new else ""))
        return
    more = f"; changed, and not used: {', '.join(others)}" if others else ""
    if len(others) == len(changed):
        yield Checked(subject, CheckOutcome.OK, f"as stored, for what is used{more}")
        return
    yield Checked(subject, CheckOutcome.DRIFT, f"it is no longer what is stored: {mending}{more}")
    for name in sorted(set(changed) & set(used)):
        yield Checked(f"operation {name}", CheckOutcome.DRIFT, "; ".join(changed[name]))


def first_of(differences: Iterable[str]) -> list[str]:
    """A few of them."""
    found = list(differences)
    return [*found[:MOST_TOLD], "…"] if len(found) > MOST_TOLD else found


def schema_differences(before: Any, after: Any, path: str) -> Iterator[str]:
    """The differences of two JSON Schemas of a message."""
    where = path or "the message"
    if (_has_choices(before) or _has_choices(after)) and before != after:
        yield f"{where} has other choices"
        return
    before, after = _bare(before), _bare(after)
    if before.get("type") != after.get("type"):
        yield f"{where} was {before.get('type', 'of any type')} and is {after.get('type', 'of any type')}"
        return
    if before.get("format") != after.get("format"):
        yield f"{where} is of another format: it was {before.get('format')}, and is {after.get('format')}"
    listed, now = set(before.get("enum", ())), set(after.get("enum", ()))
    if listed != now:
        parts = [f"without {one}" for one in sorted(listed - now)] + [f"with {one}" for one in sorted(now - listed)]
        yield f"{where} has other values: {', '.join(parts)}"
    if "items" in before or "items" in after:
        yield from schema_differences(before.get("items", {}), after.get("items", {}), f"{path}[]")
    members, others = before.get("properties", {}), after.get("properties", {})
    needed, needed_now = set(before.get("required", ())), set(after.get("required", ()))
    for name in dict.fromkeys([*members, *others]):
        inner = f"{path}.{name}" if path else name
        if name not in others:
            yield f"{inner} is gone"
        elif name not in members:
            yield f"{inner} is new{' and needed' if name in needed_now else ''}"
        else:
            if (name in needed) != (name in needed_now):
                yield f"{inner} is {'needed' if name in needed_now else 'optional'} now"
            yield from schema_differences(members[name], others[name], inner)


def _has_choices(schema: Any) -> bool:
    """Besides null."""
    choices = schema.get("anyOf", ()) if isinstance(schema, dict) else ()
    return len([one for one in choices if one.get("type") != "null"]) > 1


def _bare(schema: Any) -> dict[str, Any]:
    """A schema without the null that it may allow beside."""
    found = schema if isinstance(schema, dict) else {}
    choices = [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] | {"type": f"{choices[0].get('type')} or null"} if choices else found
