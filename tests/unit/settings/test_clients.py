"""Who may ask, in the configuration file: what it gives, and what does not fit together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.authentication.client_keys import hash_of, new_key
from gateway.cli import main
from tests.unit.settings.test_settings import loaded, refused

HASH = hash_of(new_key())
KEYED = {"id": "first", "buyers": ["buyer-1"], "keys": [HASH]}
ISSUER = {"issuer": "https://id.example", "audience": "poq", "keys": "jwks.json"}
TOKEN = {"id": "first", "buyers": ["buyer-1"], "tokens": [{"client_id": "c"}]}
CERTIFIED = {"id": "first", "buyers": ["buyer-1"], "certificates": [{"dns": "a.example"}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"clients": [{"id": "a", "buyers": ["buyer-1"]}]}, "by what it is recognised", id="nothing"),
        pytest.param({"clients": [{**KEYED, "buyers": ["x"]}]}, "acts for 'x', which is no Buyer", id="no-buyer"),
        pytest.param({"clients": [{**KEYED, "sellers": ["x"]}]}, "acts toward 'x'", id="no-seller"),
        pytest.param(
            {"clients": [KEYED, {"id": "b", "buyers": ["buyer-1"], "keys": [HASH]}]},
            "recognised by the same key",
            id="one-key-for-two",
        ),
        pytest.param({"clients": [{**KEYED, "keys": ["poqk_plain"]}]}, "CFG-106", id="a-key-instead-of-its-hash"),
        pytest.param({"clients": [TOKEN]}, "which issuer? 'authentication' has 0", id="tokens-of-nobody"),
        pytest.param(
            {"clients": [TOKEN], "authentication": {"tokens": [ISSUER, {**ISSUER, "issuer": "b"}]}},
            "which issuer? 'authentication' has 2",
            id="tokens-of-two",
        ),
        pytest.param({"authentication": {"tokens": [ISSUER]}}, "nobody is authenticated", id="an-issuer-for-nobody"),
        pytest.param(
            {"clients": [KEYED], "listen": {"unauthenticated": True}}, "contradicts 'clients'", id="unauthenticated"
        ),
        pytest.param({"clients": [CERTIFIED]}, "neither 'listen.tls.client_ca' nor", id="certificates-of-nobody"),
        pytest.param(
            {"clients": [CERTIFIED], "authentication": {"certificate_header": {}}},
            "believed of 'listen.proxies' only",
            id="a-header-of-anybody",
        ),
        pytest.param(
            {"clients": [TOKEN], "authentication": {"tokens": [{**ISSUER, "keys": "http://id.example/jwks"}]}},
            "write an https URL",
            id="keys-unprotected",
        ),
        pytest.param(
            {"clients": [TOKEN], "authentication": {"tokens": [{**ISSUER, "algorithms": ["HS256"]}]}},
            "CFG-106",
            id="a-shared-secret-as-algorithm",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(tmp_path: Path, changes: dict[str, Any], expected: str) -> None:
    assert any(expected in line for line in refused(tmp_path, **changes)), refused(tmp_path, **changes)


def test_files_of_keys_and_certificates_are_relative_to_the_file(tmp_path: Path) -> None:
    tls = {"certificate": "tls/poq.pem", "key": "tls/poq.key", "client_ca": "ca.pem"}
    settings = loaded(tmp_path, clients=[TOKEN], authentication={"tokens": [ISSUER]}, listen={"tls": tls})

    assert settings.authentication.tokens[0].keys == tmp_path / "jwks.json"
    assert settings.listen.tls is not None
    assert settings.listen.tls.client_ca == tmp_path / "ca.pem"


def test_a_new_key_comes_with_the_hash_that_the_configuration_has_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["client-key", "new"]) == 0

    printed = capsys.readouterr()
    assert hash_of(printed.out.strip()) in printed.err
    assert printed.out.strip() not in printed.err
