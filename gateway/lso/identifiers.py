"""The kinds of identifiers of the standard, and its two interfaces."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

PoqId = NewType("PoqId", str)
ItemId = NewType("ItemId", str)
BuyerId = NewType("BuyerId", str)
SellerId = NewType("SellerId", str)


class Interface(StrEnum):
    """LSO Sonata is spoken between service providers, LSO Cantata with customers; the payloads are the same."""

    SONATA = "sonata"
    CANTATA = "cantata"
