"""What a Buyer and a Seller settle at onboarding, as far as the rules of a request depend on it (87.1 section 5.1).

Knows nothing of settings files or of who the two are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BUYER_CONTACT_ROLE = "buyerContactInformation"
SELLER_CONTACT_ROLE = "sellerContactInformation"

PLACE_TYPES = ("GeographicAddressRef", "GeographicSiteRef", "GeographicAddress_Query")
"""How a place may be named (87.1-R1)."""

REPRESENTATIONS = (
    "fieldedAddressRepresentation",
    "formattedAddressRepresentation",
    "geographicPointRepresentation",
    "labelRepresentation",
)
"""How an address may be described by value."""

UnknownContactRoles = Literal["refuse", "ignore"]
OfAlternates = Literal["any", "same specification"]
PastDates = Literal["refuse", "accept"]


@dataclass(frozen=True)
class Agreement:
    """One onboarding agreement; the defaults are the standard with nothing narrowed."""

    response_types: tuple[str, ...] = ("immediate", "deferred")
    """How the Seller answers (87.1-R2 to R4)."""

    place_types: tuple[str, ...] = PLACE_TYPES
    """`@type` values of places that are accepted (87.1-R1)."""

    representations: tuple[str, ...] = REPRESENTATIONS
    """Representations of a described address that are accepted (87.1-R1)."""

    spatial_refs: tuple[str, ...] | None = None
    """Reference systems of coordinates that are accepted; None accepts any (87.1-R1)."""

    contact_roles: tuple[str, ...] = ()
    """Roles of contacts agreed beyond the standard's (87.1-R27)."""

    unknown_contact_roles: UnknownContactRoles = "refuse"
    """What becomes of a contact with any other role; an ignored one is still echoed (87.1-R27)."""

    demanded_contact_roles: tuple[str, ...] = ()
    """Roles that each request must have a contact for, besides the Buyer's (87.1-R27)."""

    place_contact_required: bool = True
    """Whether each place needs a contact; the API definition alone does not ask for one (87.1-R35)."""

    max_items: int = 2000
    """The most items in one request."""

    offering_change: bool = True
    """Whether a modify item may name another offering of the same specification (87.1-O2)."""

    alternates: OfAlternates = "any"
    """Of which products alternates may be; `any` takes other specifications too."""

    past_completion_dates: PastDates = "refuse"
    """What becomes of a deferred request whose date is past already; an accepted one ends as overdue (P15)."""

    accepted_contact_roles: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The roles a Buyer may use: the standard's, the agreed and the demanded ones, each once."""

    def __post_init__(self) -> None:
        roles = dict.fromkeys((BUYER_CONTACT_ROLE, *self.contact_roles, *self.demanded_contact_roles))
        object.__setattr__(self, "accepted_contact_roles", tuple(roles))
