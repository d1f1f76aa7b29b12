"""What the HTTP side may ask of the hub. Knows no HTTP, no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.lso.identifiers import BuyerId, Dealing, Interface, SellerId
from gateway.lso.problems import Problem
from gateway.store.records_audit import Actor


@dataclass(frozen=True)
class Registrant:
    """For whom a registration is. The parameters are buyerId and sellerId of the request's query, where it had them."""

    buyer: BuyerId
    seller: SellerId
    interface: Interface
    buyer_parameter: str | None = None
    seller_parameter: str | None = None
    by: Actor = field(default=Actor("client"), compare=False)

    @property
    def dealing(self) -> Dealing:
        """Who deals with whom."""
        return Dealing(self.buyer, self.seller)


class RegistrationRefused(Exception):
    """The registration cannot be accepted: 422 with these problems, in document order. Nothing was kept."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problem(s)")
        self.problems = tuple(problems)


class HubUnavailable(Exception):
    """The store cannot be reached: 503. The text is for the operator."""


class Hub(Protocol):
    """A Buyer's registrations for notifications. The methods but `offers` raise HubUnavailable."""

    def offers(self, dealing: Dealing) -> bool:
        """Whether this Buyer gets notifications of this Seller at all; if not, everything here is 501 (87.1-R69)."""
        ...

    async def register(self, registrant: Registrant, document: Mapping[str, Any]) -> bytes:
        """Keep a registration; gives the body of the 201 (87.1-R67). Raises RegistrationRefused (H2 to H9)."""
        ...

    async def read(self, registrant: Registrant, registration_id: str) -> bytes | None:
        """The registration, or None: unknown, ended or another's (J2)."""
        ...

    async def unregister(self, registrant: Registrant, registration_id: str) -> bool:
        """End a registration: nothing is sent to it afterwards (87.1-R73). False: there is no such one."""
        ...
