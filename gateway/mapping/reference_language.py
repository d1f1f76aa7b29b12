"""What a references file may say: does this id exist for this Buyer, and what does it stand for?

Shape only, as in `language`, whose steps, names and lookups it shares.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, create_model, model_validator

from gateway.mapping.kinds import ReferenceKind
from gateway.mapping.language import (
    Expression,
    FileName,
    Include,
    Let,
    Lookups,
    Model,
    StepKind,
    Steps,
    Text,
    Value,
    row_kind,
    steps_field,
)

_KINDS = tuple(kind.value for kind in ReferenceKind)


class ForReferences(Model):
    """Which references the file answers. What is left out does not narrow."""

    kinds: list[Literal[_KINDS]] = Field(min_length=1, description=f"What ids stand for: {', '.join(_KINDS)}.")  # type: ignore[valid-type]
    buyers: list[Text] | None = Field(None, min_length=1, description="Ids of Buyers.")
    sellers: list[Text] | None = Field(None, min_length=1, description="Ids of Sellers.")
    irp: list[Literal["sonata", "cantata"]] | None = Field(None, min_length=1, description="The interface.")


class FoundPlace(Model):
    """A place that the product has."""

    role: Text
    id: Text = ""


class FoundRelation(Model):
    """Another product that the product is tied to."""

    relationship_type: Text = Field(alias="relationshipType")
    id: Text


class FoundMembers(Model):
    """What is known of a reference: any members, for mappings. These mean something to the gateway itself."""

    model_config = ConfigDict(extra="allow")

    product_offering: Text = Field("", alias="productOffering", description="Of a product: the id of its offering.")
    product_specification: Text = Field(
        "", alias="productSpecification", description="Of a product or an offering: the @type of its specification."
    )
    place: list[FoundPlace] | Expression = Field(
        [], description="Of a product: its places, each with `role` and, if known, `id`. `[]`: it has none."
    )
    product_relationship: list[FoundRelation] | Expression = Field(
        [], alias="productRelationship", description="Of a product: its relations, each `relationshipType` and `id`."
    )
    frozen: dict[str, Value] | Expression = Field(
        {}, description="Of a product: what must not change, by JSON Pointer into productConfiguration."
    )


class ReferenceSaying(Model):
    """What is said of the reference: one of found, unknown, fail."""

    found: FoundMembers | None = Field(None, description="It exists; `{}` where nothing more is known of it.")
    unknown: Text | None = Field(
        None,
        description="It does not exist for this Buyer; why, for the operator. The Buyer is told referenceNotFound.",
    )
    fail: Text | None = Field(None, description="It cannot be told; for the operator.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> ReferenceSaying:
        if sum(getattr(self, word) is not None for word in ("found", "unknown", "fail")) != 1:
            raise ValueError("says nothing, or two things: give one of found, unknown, fail")
        return self


class ReferenceRow(ReferenceSaying):
    """One row; it holds when its condition does."""

    when: Text = Field(description="A condition (an expression, without `=`).")


class ReferenceOtherwise(Model):
    """The last row: it must not say `found`."""

    otherwise: Literal["unknown", "fail"] | ReferenceSaying


ReferenceWord = Literal["unknown", "fail", "retry"]

ReferenceAnswerRow = Annotated[
    Annotated[ReferenceRow, Tag("<when>")] | Annotated[ReferenceOtherwise, Tag("<otherwise>")], Discriminator(row_kind)
]


class ReferencesFile(Model):
    """Answers ids that requests name, so that no mapping has to."""

    references: FileName = Field(description="Its name, in small letters.")
    version: int = Field(ge=1, description="Raise it with every change.")
    for_: ForReferences = Field(alias="for")
    include: Include
    let: Let
    lookups: Lookups
    steps: Steps
    answer: list[ReferenceAnswerRow] = Field(min_length=1, description="The first row that holds decides.")


def references_file(kinds: Iterable[StepKind]) -> type[ReferencesFile]:
    """The model of a references file whose steps may use these kinds of systems."""
    return _references_file(tuple(kinds))


@lru_cache(maxsize=8)
def _references_file(kinds: tuple[StepKind, ...]) -> type[ReferencesFile]:
    steps = steps_field(kinds, ReferenceWord | ReferenceSaying)
    return create_model("ReferencesFile", __base__=ReferencesFile, __doc__=ReferencesFile.__doc__, steps=steps)
