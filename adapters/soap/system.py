"""A SOAP service behind the port: one WSDL, one endpoint, and the operations prepared for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import BaseModel

from adapters.base import CALLS_AT_ONCE, AdapterConfigurationError, Checked, CheckOutcome
from adapters.soap.ambient import Ambient
from adapters.soap.faultpaths import check_fault_code
from adapters.soap.operation import SoapOperation
from adapters.soap.options import SoapOptions, SoapStep
from adapters.soap.protection import protection
from adapters.soap.transport import Transport
from adapters.soap.wsdl import Wsdl, load_wsdl


class SoapSystem:
    """One configured SOAP service. Fulfils `adapters.base.System`."""

    def __init__(
        self,
        name: str,
        options: SoapOptions,
        *,
        calls_at_once: int = CALLS_AT_ONCE,
        ambient: Ambient | None = None,
    ) -> None:
        """Read the WSDL from its file. Raises AdapterConfigurationError. `ambient`: where time and chance come from."""
        self.name = name
        self._ambient = ambient or Ambient()
        self.options = options
        self._used: set[str] = set()
        try:
            self.wsdl: Wsdl = load_wsdl(options)
            if options.fault_code is not None:
                check_fault_code(options.fault_code, self.wsdl.declared_faults())
            self.protection = protection(options, self.wsdl.version, self._ambient)
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{name}: {error}") from error
        self.transport = Transport(name, self.wsdl.endpoint, options, calls_at_once=calls_at_once)

    def surround(self, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        """When messages are made, and their ids, are told by these from now on."""
        self._ambient.now, self._ambient.new_id = now, new_id

    def understands(self, tag: str) -> bool:
        """Whether a header of a reply, by its tag, is one of those that the options let be processed."""
        return self.protection is not None and self.protection.understands(tag)

    @property
    def timeout(self) -> float:
        return self.options.timeout

    def operation(self, definition: BaseModel) -> SoapOperation:
        """Prepare an operation of the WSDL. Raises AdapterConfigurationError with what to change."""
        if not isinstance(definition, SoapStep):
            raise AdapterConfigurationError(
                f"{self.name}: a soap system takes soap steps, not {type(definition).__name__}"
            )
        try:
            exchange = self.wsdl.exchange(definition.operation)
            self._used.add(exchange.name)
            return SoapOperation(self, exchange, only_reads=not definition.write)
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{self.name}: {error}") from error

    async def open(self) -> None:
        await self.transport.open()

    async def close(self) -> None:
        await self.transport.close()

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether the service can be connected to; with `live` whether the WSDL that it gives is the stored one."""
        lines = await self.transport.client.check(timeout)
        if not live or lines[0].outcome is not CheckOutcome.OK:
            return lines
        from adapters.soap.drift import check_wsdl

        address = self.options.wsdl_url or f"{self.transport.client.addresses[0]}?wsdl"
        return [*lines, *await check_wsdl(self.wsdl, self.options, address, self._used, timeout)]
