"""What a configuration says about a REST system, and what a mapping says about a REST step. Knows no OpenAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from adapters.http.options import ContractUrl, HeaderName, HttpOptions

READING_METHODS = frozenset({"GET", "HEAD"})
Format = Literal["json", "xml"]
FaultStatus = Annotated[int, Field(ge=400, le=599)]
SECRET_HEADERS = frozenset(
    {"set-cookie", "www-authenticate", "proxy-authenticate", "authentication-info", "proxy-authentication-info"}
)
"""Of replies. No mapping reads them: they speak of the connection, and must stand in no trace."""
PathTemplate = Annotated[str, StringConstraints(pattern=r"^/[^\s?#]*$")]
MemberPath = Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$")]


class RestOptions(HttpOptions):
    """A REST system of the configuration."""

    openapi: Path | None = Field(
        default=None,
        description="Its OpenAPI file (3.0 or 3.1, YAML or JSON). What it refers to must be files too: nothing is "
        "fetched. Requests and replies are then held against it.",
    )
    openapi_url: ContractUrl | None = Field(
        default=None, description="Where the system gives its OpenAPI file, for checks."
    )
    format: Format = Field(default="json", description="What is sent and received, where a step says nothing.")
    fault_code: MemberPath | None = Field(
        default=None, description="Where the business code stands in the body of a fault: `error/code`."
    )
    fault_statuses: tuple[FaultStatus, ...] = Field(
        default=(), description="Further statuses by which the system says no: [500]."
    )
    schemas: Path | None = Field(default=None, description="The folder of JSON Schemas that steps name under `reply`.")


class RestStep(BaseModel):
    """The REST step's own words in a mapping. Under `with`: `path`, `query`, `headers` and `body`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: PathTemplate | None = Field(
        default=None, description="The path below the endpoint, values as `{name}`: `/sites/{site}/lines`."
    )
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] | None = Field(
        default=None, description="The HTTP method; GET where there is a path and nothing else is said."
    )
    operation: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="The operationId of the system's OpenAPI file, instead of path and method."
    )
    reads_only: Literal[True] | None = Field(
        default=None, description="This POST (PUT, ...) changes nothing: it may be made again."
    )
    format: Format | None = Field(default=None, description="What is sent and received, if not the system's `format`.")
    reply: dict[str, Any] | Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="A JSON Schema of the reply, or its file in the system's `schemas`. Not beside an OpenAPI file.",
    )
    reply_headers: list[HeaderName] = Field(
        default_factory=list,
        description="Headers of the reply that are read, as texts: `step.http_headers['X-Lead-Days']`.",
    )
    write: Literal[True] | None = Field(default=None, description="It changes something: it is never sent again.")

    @model_validator(mode="after")
    def _names_one_operation(self) -> Self:
        if (self.operation is None) == (self.path is None):
            raise ValueError("say 'path' (with 'method'), or 'operation' of an OpenAPI file")
        if self.operation is not None and self.method is not None:
            raise ValueError("'operation' says the method already: leave 'method' out")
        lowered = [name.lower() for name in self.reply_headers]
        if len(set(lowered)) < len(lowered) or SECRET_HEADERS.intersection(lowered):
            raise ValueError("'reply_headers' names one twice, or one that speaks of credentials or cookies")
        if self.write and self.reads_only:
            raise ValueError("'write' and 'reads_only' exclude each other")
        if self.path is not None and self.verb not in READING_METHODS and not (self.write or self.reads_only):
            raise ValueError(
                f"{self.verb} may change something: say 'write: true', or 'reads_only: true' if it does not"
            )
        return self

    @property
    def verb(self) -> str:
        """The method of a step that names a path."""
        return self.method or "GET"
