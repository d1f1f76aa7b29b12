"""Sellers and Buyers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from gateway.settings.base import Model, Text
from gateway.settings.terms import AgreementSettings, ListSettings, NotificationSettings, ResponseSettings


class OfferingSettings(Model):
    """One product offering. `specification` is the @type of its products."""

    id: Text
    specification: Text
    name: Text | None = None
    attributes: dict[str, Any] = Field(default_factory=dict, description="For mappings: offering.attributes.")


class ContactSettings(Model):
    """The Seller's contact, added to each POQ with role sellerContactInformation (87.1-R52, 79.1-R22)."""

    name: Text
    number: Text
    email_address: Text
    organization: Text | None = None
    number_extension: Text | None = None


class BuyerSettings(Model):
    """One Buyer. A client that acts for several says in each request which one: by the parameter buyerId (87.1-R5).

    What is said in one of its sections goes for this Buyer instead of what the Seller's or the whole file's says.
    """

    id: Text
    name: Text | None = None
    agreement: AgreementSettings = Field(default_factory=AgreementSettings)
    responses: ResponseSettings = Field(default_factory=ResponseSettings)
    notifications: NotificationSettings = Field(default_factory=NotificationSettings)
    list: ListSettings = Field(default_factory=ListSettings)


class OwnMappingSettings(Model):
    """Where one Seller's own mapping files are."""

    folders: tuple[Path, ...] = Field(min_length=1)


class SellerSettings(Model):
    """One of those for whom the gateway answers. With several, a request says which one: sellerId (87.1-R6).

    What is said in one of its sections goes for this Seller instead of what the section of the whole file says; its
    own mappings come before those of the whole file.
    """

    id: Text
    contact: ContactSettings
    buyers: tuple[BuyerSettings, ...] | None = Field(
        None, description="Its Buyers, where they are others than those of the whole file."
    )
    offerings: tuple[OfferingSettings, ...] | None = Field(None, description="null: those of the whole file.")
    mappings: OwnMappingSettings | None = None
    agreement: AgreementSettings = Field(default_factory=AgreementSettings)
    responses: ResponseSettings = Field(default_factory=ResponseSettings)
    notifications: NotificationSettings = Field(default_factory=NotificationSettings)
    list: ListSettings = Field(default_factory=ListSettings)
