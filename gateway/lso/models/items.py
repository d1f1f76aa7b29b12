"""Items of a POQ: what a Buyer asks about one product, and what the Seller answers.

Knows nothing of which member is due in which state (state model, section 9).
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from gateway.lso.models.base import DateTime, Entity
from gateway.lso.models.errors import Error422Code
from gateway.lso.models.products import MEFProductRefOrValue
from gateway.lso.models.proposals import (
    AlternateProductOfferingProposal,
    DeliveryType,
    Duration,
    MEFServiceabilityColor,
)
from gateway.lso.models.states import MEFPOQItemStateChange, MEFPOQItemTaskStateType


class PoqProductActionType(StrEnum):
    """What the Buyer would do with the product."""

    ADD = "add"
    MODIFY = "modify"


class QualificationItemRelationship(Entity):
    """Another item of the same POQ that this one depends on (87.1-R33)."""

    id: str = Field(description="Identifier of the other item.")
    relationship_type: str = Field(description="What the other item's product is to this one's.")


class TerminationError(Entity):
    """Why an item could not be answered in time."""

    code: Error422Code | None = Field(None, description="The kind of problem.")
    property_path: str | None = Field(None, description="JSON Pointer (RFC 6901) to the member concerned.")
    value: str | None = Field(None, description="The problem in words.")


class ProductOfferingQualificationItem_Common(Entity):
    """What the Buyer says of an item; it comes back in every answer."""

    id: str = Field(description="Identifier of the item within its POQ, given by the Buyer.")
    action: PoqProductActionType = Field(description="What the Buyer would do with the product.")
    product: MEFProductRefOrValue = Field(description="The product asked about.")
    qualification_item_relationship: tuple[QualificationItemRelationship, ...] | None = Field(
        None, description="Items of this POQ that this one depends on."
    )
    end_customer_name: str | None = Field(None, description="Who will use the product in the end.")


class ProductOfferingQualificationItem_Create(ProductOfferingQualificationItem_Common):
    """An item of a request."""


class ProductOfferingQualificationItem(ProductOfferingQualificationItem_Common):
    """An item with its state and, once done, the Seller's answer."""

    state: MEFPOQItemTaskStateType = Field(description="State of the item.")
    state_change: tuple[MEFPOQItemStateChange, ...] = Field(min_length=1, description="History of the item's states.")
    serviceability_confidence: MEFServiceabilityColor | None = Field(None, description="How sure the Seller is.")
    serviceability_confidence_reason: str | None = Field(None, description="Why it is that sure.")
    installation_interval: Duration | None = Field(
        None, description="Time from the order until the product can be used."
    )
    guaranteed_until_date: DateTime | None = Field(None, description="Until when the Seller stands by its answer.")
    alternate_product_offering_proposal: tuple[AlternateProductOfferingProposal, ...] | None = Field(
        None, description="What the Seller could deliver instead, if alternates were asked for."
    )
    delivery_type: DeliveryType | None = Field(None, description="How the place is reached.")
    third_party_provider: str | None = Field(
        None, alias="3rdPartyProvider", description="Who owns the other network, if it is not the Seller's."
    )
    third_party_provider_product_offering: str | None = Field(
        None, alias="3rdPartyProviderProductOffering", description="What the Seller buys from that provider."
    )
    termination_error: tuple[TerminationError, ...] | None = Field(
        None, description="Why the item could not be answered in time."
    )
