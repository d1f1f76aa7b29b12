"""The adapters that there are, and the kinds of steps that mappings may use with them.

Who reads mapping files imports no more than this: an adapter's own code comes with the first system of its kind.
"""

from __future__ import annotations

from adapters import rest, soap, sql
from gateway.assembly.installed import with_installed
from gateway.mapping.language import StepKind

ADAPTERS = with_installed((sql.ADAPTER, soap.ADAPTER, rest.ADAPTER))
KINDS = tuple(StepKind(adapter.word, adapter.step, adapter.rows, adapter.lists) for adapter in ADAPTERS)
