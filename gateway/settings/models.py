"""Every key of the configuration file, with its unit and its default. The commented file is `config/gateway.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, PrivateAttr, SecretStr, model_validator

from gateway.lso.identifiers import Interface
from gateway.products.rules import SpecificationRules
from gateway.settings.authentication import AuthenticationSettings
from gateway.settings.base import Model, SystemName
from gateway.settings.cache import CacheSettings
from gateway.settings.clients import ClientSettings
from gateway.settings.consistency import inconsistencies
from gateway.settings.limits import LimitSettings
from gateway.settings.listening import ListenSettings
from gateway.settings.parties import BuyerSettings, OfferingSettings, SellerSettings
from gateway.settings.retention import RetentionSettings
from gateway.settings.terms import AgreementSettings, ListSettings, NotificationSettings, ResponseSettings
from gateway.sources.findings import Location
from gateway.sources.units import Bytes, Seconds
from gateway.sources.yamlfile import SourceDocument


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


class ProductSettings(Model):
    """The product specifications (87.1 section 5.6)."""

    folders: tuple[Path, ...] = Field((), description="JSON Schemas (draft 7, YAML or JSON).")
    unknown_types: Literal["refuse", "accept"] = "refuse"
    specifications: dict[str, SpecificationRules] = Field(default_factory=dict, description="By @type.")


class MappingSettings(Model):
    """Where the mapping files are (`*.yaml`, without `*.test.yaml`)."""

    folders: tuple[Path, ...] = Field((), description="For all Sellers.")
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


class Settings(Model):
    """The whole file. Paths are absolute here: the file gives them relative to its own folder."""

    listen: ListenSettings = Field(default_factory=ListenSettings)
    public_url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+$")] | None = Field(
        None, description="How Buyers reach the gateway; hrefs begin with it."
    )
    interfaces: dict[Interface, InterfaceSettings] = Field(default_factory=_interfaces, min_length=1)
    sellers: tuple[SellerSettings, ...]
    buyers: tuple[BuyerSettings, ...] = Field((), description="Of each Seller that has none of its own.")
    authentication: AuthenticationSettings = Field(default_factory=AuthenticationSettings)
    clients: tuple[ClientSettings, ...] = Field(
        (), description="Who may ask. Without any, nobody is authenticated, and only this machine is listened to."
    )
    agreement: AgreementSettings = Field(default_factory=AgreementSettings)
    responses: ResponseSettings = Field(default_factory=ResponseSettings)
    notifications: NotificationSettings = Field(default_factory=NotificationSettings)
    list: ListSettings = Field(default_factory=ListSettings)
    work: WorkSettings = Field(default_factory=WorkSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    products: ProductSettings = Field(default_factory=ProductSettings)
    offerings: tuple[OfferingSettings, ...] = ()
    mappings: MappingSettings = Field(default_factory=MappingSettings)
    traces: TraceSettings = Field(default_factory=TraceSettings)
    systems: dict[SystemName, Any] = Field(default_factory=dict)
    cache: CacheSettings = Field(default_factory=CacheSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    _document: SourceDocument | None = PrivateAttr(default=None)

    def of_seller(self, seller_id: str) -> Settings:
        """The same file with this Seller alone: its own sections over those of the whole file, its own Buyers."""
        seller = next(one for one in self.sellers if one.id == seller_id)
        own: dict[str, Any] = {name: _over(getattr(self, name), getattr(seller, name)) for name in _SECTIONS}
        own |= {name: said for name in ("buyers", "offerings") if (said := getattr(seller, name)) is not None}
        return self.model_copy(update={**own, "sellers": (seller,)})

    @property
    def each_seller(self) -> tuple[Settings, ...]:
        """For each Seller the file with it alone."""
        return tuple(self.of_seller(one.id) for one in self.sellers)

    def for_buyer(self, buyer_id: str) -> BuyerSettings:
        """One Buyer, its sections complete: what is not said there is what the whole file says."""
        buyer = next(one for one in self.buyers if one.id == buyer_id)
        return buyer.model_copy(update={name: _over(getattr(self, name), getattr(buyer, name)) for name in _SECTIONS})

    @property
    def mapping_folders(self) -> tuple[Path, ...]:
        """All folders with mappings, each once: those of the whole file, then those of each Seller."""
        own = (path for one in self.sellers if one.mappings for path in one.mappings.folders)
        return tuple(dict.fromkeys((*self.mappings.folders, *own)))

    def location(self, *path: str | int) -> Location:
        """Where a part of the configuration stands in its file."""
        return self._document.location(path) if self._document else Location("configuration")

    def written(self, *path: str | int) -> Any:
        """What the file says there, `${env:NAME}` and `${file:PATH}` not filled in; None where it says nothing."""
        value: Any = self._document.data if self._document else None
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        for mismatch in inconsistencies(self):
            raise ValueError(mismatch)
        return self


_SECTIONS = ("agreement", "responses", "notifications", "list")
"""What a Seller and a Buyer may have for themselves."""


def _over(section: Model, own: Model) -> Model:
    return section.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})
