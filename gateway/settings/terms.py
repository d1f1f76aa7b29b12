"""What holds between a Seller and a Buyer: sections that the whole file, a Seller and a Buyer may each have."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from adapters.http.options import Authentication, Tls
from gateway.notify.signing import signing_key
from gateway.settings.base import Model, Text
from gateway.sources.units import Seconds

PlaceType = Literal["GeographicAddressRef", "GeographicSiteRef", "GeographicAddress_Query"]
Representation = Literal[
    "fieldedAddressRepresentation",
    "formattedAddressRepresentation",
    "geographicPointRepresentation",
    "labelRepresentation",
]


class AgreementSettings(Model):
    """What Buyer and Seller agreed at onboarding (87.1 section 5.1)."""

    place_types: tuple[PlaceType, ...] = Field(
        ("GeographicAddressRef", "GeographicSiteRef", "GeographicAddress_Query"), min_length=1
    )
    representations: tuple[Representation, ...] = Field(
        (
            "fieldedAddressRepresentation",
            "formattedAddressRepresentation",
            "geographicPointRepresentation",
            "labelRepresentation",
        ),
        min_length=1,
    )
    spatial_refs: tuple[Text, ...] | None = Field(None, description="Accepted reference systems; null accepts any.")
    contact_roles: tuple[Text, ...] = Field((), description="Roles agreed beyond the standard's two.")
    unknown_contact_roles: Literal["refuse", "ignore"] = "refuse"
    demanded_contact_roles: tuple[Text, ...] = ()
    place_contact_required: bool = True
    max_items: int = Field(2000, ge=1, le=10_000)
    offering_change: bool = Field(True, description="Whether a modify item may name another offering (87.1-O2).")
    alternates: Literal["any", "same specification"] = Field("any", description="Of which products they may be.")
    past_completion_dates: Literal["refuse", "accept"] = "refuse"


class ResponseSettings(Model):
    """How answers are given."""

    types: tuple[Literal["immediate", "deferred"], ...] = Field(("immediate", "deferred"), min_length=1)
    immediate_budget: Seconds = Field(25.0, gt=0, lt=30, description="An immediate answer comes within this time.")
    deferred_at_once: bool = Field(
        False, description="Answer requests that allow a deferred answer at once where that works in time (87.1-O3)."
    )
    reference_budget: Seconds = Field(
        2.0, gt=0, lt=30, description="How long ids are looked up before a request that may wait is acknowledged."
    )
    open_at_once: int = Field(1000, ge=1, description="Deferred POQs of one Buyer that may be open.")
    overdue: Literal["end", "carry on"] = Field("end", description="What becomes of a POQ when its date passes.")
    duplicates: Literal["allow", "return_existing", "reject"] = Field(
        "allow", description="What becomes of a request with the content of another one of this Buyer."
    )
    repeat_window: Seconds = Field(
        86_400.0, gt=0, description="How long an answer is given again, by its Idempotency-Key or as a duplicate."
    )


_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", re.ASCII)


class NotificationSettings(Model):
    """The hub, and how events travel (87.1 section 6.3)."""

    offered: bool = Field(True, description="Without, the hub answers 501.")
    schemes: tuple[Literal["https", "http"], ...] = Field(("https",), min_length=1)
    allow: tuple[Text, ...] = Field(
        (), description="Hosts or networks that are no public addresses and may be called back all the same."
    )
    registrations: int = Field(20, ge=1, description="Registrations of one Buyer.")
    authentication: Authentication | None = Field(
        None, description="How the gateway proves who it is to listeners; the ways of systems over HTTP."
    )
    tls: Tls = Field(default_factory=Tls, description="Certificates of these calls; as for systems over HTTP.")
    signing_keys: tuple[SecretStr, ...] = Field(
        (),
        max_length=4,
        description="Keys that sign events (Standard Webhooks); several while one replaces another.",
    )

    @field_validator("signing_keys")
    @classmethod
    def _keys_are_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in keys:
            signing_key(key.get_secret_value())  # raises ValueError, which is told at its place
        return keys

    @field_validator("allow")
    @classmethod
    def _networks_are_networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for entry in allow:
            if "/" in entry or ":" in entry.removeprefix("::"):
                ip_network(entry, strict=False)  # raises ValueError, which is told at its place
            elif not _HOST.fullmatch(entry):
                raise ValueError(f"'{entry}' is no host name, address or network (without scheme, port or wildcard)")
        return allow


class ListSettings(Model):
    """The list of POQs (87.1 section 6.1)."""

    offered: bool = Field(True, description="Without, the list answers 501.")
    page: int = Field(100, ge=1, le=1000, description="The largest page.")
    too_many: int | None = Field(None, ge=1, description="More matches are answered tooManyRecords; null: never.")
