"""The four ways to describe an address, and the unit within it.

Knows nothing of places in a request (`places`) nor of what a Buyer and a Seller agreed on.
"""

from __future__ import annotations

from pydantic import Field

from gateway.lso.models.base import Entity, TwoLetters


class SubUnit(Entity):
    """A part of a building, such as a floor, a suite or a room."""

    sub_unit_number: str = Field(description="What tells this unit from its neighbours, e.g. 42.")
    sub_unit_type: str = Field(description="The kind of unit, e.g. SUITE.")


class FieldedAddressRepresentation(Entity):
    """An address taken apart into fields."""

    street_nr: str | None = Field(None, description="House number; the first one of a range.")
    street_nr_suffix: str | None = Field(None, description="Suffix of the (first) house number.")
    street_nr_last: str | None = Field(None, description="Last house number of a range.")
    street_nr_last_suffix: str | None = Field(None, description="Suffix of the last house number.")
    street_pre_direction: str | None = Field(None, description="Direction written before the street's name.")
    street_name: str | None = Field(None, description="Name of the street.")
    street_type: str | None = Field(None, description="Kind of street, e.g. avenue.")
    street_post_direction: str | None = Field(None, description="Direction written after the street's name.")
    po_box: str | None = Field(None, description="Post office box.")
    locality: str | None = Field(None, description="Named area within or around the city.")
    city: str | None = Field(None, description="City.")
    postcode: str | None = Field(None, description="Postal code.")
    postcode_extension: str | None = Field(None, description="Extension of the postal code.")
    state_or_province: str | None = Field(None, description="State or province.")
    country_code: TwoLetters | None = Field(None, description="Country, two letters (ISO 3166).")
    sub_unit: tuple[SubUnit, ...] | None = Field(None, description="Units, from the outer to the inner one.")
    building_name: str | None = Field(None, description="Name by which the building or campus is known.")
    private_street_number: str | None = Field(None, description="Number on a private street.")
    private_street_name: str | None = Field(None, description="Street that only the property knows.")
    language: TwoLetters | None = Field(None, description="Language of the texts, two letters (ISO 639).")


class FormattedAddressRepresentation(Entity):
    """An address as free text."""

    formatted_address: str = Field(description="The address as one text.")
    language: TwoLetters | None = Field(None, description="Language of the text, two letters (ISO 639).")


class GeographicPointRepresentation(Entity):
    """A point on the earth, in the notation its reference system lays down."""

    spatial_ref: str = Field(description="Reference system of the coordinates, one of those agreed at onboarding.")
    latitude: str = Field(description="Latitude.")
    longitude: str = Field(description="Longitude.")
    elevation: str | None = Field(None, description="Elevation.")


class LabelRepresentation(Entity):
    """A location named by the label that an authority gave it."""

    label: str = Field(description="The label.")
    administrative_authority: str = Field(description="Who gives out these labels.")
    language: TwoLetters | None = Field(None, description="Language of the label, two letters (ISO 639).")
