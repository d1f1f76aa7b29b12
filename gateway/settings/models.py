"""Every key of the configuration file, with its unit and its default. The commented file is `config/gateway.yaml`."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator, model_validator

from gateway.lso.identifiers import Interface
from gateway.products.rules import SpecificationRules
from gateway.sources.findings import Location
from gateway.sources.units import Bytes, Seconds
from gateway.sources.yamlfile import SourceDocument

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
PlaceType = Literal["GeographicAddressRef", "GeographicSiteRef", "GeographicAddress_Query"]
Representation = Literal[
    "fieldedAddressRepresentation",
    "formattedAddressRepresentation",
    "geographicPointRepresentation",
    "labelRepresentation",
]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ListenSettings(Model):
    """Where the gateway listens."""

    host: Text = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535, description="0 takes any free port.")
    unauthenticated: bool = Field(
        False,
        description="Clients are not authenticated yet: the gateway listens beyond this machine only where this says "
        "that something in front of it (a proxy) does it.",
    )


class InterfaceSettings(Model):
    """One interface: the versions in its paths, and the one in hrefs."""

    versions: tuple[Annotated[str, Field(pattern=r"^v[0-9]+$")], ...] = Field(("v8",), min_length=1)
    href: str = "v8"

    @model_validator(mode="after")
    def _href_is_served(self) -> InterfaceSettings:
        if self.href not in self.versions:
            raise ValueError(f"'href' must be one of the versions: {', '.join(self.versions)}")
        if len(set(self.versions)) < len(self.versions):
            raise ValueError("a version stands there twice")
        return self


def _interfaces() -> dict[Interface, InterfaceSettings]:
    return {
        Interface.SONATA: InterfaceSettings(),
        Interface.CANTATA: InterfaceSettings(versions=("v2", "v8")),
    }


class ContactSettings(Model):
    """The Seller's contact, added to each POQ with role sellerContactInformation (87.1-R52, 79.1-R22)."""

    name: Text
    number: Text
    email_address: Text
    organization: Text | None = None
    number_extension: Text | None = None


class SellerSettings(Model):
    """For whom the gateway answers."""

    id: Text
    contact: ContactSettings


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
    overdue: Literal["end", "carry on"] = Field("end", description="What becomes of a POQ when its date passes.")


_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", re.ASCII)


class NotificationSettings(Model):
    """The hub, and how events travel (87.1 section 6.3)."""

    offered: bool = Field(True, description="Without, the hub answers 501.")
    schemes: tuple[Literal["https", "http"], ...] = Field(("https",), min_length=1)
    allow: tuple[Text, ...] = Field(
        (), description="Hosts or networks that are no public addresses and may be called back all the same."
    )
    registrations: int = Field(20, ge=1, description="Registrations of one Buyer.")

    @field_validator("allow")
    @classmethod
    def _networks_are_networks(cls, allow: tuple[str, ...]) -> tuple[str, ...]:
        for entry in allow:
            if "/" in entry or ":" in entry.removeprefix("::"):
                ip_network(entry, strict=False)  # raises ValueError, which is told at its place
            elif not _HOST.fullmatch(entry):
                raise ValueError(f"'{entry}' is no host name, address or network (without scheme, port or wildcard)")
        return allow


Pausing = TypeVar("Pausing", "WorkSettings", "DeliverySettings")


def _growing(settings: Pausing) -> Pausing:
    if settings.longest_pause < settings.first_pause:
        raise ValueError("'longest_pause' is shorter than 'first_pause'")
    return settings


class WorkSettings(Model):
    """How deferred POQs are worked on."""

    items_at_once: int = Field(200, ge=1, le=2000, description="Items in work; one POQ has a quarter of it at most.")
    first_pause: Seconds = Field(5.0, gt=0, description="Before a failed item is tried again; then twice as long.")
    longest_pause: Seconds = Field(900.0, gt=0)

    @model_validator(mode="after")
    def _pauses_grow(self) -> WorkSettings:
        return _growing(self)


class DeliverySettings(Model):
    """How events are delivered."""

    at_once: int = Field(4, ge=1, le=100, description="Calls of one listener at the same time, each for another POQ.")
    timeout: Seconds = Field(15.0, gt=0, le=60, description="For one call, its answer read.")
    first_pause: Seconds = Field(5.0, gt=0, description="Before a failed call is repeated; then twice as long.")
    longest_pause: Seconds = Field(14400.0, gt=0)
    give_up_after: Seconds = Field(270_000.0, gt=0, description="An event that old is kept as a dead letter.")

    @model_validator(mode="after")
    def _pauses_grow(self) -> DeliverySettings:
        return _growing(self)


class ListSettings(Model):
    """The list of POQs (87.1 section 6.1)."""

    offered: bool = Field(True, description="Without, the list answers 501.")
    page: int = Field(100, ge=1, le=1000, description="The largest page.")
    too_many: int | None = Field(None, ge=1, description="More matches are answered tooManyRecords; null: never.")


