"""The product an item asks about, and what it refers to.

Knows nothing of product specifications (`gateway.products`).
"""

from __future__ import annotations

from pydantic import ConfigDict, Field

from gateway.lso.models.base import Entity
from gateway.lso.models.places import RelatedPlaceRefOrQueryWithSubUnit


class MEFProductConfiguration(Entity):
    """Attributes of the product; `@type` names the schema that defines them, so this entity alone is open."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(alias="@type", description="Names the product schema; a URN for the standard's products.")


class ProductOfferingRef(Entity):
    """An offering of the Seller's catalogue."""

    href: str | None = Field(None, description="Link to the offering; ignored in requests.")
    id: str = Field(description="Identifier of the offering.")


class ProductSpecificationRef(Entity):
    """A product specification of the Seller's catalogue."""

    href: str | None = Field(None, description="Link to the specification; ignored in requests.")
    id: str = Field(description="Identifier of the specification.")


class ProductRelationship(Entity):
    """A product in service that this one depends on (87.1-R31)."""

    href: str | None = Field(None, description="Link to the product; ignored in requests.")
    id: str = Field(description="Identifier of the other product in the Seller's inventory.")
    relationship_type: str = Field(description="What the other product is to this one, e.g. CONNECTS_TO_ENNI.")


class MEFProductRefOrValue(Entity):
    """A product: an existing one, a wished-for one, or what an existing one shall become."""

    id: str | None = Field(None, description="Identifier of the product in service, to modify it.")
    href: str | None = Field(None, description="Link to that product; ignored in requests.")
    product_specification: ProductSpecificationRef | None = Field(None, description="The specification asked for.")
    product_offering: ProductOfferingRef | None = Field(None, description="The offering asked for.")
    product_configuration: MEFProductConfiguration | None = Field(None, description="The attributes wanted.")
    product_relationship: tuple[ProductRelationship, ...] | None = Field(
        None, description="Products in service that this one depends on."
    )
    place: tuple[RelatedPlaceRefOrQueryWithSubUnit, ...] | None = Field(
        None, description="Places the product needs, each with its role."
    )


class MEFAlternateProduct(Entity):
    """The product of an alternate proposal."""

    product_offering: ProductOfferingRef = Field(description="The offering proposed.")
    product_configuration: MEFProductConfiguration = Field(description="The attributes proposed.")
