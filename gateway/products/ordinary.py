"""Items as nearly all are: one look tells that their relations and places are as their product specification has them.

The look is a JSON Schema, made of the rules once. It never says what is wrong: what it does not let pass may be in
order all the same, such as relations to other items, and is for the rules to say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from jsonschema_rs import Draft202012Validator, Validator

from gateway.products.rules import PlaceRules, RelationRules, SpecificationRules


def validator(rules: SpecificationRules) -> Validator:
    """What lets only items pass against whose relations and places these rules have nothing for certain."""
    product: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
    if rules.relations is not None:
        _ask(product, "productRelationship", _relations(rules.relations))
    if rules.places is not None:
        _ask(product, "place", _places(rules.places))
    properties = {"product": product, "qualificationItemRelationship": {"maxItems": 0}}
    return Draft202012Validator({"required": ["product"], "properties": properties})


def _ask(product: dict[str, Any], name: str, wanted: Sequence[Mapping[str, Any]]) -> None:
    product["properties"][name] = {"type": "array", "allOf": wanted}
    if any(one.get("minContains") for one in wanted):
        product["required"].append(name)


def _relations(rules: Mapping[str, RelationRules]) -> list[dict[str, Any]]:
    counted = [_counted("relationshipType", kind, rule.at_least, rule.at_most) for kind, rule in rules.items()]
    return [{"items": _one_of("relationshipType", rules)}, *counted]


def _places(rules: Mapping[str, PlaceRules]) -> list[dict[str, Any]]:
    required = [_counted("role", role, 1, None) for role, rule in rules.items() if rule.required]
    return [{"items": _one_of("role", rules)}, *required]


def _one_of(name: str, known: Collection[str]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: {"enum": list(known)}}}


def _counted(name: str, text: str, least: int, most: int | None) -> dict[str, Any]:
    counted = {"contains": _one_of(name, [text]), "minContains": least}
    return counted if most is None else {**counted, "maxContains": most}
