"""SOAP 1.1 envelopes of Nimbus, read safely and written by hand. Knows no network and no HTTP.

Requests are held against the schema inside the WSDL, as the real service does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from gateway.demo.planning import OPERATIONS, Elements, PlanningFault

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
TYPES = "urn:nimbus:planning:types:3"
_SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"


def _parser() -> etree.XMLParser:
    """A parser that opens nothing: no DTD, no entity, no network."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class Envelopes:
    """Reads requests and writes replies of the service that a WSDL describes."""

    def __init__(self, wsdl: Path) -> None:
        self.wsdl = wsdl.read_bytes()
        schema = next(etree.fromstring(self.wsdl, _parser()).iter(_SCHEMA))
        self._schema = etree.XMLSchema(schema)

    def read(self, body: bytes) -> tuple[str, dict[str, Any]]:
        """The operation's name and its values. Raises PlanningFault (REQ-INVALID)."""
        try:
            root = etree.fromstring(body, _parser())
        except etree.XMLSyntaxError as error:
            raise PlanningFault("REQ-INVALID", f"not XML: {error.msg}") from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise PlanningFault("REQ-INVALID", "a document type has no place in a SOAP message")
        message = root.find(f"{{{SOAP}}}Body/*")
        if root.tag != f"{{{SOAP}}}Envelope" or message is None:
            raise PlanningFault("REQ-INVALID", "not a SOAP 1.1 envelope with a body")
        try:
            self._schema.assertValid(message)
        except etree.DocumentInvalid as error:
            raise PlanningFault("REQ-INVALID", str(error)) from error
        name = etree.QName(message).localname
        if name not in OPERATIONS:
            raise PlanningFault("REQ-INVALID", f"{name} is no operation")
        return name, _values(message)

    def reply(self, operation: str, elements: Elements) -> bytes:
        """A reply's envelope."""
        return _envelope(_element(f"{operation}Response", elements))

    def fault(self, fault: PlanningFault) -> bytes:
        """A fault's envelope, with the declared detail."""
        node = etree.Element(f"{{{SOAP}}}Fault")
        side = "Client" if fault.code == "REQ-INVALID" else "Server"
        etree.SubElement(node, "faultcode").text = f"soap:{side}"
        etree.SubElement(node, "faultstring").text = fault.text
        detail = etree.SubElement(node, "detail")
        detail.append(_element("ServiceFault", [("FaultCode", fault.code), ("FaultText", fault.text)]))
        return _envelope(node)


def _values(node: etree._Element) -> Any:
    children = list(node.iterchildren("*"))
    if not children:
        return (node.text or "").strip()
    return {etree.QName(child).localname: _values(child) for child in children}


def _element(name: str, value: Any) -> etree._Element:
    node = etree.Element(f"{{{TYPES}}}{name}", nsmap={"nim": TYPES})
    if isinstance(value, list):
        node.extend([_element(child, inner) for child, inner in value if inner is not None])
    else:
        node.text = str(value)
    return node


def _envelope(content: etree._Element) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(root, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
