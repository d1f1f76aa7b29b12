"""What a configuration says about a SQL system, and what a mapping says about a SQL step. Knows no database driver."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from gateway.sources.units import Seconds


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


class SqlStep(BaseModel):
    """The SQL step's own words in a mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str = Field(
        min_length=1,
        description="One SELECT with its arguments as `:name`. Columns are named one by one (no `*`), a computed "
        "column has an `AS name`; rows come back with these names in lower case.",
    )
    most: int | None = Field(
        default=None,
        ge=1,
        description="Rows that are expected at most. One more is fetched, so that too many are seen.",
    )
