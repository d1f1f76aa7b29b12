"""Mappings and systems brought together: each step gets the operation that it calls, checked against its contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.base import AdapterConfigurationError, Operation, System
from gateway.mapping.collection import MappingCollection
from gateway.mapping.contracts import StepContract, check_contracts, needed_arguments
from gateway.mapping.plan import LoadedMapping, Step
from gateway.mapping.requesting import Requested, check_configuration
from gateway.mapping.world import Schema
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.legacy import PreparedMapping, PreparedStep
from gateway.sources.findings import Finding, nearest, raise_if_any


@dataclass(frozen=True)
class ConfiguredSystem:
    """A system with the adapter's word and how often a step may ask it in all, where the step retries."""

    system: System
    word: str
    tries: int


def prepare(mappings: MappingCollection, systems: Mapping[str, ConfiguredSystem]) -> dict[str, PreparedMapping]:
    """Every mapping with its operations, by name. Connects to nothing.

    Raises FindingsError with every step that names no system, or does not fit the system's contract.
    """
    findings: list[Finding] = []
    prepared = {mapping.name: _mapping(mapping, systems, findings) for mapping in mappings.mappings}
    raise_if_any(findings)
    return prepared


def check_products(mappings: MappingCollection, products: ProductSpecifications) -> Iterator[Finding]:
    """Mappings that would never be used, since no product specification has their @type; expressions that read what the
    specification does not have, or compare with values that it does not list.
    """
    for mapping in mappings.mappings:
        yield from check_types(mapping, products)
        if outlines := outlines_of(mapping, products):
            yield from check_configuration(mapping, outlines, products.outlines)


def check_types(mapping: LoadedMapping, products: ProductSpecifications) -> Iterator[Finding]:
    """The @types of a mapping that no product specification has."""
    for product in sorted(mapping.applies.products or ()):
        if products.refuses(product):
            where = mapping.document.location(("for", "product"))
            message = f"no product specification is called '{product}'"
            yield Finding(where, "MAP-407", message, nearest(product, products.types))


def outlines_of(mapping: LoadedMapping, products: ProductSpecifications) -> Sequence[Schema]:
    """What is known of the configurations that a mapping answers; empty where that is not known of each."""
    named = sorted(mapping.applies.products or ())
    known = [outline for product in named if (outline := products.outline(product)) is not None]
    return known if len(known) == len(named) else ()


def check_arguments(prepared: Mapping[str, PreparedMapping], products: ProductSpecifications) -> Iterator[Finding]:
    """What a Buyer may leave out, given to an operation that needs it."""
    for one in prepared.values():
        yield from check_needed(one, requested(one.mapping, products))


def requested(mapping: LoadedMapping, products: ProductSpecifications) -> Requested:
    """What a mapping reads of the request, with what is known of the products that it answers."""
    return Requested(mapping, outlines_of(mapping, products), products.outlines)


def check_needed(one: PreparedMapping, read: Requested) -> Iterator[Finding]:
    """The same of one mapping, whose request was read."""
    contracts = {name: _contract(step.operation) for name, step in one.steps.items()}
    return read.left_out(needed_arguments(one.mapping, contracts))


def _contract(operation: Operation) -> StepContract:
    return StepContract(operation.contract.arguments, operation.contract.reply)


def _mapping(
    mapping: LoadedMapping, systems: Mapping[str, ConfiguredSystem], findings: list[Finding]
) -> PreparedMapping:
    steps: dict[str, PreparedStep] = {}
    contracts: dict[str, StepContract] = {}
    for step in mapping.steps:
        configured = _system(mapping, step, systems, findings)
        operation = _operation(mapping, step, configured, findings) if configured else None
        if configured and operation:
            contracts[step.name] = _contract(operation)
            findings += _check_timeout(mapping, step, configured.system)
            steps[step.name] = PreparedStep(step, operation, configured.system.timeout, configured.tries)
    findings += check_contracts(mapping, contracts)
    return PreparedMapping(mapping, steps)


def _check_timeout(mapping: LoadedMapping, step: Step, system: System) -> list[Finding]:
    if step.timeout is None or step.timeout <= system.timeout:
        return []
    where = mapping.document.location(("steps", step.name, "timeout"))
    message = f"longer than the system '{step.system}' allows ({system.timeout:g} s)"
    return [Finding(where, "MAP-406", message, "shorten it, or raise the system's timeout in the configuration")]


def _system(
    mapping: LoadedMapping, step: Step, systems: Mapping[str, ConfiguredSystem], findings: list[Finding]
) -> ConfiguredSystem | None:
    where = mapping.document.location(("steps", step.name, step.word))
    configured = systems.get(step.system)
    if configured is None:
        hint = nearest(step.system, systems)
        findings.append(Finding(where, "MAP-401", f"the configuration has no system '{step.system}'", hint))
        return None
    if configured.word != step.word:
        message = f"the system '{step.system}' is asked by '{configured.word}', not '{step.word}'"
        findings.append(Finding(where, "MAP-401", message))
        return None
    return configured


def _operation(
    mapping: LoadedMapping, step: Step, configured: ConfiguredSystem, findings: list[Finding]
) -> Operation | None:
    try:
        return configured.system.operation(step.definition)
    except AdapterConfigurationError as error:
        own = next(name for name in type(step.definition).model_fields if name != "most")
        where = mapping.document.location(("steps", step.name, own))
        findings.append(Finding(where, "MAP-405", str(error)))
        return None
