"""Envelopes of SOAP 1.1 and 1.2: putting a body in, taking a body or a fault out. Knows no WSDL and no HTTP client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from adapters.base import Cause, NoAnswer, SystemFault
from gateway.values import value


@dataclass(frozen=True)
class Version:
    """What differs between the versions of SOAP on the wire."""

    name: str
    namespace: str
    content_type: str

    @cached_property
    def root(self) -> str:
        return f"{{{self.namespace}}}Envelope"

    @cached_property
    def header(self) -> str:
        return f"{{{self.namespace}}}Header"

    @cached_property
    def body(self) -> str:
        return f"{{{self.namespace}}}Body"

    def headers(self, action: str) -> dict[str, str]:
        """The HTTP headers of a request."""
        if self.namespace == SOAP_11.namespace:
            return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', "Accept": "text/xml"}
        with_action = f'; action="{action}"' if action else ""
        return {"Content-Type": f"{self.content_type}; charset=utf-8{with_action}", "Accept": self.content_type}


SOAP_11 = Version("SOAP 1.1", "http://schemas.xmlsoap.org/soap/envelope/", "text/xml")
SOAP_12 = Version("SOAP 1.2", "http://www.w3.org/2003/05/soap-envelope", "application/soap+xml")


_NOT_MANDATORY = frozenset({"", "0", "false"})
_OURS = frozenset(
    {
        "",
        "http://schemas.xmlsoap.org/soap/actor/next",
        f"{SOAP_12.namespace}/role/next",
        f"{SOAP_12.namespace}/role/ultimateReceiver",
    }
)
"""Whom a header may be for so that it is for us: nobody in particular, the next one, the last one."""


@value(frozen=True)
class Blank:
    """An envelope with nothing in it yet. What has no header loses that when it is closed."""

    root: etree._Element
    header: etree._Element
    body: etree._Element

    def closed(self) -> etree._Element:
        if not len(self.header):
            self.root.remove(self.header)
        return self.root


def blank(version: Version) -> Blank:
    """A new envelope."""
    root = etree.Element(version.root, nsmap={"soap": version.namespace})
    header = etree.SubElement(root, version.header)
    return Blank(root, header, etree.SubElement(root, version.body))


def opened(version: Version, envelope: etree._Element) -> tuple[etree._Element | None, etree._Element]:
    """The header, None if there is none, and the body. Raises NoAnswer(UNREADABLE) for anything but an envelope."""
    if envelope.tag != version.root:
        raise NoAnswer(Cause.UNREADABLE, f"{_called(envelope)} came where an envelope of {version.name} was expected")
    header = body = None
    for part in envelope:
        if part.tag == version.body:
            body = body if body is not None else part
        elif part.tag == version.header:
            header = header if header is not None else part
    if body is None:
        raise NoAnswer(Cause.UNREADABLE, "the envelope has no body")
    return header, body


def mandatory(version: Version, header: etree._Element | None) -> Iterator[str]:
    """The headers of a reply that its receiver, which is us, must understand or refuse all of it, by their tags."""
    for part in header if header is not None else ():
        says = (part.get(f"{{{version.namespace}}}mustUnderstand") or "").strip()
        if says in _NOT_MANDATORY or not isinstance(part.tag, str):
            continue
        roles = (part.get(f"{{{version.namespace}}}{name}") for name in ("actor", "role"))
        if all((role or "").strip() in _OURS for role in roles):
            yield part.tag


def _called(root: etree._Element) -> str:
    """What came instead of our envelope, in words."""
    other = next((one for one in (SOAP_11, SOAP_12) if root.tag == f"{{{one.namespace}}}Envelope"), None)
    if other is not None:
        return f"an envelope of {other.name}"
    return "an HTML page" if _local(root).lower() == "html" else str(root.tag)


def fault_in(version: Version, body: etree._Element) -> etree._Element | None:
    """The fault if this is what the body has."""
    element = next(iter(body), None)
    return element if element is not None and element.tag == f"{{{version.namespace}}}Fault" else None


def read_fault(
    fault: etree._Element, *, code_path: str | None, declared: Mapping[str, str], received: str = ""
) -> SystemFault:
    """Our error for a SOAP fault.

    `code_path` leads to the business code inside the detail; `declared` gives the WSDL's name of a fault by its detail
    element. Local names are compared throughout: many systems get the namespaces of a fault wrong. Codes, most specific
    first: code_path's, all `...code` elements of the detail, the detail's elements, the WSDL's names, the protocol's.
    """
    detail = _child(fault, "detail")
    entries = list(detail) if detail is not None else []
    names = [_local(entry) for entry in entries]
    codes = [
        *_at_path(detail, code_path),
        *(code for entry in entries for code in _code_leaves(entry)),
        *names,
        *(declared[name] for name in names if name in declared),
        *_protocol_codes(fault),
    ]
    distinct = tuple(dict.fromkeys(code for code in codes if code)) or ("Fault",)
    return SystemFault(distinct, _reason(fault), received=received)


def _at_path(detail: etree._Element | None, path: str | None) -> Iterator[str]:
    found = [detail] if detail is not None and path else []
    for name in (path or "").split("/"):
        found = [child for element in found for child in element if _local(child).lower() == name.lower()]
    for element in found:
        yield _text(element)


def _code_leaves(entry: etree._Element) -> Iterator[str]:
    for element in entry.iter():
        if len(element) == 0 and _local(element).lower().endswith("code"):
            yield _text(element)


def _protocol_codes(fault: etree._Element) -> Iterator[str]:
    """SOAP 1.2: the subcodes from the innermost outwards, then the code. SOAP 1.1: `Client.Auth`, then `Client`."""
    nested: list[str] = []
    code = _child(fault, "Code")
    while code is not None:
        value = _child(code, "Value")
        nested.append(_unprefixed(_text(value)) if value is not None else "")
        code = _child(code, "Subcode")
    yield from reversed(nested)
    plain = _child(fault, "faultcode")
    if plain is not None:
        text = _unprefixed(_text(plain))
        yield text
        yield text.partition(".")[0]


def _reason(fault: etree._Element) -> str:
    reason = _child(fault, "Reason")
    text = _child(reason, "Text") if reason is not None else _child(fault, "faultstring")
    return (_text(text) if text is not None else "") or "no reason given"


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in parent if _local(child).lower() == name.lower()), None)


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def _unprefixed(name: str) -> str:
    return name.rpartition(":")[2]
