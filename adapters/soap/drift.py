"""Today's WSDL of a system against the stored copy, by meaning: operations and their messages, not bytes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from adapters.base import AdapterConfigurationError, Checked, CheckOutcome
from adapters.described import DescriptionError
from adapters.drift import first_of, schema_differences, told
from adapters.soap.contract import message_schema
from adapters.soap.exchange import Exchange
from adapters.soap.fetching import fetched
from adapters.soap.options import SoapOptions
from adapters.soap.wsdl import Wsdl, load_wsdl

SUBJECT = "WSDL"


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
    changed = {name: differences(stored, today, name) for name in stored.operations}
    new = set(today.operations) - set(stored.operations)
    return list(told(SUBJECT, changed, used, new, "poq-gateway wsdl fetch"))


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
    return first_of(_in_exchange(before, after))


def _in_exchange(before: Exchange, after: Exchange) -> Iterator[str]:
    if before.action != after.action:
        yield f"its SOAPAction was {before.action!r} and is {after.action!r}"
    for word in ("request", "reply"):
        was, now = getattr(before, word), getattr(after, word)
        if (was.tag, was.is_rpc) != (now.tag, now.is_rpc):
            yield f"{word}: it was {was.tag or 'several parts'} and is {now.tag or 'several parts'}"
        yield from (f"{word}: {text}" for text in schema_differences(message_schema(was), message_schema(now), ""))
    gone = {fault.element for fault in before.faults} - {fault.element for fault in after.faults}
    come = {fault.element for fault in after.faults} - {fault.element for fault in before.faults}
    yield from (f"the fault {name} is gone" for name in sorted(gone))
    yield from (f"the fault {name} is new" for name in sorted(come))
