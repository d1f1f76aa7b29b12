"""What a case of a test file may say: its keys, their types and their explanation. The shape only.

What a case means beside its mapping (steps, items, replies) is worked out by `loading`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from gateway.authoring.replies import Script
from gateway.lso.instants import parse_instant
from gateway.lso.request import QualificationRequest, RequestItem
from gateway.mapping.actions import FIELD_NAMES
from gateway.mapping.kinds import ReferenceKind
from gateway.mapping.language import Model, Text
from gateway.sources.findings import Location
from gateway.sources.yamlfile import Path, SourceDocument

DEFAULT_NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""What `now` is in a case that does not say."""

NOT_ASKED = "not asked"
ITEM_WORDS = ("red", "refuse", "at", "reason", "fail", "wait", "ask an operator")
ITEM_OUTCOMES = (*FIELD_NAMES, "alternateProductOfferingProposal", "productOffering", *ITEM_WORDS)
"""What an expectation of an item may name."""

REFERENCE_OUTCOMES = ("found", "unknown", "fail")
"""What an expectation of a reference may name."""

_KINDS = tuple(kind.value for kind in ReferenceKind)
_Kind = Literal[_KINDS]  # type: ignore[valid-type]


def _instant(value: Any) -> datetime:
    found = parse_instant(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a date and time with an offset: 2026-01-01T00:00:00Z")
    return found


class Party(Model):
    """The Buyer that asks."""

    id: Text
    name: Text | None = None


class CaseFields(Model):
    """What every case may say."""

    test: Text = Field(description="What the case shows, in a sentence; unique in the file.")
    now: Annotated[datetime, BeforeValidator(_instant)] = Field(DEFAULT_NOW, description="The moment of the request.")
    buyer: Text | Party = Field("buyer", description="Who asks: an id, or `id` and `name`.")
    seller: Text = Field("seller", description="Who is asked.")
    irp: Literal["sonata", "cantata"] = Field("sonata", description="The interface.")
    legacy: dict[str, Any] = Field(default_factory=dict, description="What the systems reply, by step.")
    sends: dict[str, dict[str, Any] | list[dict[str, Any]] | Literal["not asked"]] = Field(
        default_factory=dict, description="What goes out, by step; what is named must match. Or `not asked`."
    )


class ItemCase(CaseFields):
    """A case of an item."""

    request: Text | dict[str, Any] | None = Field(None, description="A request: a JSON file, or its members.")
    change: dict[str, Any] = Field(
        default_factory=dict, description="What is different in the request, by JSON Pointer; null takes a member out."
    )
    item: Text | dict[str, Any] | None = Field(None, description="The id of the item, or the item itself.")
    answers: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="What other items of the request were answered with, by item id."
    )
    known: dict[_Kind, dict[str, dict[str, Any]]] = Field(
        default_factory=dict, description="What references files found, by kind and id."
    )
    catalogue: list[dict[str, Any]] | None = Field(
        None, description="The Seller's offerings, each with an `id`; by default those of the configuration."
    )
    expect: Literal["fail", "wait", "ask an operator", "red"] | dict[str, Any] = Field(
        description="How the item ends; what is named must match."
    )


class ReferenceFields(Model):
    """The id that a references file is asked for."""

    kind: _Kind
    id: Text


class ReferenceCase(CaseFields):
    """A case of a references file."""

    reference: ReferenceFields = Field(description="What is asked for: `kind` and `id`.")
    expect: Literal["fail", "unknown"] | dict[str, Any] = Field(description="What is said of the id.")


@dataclass(frozen=True)
class Asked:
    """The item of a request that a case is about."""

    request: QualificationRequest = field(repr=False)
    item: RequestItem


@dataclass(frozen=True)
class Case:
    """One case, ready to be run. `asked` is None where it is about a reference."""

    said: ItemCase | ReferenceCase
    asked: Asked | None
    replies: Mapping[str, Script] = field(repr=False)
    path: Path
    document: SourceDocument = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.said.test

    @property
    def location(self) -> Location:
        """Where the case stands in its file."""
        return self.document.location(self.path)

    @property
    def buyer(self) -> Mapping[str, Any]:
        """The Buyer as mappings see it."""
        said = self.said.buyer
        return {"id": said} if isinstance(said, str) else said.model_dump(exclude_none=True)


@dataclass(frozen=True)
class CaseFile:
    """A test file: its cases in their order."""

    document: SourceDocument = field(repr=False)
    cases: Sequence[Case]
