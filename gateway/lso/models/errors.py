"""Bodies of answers that refuse, one type for each status. Knows nothing of when which one is due."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from gateway.lso.models.base import Entity, Uri
from gateway.lso.problems import ProblemCode

REASON_LENGTH = 255
"""Characters that a reason may have."""


class Error400Code(StrEnum):
    """What is wrong with the query, or that the body is no JSON object."""

    MISSING_QUERY_PARAMETER = "missingQueryParameter"
    MISSING_QUERY_VALUE = "missingQueryValue"
    INVALID_QUERY = "invalidQuery"
    INVALID_BODY = "invalidBody"


class Error401Code(StrEnum):
    """Whether credentials are absent or do not hold."""

    MISSING_CREDENTIALS = "missingCredentials"
    INVALID_CREDENTIALS = "invalidCredentials"


class Error403Code(StrEnum):
    """Why a known client may not do this."""

    ACCESS_DENIED = "accessDenied"
    FORBIDDEN_REQUESTER = "forbiddenRequester"
    TOO_MANY_USERS = "tooManyUsers"


Error422Code = ProblemCode


class Error(Entity):
    """What every refusal says; used as it is for statuses without a type of their own."""

    reason: str = Field(max_length=REASON_LENGTH, description="Why the request was refused, in short.")
    message: str | None = Field(None, description="More about it, and what may be done.")
    reference_error: Uri | None = Field(None, description="Where this error is documented.")


class Error400(Error):
    """The query or the syntax of the body is wrong."""

    code: Error400Code = Field(description="What is wrong.")


class Error401(Error):
    """The client has not shown who it is."""

    code: Error401Code = Field(description="What is wrong.")


class Error403(Error):
    """The client is known, but may not do this."""

    code: Error403Code = Field(description="What is wrong.")


class Error404(Error):
    """There is no such resource for this Buyer."""

    code: Literal["notFound"] = Field(description="What is wrong.")


class Error422(Error):
    """One problem of the content of a request; the body is a list of these."""

    code: Error422Code = Field(description="What is wrong.")
    property_path: str | None = Field(None, description="JSON Pointer (RFC 6901) to the member concerned.")


class Error500(Error):
    """Something failed on the Seller's side."""

    code: Literal["internalError"] = Field(description="What is wrong.")


class Error501(Error):
    """The Seller does not offer this optional operation."""

    code: Literal["notImplemented"] = Field(description="What is wrong.")


ERRORS: Mapping[int, type[Error]] = MappingProxyType(
    {400: Error400, 401: Error401, 403: Error403, 404: Error404, 422: Error422, 500: Error500, 501: Error501}
)
"""The type of each status; any other refusing status has `Error`."""
