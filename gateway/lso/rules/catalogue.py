"""Rules about offerings and product specifications: known to the Seller, and fit for the product that is described.

What the catalogue holds comes in as data; where it comes from is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.rules.context import Context, Node

Types = frozenset[str]
"""Values of `productConfiguration.@type`, all names of a specification; empty means any."""


@dataclass(frozen=True)
class Offering:
    """An offering of the Seller: the specification it is based on, and what its products may be described as."""

    specification_id: str | None = None
    types: Types = frozenset()


@dataclass(frozen=True)
class Catalogue:
    """What is offered to this Buyer, by id. None means that ids of that kind are not looked up here."""

    offerings: Mapping[str, Offering] | None = None
    specifications: Mapping[str, Types] | None = None


def offerings_are_known(context: Context) -> Iterator[Problem]:
    """P29, 87.1-R37a."""
    offerings = context.catalogue.offerings if context.catalogue else None
    for reference in _unknown_references(context, "productOffering", offerings):
        yield Problem(ProblemCode.REFERENCE_NOT_FOUND, reference.at("id"), "is no product offering for this Buyer")


def specifications_are_known(context: Context) -> Iterator[Problem]:
    """P29, 87.1-R37a."""
    specifications = context.catalogue.specifications if context.catalogue else None
    for reference in _unknown_references(context, "productSpecification", specifications):
        yield Problem(ProblemCode.REFERENCE_NOT_FOUND, reference.at("id"), "is no product specification for this Buyer")


def types_belong(context: Context) -> Iterator[Problem]:
    """P30, 87.1-R37a; silent where offering and specification are not known."""
    known = context.catalogue
    if known is None or (known.offerings is None and known.specifications is None):
        return
    for product in context.products:
        configuration = product.object("productConfiguration")
        kind = configuration.text("@type") if configuration else None
        if configuration is None or kind is None:
            continue
        for what, types in _types(known, product):
            if types and kind not in types:
                yield Problem(
                    ProblemCode.INVALID_VALUE,
                    configuration.at("@type"),
                    f"does not belong to the {what}",
                    f"Accepted: {', '.join(sorted(types))}.",
                )
                break


def _unknown_references(context: Context, name: str, known: Mapping[str, object] | None) -> Iterator[Node]:
    """The references with an id that is not among those known; none if they are not looked up here."""
    if known is None:
        return
    for product in context.products:
        reference = product.object(name)
        reference_id = reference.text("id") if reference is not None else None
        if reference is not None and reference_id is not None and reference_id not in known:
            yield reference


def _types(catalogue: Catalogue, product: Node) -> Iterator[tuple[str, Types]]:
    """What the product may be described as, by its offering and by its specification."""
    offering = product.object("productOffering")
    if offering is not None and catalogue.offerings is not None:
        known = catalogue.offerings.get(offering.text("id") or "")
        if known is not None:
            yield "product offering", known.types
    specification = product.object("productSpecification")
    if specification is not None and catalogue.specifications is not None:
        yield "product specification", catalogue.specifications.get(specification.text("id") or "", frozenset())