class BuyerSettings(Model):
    """One Buyer. With several, each request says which one by the parameter buyerId (87.1-R5).

    What is said in one of its sections goes for this Buyer instead of what the section of the whole file says.
    """

    id: Text
    name: Text | None = None
    agreement: AgreementSettings = Field(default_factory=AgreementSettings)
    responses: ResponseSettings = Field(default_factory=ResponseSettings)
    notifications: NotificationSettings = Field(default_factory=NotificationSettings)
    list: ListSettings = Field(default_factory=ListSettings)


class LimitSettings(Model):
    """What one message may cost."""

    body: Bytes = Field(4 * 1024 * 1024, gt=0)
    body_depth: int = Field(64, ge=2, le=512)
    body_time: Seconds = Field(10.0, gt=0)
    header: Bytes = Field(8190, gt=0)
    in_flight: int = Field(200, ge=1, description="Requests of one client at the same time.")
    arriving: int = Field(100, ge=1, description="Bodies on their way from one address at the same time.")
    retry_after: Seconds = Field(5.0, ge=1)


class ProductSettings(Model):
    """The product specifications (87.1 section 5.6)."""

    folders: tuple[Path, ...] = Field((), description="JSON Schemas (draft 7, YAML or JSON).")
    unknown_types: Literal["refuse", "accept"] = "refuse"
    specifications: dict[str, SpecificationRules] = Field(default_factory=dict, description="By @type.")


class OfferingSettings(Model):
    """One product offering. `specification` is the @type of its products."""

    id: Text
    specification: Text
    name: Text | None = None
    attributes: dict[str, Any] = Field(default_factory=dict, description="For mappings: offering.attributes.")


class MappingSettings(Model):
    """Where the mapping files are (`*.yaml`, without `*.test.yaml`)."""

    folders: tuple[Path, ...] = Field(min_length=1)
    watch: Seconds | None = Field(
        None, gt=0, description="How often to look whether a file has changed, and then reload; null: only when told."
    )


class TraceSettings(Model):
    """What is kept of how each item was answered, for the operator; never HTTP headers, secrets or personal data."""

    keep: Literal["full", "shape", "off"] = Field(
        "full", description="shape: types in the place of what was sent and received."
    )
    longest: Bytes = Field(64 * 1024, ge=1024, description="A longer trace is kept without its values.")


class StoreSettings(Model):
    """Where POQs are kept."""

    path: Path = Field(Path("var/poq.db"), description="An SQLite file; it is made where it does not exist.")
    url: SecretStr | None = Field(None, description="PostgreSQL instead of the file: several gateways may share it.")


class LogSettings(Model):
    """One line an event, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class SystemSettings(Model):
    """One legacy system: the adapter's word with its options, and what holds for all adapters."""

    tries: int = Field(3, ge=1, le=10, description="How often one step may be asked in all, where it says `retry`.")
    calls_at_once: int = Field(10, ge=1, le=1000, description="Calls at the same time, which is also the connections.")
    deferred_calls: int = Field(8, ge=1, le=1000, description="Calls of deferred work at the same time.")

    @property
    def word(self) -> str:
        return next(name for name in type(self).model_fields if name not in SystemSettings.model_fields)

    @property
    def options(self) -> BaseModel:
        options = getattr(self, self.word)
        assert isinstance(options, BaseModel)
        return options


class Settings(Model):
    """The whole file. Paths are absolute here: the file gives them relative to its own folder."""

    listen: ListenSettings = Field(default_factory=ListenSettings)
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+$")] | None = Field(
        None, description="How Buyers reach the gateway; hrefs begin with it."
    )
    interfaces: dict[Interface, InterfaceSettings] = Field(default_factory=_interfaces, min_length=1)
    seller: SellerSettings
    buyers: tuple[BuyerSettings, ...] = Field(min_length=1)
    agreement: AgreementSettings = Field(default_factory=AgreementSettings)
    responses: ResponseSettings = Field(default_factory=ResponseSettings)
    notifications: NotificationSettings = Field(default_factory=NotificationSettings)
    list: ListSettings = Field(default_factory=ListSettings)
    work: WorkSettings = Field(default_factory=WorkSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    products: ProductSettings = Field(default_factory=ProductSettings)
    offerings: tuple[OfferingSettings, ...] = ()
    mappings: MappingSettings
    traces: TraceSettings = Field(default_factory=TraceSettings)
    systems: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")], Any] = Field(default_factory=dict)
    store: StoreSettings = Field(default_factory=StoreSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    _document: SourceDocument | None = PrivateAttr(default=None)

    def for_buyer(self, buyer_id: str) -> BuyerSettings:
        """One Buyer, its sections complete: what is not said there is what the whole file says."""
        buyer = next(one for one in self.buyers if one.id == buyer_id)
        sections = ("agreement", "responses", "notifications", "list")
        return buyer.model_copy(update={name: _over(getattr(self, name), getattr(buyer, name)) for name in sections})

    def location(self, *path: str | int) -> Location:
        """Where a part of the configuration stands in its file."""
        return self._document.location(path) if self._document else Location("configuration")

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Settings:
        for what, ids in (("buyers", [b.id for b in self.buyers]), ("offerings", [o.id for o in self.offerings])):
            twice = sorted({one for one in ids if ids.count(one) > 1})
            if twice:
                raise ValueError(f"{what}: the id '{twice[0]}' stands there twice")
        return self


def _over(section: Model, own: Model) -> Model:
    return section.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
