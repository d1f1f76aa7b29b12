"""New mappings that know the product: what is proposed can be read, value maps are those of the schema, and nothing is
decided for the one who fills in.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.described import Described, Field
from gateway.app import ADAPTERS
from gateway.authoring.new.readable import Product, Readable, proposals, readable
from gateway.authoring.new.skeleton import Wanted, skeleton
from gateway.catalog import load_products
from gateway.cli import main
from gateway.cli.mapping_new import product_of
from gateway.linting import lint
from gateway.settings import load_settings
from gateway.surroundings import read_surroundings
from tests.conftest import REPOSITORY
from tests.support.error_pages import HEAD

DEMO = REPOSITORY / "config" / "gateway.yaml"
NIMBUS = REPOSITORY / "config" / "demo" / "nimbus.wsdl"
OVC = "urn:mef:lso:spec:sonata:access-eline-ovc:v5.0.0:all"
INTERNET = "urn:example:demo-seller:internet-access:v1"
TYPES = load_products(load_settings(DEMO, ADAPTERS)).types


def new(*arguments: str | Path) -> int:
    return main(["mapping", "new", *map(str, arguments)])


def proposed(text: str, key: str) -> list[str]:
    """What is proposed below an argument, without its remark."""
    lines = text.split("\n")
    (number,) = [number for number, line in enumerate(lines) if line.lstrip().startswith(f"{key}: =TODO")]
    found = []
    for line in lines[number + 1 :]:
        match = re.match(r" +#   (?:perhaps|or) =(.*?)(?:  \(|$)", line)
        if match is None:
            return found
        found.append(match[1])
    return found


@pytest.mark.parametrize("product_type", TYPES)
def test_all_that_may_be_proposed_can_be_read_of_a_request(product_type: str, tmp_path: Path) -> None:
    known = readable(product_of(DEMO, product_type))
    lets = "".join(f'  v{number}: "={one.expression}"\n' for number, one in enumerate(known))
    file = tmp_path / "all.yaml"
    file.write_text(f"{HEAD.replace('any', product_type)}let:\n{lets}answer: [{{otherwise: fail}}]\n", encoding="utf-8")

    assert len(known) > 10
    assert [found for found in lint([file], read_surroundings(DEMO)) if found.code != "MAP-412"] == []


def test_arguments_have_what_they_may_mean_below_them(tmp_path: Path) -> None:
    assert new("--wsdl", NIMBUS, "--operation", "CheckFeasibility", "--product", OVC, "-c", DEMO, "-o", tmp_path) == 0
    text = (tmp_path / "check-feasibility.yaml").read_text(encoding="utf-8")

    assert proposed(text, "ProductCode") == ["offering.id"]
    assert proposed(text, "ZPort") == ["relation(item, 'CONNECTS_TO_ENNI').id", "relation(item, 'CONNECTS_TO_UNI').id"]
    assert proposed(text, "ASite")[0] == "place(related('CONNECTS_TO_ENNI'), 'INSTALL_LOCATION').place.id"
    flow = "uniEp.ingressBandwidthProfilePerClassOfServiceName[0].bwpFlow"
    assert proposed(text, "BandwidthKbps")[0] == f"kbps(item.product.productConfiguration.{flow}.cir)"
    assert proposed(text, "System") == []
    assert "perhaps" in text.partition("# CommittedKbps")[2].split("\n")[1], "optional ones have one too"


@pytest.mark.parametrize("product_type", TYPES)
def test_the_first_test_has_an_item_that_the_api_takes(
    product_type: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--wsdl", NIMBUS, "--operation", "QueryReach", "-c", DEMO, "--product", product_type)
    assert new("line", *arguments, "-o", tmp_path) == 0
    file = tmp_path / "line.yaml"
    text = re.sub(r"=TODO_amount", "=1", file.read_text(encoding="utf-8"))
    text = re.sub(r"when: TODO\w+", "when: query_reach.Site == 'x'", text)
    file.write_text(re.sub(r"=TODO\w+", "onNetWithBuild", text), encoding="utf-8")

    code = main(["mapping", "test", "-c", str(DEMO), str(file), "-k", "promises nothing"])

    assert (code, "1 case(s)" in capsys.readouterr().out) == (0, True)


def test_a_product_that_the_configuration_does_not_have_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = INTERNET.replace("access", "acess")
    assert new("--wsdl", NIMBUS, "--operation", "QueryReach", "-c", DEMO, "--product", wrong, "-o", tmp_path) == 2

    assert f"has no product {wrong} (did you mean '{INTERNET}'?)" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_system_that_the_configuration_does_not_have_yet_may_be_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--wsdl", NIMBUS, "--operation", "QueryReach", "--product", INTERNET, "-c", DEMO, "-o", tmp_path)
    assert new(*arguments, "--system", "other") == 0

    told = capsys.readouterr().out
    assert "In the configuration: systems: {other: {soap:" in told
    text = (tmp_path / "query-reach.yaml").read_text(encoding="utf-8")
    assert proposed(text, "Site") == ["place(item, 'INSTALL_LOCATION').place.id"]


OUTLINE = {
    "properties": {
        "tier": {"type": "string", "enum": ["GOLD", "basic"]},
        "line": {"type": "object", "properties": {"mtu": {"type": "integer"}}, "optional": ["mtu"]},
        "tags": {"type": "array", "items": {"$ref": "#tag"}},
        "loop": {"$ref": "#loop"},
        "odd-name": {"type": "boolean"},
    }
}
BEHIND = {
    "#tag": {"properties": {"colour": {"type": "string"}}},
    "#loop": {"properties": {"loop": {"$ref": "#loop"}, "end": {"type": "string"}}},
}


def written(*arguments: Field) -> str:
    wanted = Wanted("some", "legacy", INTERNET, "a test", "# modeline")
    return skeleton(Described("soap", (("operation", "Ask"),), arguments, ()), wanted, Product(OUTLINE, BEHIND)).text


def test_a_value_map_has_what_the_request_may_say() -> None:
    text = written(Field("ServiceTier", "text", True, enum=("GOLD", "LOW")))

    assert re.findall(r"^    (\S+: \S+)", text.partition("lookups:")[2].partition("steps:")[0], re.MULTILINE) == [
        "GOLD: GOLD",
        "basic: =TODO_service_tier_basic",
    ]
    assert "# one of GOLD, LOW" in text


def test_a_text_that_the_request_lists_may_get_a_value_map() -> None:
    text = written(Field("ServiceTier", "text", True))

    assert "#   or =lookup(service_tier, item.product.productConfiguration.tier)" in text
    assert re.findall(r"^  # +(\S+: \S+)", text.partition("lookups:")[2].partition("steps:")[0], re.MULTILINE) == [
        "GOLD: =TODO_service_tier_GOLD",
        "basic: =TODO_service_tier_basic",
    ]


@pytest.mark.parametrize(
    ("argument", "kind", "expected"),
    [
        pytest.param("FrameSize", "whole number", ["item.product.productConfiguration.line.mtu"], id="a synonym"),
        pytest.param("TagColour", "text", ["item.product.productConfiguration.tags[0].colour"], id="in a list"),
        pytest.param("OddName", "true or false", ["item.product.productConfiguration['odd-name']"], id="no name"),
        pytest.param("Type", "text", [], id="what every name has"),
        pytest.param("Colour", "true or false", [], id="another type"),
    ],
)
def test_proposals(argument: str, kind: str, expected: list[str]) -> None:
    found = proposals(Field(argument, kind, True), (argument,), readable(Product(OUTLINE, BEHIND)))
    assert [one.expression for one in found] == expected


def test_a_schema_that_contains_itself_ends() -> None:
    ends = [one for one in readable(Product(OUTLINE, BEHIND)) if one.expression.endswith(".end")]
    assert 1 < len(ends) < 20


def test_without_a_product_the_standard_request_is_proposed() -> None:
    found = proposals(Field("ZipCode", "text", True), ("Address", "ZipCode"), readable(None))
    assert [one.expression.rpartition(".")[2] for one in found][:1] == ["postcode"]
    assert found[0].told.endswith("(text, the first of a list, may be left out)")


def test_a_value_with_a_unit_is_proposed_by_what_it_stands_in() -> None:
    rate = {"properties": {"irValue": {"type": "number"}, "irUnits": {"type": "string", "enum": ["KBPS", "MBPS"]}}}
    known = readable(Product({"properties": {"speed": rate}}))
    value = proposals(Field("value", "number", True), ("bandwidth", "value"), known)
    unit = proposals(Field("uom", "text", True, enum=("K", "M")), ("bandwidth", "uom"), known)
    assert value[0].expression == "kbps(item.product.productConfiguration.speed)"
    assert [one.expression for one in unit] == ["item.product.productConfiguration.speed.irUnits"]


def test_a_rate_goes_out_in_the_unit_of_the_argument() -> None:
    rate: dict[str, Any] = {"properties": {"irValue": {"type": "number"}, "irUnits": {"type": "string"}}}
    known = readable(Product({"properties": {"speed": rate}}))
    found, *_ = proposals(Field("SpeedMbps", "number", True), ("SpeedMbps",), known)
    assert found == Readable("mbps(item.product.productConfiguration.speed)", ("speed", "kbps"), "number")
