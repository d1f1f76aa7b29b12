"""Who may ask, and towards whom: clients, the Buyers they act for, the Sellers that are represented here.

Knows nothing of HTTP, nor how a client proves who it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.lso.identifiers import BuyerId, Dealing, SellerId


@dataclass(frozen=True)
class Client:
    """A known client and what it may do: act in these dealings, at least one."""

    name: str
    dealings: tuple[Dealing, ...]
    buyers: tuple[BuyerId, ...] = field(init=False)
    """For whom it acts."""
    _sellers: Mapping[str | None, Sequence[SellerId]] = field(init=False, repr=False, compare=False)
    """By Buyer; all of them under None."""

    def __post_init__(self) -> None:
        if not self.dealings:
            raise ValueError(f"the client {self.name} acts for nobody")
        buyers = tuple(dict.fromkeys(one.buyer for one in self.dealings))
        sellers: dict[str | None, Sequence[SellerId]] = {
            buyer: [one.seller for one in self.dealings if one.buyer == buyer] for buyer in buyers
        }
        sellers[None] = tuple(dict.fromkeys(one.seller for one in self.dealings))
        object.__setattr__(self, "buyers", buyers)
        object.__setattr__(self, "_sellers", sellers)

    def sellers(self, buyer: str | None) -> Sequence[SellerId]:
        """Towards whom it acts for this Buyer; for any of its Buyers where it is not one of them, or None."""
        return self._sellers.get(buyer) or self._sellers[None]


@dataclass(frozen=True)
class Parties:
    """Who deals with whom here, in the order of the configuration."""

    dealings: tuple[Dealing, ...]

    def __post_init__(self) -> None:
        if not self.dealings:
            raise ValueError("at least one Buyer and one Seller must be named")

    @property
    def anonymous(self) -> Client:
        """Whoever asks where nobody is authenticated: it may act for every Buyer."""
        return Client("anonymous", self.dealings)
