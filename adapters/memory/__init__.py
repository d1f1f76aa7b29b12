"""The scripted twin of a legacy system: answers what it was told, remembers what it was asked. Sends nothing."""

from __future__ import annotations

from adapters.base import Adapter
from adapters.memory.options import MemoryOptions, MemoryStep, Scripted
from adapters.memory.system import Call, MemorySystem

ADAPTER = Adapter(word="memory", options=MemoryOptions, step=MemoryStep, rows=False, build=MemorySystem)

__all__ = ["ADAPTER", "Call", "MemoryOptions", "MemoryStep", "MemorySystem", "Scripted"]
