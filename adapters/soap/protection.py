"""What is put around each message of a system, and looked for around each reply: WS-Addressing and WS-Security."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from adapters.soap.addressing import WSA, address, check_relation
from adapters.soap.ambient import Ambient
from adapters.soap.envelope import Blank, Version
from adapters.soap.options import SoapOptions
from adapters.soap.security import (
    SECURITY,
    add_timestamp,
    add_username,
    check_timestamp,
    reply_security,
    security_header,
)

if TYPE_CHECKING:
    from adapters.soap.protection_options import Signature
    from adapters.soap.signature import Signer


def _signer(said: Signature, ambient: Ambient) -> Signer:
    from adapters.soap.signature import Signer  # cryptography is slow to import, and few need it

    return Signer(said, ambient)


class Protection:
    """The headers of one system, by its options."""

    def __init__(self, options: SoapOptions, version: Version, ambient: Ambient) -> None:
        """Raises AdapterConfigurationError."""
        self._security, self._addressing = options.ws_security, options.ws_addressing
        self._ambient = ambient
        self._must_understand = f"{{{version.namespace}}}mustUnderstand"
        signature = self._security.signature if self._security else None
        self._signer = _signer(signature, ambient) if signature else None

    def protect(self, envelope: Blank, action: str, to: str) -> str:
        """Add the headers to a finished request that goes to the address `to`; gives the id of the message."""
        if envelope.header.getparent() is None:
            envelope.root.insert(0, envelope.header)
        message_id = self._ambient.message_id() if self._addressing else ""
        if self._addressing is not None:
            must = self._must_understand if self._addressing.must_understand else None
            address(envelope.header, action, self._addressing.to or to, message_id, must)
        if self._security is not None:
            self._secure(envelope)
        return message_id

    def _secure(self, envelope: Blank) -> None:
        assert self._security is not None
        said = self._security
        security = security_header(envelope.header, self._must_understand if said.must_understand else None)
        signed = [envelope.body]
        if said.timestamp is not None:
            signed.append(add_timestamp(security, said.timestamp, self._ambient))
        if said.username_token is not None:
            token = add_username(security, said.username_token, self._ambient)
            signed += [token] if said.signature and said.signature.sign_headers else []
        if self._signer is not None and said.signature is not None:
            if said.signature.sign_headers:
                signed += [one for one in envelope.header if str(one.tag).startswith(f"{{{WSA}}}")]
            self._signer.sign(security, signed)

    def understands(self, tag: str) -> bool:
        """Whether a header of a reply is processed here."""
        if tag == SECURITY:
            return self._security is not None
        return self._addressing is not None and tag.startswith(f"{{{WSA}}}")

    def check(
        self, root: etree._Element, header: etree._Element | None, body: etree._Element, message_id: str, *, fault: bool
    ) -> None:
        """That a reply may be believed. Raises NoAnswer(UNREADABLE)."""
        if self._security is not None:
            self._check_security(root, header, body, fault=fault)
        if self._addressing is not None:
            check_relation(header, message_id, required=self._addressing.relates_to and not fault)

    def _check_security(
        self, root: etree._Element, header: etree._Element | None, body: etree._Element, *, fault: bool
    ) -> None:
        assert self._security is not None
        said, now = self._security, self._ambient.now()
        security = reply_security(header)
        if fault and security is None and (said.signature is None or said.signature.unsigned_faults):
            return
        needed = [body]
        if said.timestamp is not None:
            timestamp = check_timestamp(security, said.timestamp, now)
            needed += [timestamp] if timestamp is not None else []
        if self._signer is not None:
            self._signer.verify(root, security, needed, now)


def must_be_said(tag: str) -> str:
    """What the configuration must say for a header to be processed; empty if there is nothing."""
    if tag == SECURITY:
        return "say `ws_security` in the configuration"
    return "say `ws_addressing` in the configuration" if tag.startswith(f"{{{WSA}}}") else ""


def protection(options: SoapOptions, version: Version, ambient: Ambient) -> Protection | None:
    """What the options ask for, None if nothing. Raises AdapterConfigurationError."""
    if options.ws_security is None and options.ws_addressing is None:
        return None
    return Protection(options, version, ambient)
