"""What a configuration says about a SQL system, and what a mapping says about a SQL step. Knows no database driver."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from gateway.sources.units import Seconds

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
QualifiedName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_$#]*(\.[A-Za-z_][A-Za-z0-9_$#]*){0,2}$")
]


class Procedure(BaseModel):
    """What a stored procedure is called with, and the rows that it gives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    takes: tuple[Identifier, ...] = Field(
        default=(), description="The names of its arguments, in its own order; with SQL Server its parameters' names."
    )
    gives: tuple[Identifier, ...] = Field(min_length=1, description="The columns of its rows that mappings may read.")


class SqlOptions(BaseModel):
    """A SQL system of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = Field(
        description="Where the database is: `sqlite:///path/to/file.db`, "
        "`postgresql://user:password@host:5432/database` or `mysql://user:password@host:3306/database` (MariaDB too), "
        "`oracle://user:password@host:1521/?service_name=NAME`, `mssql://user:password@host:1433/database`. "
        "Give it an account that may only read."
    )
    timeout: Seconds = Field(
        default=10.0, gt=0, le=600, description="Longest time one query may take; a step may ask for less."
    )
    max_rows: int = Field(
        default=500, ge=1, le=100_000, description="Rows a query may answer with; more of them are no answer at all."
    )
    tables: Path | None = Field(
        default=None,
        description="A folder with definitions of tables that `poq-gateway mapping new` stored (`*.tables.json`): "
        "queries are held against them while mappings are loaded.",
    )
    functions: tuple[str, ...] = Field(
        default=(),
        description="SQL functions that queries may call beside the known harmless ones. "
        "You vouch that they only read.",
    )
    procedures: dict[QualifiedName, Procedure] = Field(
        default_factory=dict,
        description="Stored procedures, or functions that give rows, that steps may call: "
        "`port_load: {takes: [ref], gives: [metro, free]}`. You vouch that they only read.",
    )


class SqlStep(BaseModel):
    """The SQL step's own words in a mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="One SELECT with its arguments as `:name`. Columns are named one by one (no `*`), a computed "
        "column has an `AS name`; rows come back with these names in lower case.",
    )
    procedure: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="Instead of `query`: a stored procedure that the system's `procedures` name. Its arguments and "
        "columns are those that are said there.",
    )
    most: int | None = Field(
        default=None,
        ge=1,
        description="Rows that are expected at most. One more is fetched, so that too many are seen.",
    )

    @model_validator(mode="after")
    def _says_what_is_asked(self) -> Self:
        if (self.query is None) == (self.procedure is None):
            raise ValueError("say 'query', or 'procedure'")
        return self
