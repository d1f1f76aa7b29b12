"""The one look at ordinary items lets nothing pass that a rule would speak of, and does let ordinary ones pass."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.products import ordinary, places, relations
from gateway.products.rules import PlaceRules, RelationRules, SpecificationRules
from tests.support.requests import ABSENT, valid_item, valid_place, valid_product

KINDS = ("TO_A", "TO_B", " ")
ANY_OTHER = (ABSENT, None, "TO_A", "", 1, [], {})

relation_rules = st.builds(RelationRules, at_least=st.integers(0, 1), at_most=st.none() | st.integers(1, 2))
rules = st.builds(
    SpecificationRules,
    relations=st.none() | st.dictionaries(st.sampled_from(KINDS), relation_rules),
    places=st.none() | st.dictionaries(st.sampled_from(KINDS), st.builds(PlaceRules, required=st.booleans())),
)


def listed(name: str) -> st.SearchStrategy[Any]:
    """A list of entries with this member, or something else."""
    sound = st.builds(lambda kind: {name: kind}, st.sampled_from(KINDS))
    entries = st.lists(sound | st.sampled_from((None, "TO_A", {}, {name: 1}, {name: "OTHER"})), max_size=3)
    return st.lists(sound, max_size=3) | entries | st.sampled_from(ANY_OTHER)


def spoken(item: dict[str, Any], said: SpecificationRules) -> list[str]:
    of_relations = relations.check(item, said.relations, ()) if said.relations is not None else ()
    of_places = places.check(item["product"], said.places, ()) if said.places is not None else ()
    return [f"{problem.pointer} {problem.reason}" for problem in (*of_relations, *of_places)]


@given(rules, listed("relationshipType"), listed("relationshipType"), listed("role"))
def test_no_rule_has_anything_against_an_ordinary_item(
    said: SpecificationRules, to_products: Any, to_items: Any, at: Any
) -> None:
    asked = valid_product(productRelationship=to_products, place=at)
    item = valid_item(product=asked, qualificationItemRelationship=to_items)

    assert not ordinary.validator(said).is_valid(item) or spoken(item, said) == []


@pytest.mark.parametrize(("least", "most", "number"), list(product((0, 1, 2), (None, 2), (0, 1, 2, 3))))
def test_relations_in_the_right_number_are_ordinary(least: int, most: int | None, number: int) -> None:
    said = SpecificationRules(relations={"TO_A": RelationRules(at_least=least, at_most=most), "TO_B": RelationRules()})
    related = [{"relationshipType": "TO_A", "id": f"product-{n}"} for n in range(number)]
    item = valid_item(product=valid_product(productRelationship=related or ABSENT))

    assert ordinary.validator(said).is_valid(item) == (spoken(item, said) == [])


@pytest.mark.parametrize("roles", [(), ("HERE",), ("THERE",), ("HERE", "THERE"), ("HERE", "HERE"), ("NOWHERE",)])
def test_places_with_known_roles_are_ordinary_where_the_required_ones_are_there(roles: tuple[str, ...]) -> None:
    said = SpecificationRules(places={"HERE": PlaceRules(required=True), "THERE": PlaceRules(required=False)})
    item = valid_item(product=valid_product(place=[valid_place(role=role) for role in roles] or ABSENT))

    assert ordinary.validator(said).is_valid(item) == (spoken(item, said) == [])


@pytest.mark.parametrize("said", [SpecificationRules(), SpecificationRules(places={}, relations={})])
def test_an_item_without_any_is_ordinary_where_none_are_needed(said: SpecificationRules) -> None:
    assert ordinary.validator(said).is_valid(valid_item(product=valid_product(place=ABSENT)))


def test_relations_to_other_items_are_for_the_rules_to_judge() -> None:
    said = SpecificationRules(relations={"TO_A": RelationRules(at_least=1, at_most=1)})
    related = [{"relationshipType": "TO_A", "id": "item-2"}]
    one, both = (
        valid_item(product=valid_product(productRelationship=own), qualificationItemRelationship=related)
        for own in ([], related)
    )

    assert not any(map(ordinary.validator(said).is_valid, (one, both)))
    assert spoken(one, said) == []
    assert spoken(both, said) != []


@pytest.mark.parametrize("entries", [[{}], ["HERE"], "HERE", {}, None])
@pytest.mark.parametrize("name", ["place", "productRelationship"])
def test_what_is_not_sound_is_for_the_rules_to_judge(name: str, entries: Any) -> None:
    said = SpecificationRules(places={"HERE": PlaceRules(required=False)}, relations={"HERE": RelationRules()})
    entry = {"role": "HERE", "relationshipType": "HERE"}
    look = ordinary.validator(said)

    assert look.is_valid(valid_item(product=valid_product(**{"place": ABSENT, name: [entry]})))
    assert not look.is_valid(valid_item(product=valid_product(**{"place": ABSENT, name: entries})))


@pytest.mark.parametrize("asked", [ABSENT, None, []])
def test_nor_is_an_item_without_a_product(asked: Any) -> None:
    assert not ordinary.validator(SpecificationRules()).is_valid(valid_item(product=asked))
