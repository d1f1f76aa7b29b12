"""The port to legacy systems: what every adapter offers, and the errors it may raise.

An adapter turns bound arguments into one exchange with one system and gives back plain data (`dict`, `list`, `str`,
`int`, `float`, `bool`, `Decimal`, `date`, `datetime`, `None`). It decides nothing: which call is made, and what an
answer means, is said by a mapping.

Errors, each raised by `Operation.call` (foreign exceptions stop here, chained as `__cause__`):

    AdapterError
    +-- SystemFault       the system understood and said no: a SOAP fault, a status code; carries its codes
    +-- NoAnswer          nothing usable came back; carries a `Cause`
    +-- BadArguments      the arguments do not fit the operation: nothing was sent

`AdapterConfigurationError` is raised while loading only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from gateway.values import value


class Cause(StrEnum):
    """Why no usable answer came."""

    UNREACHABLE = "unreachable"  # refused, no such host, connection lost
    TIMEOUT = "timeout"
    UNREADABLE = "unreadable"  # HTML, broken or unsafe XML, wrong message, wrong charset
    TOO_LARGE = "too large"
    OVERLOADED = "overloaded"  # the system, or our share of it, is used up
    BROKEN = "broken"  # the system failed in a way that is no fault of the request (SQL error, HTTP 500)


class AdapterError(Exception):
    """Base of what a call may raise. The text is for the operator, never for the Buyer."""


class SystemFault(AdapterError):
    """The system answered with a fault of its own.

    `codes` are all names the fault answers to, most specific first: a business code from the fault's detail, the name
    of the detail element, the protocol's fault code.
    """

    def __init__(self, codes: Sequence[str], text: str, *, received: str = "") -> None:
        super().__init__(f"{' / '.join(codes)}: {text}")
        self.codes = tuple(codes)
        self.text = text
        self.received = received


class NoAnswer(AdapterError):
    """Nothing usable came back. `is_sent` False: it is certain that nothing was sent, so that nothing was changed."""

    def __init__(self, cause: Cause, text: str, *, received: str = "", is_sent: bool = True) -> None:
        super().__init__(f"{cause}: {text}")
        self.cause = cause
        self.is_sent = is_sent
        self.text = text
        self.received = received


class BadArguments(AdapterError):
    """The arguments do not fit the operation (a required element is missing, a value has the wrong type)."""


class AdapterConfigurationError(Exception):
    """A system's options or an operation's definition cannot work. Raised while loading, with what to change."""


@dataclass(frozen=True)
class Contract:
    """What an operation takes and gives, as JSON Schema: the facts that lint reads.

    `arguments` describes an object of all arguments; `reply` one row (for systems that answer with rows) or the whole
    value; `faults` the codes that the system declares. An empty schema means: not known.
    """

    arguments: Mapping[str, Any] = field(default_factory=dict)
    reply: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@value(frozen=True)
class Reply:
    """A usable answer.

    `value`: a list of rows (each a dict by column) or one dict. Declared but absent members are there with `None`, so
    that an unknown name is a mistake and never a silent null.
    `received`: the answer as the operator wants to see it, cut at `RECEIVED_LIMIT` characters.
    """

    value: Any
    received: str = ""


RECEIVED_LIMIT = 16_384

CALLS_AT_ONCE = 10
"""Calls that a system is asked at the same time, where nothing else is said."""


class CheckOutcome(StrEnum):
    """What came of looking at one thing."""

    OK = "ok"
    DRIFT = "drift"  # it answers, and is no longer what the stored copy says
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class Checked:
    """One line of what `poq-gateway check` says about a system.

    `subject`: what was looked at (`connection`, `table offers`, `operation checkFeasibility`); `text`: what was found,
    for the operator, in one line and without secrets.
    """

    subject: str
    outcome: CheckOutcome
    text: str = ""


class Operation(Protocol):
    """One operation of one system, prepared and checked while loading."""

    @property
    def contract(self) -> Contract: ...

    def render(self, arguments: Mapping[str, Any]) -> str:
        """Exactly what `call` would send (SQL with its parameters, an envelope). Sends nothing. Raises BadArguments."""
        ...

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (part of what is asked)
        """Ask the system, once. `timeout` in seconds covers everything, from connecting to the last byte.

        Raises SystemFault, NoAnswer or BadArguments, and nothing else but cancellation.
        """
        ...


@runtime_checkable
class ReadsRecorded(Protocol):
    """What an operation may offer beside: it reads a reply again that was recorded on the wire."""

    def recorded(self, content: bytes) -> Reply:
        """As one that has just come. Raises SystemFault or NoAnswer as `call` does."""
        ...


class System(Protocol):
    """One configured legacy system."""

    @property
    def name(self) -> str: ...

    @property
    def timeout(self) -> float:
        """Seconds that one call may take at most; what holds where a step says nothing."""
        ...

    def operation(self, definition: BaseModel) -> Operation:
        """Prepare an operation from the adapter's own step fields (`Adapter.step`).

        Reads local files only. Raises AdapterConfigurationError.
        """
        ...

    async def open(self) -> None:
        """Make pools and sessions. Must not need the system to be up."""
        ...

    async def close(self) -> None: ...

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (part of what is asked)
        """Whether the system answers, and whether it is still what its stored copy says. Asked while it is open.

        Always: connect (log in, agree on TLS), and hold the definitions that the system gives of itself (a WSDL,
        tables) against the stored ones; and how each prepared operation is carried out, where there are several ways.
        With `live` also: a question that only reads. Nothing else is ever sent. `timeout` in seconds is for all of it.
        Raises nothing but cancellation: what goes wrong is a line.
        """
        ...


@runtime_checkable
class Surrounded(Protocol):
    """What a system may offer beside: its messages say when they were made, or have ids of their own."""

    def surround(self, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        """Take time (with its zone) and ids (UUIDs) from here. Asked once, before `open`."""
        ...


class Build(Protocol):
    def __call__(self, name: str, options: Any, *, calls_at_once: int) -> System:
        """Make a system from checked options. Raises AdapterConfigurationError. Connects to nothing.

        `calls_at_once`: no more calls than this are made at the same time; pools are of this size.
        """
        ...


PORT = 1
"""The version of this port. It grows with each change that an adapter of another package must know of."""


@dataclass(frozen=True)
class Adapter:
    """An adapter's specification: the word used in configuration and mappings, its options, its step fields.

    Lint, the JSON Schema for editors and the docs read it. `port`: the version of the port that it is made for, which
    an adapter of another package must say (as a number, not as `PORT`).
    """

    word: str
    options: type[BaseModel]
    step: type[BaseModel]
    rows: bool  # answers with a list of rows (`rows: one | optional | many` applies), or with one value
    build: Build
    lists: bool = False  # without rows: its one value may be a list
    port: int = 0
