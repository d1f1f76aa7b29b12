"""The POQ itself: as a Buyer creates it, as it is read, and as it stands in a list.

Knows nothing of which member is due in which state (state model, section 9).
"""

from __future__ import annotations

from pydantic import Field, StrictBool

from gateway.lso.models.base import DateTime, Entity
from gateway.lso.models.contacts import RelatedContactInformation
from gateway.lso.models.items import ProductOfferingQualificationItem, ProductOfferingQualificationItem_Create
from gateway.lso.models.states import MEFPOQStateChange, MEFPOQTaskStateType


class ProductOfferingQualification_Common(Entity):
    """What the Buyer says of a POQ; it comes back in every answer."""

    project_id: str | None = Field(None, description="The Buyer's project.")
    external_id: str | None = Field(None, description="The Buyer's own identifier of the POQ.")
    instant_sync_qualification: StrictBool = Field(description="Whether only an immediate answer will do.")
    provide_alternative: StrictBool = Field(description="Whether the Seller should propose alternates.")
    requested_poq_completion_date: DateTime | None = Field(
        None,
        alias="requestedPOQCompletionDate",
        description="By when the answer is wanted; needed unless only an immediate one will do.",
    )
    related_contact_information: tuple[RelatedContactInformation, ...] = Field(
        min_length=1, description="Whom to contact about the POQ, each with a role."
    )


class ProductOfferingQualification_Create(ProductOfferingQualification_Common):
    """A request. `href` is accepted and ignored, as wherever a Buyer may have copied one from an answer."""

    href: str | None = Field(None, description="Ignored in requests.")
    product_offering_qualification_item: tuple[ProductOfferingQualificationItem_Create, ...] = Field(
        min_length=1, description="What is asked, one product an item."
    )


class ProductOfferingQualification(ProductOfferingQualification_Common):
    """A POQ as the Seller keeps it."""

    id: str = Field(description="Identifier of the POQ, given by the Seller.")
    href: str | None = Field(None, description="Link to the POQ.")
    state: MEFPOQTaskStateType = Field(description="State of the POQ.")
    creation_date: DateTime = Field(description="When the Seller took the POQ in.")
    expected_poq_completion_date: DateTime | None = Field(
        None, alias="expectedPOQCompletionDate", description="When the Seller expects to be done."
    )
    product_offering_qualification_item: tuple[ProductOfferingQualificationItem, ...] = Field(
        min_length=1, description="The items, each with its answer as far as there is one."
    )
    state_change: tuple[MEFPOQStateChange, ...] = Field(min_length=1, description="History of the POQ's states.")


class ProductOfferingQualification_Find(Entity):
    """A POQ as it stands in a list."""

    id: str = Field(description="Identifier of the POQ, given by the Seller.")
    state: MEFPOQTaskStateType = Field(description="State of the POQ.")
    creation_date: DateTime = Field(description="When the Seller took the POQ in.")
    requested_poq_completion_date: DateTime | None = Field(
        None, alias="requestedPOQCompletionDate", description="By when the answer is wanted."
    )
    external_id: str | None = Field(None, description="The Buyer's own identifier of the POQ.")
    project_id: str | None = Field(None, description="The Buyer's project.")
