"""What Nimbus knows of the network: `nimbus-network.yaml` as frozen models. Knows no SOAP and no request.

Rates are kbit/s, `days` are working days. A row without `days` is a row without a lead time: Nimbus has such places.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

Net = Literal["ON", "NEAR", "3P", "3PB", "NONE"]


class Behaviour(StrEnum):
    """What a place does to a caller before any answer."""

    BUSY = "busy"  # the declared fault BUSY
    CROWDED = "crowded"  # the same, but for each `crowded_calls`-th call, which is answered
    SLOW = "slow"  # the answer comes after `slow_seconds`
    HTML = "html"  # a proxy's error page
    TRUNCATED = "truncated"  # the answer breaks off in the middle


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ThirdParty(Model):
    name: str
    product: str | None = None


class Option(Model):
    """Another offering that the place can have, up to `max` kbit/s."""

    id: str
    offering: str
    max: int
    days: int
    net: Net
    remark: str | None = None


class CircuitRow(Model):
    """Answers circuits up to a rate, of some products or of all."""

    up_to: int
    code: Literal["A", "B", "C", "N", "X"]
    net: Net
    products: tuple[str, ...] | None = None
    days: int | None = None
    remark: str | None = None
    third_party: ThirdParty | None = None
    options: tuple[Option, ...] = ()


class PortRow(Model):
    """Answers UNI ports up to a rate."""

    up_to: int
    code: Literal["OK", "BUILD", "VISIT", "FULL", "NONE"]
    net: Net
    free: int | None = None
    days: int | None = None
    remark: str | None = None
    third_party: ThirdParty | None = None


class Technology(Model):
    """A way to bring internet access to a place."""

    tech: str
    down: int
    up: int
    net: Net
    confirmed: bool
    days: int | None = None


class Plan(Model):
    """How a kind of place answers; the first row that covers a request holds."""

    circuits: tuple[CircuitRow, ...]
    ports: tuple[PortRow, ...]
    reach: tuple[Technology, ...]


class Site(Model):
    plan: str
    behaviour: Behaviour | None = None


class Network(Model):
    """All of it."""

    products: frozenset[str]
    barred_ports: frozenset[int]
    slow_seconds: float = Field(ge=0)
    crowded_calls: int = Field(ge=1)
    plans: dict[str, Plan]
    sites: dict[str, Site]

    def plan_of(self, site: str) -> Plan | None:
        """How the site answers; None for a site that Nimbus does not know."""
        known = self.sites.get(site)
        return self.plans[known.plan] if known else None


def load_network(path: Path) -> Network:
    """Read the network. Raises OSError, yaml.YAMLError or pydantic.ValidationError."""
    return Network.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
