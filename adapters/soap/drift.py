"""Today's WSDL of a system against the stored copy, by meaning: operations and their messages, not bytes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from adapters.base import AdapterConfigurationError, Checked, CheckOutcome
from adapters.described import DescriptionError
from adapters.soap.contract import message_schema
from adapters.soap.exchange import Exchange
from adapters.soap.fetching import fetched
from adapters.soap.options import SoapOptions
from adapters.soap.wsdl import Wsdl, load_wsdl

SUBJECT = "WSDL"
MOST_TOLD = 3


async def check_wsdl(
    stored: Wsdl, options: SoapOptions, address: str, used: Collection[str], seconds: float
) -> list[Checked]:
    """A line for the WSDL that the system gives at `address`, and one for each `used` operation that has changed.

    Sends nothing but GET requests. Raises nothing but cancellation.
    """
    try:
        files = await fetched(address, options, seconds=seconds)
        today = await asyncio.to_thread(_loaded, files, options)
    except (DescriptionError, AdapterConfigurationError) as error:
        return [Checked(SUBJECT, CheckOutcome.NOT_CHECKED, " ".join(str(error).split()))]
    except Exception as error:  # a foreign document read by a foreign library
        return [Checked(SUBJECT, CheckOutcome.NOT_CHECKED, f"{address} cannot be read: {type(error).__name__}")]
    return list(_told(stored, today, used))


def _loaded(files: Mapping[str, bytes], options: SoapOptions) -> Wsdl:
    with tempfile.TemporaryDirectory(prefix="poq-gateway-wsdl-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        at = Path(folder) / next(iter(files))
        try:
            return load_wsdl(options.model_copy(update={"wsdl": at}))
        except AdapterConfigurationError as error:
            text = str(error).replace(f"{folder}/", "")
            raise AdapterConfigurationError(f"today's WSDL cannot be used: {text}") from error


def _told(stored: Wsdl, today: Wsdl, used: Collection[str]) -> Iterator[Checked]:
    changed = {name: differences(stored, today, name) for name in stored.operations}
    changed = {name: found for name, found in changed.items() if found}
    new = sorted(set(today.operations) - set(stored.operations))
    others = sorted(set(changed) - set(used))
    if not changed:
        text = f"as stored ({len(stored.operations)} operations)"
        yield Checked(SUBJECT, CheckOutcome.OK, text + (f"; new: {', '.join(new)}" if new else ""))
        return
    text = "it is no longer what is stored: poq-gateway wsdl fetch"
    more = f"; changed, and not used: {', '.join(others)}" if others else ""
    outcome = CheckOutcome.DRIFT if len(others) < len(changed) else CheckOutcome.OK
    yield Checked(SUBJECT, outcome, (text if outcome is CheckOutcome.DRIFT else "as stored, for what is used") + more)
    for name in sorted(set(changed) & set(used)):
        yield Checked(f"operation {name}", CheckOutcome.DRIFT, "; ".join(changed[name]))


def differences(stored: Wsdl, today: Wsdl, operation: str) -> list[str]:
    """What is different of an operation, in words; empty where nothing that matters is."""
    try:
        before = stored.exchange(operation)
    except AdapterConfigurationError:
        return []  # it could not be called before: nobody relies on it
    try:
        after = today.exchange(operation)
    except AdapterConfigurationError as error:
        return [f"today it cannot be called: {error}"]
    found = list(_in_exchange(before, after))
    return [*found[:MOST_TOLD], "…"] if len(found) > MOST_TOLD else found


def _in_exchange(before: Exchange, after: Exchange) -> Iterator[str]:
    if before.action != after.action:
        yield f"its SOAPAction was {before.action!r} and is {after.action!r}"
    for word in ("request", "reply"):
        was, now = getattr(before, word), getattr(after, word)
        if (was.tag, was.is_rpc) != (now.tag, now.is_rpc):
            yield f"{word}: it was {was.tag or 'several parts'} and is {now.tag or 'several parts'}"
        yield from (f"{word}: {text}" for text in _in_schema(message_schema(was), message_schema(now), ""))
    gone = {fault.element for fault in before.faults} - {fault.element for fault in after.faults}
    come = {fault.element for fault in after.faults} - {fault.element for fault in before.faults}
    yield from (f"the fault {name} is gone" for name in sorted(gone))
    yield from (f"the fault {name} is new" for name in sorted(come))


def _in_schema(before: Any, after: Any, path: str) -> Iterator[str]:
    """The differences of two JSON Schemas of a message."""
    before, after = _bare(before), _bare(after)
    where = path or "the message"
    if before.get("type") != after.get("type"):
        yield f"{where} was {before.get('type', 'of any type')} and is {after.get('type', 'of any type')}"
        return
    listed, now = set(before.get("enum", ())), set(after.get("enum", ()))
    if listed != now:
        parts = [f"without {one}" for one in sorted(listed - now)] + [f"with {one}" for one in sorted(now - listed)]
        yield f"{where} has other values: {', '.join(parts)}"
    if "items" in before or "items" in after:
        yield from _in_schema(before.get("items", {}), after.get("items", {}), f"{path}[]")
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
            yield from _in_schema(members[name], others[name], inner)


def _bare(schema: Any) -> dict[str, Any]:
    """A schema without the null that it may allow beside."""
    found = schema if isinstance(schema, dict) else {}
    choices = [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
    return choices[0] | {"type": f"{choices[0].get('type')} or null"} if choices else found
