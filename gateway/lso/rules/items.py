"""Rules about items: ids, what `add` and `modify` must name, relations between items."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.rules.context import Context


def ids_are_unique(context: Context) -> Iterator[Problem]:
    """P19, 87.1-R29: the later one is reported."""
    seen: set[str] = set()
    for item, item_id in context.items:
        if item_id in seen:
            yield Problem(ProblemCode.INVALID_VALUE, item.at("id"), "is the id of an earlier item")
        if item_id is not None:
            seen.add(item_id)


def configuration_is_there(context: Context) -> Iterator[Problem]:
    """P21, 87.1-R29, whatever the action."""
    for product in context.products:
        if "productConfiguration" not in product.value:
            yield Problem(ProblemCode.MISSING_PROPERTY, product.at("productConfiguration"), "is missing")


def add_names_offering_or_specification(context: Context) -> Iterator[Problem]:
    """P25 and P26, 87.1-R37a: one of the two, not both."""
    for product in context.added:
        has_offering = "productOffering" in product.value
        has_specification = "productSpecification" in product.value
        if not has_offering and not has_specification:
            reason = "is missing: an item to add names a product offering or a product specification"
            yield Problem(ProblemCode.MISSING_PROPERTY, product.at("productOffering"), reason)
        if has_offering and has_specification:
            reason = "must be absent: an item to add names either a product offering or a product specification"
            yield Problem(ProblemCode.UNEXPECTED_PROPERTY, product.at("productSpecification"), reason)


def add_has_no_product_id(context: Context) -> Iterator[Problem]:
    """P27, 87.1-R37b."""
    for product in context.added:
        if "id" in product.value:
            reason = "must be absent: a product to add is not in service yet"
            yield Problem(ProblemCode.UNEXPECTED_PROPERTY, product.at("id"), reason)


def modify_names_product_and_offering(context: Context) -> Iterator[Problem]:
    """P28, 87.1-R39; the third member of that row is every item's (`configuration_is_there`)."""
    for product in context.modified:
        for name in ("id", "productOffering"):
            if name not in product.value:
                reason = "is missing: an item to modify names its product and its product offering"
                yield Problem(ProblemCode.MISSING_PROPERTY, product.at(name), reason)


def relations_lead_to_other_items(context: Context) -> Iterator[Problem]:
    """P33, 87.1-R32. While an item has no sound id, an id that no item has is not reported: it may be that item's."""
    for item, own in context.items:
        for relation in item.objects("qualificationItemRelationship"):
            related = relation.text("id")
            if related is not None and related == own:
                yield Problem(ProblemCode.INVALID_VALUE, relation.at("id"), "is the id of the item itself")
            elif related is not None and related not in context.ids and None not in context.ids:
                reason = "is no id of an item of this request"
                yield Problem(ProblemCode.REFERENCE_NOT_FOUND, relation.at("id"), reason)
