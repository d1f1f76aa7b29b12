"""What a configuration or a test says about a scripted system. Knows no other adapter."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.base import Cause


class Scripted(BaseModel):
    """One answer: exactly one of a value, rows, a fault or no answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: dict[str, Any] | None = Field(default=None, description="The reply of a system that answers with one value.")
    rows: list[dict[str, Any]] | None = Field(default=None, description="The rows of a system that answers with rows.")
    fault: str | tuple[str, ...] | None = Field(default=None, description="The codes of a fault, most specific first.")
    text: str = Field(default="scripted", description="The text of the fault.")
    no_answer: Cause | None = Field(default=None, description="Why nothing usable came back.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Scripted:
        said = [name for name in ("value", "rows", "fault", "no_answer") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError(f"say exactly one of value, rows, fault, no_answer; this says {', '.join(said) or 'none'}")
        return self


class MemoryOptions(BaseModel):
    """A scripted system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replies: dict[str, Annotated[tuple[Scripted, ...], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Answers by operation (its name, or a query's text), given in turn; the last one stays.",
    )
    arguments: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="The arguments an operation needs; an unlisted operation takes any."
    )


class MemoryStep(BaseModel):
    """The step's own words in a mapping. Steps of the other adapters are understood as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str = Field(min_length=1, description="The operation to answer for.")
