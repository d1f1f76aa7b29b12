"""What all models of the configuration have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
SystemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]
"""What mappings call a system."""
"""A text that says something."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
