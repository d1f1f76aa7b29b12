"""Which mapping answers an item, and what is wrong with a set of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mapping.collection import Asked, MappingCollection, load_collection
from gateway.sources.findings import Finding, FindingsError
from tests.support.mappings import KINDS, loaded

OTHERWISE = "answer: [{otherwise: fail}]\n"
ASKED = Asked(frozenset({"urn:a", "urn:a-alias"}), "add", "o-1", "b-1", "s-1", "sonata")


def mapping(name: str, applies: str) -> str:
    return f"mapping: {name}\nversion: 1\nfor: {applies}\n{OTHERWISE}"


def collection(*applies: str) -> MappingCollection:
    return MappingCollection(loaded("", head=mapping(f"m{number}", said)) for number, said in enumerate(applies))


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def refused(folder: Path, *more: Path) -> tuple[Finding, ...]:
    with pytest.raises(FindingsError) as caught:
        load_collection([folder, *more], KINDS, base=folder)
    return caught.value.findings


@pytest.mark.parametrize(
    ("applies", "chosen"),
    [
        pytest.param(["{product: any}", "{product: urn:a}"], "m1", id="the product"),
        pytest.param(["{product: urn:a}", "{product: urn:a, actions: [add]}"], "m1", id="the action"),
        pytest.param(["{product: urn:a, actions: [modify]}", "{product: any}"], "m1", id="another action"),
        pytest.param(["{product: [urn:x, urn:a-alias]}"], "m0", id="one of several names"),
        pytest.param(["{product: urn:a, offerings: [o-2]}", "{product: urn:a}"], "m1", id="another offering"),
        pytest.param(["{product: urn:a, buyers: [b-1]}", "{product: urn:a}"], "m0", id="the buyer"),
        pytest.param(["{product: urn:a, sellers: [s-2]}", "{product: urn:a}"], "m1", id="another seller"),
        pytest.param(["{product: urn:a, irp: [cantata]}", "{product: urn:a}"], "m1", id="another interface"),
        pytest.param(["{product: urn:b}"], None, id="none"),
    ],
)
def test_the_mapping_that_says_most_about_the_item_answers(applies: list[str], chosen: str | None) -> None:
    found = collection(*applies).choose(ASKED)
    assert (found.name if found else None) == chosen


def test_an_item_without_an_offering_is_answered_by_no_mapping_for_offerings() -> None:
    asked = Asked(ASKED.product, "add", None, "b-1", "s-1", "sonata")
    assert collection("{product: urn:a, offerings: [o-1]}").choose(asked) is None


def test_what_was_chosen_for_one_product_says_nothing_of_another() -> None:
    mappings = collection("{product: urn:a}", "{product: urn:b}", "{product: any}")
    others = Asked(frozenset({"urn:b"}), "add", None, "b-1", "s-1", "sonata")
    unknown = Asked(frozenset({"urn:c"}), "add", None, "b-1", "s-1", "sonata")
    chosen = [mappings.choose(asked) for asked in (ASKED, others, unknown, others, ASKED)]
    assert [one and one.name for one in chosen] == ["m0", "m1", "m2", "m1", "m0"]


def test_two_mappings_with_equal_right_are_refused(tmp_path: Path) -> None:
    files = {
        "a.yaml": mapping("a", "{product: urn:a, buyers: [b-1]}"),
        "b.yaml": mapping("b", "{product: urn:a, sellers: [s-1]}"),
    }
    (found,) = refused(written(tmp_path, files))
    assert (found.code, str(found.location)) == ("MAP-003", "b.yaml:3:1")


def test_one_name_for_two_mappings_is_refused(tmp_path: Path) -> None:
    files = {"a.yaml": mapping("a", "{product: urn:a}"), "b.yaml": mapping("a", "{product: urn:b}")}
    (found,) = refused(written(tmp_path, files))
    assert (found.code, str(found.location)) == ("MAP-002", "b.yaml:1:10")


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    files = {
        "a.yaml": mapping("a", "{product: 5}"),
        "b.yaml": mapping("b", "{}"),
        "c.yml": "",
        "a.test.yaml": "no mapping: at all",
    }
    found = refused(written(tmp_path, files), tmp_path / "nowhere")
    assert sorted((one.code, one.location.file.split("/")[-1]) for one in found) == [
        ("MAP-001", "nowhere"),
        ("MAP-004", "c.yml"),
        ("MAP-101", "b.yaml"),
        ("MAP-106", "a.yaml"),
    ]


def test_a_folder_of_mappings_is_read(tmp_path: Path) -> None:
    files = {"a.yaml": mapping("a", "{product: urn:a}"), "a.test.yaml": "no mapping: at all", "notes.txt": "x"}
    found = load_collection([written(tmp_path, files)], KINDS, base=tmp_path)
    assert [(one.name, one.file) for one in found.mappings] == [("a", "a.yaml")]


PROMISE = """mapping: promising
version: 1
for: {{product: any}}
answer:
  - when: item.id == 'a'
    serviceabilityConfidence: {color}
    {more}
  - otherwise: fail
"""


@pytest.mark.parametrize(
    ("color", "more", "missing"),
    [
        pytest.param("green", "deliveryType: onNetWithBuild", "installationInterval", id="green without interval"),
        pytest.param("yellow", "installationInterval: =item.id", "deliveryType", id="yellow without delivery type"),
        pytest.param("=item.action", "3rdPartyProvider: x", "installationInterval and deliveryType", id="computed"),
    ],
)
def test_a_promise_that_can_never_be_complete_is_refused(tmp_path: Path, color: str, more: str, missing: str) -> None:
    (finding,) = refused(written(tmp_path, {"promising.yaml": PROMISE.format(color=color, more=more)}))

    assert (finding.code, finding.location.line) == ("MAP-311", 5)
    assert f"green and yellow need {missing}" in finding.message


def test_red_needs_neither(tmp_path: Path) -> None:
    text = PROMISE.format(color="red", more="serviceabilityConfidenceReason: Not here")

    assert load_collection([written(tmp_path, {"promising.yaml": text})], KINDS).mappings[0].name == "promising"


def test_names_that_no_request_has_are_refused_with_everything_else(tmp_path: Path) -> None:
    text = mapping("a", "{product: any}") + "let: {a: =item.produkt, b: =itm.id}\n"
    found = refused(written(tmp_path, {"a.yaml": text}))

    assert [(one.code, one.hint) for one in found] == [
        ("MAP-210", "did you mean 'product'?"),
        ("MAP-203", "did you mean 'item'?"),
    ]
