"""What a Seller answers about a product: how sure it is, how long it takes, how it is delivered, what else is on offer.

Knows nothing of when which part of an answer is due (`gateway.lso` rules on answers).
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, StrictInt

from gateway.lso.models.base import DateTime, Entity
from gateway.lso.models.products import MEFAlternateProduct


class MEFServiceabilityColor(StrEnum):
    """How sure the Seller is that it can deliver: sure, less than sure, cannot."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class AlternateServiceabilityColor(StrEnum):
    """How sure the Seller is of an alternate; what it cannot deliver it does not propose."""

    GREEN = "green"
    YELLOW = "yellow"


class DeliveryType(StrEnum):
    """Whose network reaches the place, and whether something has to be built for it."""

    OFF_NET_WITH_BUILD = "offNetWithBuild"
    OFF_NET_WITHOUT_BUILD = "offNetWithoutBuild"
    ON_NET_WITH_BUILD = "onNetWithBuild"
    ON_NET_WITHOUT_BUILD = "onNetWithoutBuild"


class TimeUnit(StrEnum):
    """Unit of a duration."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    BUSINESS_HOURS = "businessHours"
    CALENDAR_HOURS = "calendarHours"
    BUSINESS_DAYS = "businessDays"
    CALENDAR_DAYS = "calendarDays"
    MONTHS = "months"
    YEARS = "years"


class Duration(Entity):
    """A length of time, in whole units."""

    amount: StrictInt = Field(ge=0, description="How many units.")
    units: TimeUnit = Field(description="The unit.")


class AlternateProductOfferingProposal(Entity):
    """Something else that the Seller can deliver instead."""

    id: str = Field(description="Identifier of the proposal, unique within its item.")
    serviceability_confidence: AlternateServiceabilityColor = Field(description="How sure the Seller is.")
    serviceability_confidence_reason: str | None = Field(None, description="Why it is that sure.")
    installation_interval: Duration = Field(description="Time from the order until the product can be used.")
    alternate_product: MEFAlternateProduct = Field(description="What is proposed.")
    guaranteed_until_date: DateTime | None = Field(None, description="Until when the Seller stands by the proposal.")
    delivery_type: DeliveryType = Field(description="How the place is reached.")
    third_party_provider: str | None = Field(
        None, alias="3rdPartyProvider", description="Who owns the other network, if it is not the Seller's."
    )
    third_party_provider_product_offering: str | None = Field(
        None, alias="3rdPartyProviderProductOffering", description="What the Seller buys from that provider."
    )
