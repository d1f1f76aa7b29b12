"""What the docs show works: every YAML block is linted, every command can be typed, every link leads somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.app import ADAPTERS, KINDS
from gateway.authoring.cases import ItemCase
from gateway.cli import parser
from gateway.mapping.loading import load_mapping_text
from gateway.settings.loading import settings_model
from gateway.settings.models import Settings
from gateway.sources.yamlfile import read_yaml
from tests.conftest import REPOSITORY
from tests.support import reference
from tests.support.gateways import configuration

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(?: {4}|\$ )((?:poq-gateway|make) .*)$", re.MULTILINE)
_INLINE = re.compile(r"`((?:poq-gateway|make) [^`]+)`")
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")


def _found(pattern: re.Pattern[str]) -> list[Any]:
    return [
        pytest.param(text, id=f"{page.relative_to(REPOSITORY).as_posix()}-{number}")
        for page in PAGES
        for number, text in enumerate(pattern.findall(page.read_text(encoding="utf-8")))
    ]


@pytest.mark.parametrize("block", _found(_BLOCK))
def test_a_yaml_block_is_a_mapping_a_test_or_a_part_of_the_configuration(block: str) -> None:
    if block.startswith("mapping:"):
        load_mapping_text(block, "docs", KINDS)
    elif block.startswith("- test:"):
        assert [ItemCase.model_validate(case) for case in read_yaml(block, "docs").data]
    else:
        part = yaml.safe_load(block)
        assert set(part) <= set(Settings.model_fields)
        settings_model(ADAPTERS).model_validate(configuration(**part))


@pytest.mark.parametrize("command", [*_found(_COMMAND), *_found(_INLINE)])
def test_a_command_can_be_typed(command: str, repository: Path) -> None:
    words = shlex.split(command.split("  ")[0])

    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(words[1:]) <= set(targets)
    else:
        parser().parse_args(words[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_reference_of_the_language_is_fresh(repository: Path) -> None:
    assert (repository / reference.PAGE).read_text(encoding="utf-8") == reference.page(), "run `make docs`"


def test_the_commented_configuration_names_every_key(repository: Path) -> None:
    text = (repository / "config" / "gateway.yaml").read_text(encoding="utf-8")
    keys = set(re.findall(r"([a-z0-9_]+):", text))

    def missing(model: type[object], path: str = "") -> Iterator[str]:
        for name, field in getattr(model, "model_fields", {}).items():
            if name not in keys:
                yield f"{path}{name}"
            for inner in _models(field.annotation):
                yield from missing(inner, f"{path}{name}.")

    assert list(missing(Settings)) == []


def _models(annotation: object) -> Iterator[type[object]]:
    if hasattr(annotation, "model_fields") and isinstance(annotation, type):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def test_every_room_is_told_of(repository: Path) -> None:
    told = set(re.findall(r"`((?:gateway|adapters)/\w+)`", (repository / "docs" / "rooms.md").read_text("utf-8")))
    packages = (path.parent for home in ("gateway", "adapters") for path in (repository / home).glob("*/__init__.py"))

    assert told == {package.relative_to(repository).as_posix() for package in packages}
