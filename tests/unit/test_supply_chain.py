"""What `make check` says of other people's packages: which licences pass, and what an audit found."""

from __future__ import annotations

import tomllib

import pytest

from tests.support.supply_chain import FOR_DEVELOPERS, ROOT, Licence, installed_for_sellers, read_audit, read_licences


@pytest.mark.parametrize(
    "text",
    [
        "MIT",
        "Apache-2.0 AND MIT",
        "BSD License",
        "PSF-2.0",
        "GPL-3.0-only OR MIT",
        "LGPL-2.1",
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "Mozilla Public License 2.0 (MPL 2.0)",
    ],
)
def test_a_licence_that_asks_nothing_of_the_product_passes(text: str) -> None:
    assert Licence("some", "1", text).permitted


@pytest.mark.parametrize(
    "text",
    [
        "UNKNOWN",
        "AGPL-3.0-only",
        "GNU General Public License v3 (GPLv3)",
        "MIT AND GPL-2.0",
        "SSPL",
        "GNU GENERAL PUBLIC LICENSE",
    ],
)
def test_any_other_licence_does_not_pass(text: str) -> None:
    assert not Licence("some", "1", text).permitted


def test_the_most_exact_statement_of_a_licence_counts() -> None:
    row = {
        "Name": "some",
        "Version": "1",
        "License-Expression": "MIT",
        "License-Classifier": "GPL",
        "License-Metadata": "UNKNOWN",
    }
    assert read_licences([row, row | {"License-Expression": "UNKNOWN"}]) == [
        Licence("some", "1", "MIT"),
        Licence("some", "1", "GPL"),
    ]


def test_packages_that_could_not_be_looked_up_are_not_taken_for_sound() -> None:
    report = {
        "dependencies": [
            {"name": "sound", "version": "1", "vulns": []},
            {"name": "unknown", "skip_reason": "not found"},
            {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]},
        ]
    }
    audit = read_audit(report)
    assert (audit.looked_up, audit.unanswered) == (2, 1)
    assert [str(one) for one in audit.found] == ["bad 2: CVE-1 (mended in 2.1)"]


def test_only_what_the_gateway_needs_is_held_against_the_licences() -> None:
    packages = installed_for_sellers()
    assert {"aiohttp", "multidict", "asyncpg"} <= packages, "direct, indirect, and of an extra"
    assert not {"pytest", "ruff", "pip-audit"} & packages


def test_the_bill_of_materials_has_every_extra_that_a_seller_may_install() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(project["optional-dependencies"]) - FOR_DEVELOPERS
    said = next(line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "EXTRAS :=" in line)

    assert set(said.partition(":=")[2].strip().split(",")) == extras
