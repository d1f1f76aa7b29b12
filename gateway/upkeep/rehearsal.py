"""A new set of mappings before it is used: loaded and linted as at the start, its tests run. Changes nothing.

What passes here is what is used then: the same objects, not the same files read once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.assembly.dealing import agreement_of, each_dealing, offered, seller_of
from gateway.authoring.cases import CaseFile
from gateway.authoring.loading import load_cases
from gateway.authoring.running import Bench, CaseResult, Surroundings
from gateway.authoring.suite import TESTS
from gateway.authoring.telling import failure
from gateway.catalog import Catalog, load_catalog_anew
from gateway.log_fields import REHEARSAL
from gateway.mapping.plan import LoadedMapping
from gateway.products.specifications import ProductSpecifications
from gateway.qualification.legacy import PreparedMapping
from gateway.settings import Settings
from gateway.sources.findings import Finding, FindingsError
from gateway.sources.yamlfile import read_yaml_file


class NotAsTested(Exception):
    """Cases failed. `lines` say which, and how."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


@dataclass(frozen=True)
class Rehearsed:
    """A set that may be used, and how many cases it has passed."""

    catalog: Catalog
    cases: int


def rehearsed(settings: Settings, catalog: Catalog) -> Rehearsed:
    """The mappings as their files are now. Takes its time: to be run on a thread of its own.

    Raises FindingsError with what is wrong with the files, and NotAsTested.
    """
    REHEARSAL.set(True)
    new = load_catalog_anew(settings, catalog)
    around = surroundings(settings, new.products, new.prepared)
    results = asyncio.run(_results(_tests(new), around))
    failed = [line for result in results if not result.passed for line in failure(result)]
    if failed:
        raise NotAsTested(failed)
    return Rehearsed(new, len(results))


def surroundings(
    settings: Settings, products: ProductSpecifications, prepared: Mapping[str, PreparedMapping]
) -> Surroundings:
    """What the configuration says to test cases; those that name no Seller of it are the first one's."""
    sellers = {one.sellers[0].id: (offered(one, products), seller_of(one, products)) for one in settings.each_seller}
    catalogue, seller = next(iter(sellers.values()))
    agreements = {dealing: agreement_of(buyer) for dealing, buyer in each_dealing(settings)}
    return Surroundings(products, catalogue, seller, prepared, sellers, agreements)


def _tests(catalog: Catalog) -> list[tuple[LoadedMapping, CaseFile]]:
    """Each mapping that has a test file, with its cases. Raises FindingsError with the mistakes of all files."""
    found: list[tuple[LoadedMapping, CaseFile]] = []
    findings: list[Finding] = []
    for mapping, file in _test_files(catalog):
        try:
            found.append((mapping, load_cases(read_yaml_file(file), mapping, file.parent)))
        except FindingsError as error:
            findings += error.findings
    if findings:
        raise FindingsError(findings)
    return found


def _test_files(catalog: Catalog) -> Iterator[tuple[LoadedMapping, Path]]:
    for mapping in catalog.mappings.mappings:
        path = (catalog.base or Path()) / mapping.file
        tests = path.with_name(path.stem + TESTS)
        if tests.exists():
            yield mapping, tests


async def _results(tests: Sequence[tuple[LoadedMapping, CaseFile]], around: Surroundings) -> list[CaseResult]:
    benches = [(Bench(mapping, around), file.cases) for mapping, file in tests]
    return [await bench.run(case) for bench, cases in benches for case in cases]
