"""A REST service behind the port: its address, its OpenAPI file, and the operations prepared for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from adapters.base import CALLS_AT_ONCE, AdapterConfigurationError, Checked, CheckOutcome, Contract, NoAnswer, Reply
from adapters.http.client import HttpClient, HttpRequest
from adapters.rest.drift import SUBJECT, Place, check_openapi
from adapters.rest.headers import HeaderReader
from adapters.rest.openapi import Described, OpenApi
from adapters.rest.options import READING_METHODS, RestOptions, RestStep
from adapters.rest.replying import NOTHING_AGREED, Agreed, Declared, Replies
from adapters.rest.requesting import Requests, slots
from adapters.rest.schemas import flat


class RestSystem:
    """One configured REST service. Fulfils `adapters.base.System`."""

    def __init__(self, name: str, options: RestOptions, *, calls_at_once: int = CALLS_AT_ONCE) -> None:
        """Read the OpenAPI file. Raises AdapterConfigurationError; connects to nothing."""
        self.name = name
        self.options = options
        self._used: set[Place] = set()
        try:
            self.openapi = OpenApi(options.openapi) if options.openapi is not None else None
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{name}: {error}") from error
        address = self.openapi.address if self.openapi is not None else None
        self.client = HttpClient(name, options, (address,) if address else (), calls_at_once=calls_at_once)

    @property
    def timeout(self) -> float:
        return self.options.timeout

    def operation(self, definition: BaseModel) -> RestOperation:
        """Prepare a step. Raises AdapterConfigurationError with what to change."""
        if not isinstance(definition, RestStep):
            raise AdapterConfigurationError(
                f"{self.name}: a rest system takes rest steps, not {type(definition).__name__}"
            )
        try:
            operation = RestOperation(self, definition)
            self._used.add((operation.method, operation.path))
            return operation
        except AdapterConfigurationError as error:
            raise AdapterConfigurationError(f"{self.name}: {error}") from error

    async def open(self) -> None:
        await self.client.open()

    async def close(self) -> None:
        await self.client.close()

    async def check(self, *, live: bool, timeout: float) -> Sequence[Checked]:  # noqa: ASYNC109 (the port's)
        """Whether it can be connected to, and whether a token is given; with `live` whether its OpenAPI file is the
        stored one.
        """
        lines = await self.client.check(timeout)
        if not live or self.openapi is None or lines[0].outcome is not CheckOutcome.OK:
            return lines
        if self.options.openapi_url is None:
            return [*lines, Checked(SUBJECT, CheckOutcome.NOT_CHECKED, "say where the system gives it: openapi_url")]
        return [*lines, *await check_openapi(self.openapi, self.options, self.options.openapi_url, self._used, timeout)]


class RestOperation:
    """One prepared operation. Fulfils `adapters.base.Operation`.

    A reply that is not what was agreed (by the OpenAPI file, or the step's `reply`) is NoAnswer(UNREADABLE).
    """

    def __init__(self, system: RestSystem, step: RestStep) -> None:
        """Raises AdapterConfigurationError."""
        self._system = system
        described = _described(system, step)
        self.method = described.method if described is not None else step.verb
        self.path = described.path if described is not None else str(step.path)
        self._only_reads = not step.write and (self.method in READING_METHODS or bool(step.reads_only))
        self._check_said(step)
        form = step.format or system.options.format
        declared = Declared(described.replies) if described is not None else None
        agreed = declared.first(form) if declared is not None else _agreed(system, step)
        self._requests = _requests(self.method, step, described, form)
        declared_headers = described.success_headers if described is not None else None
        headers = HeaderReader(step.reply_headers, declared_headers, agreed.flat.get("properties", {}))
        self._replies = Replies(
            format=form,
            headers=headers,
            declared=declared,
            agreed=agreed,
            fault_code=system.options.fault_code,
            fault_statuses=system.options.fault_statuses,
            is_head=self.method == "HEAD",
        )
        faults = declared.fault_codes if declared is not None else ()
        self.contract = Contract(_arguments(self.method, step, described, form), headers.contract(agreed.flat), faults)

    def render(self, arguments: Mapping[str, Any]) -> str:
        """The request: its line, the headers of the step, the body. Raises BadArguments."""
        return self._requests.make(arguments).shown(self._system.client.addresses[0])

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 (the port's)
        """Ask once, `timeout` in seconds including the wait for a connection.

        Raises SystemFault for a status by which the system says no, NoAnswer or BadArguments.
        """
        request = self._requests.make(arguments)
        sent = HttpRequest(request.method, request.target, request.headers, request.content, self._only_reads)
        answer = await self._system.client.send(sent, timeout)
        try:
            return self._replies.read(answer)
        except NoAnswer as error:
            raise NoAnswer(error.cause, f"{self._system.name}: {error.text}", received=answer.text) from error.__cause__

    def _check_said(self, step: RestStep) -> None:
        if not self._only_reads and not step.write:
            raise AdapterConfigurationError(
                f"{self.method} may change something: say 'write: true', or 'reads_only: true' if it does not"
            )


def _described(system: RestSystem, step: RestStep) -> Described | None:
    if system.openapi is None:
        if step.operation is not None:
            raise AdapterConfigurationError("'operation' names one of an OpenAPI file, and the system has none")
        return None
    if step.reply is not None:
        raise AdapterConfigurationError(f"what a reply looks like stands in {system.openapi.file}: leave 'reply' out")
    if step.operation is not None:
        return system.openapi.by_id(step.operation)
    return system.openapi.by_path(step.verb, str(step.path))


def _requests(method: str, step: RestStep, described: Described | None, form: str) -> Requests:
    if described is None:
        takes_body = method not in READING_METHODS
        return Requests(method, str(step.path), None, None, takes_body=takes_body, format=form)
    body = described.bodies.get(form)
    if described.bodies and body is None:
        raise AdapterConfigurationError(f"{described.method} {described.path} takes no {form.upper()}")
    return Requests(method, described.path, described.parameters, body, takes_body=body is not None, format=form)


def _agreed(system: RestSystem, step: RestStep) -> Agreed:
    """What the step itself says of its reply."""
    if step.reply is None:
        return NOTHING_AGREED
    return Agreed.on(step.reply if isinstance(step.reply, dict) else _schema_file(system, step.reply), "the reply")


def _schema_file(system: RestSystem, name: str) -> dict[str, Any]:
    folder = system.options.schemas
    if folder is None:
        raise AdapterConfigurationError(f"reply: {name} is a file, and the system has no folder 'schemas'")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise AdapterConfigurationError(f"reply: {name} is not in the folder 'schemas'")
    try:
        schema = json.loads(path.read_bytes())
    except OSError as error:
        raise AdapterConfigurationError(f"reply: {path}: {error.strerror}") from error
    except ValueError as error:
        raise AdapterConfigurationError(f"reply: {name} is no JSON: {error}") from error
    if not isinstance(schema, dict):
        raise AdapterConfigurationError(f"reply: {name} is no JSON Schema")
    return schema


def _arguments(method: str, step: RestStep, described: Described | None, form: str) -> dict[str, Any]:
    """What lint knows of the arguments: an object for each place."""
    if described is None:
        names = slots(str(step.path))
        open_places: dict[str, Any] = {"query": {"type": "object"}, "headers": {"type": "object"}}
        path = {"path": _place({name: {} for name in names}, names)} if names else {}
        body: dict[str, Any] = {"body": {}} if method not in READING_METHODS else {}
        return _place({**path, **open_places, **body}, list(path))
    members: dict[str, Any] = {}
    needed: list[str] = []
    for place in ("path", "query", "headers"):
        found = [one for one in described.parameters if one.place == place]
        required = [one.name for one in found if one.required]
        if found:
            members[place] = _place({one.name: flat(one.schema) for one in found}, required)
        needed += [place] if required else []
    body_of = described.bodies.get(form)
    if body_of is not None:
        members["body"] = flat(body_of.schema) if form == "json" else {}
        needed += ["body"] if body_of.required else []
    return _place(members, needed)


def _place(members: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(members), "required": required, "additionalProperties": False}
