"""Messages with WS-Security and WS-Addressing: keys, signed replies, and one call that is answered by them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from adapters.base import Reply
from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.addressing import WSA
from adapters.soap.ambient import Ambient
from adapters.soap.envelope import SOAP_11, Blank
from adapters.soap.protection import Protection
from adapters.soap.protection_options import Signature, Timestamp, WsAddressing, WsSecurity
from adapters.soap.security import WSSE, WSU
from adapters.soap.signature import DS
from tests.support.soap_server import QUESTION, WSDL_FOLDER, envelope, feasible, soap_server

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
AMBIENT = Ambient(
    now=lambda: NOW, new_id=lambda: "00010203-0405-4607-8809-0a0b0c0d0e0f", chance=lambda size: bytes(range(size))
)
SOAP = f"{{{SOAP_11.namespace}}}"
Change = Callable[[etree._Element], None]


def certificate(folder: Path, name: str, *, kind: str = "rsa", days: int = 30) -> tuple[Path, Path]:
    """A key and its certificate, valid around NOW."""
    key: Any = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.key.pem", folder / f"{name}.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    paths[0].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    paths[1].write_bytes(made.public_bytes(pem))
    return paths


def signature(keys: dict[str, tuple[Path, Path]], ours: str, *trusted: str, **more: Any) -> Signature:
    return Signature(
        key=keys[ours][0], certificate=keys[ours][1], trusted=tuple(keys[name][1] for name in trusted), **more
    )


def signed_by(keys: dict[str, tuple[Path, Path]], who: str, body: str, **more: Any) -> etree._Element:
    """A message that somebody has signed, with a timestamp."""
    security = WsSecurity(
        timestamp=Timestamp(),
        signature=signature(keys, who, who, algorithm=more.pop("algorithm", "sha256")),
        must_understand=False,
    )
    options = SoapOptions(wsdl=WSDL_FOLDER / "feasibility.wsdl", ws_security=security)
    root = etree.fromstring(envelope(body).encode())
    header = etree.Element(f"{SOAP}Header")
    root.insert(0, header)
    ambient = Ambient(now=more.pop("now", AMBIENT.now))
    Protection(options, SOAP_11, ambient).protect(Blank(root, header, root[1]), "", "http://x.test/")
    return root


async def asked(
    said: etree._Element | str,
    security: WsSecurity | None = None,
    addressing: WsAddressing | None = None,
    *,
    status: int = 200,
    answer: Callable[[bytes], bytes] | None = None,
) -> tuple[Reply, etree._Element]:
    """What comes of a call that is answered so, and what was sent."""
    content = said.encode() if isinstance(said, str) else etree.tostring(said)
    async with soap_server() as server:
        server.says(content, status=status)
        if answer is not None:
            made = answer

            async def handler(request: web.Request) -> web.Response:
                return web.Response(body=made(await request.read()), headers={"Content-Type": "text/xml"})

            server.answer = handler
        options = SoapOptions(
            wsdl=WSDL_FOLDER / "feasibility.wsdl",
            endpoint=server.url,
            ws_security=security,
            ws_addressing=addressing,
        )
        system = SoapSystem("nimbus", options, ambient=AMBIENT)
        await system.open()
        try:
            operation = system.operation(SoapStep(operation="CheckFeasibility"))
            reply = await operation.call(QUESTION, timeout=10)
        finally:
            await system.close()
        return reply, etree.fromstring(server.asked[0][1])


def found(root: etree._Element, path: str) -> etree._Element:
    element = root.find(path, {"s": SOAP_11.namespace, "o": WSSE, "u": WSU, "a": WSA, "d": DS})
    assert element is not None, path
    return element


def timestamped(created: str | None, expires: str | None) -> str:
    times = "".join(
        f"<u:{name}>{time}</u:{name}>"
        for name, time in (("Created", created), ("Expires", expires))
        if time is not None
    )
    security = f'<o:Security xmlns:o="{WSSE}" xmlns:u="{WSU}"><u:Timestamp>{times}</u:Timestamp></o:Security>'
    header = f"<s:Header>{security}</s:Header>"
    return envelope(feasible()).replace("<s:Body>", f"{header}<s:Body>")
