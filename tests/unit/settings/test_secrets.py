"""Secrets come from elsewhere: which texts may stand in the configuration, and that what was read does not show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.app import ADAPTERS
from gateway.assembly.hiding import Hiding
from gateway.settings import Settings, literal_secrets, load_settings
from tests.support.gateways import configuration

SECRET = "canary-7d1f"
ENVIRONMENT = {"SECRET": SECRET, "URL": f"postgresql://reader:{SECRET}@host/db"}


def loaded(folder: Path, said: dict[str, Any]) -> Settings:
    (folder / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(**said)), encoding="utf-8")
    return load_settings(path, ADAPTERS, environment=ENVIRONMENT)


def sql(url: str) -> dict[str, Any]:
    return {"systems": {"db": {"sql": {"url": url}}}}


def rest(**options: Any) -> dict[str, Any]:
    return {"systems": {"web": {"rest": {"endpoint": "https://host.example", **options}}}}


def proven(**way: Any) -> dict[str, Any]:
    return rest(authentication=way)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(sql("postgresql://reader:pass@host/db"), id="a password in a URL"),
        pytest.param(sql("postgresql://reader:pa#s/s@host/db"), id="a password that ends a URL"),
        pytest.param(sql("postgresql://reader@host/db?password=pass"), id="a parameter of a URL"),
        pytest.param(sql("postgresql://${env:SECRET}:pass@host/db"), id="only the user comes from elsewhere"),
        pytest.param({"store": {"url": "postgresql://poq:pass@host/db"}}, id="the store's"),
        pytest.param(proven(basic={"username": "a", "password": "pass"}), id="basic"),
        pytest.param(proven(digest={"username": "a", "password": "pass"}), id="digest"),
        pytest.param(proven(bearer={"token": "pass"}), id="bearer"),
        pytest.param(proven(api_key={"header": "X-K", "key": "pass"}), id="API key"),
        pytest.param(
            proven(oauth2={"token_url": "https://x", "client_id": "a", "client_secret": "pass"}), id="client secret"
        ),
        pytest.param(rest(headers={"Authorization": "Basic cGFzcw=="}), id="Authorization"),
        pytest.param(rest(headers={"X-Api-Key": "pass"}), id="a key in a header"),
        pytest.param(rest(proxy="http://me:pass@proxy:3128"), id="a proxy's password"),
        pytest.param(rest(tls={"certificate": "a.pem", "key_password": "pass"}), id="a key's password"),
        pytest.param({"notifications": {"signing_keys": ["whsec_" + "A" * 32]}}, id="a signing key"),
        pytest.param(
            {"buyers": [{"id": "b", "notifications": {"authentication": {"bearer": {"token": "pass"}}}}]},
            id="of one Buyer",
        ),
        pytest.param(
            {
                "authentication": {
                    "introspection": {"issuer": "i", "url": "https://x", "client_id": "a", "client_secret": "pass"}
                },
                "clients": [{"id": "c", "buyers": ["buyer-1"], "tokens": [{"client_id": "a"}]}],
            },
            id="introspection",
        ),
    ],
)
def test_a_secret_in_the_file_is_found_at_its_place(tmp_path: Path, said: dict[str, Any]) -> None:
    settings = loaded(tmp_path, said)

    (found,) = literal_secrets(settings)

    assert found.code == "CFG-202"
    line = (tmp_path / "gateway.yaml").read_text(encoding="utf-8").splitlines()[found.location.line - 1]
    assert any(word in line[found.location.column - 1 :] for word in ("pass", "pa#s/s", "cGFzcw==", "whsec_"))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(sql("sqlite:///poq.db"), id="a file"),
        pytest.param(sql("postgresql://reader@host:5432/db?application_name=poq"), id="no password"),
        pytest.param(sql("postgresql://reader:${env:SECRET}@host/db"), id="the password of the environment"),
        pytest.param(sql("postgresql://reader:${file:secret}@host/db"), id="the password of a file"),
        pytest.param(sql("${env:URL}"), id="the whole URL"),
        pytest.param(proven(basic={"username": "a", "password": "${env:SECRET}"}), id="basic"),
        pytest.param(rest(headers={"Authorization": "Bearer ${env:SECRET}"}), id="a part of a header"),
        pytest.param(rest(headers={"Accept": "application/json", "X-Tenant": "north"}), id="harmless headers"),
        pytest.param(rest(proxy="http://proxy:3128"), id="a proxy"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_none_or_comes_from_elsewhere_may_stand_there(tmp_path: Path, said: dict[str, Any]) -> None:
    assert literal_secrets(loaded(tmp_path, said)) == []


def test_the_configuration_of_the_demo_has_no_secret_in_it(repository: Path) -> None:
    assert literal_secrets(load_settings(repository / "config" / "gateway.yaml", ADAPTERS)) == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(sql("postgresql://reader:${env:SECRET}@host/db"), id="in a URL"),
        pytest.param(proven(bearer={"token": "${file:secret}"}), id="alone"),
        pytest.param(rest(headers={"Authorization": "${env:SECRET}"}), id="a header"),
    ],
)
def test_what_was_read_shows_in_no_form_and_is_taken_out_of_other_texts(tmp_path: Path, said: dict[str, Any]) -> None:
    settings = loaded(tmp_path, said)

    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()} {settings.model_dump()}"
    assert Hiding(settings)(f"no route for {SECRET}.") == "no route for ***."


def test_a_secret_is_hidden_however_a_url_spells_it(tmp_path: Path) -> None:
    hide = Hiding(loaded(tmp_path, sql("postgresql://reader:c%40nary@host/db?sslpassword=p%2Fw")))

    assert hide("c@nary, c%40nary, p/w and p%2Fw") == "***, ***, *** and ***"
