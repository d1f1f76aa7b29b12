"""What the configuration file says of one product specification, beyond its JSON Schema.

The schemas define attributes only; relations and places stand in the specification's prose, so they are settings.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

UnknownTypes = Literal["refuse", "accept"]
"""What becomes of a `productConfiguration.@type` that no loaded schema has (87.1-R19)."""


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RelationRules(_Rules):
    """How often a product has a relation of one type."""

    at_least: int = Field(default=0, ge=0, description="Fewer relations of this type are refused.")
    at_most: int | None = Field(
        default=None,
        ge=0,
        description="More relations of this type are refused; null sets no limit (several are candidates).",
    )

    @model_validator(mode="after")
    def _can_be_met(self) -> RelationRules:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError("at_most is less than at_least")
        return self


class PlaceRules(_Rules):
    """Whether a product needs a place in one role."""

    required: bool = Field(description="Whether a place in this role has to be given.")


class SpecificationRules(_Rules):
    """One product specification, named by the `$id` of its schema."""

    validation: Literal["enforce", "warn"] = Field(
        default="enforce", description="Refuse attributes that break the schema, or only log what is wrong."
    )
    aliases: tuple[str, ...] = Field(
        default=(), description="Other values of productConfiguration.@type that mean this specification."
    )
    relations: dict[str, RelationRules] | None = Field(
        default=None,
        description="The relation types of the specification, each with how many are needed, to products in service "
        "and to items together; null checks none.",
    )
    places: dict[str, PlaceRules] | None = Field(
        default=None,
        description="The place roles of the specification; {} says that it excludes places, null checks none.",
    )
