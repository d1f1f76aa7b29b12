"""Whether a gateway with this configuration could work: each part looked at, whatever is wrong with the others.

Nothing is changed, and no system is asked for more than `System.check` does. What is told holds no secret of the
configuration, whoever said it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from adapters.base import Checked, CheckOutcome, Operation
from gateway.app import operator_store
from gateway.assembly.configured import callback_policies
from gateway.assembly.hiding import Hiding
from gateway.assembly.kinds import ADAPTERS, KINDS
from gateway.catalog import build_systems, load_products
from gateway.linting import lint
from gateway.lso.identifiers import Dealing
from gateway.mapping.collection import load_collection, own_files, unread
from gateway.notify.names import Names
from gateway.notify.policy import Address, CallbackPolicy
from gateway.qualification.preparing import ConfiguredSystem, prepare
from gateway.settings import Settings, literal_secrets, load_settings
from gateway.sources.findings import Finding, FindingsError
from gateway.store.errors import StoreError, StoreTooOld
from gateway.store.notifications import SubscriptionStore
from gateway.store.store import Store
from gateway.surroundings import read_surroundings

MOST_FINDINGS = 20
"""Of one part; `mapping lint` shows all."""

_NAME_SECONDS = 5.0
_MARGIN = 1.0


@dataclass(frozen=True)
class Line:
    """What was found about one thing. `part`: configuration, mappings, products, store, callbacks, or `system NAME`."""

    part: str
    subject: str
    outcome: CheckOutcome
    text: str = ""

    @property
    def is_bad(self) -> bool:
        return self.outcome in (CheckOutcome.FAILED, CheckOutcome.DRIFT)


@runtime_checkable
class _Coded(Protocol):
    """An operation that can be carried out in several ways says which it is."""

    @property
    def codec(self) -> str: ...


async def check_up(config: Path, *, live: bool, timeout: float) -> list[Line]:  # noqa: ASYNC109 (handed on)
    """Everything, in a fixed order; systems, store and names are asked at the same time, `timeout` seconds each.

    Raises FindingsError where the configuration itself cannot be read.
    """
    settings = load_settings(config, ADAPTERS)
    lines = [Line("configuration", str(config), CheckOutcome.OK, _counted(settings))]
    lines += _told("configuration", literal_secrets(settings))
    lines += _products(settings)
    lines += await asyncio.to_thread(lambda: list(_mappings(settings, config)))
    systems, broken = _built(settings)
    lines += broken
    async with asyncio.TaskGroup() as group:
        asked = [
            group.create_task(_system(name, one, operations, live=live, timeout=timeout))
            for name, (one, operations) in _with_operations(settings, systems).items()
        ]
        kept = group.create_task(_store(settings))
        called = group.create_task(_callbacks(settings))
    for task in (*asked, kept, called):
        lines += task.result()
    hide = Hiding(settings)
    return [replace(line, subject=hide(line.subject), text=hide(line.text)) for line in lines]


def _counted(settings: Settings) -> str:
    dealings = len(callback_policies(settings))
    return f"{len(settings.sellers)} Seller(s), {dealings} Buyer(s), {len(settings.systems)} system(s)"


def _products(settings: Settings) -> Iterator[Line]:
    try:
        products = load_products(settings)
    except FindingsError as error:
        yield from _told("products", error.findings)
        return
    yield Line("products", "specifications", CheckOutcome.OK, f"{len(list(products.types))} type(s)")


def _mappings(settings: Settings, config: Path) -> Iterator[Line]:
    folders = settings.mapping_folders
    files = [path for folder in folders for path in own_files(folder)]
    findings = [*lint(files, read_surroundings(config), whole=True), *unread(folders)]
    yield from _told("mappings", findings)
    if not findings:
        outcome = CheckOutcome.OK if files else CheckOutcome.FAILED
        yield Line("mappings", ", ".join(folder.name for folder in folders), outcome, f"{len(files)} file(s)")


def _told(part: str, findings: Sequence[Finding]) -> Iterator[Line]:
    for finding in findings[:MOST_FINDINGS]:
        yield Line(part, str(finding.location), CheckOutcome.FAILED, str(finding).removeprefix(f"{finding.location} "))
    if len(findings) > MOST_FINDINGS:
        yield Line(part, "and more", CheckOutcome.FAILED, f"{len(findings) - MOST_FINDINGS} further finding(s)")


def _built(settings: Settings) -> tuple[dict[str, ConfiguredSystem], list[Line]]:
    """The systems that can be built, and why the others cannot."""
    systems: dict[str, ConfiguredSystem] = {}
    lines: list[Line] = []
    for name, system in settings.systems.items():
        try:
            systems |= build_systems(settings.model_copy(update={"systems": {name: system}}))
        except FindingsError as error:
            lines += [Line(f"system {name}", system.word, CheckOutcome.FAILED, one.message) for one in error.findings]
    return systems, lines


def _with_operations(
    settings: Settings, systems: Mapping[str, ConfiguredSystem]
) -> dict[str, tuple[ConfiguredSystem, dict[str, Operation]]]:
    """Each system with the operations that mappings use, by what a step calls them; prepared, as for serving."""
    used: dict[str, tuple[ConfiguredSystem, dict[str, Operation]]] = {name: (one, {}) for name, one in systems.items()}
    with suppress(FindingsError):  # what is wrong with mappings is told already
        prepared = prepare(load_collection(settings.mapping_folders, KINDS), systems)
        for mapping in prepared.values():
            for step in mapping.steps.values():
                name = getattr(step.step.definition, "operation", None) or f"{mapping.mapping.name}.{step.step.name}"
                used[step.step.system][1][str(name)] = step.operation
    return used


async def _system(
    name: str,
    configured: ConfiguredSystem,
    operations: Mapping[str, Operation],
    *,
    live: bool,
    timeout: float,  # noqa: ASYNC109 (handed on)
) -> list[Line]:
    part, system = f"system {name}", configured.system
    found: Sequence[Checked]
    try:
        async with asyncio.timeout(timeout + _MARGIN):
            await system.open()
            try:
                found = await system.check(live=live, timeout=timeout)
            finally:
                await system.close()
    except TimeoutError:
        found = [Checked("connection", CheckOutcome.FAILED, f"no answer within {timeout:g} s")]
    except Exception as error:  # an adapter's mistake must not hide what the others say
        found = [Checked("connection", CheckOutcome.FAILED, f"unexpected fault: {type(error).__name__}")]
    lines = [Line(part, one.subject, one.outcome, one.text) for one in found]
    told = {one.subject for one in found}
    for subject, operation in operations.items():
        if isinstance(operation, _Coded) and f"operation {subject}" not in told:
            lines.append(Line(part, f"operation {subject}", CheckOutcome.OK, f"codec: {operation.codec}"))
    return lines


async def _store(settings: Settings) -> list[Line]:
    subject = settings.store.path.name if settings.store.url is None else "PostgreSQL"
    if settings.store.url is None and not settings.store.path.exists():
        return [Line("store", subject, CheckOutcome.NOT_CHECKED, "not there yet: the gateway makes it when it starts")]
    try:
        async with operator_store(settings) as database:
            await Store(database, keep_events=timedelta(0), new_id=str).operator_check()
    except StoreTooOld as error:
        return [Line("store", subject, CheckOutcome.DRIFT, f"{error}; the gateway brings it up to date when it starts")]
    except StoreError as error:
        return [Line("store", subject, CheckOutcome.FAILED, str(error))]
    return [Line("store", subject, CheckOutcome.OK, "can be read and written, its tables are of this version")]


async def _callbacks(settings: Settings) -> list[Line]:
    """Hosts that may be called by the configuration, and those that Buyers have registered: what they mean now."""
    policies = callback_policies(settings)
    names = Names(timeout=_NAME_SECONDS)
    lines = [_policy(dealing, policy) for dealing, policy in policies.items()]
    try:
        wanted = {(host, dealing) for dealing, policy in policies.items() for host in policy.hosts}
        wanted |= {pair async for pair in _registered(settings)}
        resolved = await asyncio.gather(*(_resolved(names, host) for host in {host for host, _ in wanted}))
    finally:
        await names.close()
    found = dict(resolved)
    return lines + [_named(host, found[host], policies.get(dealing)) for host, dealing in sorted(wanted)]


def _policy(dealing: Dealing, policy: CallbackPolicy) -> Line:
    allowed = ", ".join([*map(str, policy.networks), *sorted(policy.hosts)])
    text = f"{' or '.join(sorted(policy.schemes))} to public addresses{f' and {allowed}' if allowed else ''}"
    return Line("callbacks", f"Buyer {dealing.buyer}", CheckOutcome.OK, text)


async def _registered(settings: Settings) -> AsyncIterator[tuple[str, Dealing]]:
    """The hosts of registrations. What is wrong with the store is told elsewhere."""
    if settings.store.url is None and not settings.store.path.exists():
        return
    with suppress(StoreError):
        async with operator_store(settings) as database:
            for callback, dealing in await SubscriptionStore(database).operator_callbacks():
                host = urlsplit(callback).hostname
                if host:
                    yield host, dealing


async def _resolved(names: Names, host: str) -> tuple[str, Sequence[Address] | str]:
    try:
        return host, await names.addresses(host)
    except OSError as error:
        return host, str(error.strerror or error)


def _named(host: str, found: Sequence[Address] | str, policy: CallbackPolicy | None) -> Line:
    if isinstance(found, str):
        return Line("callbacks", f"host {host}", CheckOutcome.FAILED, found)
    refused = [str(address) for address in found if policy is None or not policy.allows(host, address)]
    if refused:
        text = f"{', '.join(refused)} may not be called: it is not public, and not in notifications.allow"
        return Line("callbacks", f"host {host}", CheckOutcome.FAILED, text)
    return Line("callbacks", f"host {host}", CheckOutcome.OK, ", ".join(map(str, found)))
