"""The standard's own product schemas and example requests."""

from __future__ import annotations

import time
from pathlib import Path

import orjson
import pytest

from gateway.products.specifications import ProductSpecifications

TREES = ("sonata", "cantata")

L2CP = "ingressClassOfServiceMap/l2cp_P invalidFormat"
EMPTY_PROFILE = "ingressBandwidthProfilePerClassOfServiceName missingProperty"
ACCESS_ELINE = (f"0 enniEp/{L2CP}", f"0 uniEp/{L2CP}")
ADVANCED_IA = ("0 @type invalidValue", "2 ipv6ConnectionAddressing/0/ipv6Subnet invalidFormat")

BROKEN: dict[str, tuple[str, ...]] = {
    "mef106-uc2-add-ael-new-uni.v8": ACCESS_ELINE,
    "mef106-uc3-add-ael-existing-uni.v8": (*ACCESS_ELINE, f"0 enniEp/{EMPTY_PROFILE}"),
    "mef125-uc2a-epl.v8": ("1 @type invalidValue", "2 @type invalidValue"),
    "mef125-uc2f-evptree.v8": tuple(f"{index} @type invalidValue" for index in (1, 2, 3, 4)),
    "mef125-uc3b-evpl-existing-uni.v8": ("1 @type invalidValue",),
    "mef125-uc7-evplan-add-uni.v8": ("0 @type invalidValue",),
    "mef139-uc3-advanced-ia.v8": ADVANCED_IA,
    "mplify139.1-uc8-dedicated-modify.v8-native": ("0 @type invalidValue",),
    "mplify87.1-uc2-add-ael-new-uni.v8-native": ACCESS_ELINE,
    "mplify87.1-uc2c-modify-item.v8": ACCESS_ELINE,
}
"""What is wrong in the published configurations: item, attribute, code."""

VALID = (
    "mef106-uc2-add-ael-new-uni.v8.fixed",
    "mef106-uc3-add-ael-existing-uni.v8.fixed",
    "mef125-uc2a-epl.v8.fixed",
    "mef125-uc2f-evptree.v8.fixed",
    "mef125-uc3b-evpl-existing-uni.v8.fixed",
    "mef125-uc6-epl-modify-bandwidth.v8",
    "mef125-uc6-epl-modify-bandwidth.v8.fixed",
    "mef125-uc7-evplan-add-uni.v8.fixed",
    "mef125-uc8-eptree-delete.v8",
    "mef139-uc3-advanced-ia.v8.fixed",
    "mef139-uc7-advanced-ia-modify.v8",
    "mef139-uc7-advanced-ia-modify.v8.fixed",
    "mplify87.1-uc2-add-ael-new-uni.v8.fixed",
    "mplify87.1-uc2c-modify-item.v8.fixed",
)

EARLIER = tuple(name[:-1] + "7" for name in (*BROKEN, *VALID) if name.startswith("mef") and name.endswith(".v8"))
"""The same configurations in the envelope of the earlier API version."""

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def specifications(shared: Path) -> ProductSpecifications:
    return ProductSpecifications.load([shared / "lso" / "productSchema" / tree for tree in TREES])


@pytest.mark.requirement("87.1-R19", "87.1-R20")
@pytest.mark.parametrize(
    ("trees", "number"), [(("sonata",), 20), (("cantata",), 17), (TREES, 20)], ids=["sonata", "cantata", "both"]
)
def test_every_specification_loads_and_is_known_by_its_urn(shared: Path, trees: tuple[str, ...], number: int) -> None:
    folders = [shared / "lso" / "productSchema" / tree for tree in trees]
    roots = sum("$id" in path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.yaml"))
    begin = time.process_time()
    loaded = ProductSpecifications.load(folders)
    assert time.process_time() - begin < 3
    assert len(loaded.types) == number
    assert roots == (37 if trees == TREES else number)
    assert all(loaded.resolve(product_type) == product_type for product_type in loaded.types)


@pytest.mark.requirement("87.1-R19", "87.1-R20", "P23", "P24")
@pytest.mark.parametrize("name", [*BROKEN, *VALID, *EARLIER])
def test_published_examples_are_judged_as_their_table_says(
    specifications: ProductSpecifications, shared: Path, name: str
) -> None:
    document = orjson.loads((shared / "lso" / "examples" / f"{name}.json").read_bytes())
    problems = specifications.check_request(document).problems
    found = {f"{problem.path[1]} {'/'.join(map(str, problem.path[4:]))} {problem.code}" for problem in problems}
    assert found == set(BROKEN.get(name.replace(".v7", ".v8"), ()))
    assert len(problems) == len(found)


def test_every_example_request_is_judged(shared: Path) -> None:
    examples = (shared / "lso" / "examples").glob("*.json")
    requests = {path.stem for path in examples if "productOfferingQualificationItem" in orjson.loads(path.read_bytes())}
    assert requests - {"mplify87.1-uc2-immediate-response.v8-native"} == {*BROKEN, *VALID, *EARLIER}
