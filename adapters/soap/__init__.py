"""SOAP services as legacy systems, by their WSDL: doc/literal over SOAP 1.1 and 1.2. Knows no POQ and no mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.base import Adapter
from adapters.soap.options import SoapOptions, SoapStep

if TYPE_CHECKING:
    from adapters.soap.system import SoapSystem


def _build(name: str, options: SoapOptions, *, calls_at_once: int) -> SoapSystem:
    """Imported when a system is built: who only reads mapping files does not wait for it."""
    from adapters.soap.system import SoapSystem

    return SoapSystem(name, options, calls_at_once=calls_at_once)


def __getattr__(name: str) -> Any:
    if name == "SoapSystem":
        from adapters.soap.system import SoapSystem

        return SoapSystem
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


ADAPTER = Adapter(word="soap", options=SoapOptions, step=SoapStep, rows=False, build=_build)

__all__ = ["ADAPTER", "SoapOptions", "SoapStep", "SoapSystem"]
