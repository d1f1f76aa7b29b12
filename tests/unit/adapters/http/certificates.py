"""Certificates for tests, made on the spot, and servers that use them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import trustme


@lru_cache(maxsize=4)
def authority(name: str = "ours") -> trustme.CA:
    return trustme.CA(organization_name=name)


def ca_file(folder: Path, ca: trustme.CA | None = None) -> Path:
    file = folder / "ca.pem"
    (ca or authority()).cert_pem.write_to_path(str(file))
    return file


def server_context(
    *names: str, ca: trustme.CA | None = None, is_expired: bool = False, clients: trustme.CA | None = None
) -> ssl.SSLContext:
    """What a server shows; `clients` is the authority of the certificates that it asks its clients for."""
    ends = datetime.now(UTC) - timedelta(days=1) if is_expired else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (ca or authority()).issue_cert(*(names or ("127.0.0.1",)), not_after=ends).configure_cert(context)
    if clients is not None:
        clients.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_files(folder: Path, name: str, ca: trustme.CA | None = None) -> dict[str, Path]:
    """A client's certificate and key, as the options name them."""
    issued = (ca or authority("clients")).issue_cert(name)
    certificate, key = folder / "client.pem", folder / "client.key"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return {"certificate": certificate, "key": key}
