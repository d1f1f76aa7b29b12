"""The configuration file: what it gives, what it refuses, and that the commented file tells the true defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, SecretStr

from gateway.app import ADAPTERS
from gateway.settings import load_settings
from gateway.settings.loading import settings_model
from gateway.settings.models import Settings
from gateway.sources.findings import FindingsError
from gateway.sources.units import seconds, share, size
from tests.support.gateways import configuration


def loaded(folder: Path, environment: dict[str, str] | None = None, **changes: Any) -> Settings:
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(**changes)), encoding="utf-8")
    return load_settings(path, ADAPTERS, environment=environment or {})


def refused(folder: Path, **changes: Any) -> list[str]:
    with pytest.raises(FindingsError) as raised:
        loaded(folder, **changes)
    return [f"{finding.location.line}: {finding.code} {finding.message}" for finding in raised.value.findings]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    systems = {"db": {"sql": {"url": "sqlite:///data/x.db"}}, "ws": {"soap": {"wsdl": "ws/a.wsdl"}}}

    settings = loaded(tmp_path, systems=systems, store={"path": "../poq.db"}, products={"folders": ["specs"]})

    assert settings.store.path == tmp_path.parent / "poq.db"
    assert settings.mappings.folders == (tmp_path / "mappings",)
    assert settings.products.folders == (tmp_path / "specs",)
    assert settings.systems["ws"].options.wsdl == tmp_path / "ws" / "a.wsdl"
    assert settings.systems["db"].options.url.get_secret_value() == f"sqlite:///{tmp_path}/data/x.db"


def test_paths_inside_of_an_option_are_relative_to_the_file_too(tmp_path: Path) -> None:
    oauth2 = {"token_url": "https://x", "client_id": "a", "client_secret": "b", "tls": {"ca": "tls/login.pem"}}
    soap = {"wsdl": "a.wsdl", "tls": {"ca": "tls/ca.pem"}, "authentication": {"oauth2": oauth2}}

    options = loaded(tmp_path, systems={"ws": {"soap": soap}}).systems["ws"].options

    assert options.tls.ca == tmp_path / "tls" / "ca.pem"
    assert options.authentication.oauth2.tls.ca == tmp_path / "tls" / "login.pem"


def test_secrets_come_from_the_environment_or_a_file_and_do_not_show(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-file\n")
    url = "postgresql://${env:DB_USER}:${file:password}@host/db"

    settings = loaded(tmp_path, {"DB_USER": "reader"}, systems={"db": {"sql": {"url": url}}})

    secret = settings.systems["db"].options.url
    assert isinstance(secret, SecretStr)
    assert secret.get_secret_value() == "postgresql://reader:from-file@host/db"
    assert "from-file" not in repr(settings)


def test_a_secret_that_is_not_there_is_told_at_its_place(tmp_path: Path) -> None:
    found = refused(tmp_path, sellers=[{"id": "${env:ABSENT}", "contact": {"name": "${file:absent}"}}])

    assert [text.split(" ", 1)[1] for text in found] == [
        "CFG-201 the file 'absent' cannot be read: No such file or directory",
        "CFG-201 the environment has no 'ABSENT'",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"listen": {"prt": 1}}, "CFG-102 'prt' is not known here", id="an unknown key"),
        pytest.param({"listen": {"port": 70000}}, "CFG-106", id="a port out of range"),
        pytest.param({"responses": {"immediate_budget": "30 s"}}, "CFG-106", id="30 s are too long for the standard"),
        pytest.param({"limits": {"body": "1 MB"}}, "CFG-106 write a number and a unit", id="a unit that is not known"),
        pytest.param(
            {"buyers": [{"id": "a"}, {"id": "a"}]}, "CFG-106 buyers: the id 'a' stands there twice", id="twice"
        ),
        pytest.param({"interfaces": {"sonata": {"versions": ["v8"], "href": "v9"}}}, "CFG-106 'href'", id="href"),
        pytest.param({"public_url": "https://me:pw@host"}, "CFG-106", id="a password in the public URL"),
        pytest.param({"systems": {"a": {}}}, "a system says what it is: sql or soap", id="no adapter"),
        pytest.param({"systems": {"a": {"sql": {}}}}, "CFG-101 'url' is missing", id="an option is missing"),
        pytest.param({"sellers": []}, "CFG-106 sellers: name at least one", id="no Seller"),
        pytest.param({"buyers": []}, "CFG-106 sellers: 'seller-1' has no Buyers", id="no Buyer"),
        pytest.param({"mappings": {}}, "CFG-106 sellers: 'seller-1' has no mappings", id="no mappings"),
        pytest.param({"sellers": [{"id": "s"}]}, "CFG-101 'contact' is missing", id="no contact"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    (found,) = refused(tmp_path, **changes)

    assert expected in found
    assert int(found.split(":")[0]) > 0


@pytest.mark.parametrize(
    "buyer",
    [
        pytest.param({"id": "a", "agrement": {}}, id="a key"),
        pytest.param({"id": "a", "agreement": {"max_item": 1}}, id="a key of a section"),
        pytest.param({"id": "a", "agreement": {"place_types": ["Address"]}}, id="all of a list"),
        pytest.param({"id": 5}, id="a value"),
    ],
)
def test_a_mistake_in_a_buyers_section_is_told_once(tmp_path: Path, buyer: dict[str, Any]) -> None:
    assert len(refused(tmp_path, buyers=[buyer])) == 1


def test_a_systems_name_is_one_that_mappings_can_use(tmp_path: Path) -> None:
    (found,) = refused(tmp_path, systems={"My System": {"sql": {"url": "sqlite:///x.db"}}})
    assert "CFG-107 'My System' cannot stand here as a key" in found


def test_the_commented_configuration_shows_the_true_defaults(repository: Path) -> None:
    text = (repository / "config" / "gateway.yaml").read_text(encoding="utf-8")
    commented = re.findall(r"^ *# *([a-z_]+): ([^#\n]*\S) *(?:#.*)?$", text, re.MULTILINE)
    known = dict(_defaults(settings_model(ADAPTERS)))

    shown = {name: _read(value) for name, value in commented if name in known and not value.startswith("{versions")}

    assert len(shown) > 20
    # where the default is nothing, the file shows an example
    wrong = {
        name: value
        for name, value in shown.items()
        if set(map(repr, known[name])) != {"None"} and value not in known[name]
    }
    assert wrong == {}


def _read(value: str) -> Any:
    for read in (seconds, size, share, yaml.safe_load):
        try:
            return read(value)
        except ValueError:
            continue
    raise AssertionError(value)


def _defaults(model: type[BaseModel]) -> Iterator[tuple[str, list[Any]]]:
    """Each key with the defaults that it has, in whatever model."""
    found: dict[str, list[Any]] = {}

    def visit(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, field in annotation.model_fields.items():
                if not field.is_required():
                    default = field.get_default(call_default_factory=True)
                    found.setdefault(name, []).append(list(default) if isinstance(default, tuple) else default)
                visit(field.annotation)
        for inner in getattr(annotation, "__args__", ()):
            visit(inner)

    visit(model)
    yield from found.items()


@pytest.mark.parametrize("key", ["abc", "whsec_AAAA", "whsec_" + "A" * 31, "whsec_" + "A" * 200])
def test_a_signing_key_that_is_none_is_told(tmp_path: Path, key: str) -> None:
    (found,) = refused(tmp_path, notifications={"signing_keys": [key]})

    assert "a signing key is 'whsec_'" in found
