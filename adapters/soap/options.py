"""What a configuration says about a SOAP system, and what a mapping says about a SOAP step. Knows no WSDL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from gateway.sources.units import Bytes, Seconds

FaultPath = Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://\S+$")]


class SoapOptions(BaseModel):
    """A SOAP system of the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wsdl: Path = Field(description="The WSDL file. What it imports must be files too: nothing is fetched.")
    endpoint: HttpUrl | None = Field(default=None, description="Where calls go, instead of the WSDL's own address.")
    service: str | None = Field(default=None, description="The WSDL's service; needed where there is more than one.")
    port: str | None = Field(default=None, description="The service's port; needed where more than one speaks SOAP.")
    timeout: Seconds = Field(
        default=10.0, gt=0, le=600, description="Longest time one call may take; a step may ask for less."
    )
    max_reply: Bytes = Field(default=8 * 1024 * 1024, ge=1024, description="Largest reply, after decompression.")
    fault_code: FaultPath | None = Field(
        default=None,
        description="Where the business code stands in a fault's detail, by local names: `ServiceFault/FaultCode`.",
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="HTTP headers sent with each call, such as Authorization."
    )


class SoapStep(BaseModel):
    """The SOAP step's own words in a mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str = Field(min_length=1, description="The WSDL operation to call.")
