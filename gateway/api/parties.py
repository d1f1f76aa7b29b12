"""Who may ask, and towards whom: clients, the Buyers they stand for, the Sellers that are represented here.

Knows nothing of HTTP, nor how a client proves who it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.lso.identifiers import BuyerId, SellerId


@dataclass(frozen=True)
class Client:
    """A known client and the Buyers it stands for, at least one."""

    name: str
    buyers: tuple[BuyerId, ...]


@dataclass(frozen=True)
class Parties:
    """`anonymous_buyers`: for whom a client without credentials stands; `sellers`: who is represented here."""

    anonymous_buyers: tuple[BuyerId, ...]
    sellers: tuple[SellerId, ...]

    def __post_init__(self) -> None:
        if not self.anonymous_buyers or not self.sellers:
            raise ValueError("at least one Buyer and one Seller must be named")

    @property
    def anonymous(self) -> Client:
        return Client("anonymous", self.anonymous_buyers)
