"""What all entities of the standard have in common, and the few value types they share.

Knows nothing of a particular entity. Python names are the snake case of the standard's; the aliases are the names on
the wire. `None` stands for an absent member: it never goes out as `null` (see `wire`) and the JSON Schema made of a
model refuses `null`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

DateTime = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""An instant as written (RFC 3339, with an offset): it is echoed as the Buyer spelt it, hence text."""

Uri = Annotated[str, Field(json_schema_extra={"format": "uri"})]

TwoLetters = Annotated[str, Field(min_length=2, max_length=2)]
"""A country (ISO 3166) or a language (ISO 639)."""


class Entity(BaseModel):
    """A frozen entity; members that the standard does not define are refused (87.1-R22)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )

    def wire(self) -> dict[str, Any]:
        """The entity as JSON-ready data under the standard's names, absent members left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
