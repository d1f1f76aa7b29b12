"""Places of a product: a reference to an address or a site, or a described address.

Knows nothing of which of the three a Seller accepts (87.1-R1): the Buyer's agreement says that.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypeAliasType

from gateway.lso.models.addresses import (
    FieldedAddressRepresentation,
    FormattedAddressRepresentation,
    GeographicPointRepresentation,
    LabelRepresentation,
    SubUnit,
)
from gateway.lso.models.base import Entity
from gateway.lso.models.contacts import ContactInformation


class GeographicAddressRef(Entity):
    """An address that address validation has given an identifier."""

    href: str | None = Field(None, description="Link to the address; ignored in requests.")
    id: str = Field(description="Identifier of the address.")
    type: Literal["GeographicAddressRef"] = Field(alias="@type", description="Names this kind of place.")


class GeographicSiteRef(Entity):
    """A service site that the Seller has given an identifier."""

    href: str | None = Field(None, description="Link to the site; ignored in requests.")
    id: str = Field(description="Identifier of the site.")
    type: Literal["GeographicSiteRef"] = Field(alias="@type", description="Names this kind of place.")


class GeographicAddress_Query(Entity):
    """An address described by value, in one or more representations."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    fielded_address_representation: tuple[FieldedAddressRepresentation, ...] | None = Field(
        None, description="The address in fields."
    )
    formatted_address_representation: tuple[FormattedAddressRepresentation, ...] | None = Field(
        None, description="The address as text."
    )
    geographic_point_representation: tuple[GeographicPointRepresentation, ...] | None = Field(
        None, description="The address as a point."
    )
    label_representation: tuple[LabelRepresentation, ...] | None = Field(None, description="The address as a label.")
    type: Literal["GeographicAddress_Query"] = Field(alias="@type", description="Names this kind of place.")


PlaceRefOrQuery = TypeAliasType(
    "PlaceRefOrQuery",
    Annotated[
        GeographicAddressRef | GeographicSiteRef | GeographicAddress_Query,
        Field(discriminator="type", description="A place by reference or by value; `@type` tells which."),
    ],
)


class RelatedPlaceRefOrQueryWithSubUnit(Entity):
    """A place and what it means to the product.

    The API definition leaves `contact` optional; whether it is asked for (87.1-R35) is a matter of the agreement.
    """

    place: PlaceRefOrQuery = Field(description="The place.")
    role: str = Field(description="What the place is to the product, as the product specification names it.")
    sub_unit: tuple[SubUnit, ...] | None = Field(None, description="Units within the place.")
    contact: tuple[ContactInformation, ...] | None = Field(None, description="Whom to contact at the place.")
