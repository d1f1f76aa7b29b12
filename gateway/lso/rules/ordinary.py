"""Requests as nearly all are: one look tells that nothing can be wrong with their contacts, places and mandatory texts.

The look is a JSON Schema, made of what was agreed, which takes a tenth of what the rules take. It never says what is
wrong: what it does not let pass may be in order all the same, and is for the rules to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator, Validator

from gateway.lso.agreement import BUYER_CONTACT_ROLE, REPRESENTATIONS, SELLER_CONTACT_ROLE
from gateway.lso.rules.context import CONTACTS, Context
from gateway.lso.rules.places import FIELDED, POINT
from gateway.lso.rules.texts import EACH, ENTRY, MANDATORY_TEXTS, PLACE_TEXTS
from gateway.lso.visible import SAYS_SOMETHING

_PLACE = (*ENTRY, "place")
_MOST = 1000
"""Agreements whose schema is kept."""


def is_ordinary(context: Context) -> bool:
    """Whether the rules about contacts, places and mandatory texts have nothing against the request for certain."""
    agreed = context.agreement
    return _validator(
        agreed.accepted_contact_roles,
        agreed.demanded_contact_roles,
        agreed.place_types,
        agreed.representations,
        agreed.spatial_refs,
        agreed.place_contact_required,
    ).is_valid(context.document)


@lru_cache(maxsize=_MOST)
def _validator(
    roles: Sequence[str],
    demanded: Sequence[str],
    types: Sequence[str],
    representations: Sequence[str],
    spatial_refs: Sequence[str] | None,
    is_contact_required: bool,
) -> Validator:
    root: dict[str, Any] = {}
    for where, names in (*MANDATORY_TEXTS, *(((*_PLACE, *where), names) for where, names in PLACE_TEXTS)):
        for name in names:
            _at(root, (*where, name))["pattern"] = SAYS_SOMETHING
    _ask_contacts(root, roles, demanded)
    _ask_places(root, types, representations, spatial_refs)
    if is_contact_required:
        _at(root, ENTRY)["required"] = ["contact"]
        _at(root, (*ENTRY, "contact"))["minItems"] = 1
    return Draft202012Validator(root)


def _ask_contacts(root: dict[str, Any], roles: Sequence[str], demanded: Sequence[str]) -> None:
    """Roles that were agreed, and those that are demanded among them."""
    _at(root, (CONTACTS, EACH, "role"))["enum"] = [role for role in roles if role != SELLER_CONTACT_ROLE]
    _at(root, (CONTACTS,))["allOf"] = [
        {"contains": {"type": "object", "required": ["role"], "properties": {"role": {"const": role}}}}
        for role in (BUYER_CONTACT_ROLE, *demanded)
    ]


def _ask_places(
    root: dict[str, Any], types: Sequence[str], representations: Sequence[str], spatial_refs: Sequence[str] | None
) -> None:
    """Places as it was agreed to name them; an address in fields has a city, so that it names one."""
    _at(root, (*_PLACE, "@type"))["enum"] = list(types)
    _at(root, (*_PLACE, FIELDED))["contains"] = {
        "type": "object",
        "required": ["city"],
        "properties": {"city": {"type": "string", "pattern": SAYS_SOMETHING}},
    }
    if spatial_refs is not None:
        _at(root, (*_PLACE, POINT, EACH, "spatialRef"))["enum"] = list(spatial_refs)
    for name in REPRESENTATIONS:
        if name not in representations:
            _at(root, _PLACE)["properties"][name] = False


def _at(schema: dict[str, Any], where: Sequence[str]) -> dict[str, Any]:
    """The schema of what stands there."""
    for key in where:
        schema = (
            schema.setdefault("items", {}) if key == EACH else schema.setdefault("properties", {}).setdefault(key, {})
        )
    return schema
