"""Persons and offices to be contacted. Knows nothing of which roles a Seller asks for."""

from __future__ import annotations

from pydantic import Field

from gateway.lso.models.addresses import FieldedAddressRepresentation
from gateway.lso.models.base import Entity


class ContactInformation(Entity):
    """Somebody to be contacted about a place."""

    number: str = Field(description="Telephone number.")
    email_address: str = Field(description="E-mail address.")
    postal_address: FieldedAddressRepresentation | None = Field(None, description="Where letters are sent to.")
    organization: str | None = Field(None, description="Company or other body the contact belongs to.")
    name: str = Field(description="Name of the person or office.")
    number_extension: str | None = Field(None, description="Extension of the telephone number.")


class RelatedContactInformation(ContactInformation):
    """Somebody to be contacted about the whole request, and as what."""

    role: str = Field(description="What the contact is there for, e.g. buyerContactInformation.")
