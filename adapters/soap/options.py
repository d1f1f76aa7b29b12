"""What a configuration says about a SOAP system, and what a mapping says about a SOAP step. Knows no WSDL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from adapters.http.options import ContractUrl, HttpOptions
from adapters.soap.protection_options import WsAddressing, WsSecurity

FaultPath = Annotated[str, StringConstraints(pattern=r"^[^/\s]+(/[^/\s]+)*$")]


class SoapOptions(HttpOptions):
    """A SOAP system of the configuration. Without an endpoint calls go to the WSDL's own address."""

    wsdl: Path = Field(description="The WSDL file. What it imports must be files too: nothing is fetched.")
    service: str | None = Field(default=None, description="The WSDL's service; needed where there is more than one.")
    port: str | None = Field(default=None, description="The service's port; needed where more than one speaks SOAP.")
    fault_code: FaultPath | None = Field(
        default=None,
        description="Where the business code stands in a fault's detail, by local names: `ServiceFault/FaultCode`.",
    )
    wsdl_url: ContractUrl | None = Field(
        default=None, description="Where the system gives its WSDL, for checks; else its address with ?wsdl."
    )
    ws_security: WsSecurity | None = Field(default=None, description="The WS-Security header of requests and replies.")
    ws_addressing: WsAddressing | None = Field(default=None, description="WS-Addressing headers; {} has defaults.")
    schema_check: bool = Field(
        default=True,
        description="Hold each message against the WSDL's schemas. False only where they are broken: types, required "
        "elements and listed values are checked even then, order and patterns are not.",
    )


class SoapStep(BaseModel):
    """The SOAP step's own words in a mapping."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: str = Field(min_length=1, description="The WSDL operation to call.")
    write: Literal[True] | None = Field(
        default=None, description="It changes something: it is never sent again by itself."
    )
