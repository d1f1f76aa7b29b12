"""REST services as legacy systems: JSON or XML over HTTP, by an OpenAPI file where there is one. Knows no POQ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.base import Adapter
from adapters.rest.options import RestOptions, RestStep

if TYPE_CHECKING:
    from adapters.rest.system import RestSystem


def _build(name: str, options: RestOptions, *, calls_at_once: int) -> RestSystem:
    """Imported when a system is built: who only reads mapping files does not wait for it."""
    from adapters.rest.system import RestSystem

    return RestSystem(name, options, calls_at_once=calls_at_once)


def __getattr__(name: str) -> Any:
    if name == "RestSystem":
        from adapters.rest.system import RestSystem

        return RestSystem
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


ADAPTER = Adapter(word="rest", options=RestOptions, step=RestStep, rows=False, build=_build, lists=True)

__all__ = ["ADAPTER", "RestOptions", "RestStep", "RestSystem"]
