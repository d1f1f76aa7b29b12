"""A SOAP service behind the port: one WSDL, one endpoint, and the operations prepared for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree
from pydantic import BaseModel

from adapters.base import (
    CALLS_AT_ONCE,
    AdapterConfigurationError,
    AdapterError,
    BadArguments,
    Cause,
    Checked,
    Contract,
    NoAnswer,
    Reply,
)
from adapters.soap.contract import json_schema, listed_codes
from adapters.soap.decode import decode
from adapters.soap.encode import encode
from adapters.soap.envelope import body_of, fault_in, parse, read_fault, wrap
from adapters.soap.faultpaths import check_fault_code
from adapters.soap.options import SoapOptions, SoapStep
from adapters.soap.transport import Answer, Transport
from adapters.soap.wsdl import Exchange, Wsdl, load_wsdl

HTTP_OK = 200
OVERLOADED_STATUSES = frozenset({429, 503})


class SoapSystem:
    """One configured SOAP service. Fulfils `adapters.base.System`."""

    def __init__(self, name: str, options: SoapOptions, *, calls_at_once: int = CALLS_AT_ONCE) -> None:
        """Read the WSDL from its file. Raises AdapterConfigurationError."""
        self.name = name
        self.options = options
        try:
            self.wsdl: Wsdl = load_wsdl(options)
            if options.fault_code is not None:
                check_fault_code(options.fault_code, self.wsdl.declared_faults())
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{name}: {error}") from error
        self.transport = Transport(name, self.wsdl.endpoint, options, calls_at_once=calls_at_once)

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
            return SoapOperation(self, exchange, only_reads=not definition.write)
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{self.name}: {error}") from error

    async def open(self) -> None:
        await self.transport.open()

    async def close(self) -> None:
        await self.transport.close()

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether the service can be connected to."""
        return await self.transport.client.check(timeout)


class SoapOperation:
    """One prepared operation. Fulfils `adapters.base.Operation`.

    A reply that the WSDL's schema does not allow (a required element missing, a code that is not enumerated, a wrong
    type or order) is NoAnswer(UNREADABLE): nothing is read from a message whose meaning is not agreed.
    """

    def __init__(self, system: SoapSystem, exchange: Exchange, *, only_reads: bool = True) -> None:
        self._system = system
        self._wsdl = system.wsdl
        self._exchange = exchange
        self._only_reads = only_reads
        self._headers = self._wsdl.version.headers(exchange.action)
        self._declared = {fault.element: fault.name for fault in exchange.faults}
        self.contract = _contract(exchange)

    def render(self, arguments: Mapping[str, Any]) -> str:
        """The envelope, indented for reading. Raises BadArguments."""
        return etree.tostring(self._envelope(arguments), pretty_print=True, encoding="unicode")

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        """Ask once, `timeout` in seconds including the wait for a connection.

        Raises SystemFault for a SOAP fault (whatever the HTTP status), NoAnswer or BadArguments.
        """
        content = etree.tostring(self._envelope(arguments), xml_declaration=True, encoding="utf-8")
        answer = await self._system.transport.post(content, self._headers, timeout, only_reads=self._only_reads)
        try:
            return Reply(self._understood(answer), received=answer.text)
        except NoAnswer as error:
            raise NoAnswer(error.cause, f"{self._system.name}: {error.text}", received=answer.text) from error.__cause__

    def _envelope(self, arguments: Mapping[str, Any]) -> etree._Element:
        body = encode(self._exchange.request_tag, self._exchange.request, arguments)
        envelope = wrap(self._wsdl.version, body)
        problem = self._wsdl.schema.problem(envelope)
        if problem is not None:
            raise BadArguments(problem)
        return envelope

    def _understood(self, answer: Answer) -> dict[str, Any]:
        if not answer.content or not answer.is_xml:
            raise _not_soap(answer)
        try:
            envelope = parse(answer.content, answer.charset)
            body = body_of(self._wsdl.version, envelope)
        except NoAnswer as error:
            raise (error if answer.status == HTTP_OK else _not_soap(answer)) from error.__cause__
        fault = fault_in(self._wsdl.version, body)
        if fault is not None:
            raise self._fault(fault, answer)
        if answer.status != HTTP_OK:
            raise _not_soap(answer)
        return self._read(envelope, body)

    def _fault(self, fault: etree._Element, answer: Answer) -> AdapterError:
        path = self._system.options.fault_code
        return read_fault(fault, code_path=path, declared=self._declared, received=answer.text)

    def _read(self, envelope: etree._Element, body: etree._Element | None) -> dict[str, Any]:
        expected = self._exchange.reply_tag
        if (None if body is None else body.tag) != expected:
            came = "nothing" if body is None else str(body.tag)
            raise NoAnswer(Cause.UNREADABLE, f"the body has {came}, expected was {expected or 'nothing'}")
        problem = self._wsdl.schema.problem(envelope)
        if problem is not None:
            raise NoAnswer(Cause.UNREADABLE, f"the reply breaks its schema: {problem}")
        return {} if body is None else decode(body, self._exchange.reply, self._wsdl.derived)


def _not_soap(answer: Answer) -> NoAnswer:
    """Why an answer without an envelope of ours is none, by its HTTP status."""
    if answer.status in OVERLOADED_STATUSES:
        return NoAnswer(Cause.OVERLOADED, f"HTTP {answer.status}")
    if answer.status != HTTP_OK:
        redirect = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
        return NoAnswer(Cause.BROKEN, f"HTTP {answer.status} without a SOAP fault{redirect}")
    what = "an empty body" if not answer.content else f"{answer.media_type} instead of XML"
    return NoAnswer(Cause.UNREADABLE, f"HTTP {answer.status} with {what}")


def _contract(exchange: Exchange) -> Contract:
    codes = [code for fault in exchange.faults for code in (*listed_codes(fault.shape), fault.element, fault.name)]
    return Contract(
        arguments=json_schema(exchange.request),
        reply=json_schema(exchange.reply),
        faults=tuple(dict.fromkeys(codes)),
    )
