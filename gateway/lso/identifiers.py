"""The kinds of identifiers of the standard, and its two interfaces."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, NewType

PoqId = NewType("PoqId", str)
ItemId = NewType("ItemId", str)
BuyerId = NewType("BuyerId", str)
SellerId = NewType("SellerId", str)


class Dealing(NamedTuple):
    """A Buyer and a Seller who deal with each other: all that is agreed, kept and told is between two such."""

    buyer: BuyerId
    seller: SellerId


class Interface(StrEnum):
    """LSO Sonata is spoken between service providers, LSO Cantata with customers; the payloads are the same."""

    SONATA = "sonata"
    CANTATA = "cantata"
