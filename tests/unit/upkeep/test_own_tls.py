"""The gateway's own certificate: new files are taken, unusable ones are not, and a bad start says which file."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.settings.listening import TlsSettings
from gateway.upkeep.own_tls import OwnTls

CA = trustme.CA()
FIRST, SECOND = CA.issue_cert("127.0.0.1"), CA.issue_cert("127.0.0.1")


def certificate(folder: Path, one: trustme.LeafCert) -> None:
    replaced(folder / "poq.pem", b"".join(part.bytes() for part in one.cert_chain_pems))


def key(folder: Path, one: trustme.LeafCert) -> None:
    replaced(folder / "poq.key", one.private_key_pem.bytes())


def replaced(path: Path, content: bytes) -> None:
    """As programs that renew certificates do it: another file under the same name."""
    path.with_suffix(".new").write_bytes(content)
    path.with_suffix(".new").replace(path)


def said(folder: Path) -> TlsSettings:
    return TlsSettings(certificate=folder / "poq.pem", key=folder / "poq.key")


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[tuple[OwnTls, int]]:
    """With the port of a server that uses it."""
    certificate(tmp_path, FIRST)
    key(tmp_path, FIRST)
    made = OwnTls(said(tmp_path))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=made.context)
    async with server:
        yield made, server.sockets[0].getsockname()[1]


async def shown(port: int) -> bytes:
    """The certificate of a new connection."""
    context = ssl.create_default_context()
    CA.configure_trust(context)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    assert isinstance(found, bytes)
    return found


def der(one: trustme.LeafCert) -> bytes:
    return ssl.PEM_cert_to_DER_cert(one.cert_chain_pems[0].bytes().decode())


async def test_new_connections_get_the_new_certificate(own: tuple[OwnTls, int], tmp_path: Path) -> None:
    made, port = own
    assert await shown(port) == der(FIRST)

    certificate(tmp_path, SECOND)
    key(tmp_path, SECOND)

    assert made.look()
    assert await shown(port) == der(SECOND)
    assert not made.look(), "nothing is new"


@pytest.mark.parametrize("what", ["half of a pair", "garbage", "gone"])
async def test_files_that_cannot_be_used_change_nothing_until_they_can(
    own: tuple[OwnTls, int], tmp_path: Path, what: str
) -> None:
    made, port = own
    if what == "half of a pair":
        certificate(tmp_path, SECOND)
    elif what == "garbage":
        replaced(tmp_path / "poq.key", b"nothing")
    else:
        (tmp_path / "poq.pem").unlink()

    assert not made.look()
    assert await shown(port) == der(FIRST)

    certificate(tmp_path, SECOND)
    key(tmp_path, SECOND)
    assert made.look()
    assert await shown(port) == der(SECOND)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("missing", "No such file"),
        ("other key", "the key is not that of the certificate"),
        ("garbage", "no PEM"),
        ("encrypted", "no PEM without a password"),
    ],
)
def test_a_start_without_usable_files_says_which_and_why(tmp_path: Path, broken: str, told: str) -> None:
    certificate(tmp_path, FIRST)
    if broken == "other key":
        key(tmp_path, SECOND)
    elif broken == "garbage":
        replaced(tmp_path / "poq.key", b"nothing")
    elif broken == "encrypted":
        plain = load_pem_private_key(FIRST.private_key_pem.bytes(), None)
        kept = plain.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
        replaced(tmp_path / "poq.key", kept)

    with pytest.raises(OSError, match=told) as raised:
        OwnTls(said(tmp_path))

    assert "poq.key" in str(raised.value)
