"""One operation of a SOAP service: arguments to an envelope, an HTTP answer to plain data or an error of ours."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from lxml import etree

from adapters.base import AdapterError, BadArguments, Cause, Contract, NoAnswer, Reply
from adapters.soap.codec import CompiledCodec, expected_tags
from adapters.soap.contract import message_schema
from adapters.soap.envelope import Blank, blank, fault_in, mandatory, opened, read_fault
from adapters.soap.exchange import Exchange, Message
from adapters.soap.faultpaths import listed_codes
from adapters.soap.plain import plain_reader
from adapters.soap.protection import must_be_said
from adapters.soap.textual import text_writer
from adapters.soap.transport import Answer
from adapters.xml import html_page, parse

if TYPE_CHECKING:
    from adapters.soap.system import SoapSystem

HTTP_OK = 200
OVERLOADED_STATUSES = frozenset({429, 503})


class SoapOperation:
    """One prepared operation. Fulfils `adapters.base.Operation`.

    A reply that the WSDL's schema does not allow (a required element missing, a code that is not enumerated, a wrong
    type or order) is NoAnswer(UNREADABLE): nothing is read from a message whose meaning is not agreed.
    """

    def __init__(self, system: SoapSystem, exchange: Exchange, *, only_reads: bool = True) -> None:
        """Raises AdapterConfigurationError for messages that cannot be written or read."""
        self._system = system
        self._only_reads = only_reads
        self._wsdl = system.wsdl
        self._exchange = exchange
        self._codec = self._wsdl.codec(exchange)
        self._headers = self._wsdl.version.headers(exchange.action)
        self._action = exchange.wsa_action
        self._declared = {fault.element: fault.name for fault in exchange.faults}
        self._expected = frozenset(expected_tags(exchange.reply))
        # Short ways, for messages with nothing special in them.
        declarations = self._wsdl.declarations if system.protection is None else None
        is_compiled = self._codec.name == CompiledCodec.name
        self._textual = text_writer(self._wsdl.version, exchange.request, declarations)
        self._plain = plain_reader(self._wsdl.version, exchange.reply, declarations) if is_compiled else None
        self.contract = contract_of(exchange)

    @property
    def name(self) -> str:
        return self._exchange.name

    @property
    def codec(self) -> str:
        """How its messages are written and read: `compiled`, or `zeep: ` and why."""
        return self._codec.name

    def render(self, arguments: Mapping[str, Any]) -> str:
        """The envelope, indented for reading, without the headers that each message gets anew. Raises BadArguments."""
        return etree.tostring(self.envelope(arguments).root, pretty_print=True, encoding="unicode")

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        """Ask once, `timeout` in seconds including the wait for a connection.

        Raises SystemFault for a SOAP fault (whatever the HTTP status), NoAnswer or BadArguments.
        """
        letter = _Letter(self, arguments)
        answer = await self._system.transport.post(letter.written, self._headers, timeout, only_reads=self._only_reads)
        try:
            return Reply(self.understood(answer, letter.message_id), received=answer.text)
        except NoAnswer as error:
            raise NoAnswer(error.cause, f"{self._system.name}: {error.text}", received=answer.text) from error.__cause__

    def written(self, arguments: Mapping[str, Any]) -> bytes:
        """The request as it is sent to the first endpoint. Raises BadArguments."""
        return _Letter(self, arguments).written(self._wsdl.endpoint)

    def text(self, arguments: Mapping[str, Any]) -> bytes | None:
        """The message as it is sent, written the short way; None where the long one must be gone, or tells why not."""
        return self._textual.text(arguments) if self._textual is not None else None

    def sealed(self, envelope: Blank, to: str) -> tuple[bytes, str]:
        """An envelope as it is sent to an address, and the id of its message (empty where it has none)."""
        protection = self._system.protection
        message_id = protection.protect(envelope, self._action, to) if protection is not None else ""
        return etree.tostring(envelope.root, xml_declaration=True, encoding="utf-8"), message_id

    def envelope(self, arguments: Mapping[str, Any]) -> Blank:
        """The message without the headers that it gets anew each time. Raises BadArguments."""
        envelope = blank(self._wsdl.version)
        problems = self._codec.write(envelope.header, envelope.body, arguments)
        if problems:
            raise BadArguments("; ".join(problems))
        root = envelope.closed()
        problem = self._problem(root, envelope.header, envelope.body, self._exchange.request)
        if problem is not None:
            raise BadArguments(problem)
        return envelope

    def _problem(
        self, root: etree._Element, header: etree._Element | None, body: etree._Element, message: Message
    ) -> str | None:
        """What the schemas have against a message."""
        schema = self._wsdl.schema
        if schema is None:
            return None
        if message.is_rpc:
            suffix = "" if message is self._exchange.request else "Response"
            problem = schema.wrapped_problem(root, body[0], f"{self.name}{suffix}")
        else:
            problem = schema.problem(root)
        if problem is not None or message.header is None or header is None:
            return problem
        parts = [part for part in header if part.tag in message.header.elements]
        return next((found for found in map(self._header_problem, parts) if found is not None), None)

    def _header_problem(self, part: etree._Element) -> str | None:
        schema = self._wsdl.schema
        if schema is None or self._wsdl.element(str(part.tag)) is None:
            return None
        alone = deepcopy(part)
        for name in list(alone.attrib):
            if str(name).startswith(f"{{{self._wsdl.version.namespace}}}"):  # mustUnderstand, actor, role, relay
                del alone.attrib[name]
        return schema.problem(alone)

    def understood(self, answer: Answer, message_id: str | None = None) -> dict[str, Any]:
        """What an HTTP answer says. Raises SystemFault or NoAnswer.

        `message_id`: of the request, for what protects the exchange; None for a recorded reply, which nothing protects.
        """
        if not answer.content or not answer.is_xml:
            raise _not_soap(answer)
        plain = self._plain.read(answer.content, answer.charset) if self._plain and answer.status == HTTP_OK else None
        if plain is not None:
            return plain
        try:
            envelope = parse(answer.content, answer.charset)
            header, body = opened(self._wsdl.version, envelope)
        except NoAnswer as error:
            raise (error if answer.status == HTTP_OK else _not_soap(answer)) from error.__cause__
        self._refuse_mandatory(header)
        fault = fault_in(self._wsdl.version, body)
        if self._system.protection is not None and message_id is not None:
            self._system.protection.check(envelope, header, body, message_id, fault=fault is not None)
        if fault is not None:
            raise self._fault(fault, answer)
        if answer.status != HTTP_OK:
            raise _not_soap(answer)
        return self._read(envelope, header, body)

    def _refuse_mandatory(self, header: etree._Element | None) -> None:
        """SOAP lets no receiver pass over a header that must be understood. Raises NoAnswer(UNREADABLE)."""
        declared = self._exchange.reply.header
        known = frozenset(declared.elements) if declared is not None else frozenset[str]()
        for tag in mandatory(self._wsdl.version, header):
            if tag not in known and not self._system.understands(tag):
                hint = must_be_said(tag)
                text = f"the reply has a header that must be understood, and {tag} is not"
                raise NoAnswer(Cause.UNREADABLE, f"{text}: {hint}" if hint else text)

    def recorded(self, content: bytes) -> Reply:
        """A recorded envelope, read as one that has just come. Raises SystemFault or NoAnswer as a call does."""
        return Reply(self.understood(Answer(HTTP_OK, None, None, content)), received=content.decode(errors="replace"))

    def _fault(self, fault: etree._Element, answer: Answer) -> AdapterError:
        path = self._system.options.fault_code
        return read_fault(fault, code_path=path, declared=self._declared, received=answer.text)

    def _read(self, envelope: etree._Element, header: etree._Element | None, body: etree._Element) -> dict[str, Any]:
        reply = self._exchange.reply
        came = [str(child.tag) for child in body]
        if (came != [reply.tag]) if reply.tag is not None else not self._expected.issuperset(came):
            raise NoAnswer(Cause.UNREADABLE, self._unexpected(came))
        problem = self._problem(envelope, header, body, reply)
        if problem is not None:
            raise NoAnswer(Cause.UNREADABLE, f"the reply breaks its schema: {problem}")
        return self._codec.read(header, body)

    def _unexpected(self, came: list[str]) -> str:
        """What is wrong with the elements of a body, and whether it is only the namespace."""
        expected = ", ".join(sorted(self._expected)) or "nothing"
        text = f"the body has {', '.join(came) or 'nothing'}, expected was {expected}"
        locals_expected = {etree.QName(tag).localname for tag in self._expected}
        strange = [tag for tag in came if tag not in self._expected]
        if strange and all(etree.QName(tag).localname in locals_expected for tag in strange):
            return f"{text}: the name is right, its namespace is not"
        return text


class _Letter:
    """One request, which may go to several endpoints, one after the other: each time a message of its own.

    A message says where it goes to, when it was made and that it comes once, and all that may be signed.
    """

    def __init__(self, operation: SoapOperation, arguments: Mapping[str, Any]) -> None:
        """Raises BadArguments."""
        self._operation, self._arguments = operation, arguments
        self._text = operation.text(arguments)
        self._unsent: Blank | None = operation.envelope(arguments) if self._text is None else None
        self.message_id = ""
        """Of the message that was written last: it is the one that an answer answers."""

    def written(self, to: str) -> bytes:
        """The message for an address."""
        if self._text is not None:
            return self._text
        envelope, self._unsent = self._unsent or self._operation.envelope(self._arguments), None
        content, self.message_id = self._operation.sealed(envelope, to)
        return content


def _not_soap(answer: Answer) -> NoAnswer:
    """Why an answer without an envelope of ours is none, by its HTTP status."""
    if answer.status in OVERLOADED_STATUSES:
        return NoAnswer(Cause.OVERLOADED, f"HTTP {answer.status}")
    if answer.status != HTTP_OK:
        redirect = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
        return NoAnswer(Cause.BROKEN, f"HTTP {answer.status} without a SOAP fault{redirect}")
    return NoAnswer(Cause.UNREADABLE, f"HTTP {answer.status} with {_what_instead(answer)}")


def _what_instead(answer: Answer) -> str:
    if not answer.content:
        return "an empty body"
    if answer.media_type is not None and answer.media_type.startswith("multipart/"):
        return "attachments (MTOM or MIME), which are not supported"
    return html_page(answer.content) or f"{answer.media_type} instead of XML"


def contract_of(exchange: Exchange) -> Contract:
    """What lint needs to know of an operation."""
    codes = [code for fault in exchange.faults for code in (*listed_codes(fault.shape), fault.element, fault.name)]
    return Contract(
        arguments=message_schema(exchange.request),
        reply=message_schema(exchange.reply, is_read=True),
        faults=tuple(dict.fromkeys(codes)),
    )
