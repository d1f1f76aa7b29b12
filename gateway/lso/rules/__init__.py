"""The rules of the guide that need no backend (87.1-R25 to R39, error model section 6).

They run on any JSON object, whatever else is wrong with it: a rule looks at sound values only and stays silent where
what it needs is missing or of the wrong type, because the check of structure has already said so. The list of rules
below is in the order in which they speak; where two meet at one pointer the first one is heard (`in_document_order`).
Those that an ordinary request (`ordinary`) cannot break are not asked about one.
Knows nothing of product specifications, of inventories or of a Seller's settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from gateway.lso.agreement import Agreement
from gateway.lso.problems import MOST_PROBLEMS, Problem
from gateway.lso.rules import catalogue, contacts, envelope, items, ordinary, places, texts
from gateway.lso.rules.catalogue import Catalogue, Offering
from gateway.lso.rules.context import Context

__all__ = ["RULES", "Catalogue", "Offering", "check_rules"]

Rule = Callable[[Context], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    envelope.immediate_responses_are_offered,
    envelope.deferred_needs_a_requested_date,
    envelope.requested_date_lies_ahead,
    envelope.specification_items_need_alternatives,
    contacts.required_roles_are_there,
    contacts.seller_contact_is_the_sellers,
    contacts.roles_are_known,
    items.ids_are_unique,
    items.configuration_is_there,
    items.add_names_offering_or_specification,
    items.add_has_no_product_id,
    items.modify_names_product_and_offering,
    items.relations_lead_to_other_items,
    places.contacts_are_there,
    places.types_are_agreed,
    places.described_addresses_say_something,
    places.representations_are_agreed,
    places.spatial_refs_are_agreed,
    catalogue.offerings_are_known,
    catalogue.specifications_are_known,
    catalogue.types_belong,
    texts.mandatory_texts_say_something,
)

KEPT_BY_ORDINARY: tuple[Rule, ...] = (
    contacts.required_roles_are_there,
    contacts.seller_contact_is_the_sellers,
    contacts.roles_are_known,
    places.contacts_are_there,
    places.types_are_agreed,
    places.described_addresses_say_something,
    places.representations_are_agreed,
    places.spatial_refs_are_agreed,
    texts.mandatory_texts_say_something,
)
"""The rules that an ordinary request keeps."""

_OTHERS = tuple(rule for rule in RULES if rule not in KEPT_BY_ORDINARY)


def check_rules(
    document: Mapping[str, Any], agreement: Agreement, *, received_at: datetime, catalogue: Catalogue | None = None
) -> list[Problem]:
    """The broken rules of a request, in the order of the rules, `MOST_PROBLEMS` at most.

    `received_at` is an aware datetime. Without a catalogue, ids of offerings and specifications are not looked up.
    """
    context = Context(document, agreement, received_at, catalogue)
    found: list[Problem] = []
    for rule in _OTHERS if ordinary.is_ordinary(context) else RULES:
        for problem in rule(context):
            found.append(problem)
            if len(found) == MOST_PROBLEMS:
                return found
    return found
