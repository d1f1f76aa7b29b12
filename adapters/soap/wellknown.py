"""Schemas that WSDLs refer to by the address of a standard, in the little that messages need of them: never fetched."""

from __future__ import annotations

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
ENCODING_NAMESPACE = "http://schemas.xmlsoap.org/soap/encoding/"

_XML = b"""\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
  <xsd:attribute name="lang" type="xsd:language"/>
  <xsd:attribute name="space" type="xsd:NCName"/>
  <xsd:attribute name="base" type="xsd:anyURI"/>
  <xsd:attribute name="id" type="xsd:ID"/>
  <xsd:attributeGroup name="specialAttrs">
    <xsd:attribute ref="xml:lang"/><xsd:attribute ref="xml:space"/>
    <xsd:attribute ref="xml:base"/><xsd:attribute ref="xml:id"/>
  </xsd:attributeGroup>
</xsd:schema>"""

# Arrays of SOAP's own encoding: their operations are refused, but they stand beside others that are not.
_ENCODING = b"""\
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:t="http://schemas.xmlsoap.org/soap/encoding/"
    targetNamespace="http://schemas.xmlsoap.org/soap/encoding/">
  <xsd:attribute name="arrayType" type="xsd:string"/>
  <xsd:attribute name="offset" type="xsd:string"/>
  <xsd:attributeGroup name="commonAttributes">
    <xsd:attribute name="id" type="xsd:ID"/><xsd:attribute name="href" type="xsd:anyURI"/>
    <xsd:anyAttribute namespace="##other" processContents="lax"/>
  </xsd:attributeGroup>
  <xsd:attributeGroup name="arrayAttributes">
    <xsd:attribute ref="t:arrayType"/><xsd:attribute ref="t:offset"/>
  </xsd:attributeGroup>
  <xsd:group name="Array"><xsd:sequence>
    <xsd:any namespace="##any" minOccurs="0" maxOccurs="unbounded" processContents="lax"/>
  </xsd:sequence></xsd:group>
  <xsd:complexType name="Array">
    <xsd:group ref="t:Array" minOccurs="0"/>
    <xsd:attributeGroup ref="t:arrayAttributes"/><xsd:attributeGroup ref="t:commonAttributes"/>
  </xsd:complexType>
</xsd:schema>"""

SCHEMAS = {XML_NAMESPACE: _XML, ENCODING_NAMESPACE: _ENCODING}
"""By target namespace."""

LOCATIONS = {
    XML_NAMESPACE: _XML,
    "http://www.w3.org/2001/xml.xsd": _XML,
    "https://www.w3.org/2001/xml.xsd": _XML,
    "http://www.w3.org/2001/03/xml.xsd": _XML,
    ENCODING_NAMESPACE: _ENCODING,
    ENCODING_NAMESPACE.rstrip("/"): _ENCODING,
}
"""By the address that an import may name."""
