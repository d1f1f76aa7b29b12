"""SOAP services as legacy systems, by their WSDL: doc/literal over SOAP 1.1 and 1.2. Knows no POQ and no mapping."""

from __future__ import annotations

from adapters.base import Adapter
from adapters.soap.options import SoapOptions, SoapStep
from adapters.soap.system import SoapSystem

ADAPTER = Adapter(word="soap", options=SoapOptions, step=SoapStep, rows=False, build=SoapSystem)

__all__ = ["ADAPTER", "SoapOptions", "SoapStep", "SoapSystem"]
