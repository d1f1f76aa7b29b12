"""What is told of a message that breaks its schema holds no value of it."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.schemas import _without_values

_SCHEMA = """
<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"><xsd:element name="a">
  <xsd:simpleType><xsd:restriction base="xsd:{base}">{facet}</xsd:restriction></xsd:simpleType>
</xsd:element></xsd:schema>
"""


@pytest.mark.parametrize("value", ["ada", "it's ada", "ada' is not a valid value", "ada\nada"])
@pytest.mark.parametrize(
    ("base", "facet"),
    [
        pytest.param("int", "", id="a type"),
        pytest.param("string", '<xsd:pattern value="[0-9]+"/>', id="a pattern"),
        pytest.param("string", '<xsd:enumeration value="yes"/><xsd:enumeration value="no"/>', id="an enumeration"),
        pytest.param("string", '<xsd:maxLength value="2"/>', id="too long"),
        pytest.param("string", '<xsd:minLength value="99"/>', id="too short"),
        pytest.param("date", '<xsd:minInclusive value="2020-01-01"/>', id="a date"),
    ],
)
def test_a_value_that_does_not_fit_is_not_quoted(base: str, facet: str, value: str) -> None:
    schema = etree.XMLSchema(etree.fromstring(_SCHEMA.format(base=base, facet=facet)))
    element = etree.Element("a")
    element.text = value
    assert not schema.validate(element)

    told = [_without_values(entry.message) for entry in schema.error_log]

    assert told
    assert "ada" not in " ".join(told)
    assert "Element 'a'" in told[0]
