"""Thousands of requests to a running gateway, made by schemathesis and from good bodies; what is wrong is collected.

Everything is repeatable: what is drawn follows from this code alone, and no time limit decides. A fault does not end
the run, so that one run tells all of them, each kind once, with a command that shows it again.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema_rs
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi import checks

from gateway.lso.operations import MEDIA_TYPE, PARTIES
from tests.acceptance.bodies import broken_texts, good_bodies, variants
from tests.support.errors import Answer, assert_standard_error

WITHIN, AGAINST, CHANGED, BROKEN, KNOWN = 50, 100, 500, 50, 60
"""Cases of each operation: within its schemas, against them, with changed good bodies, with texts that are hardly JSON,
with ids answered before.
"""

HEADERS: tuple[dict[str, str], ...] = (
    *({} for _ in range(10)),
    {"Accept": "application/*;q=0.1"},
    {"Accept": "text/html"},
    {"Content-Type": "application/json"},
    {"Content-Type": "text/plain"},
    {"Content-Type": "application/json;charset=utf-16"},
    {"Content-Encoding": "gzip"},
)
"""Most requests say nothing of their own about the message."""

OF_THE_MESSAGE = {405, 406, 413, 414, 415, 431}
"""Statuses about the message and not its content, which the document covers by `default` (error model, section 1)."""

CHECKS = [
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
    checks.allow_header_conformance,
]

_PARTIES = {parameter.name for parameter in PARTIES}

REPEATABLE = settings(
    derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


class Campaign:
    """`faults`: each kind of fault with its first case. `answered`: statuses by operationId. `created`: POQs kept, by
    `instantSyncQualification`.
    """

    def __init__(self, schema: Any, session: requests.Session, runner: asyncio.Runner, good_requests: Path) -> None:
        self.faults: dict[str, str] = {}
        self.answered: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.created: Counter[bool] = Counter()
        self._document: Mapping[str, Any] = schema.raw_schema
        self._schema = schema.exclude(tag="Buyer")
        self._servers = [server["url"] for server in self._document["servers"]]
        self._session = session
        self._runner = runner
        self._bodies = good_bodies(good_requests)
        self._known: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    @classmethod
    @contextmanager
    def against(cls, url: str, good_requests: Path, token: str) -> Iterator[Campaign]:
        """A campaign against the gateway at `url`, with the POQ requests in a folder to start from."""
        with requests.Session() as session, asyncio.Runner() as runner:
            session.headers.clear()  # schemathesis lets the session's win over those of a case
            session.headers["Authorization"] = f"Bearer {token}"
            schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=SchemathesisConfig())
            yield cls(schema, session, runner, good_requests)

    def run(self) -> None:
        """What creates comes first, so that there is something to read, and to delete in the end."""
        operations = [found.ok() for found in self._schema.get_all_operations()]
        for operation in sorted(operations, key=lambda one: {"post": 0, "delete": 2}.get(one.method, 1)):
            self._at_the_limits(operation)
            self._drawn(operation.as_strategy(), WITHIN)
            self._drawn(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), AGAINST)
            if operation.body:
                self._good_bodies(operation)
            if "{" in operation.path:
                self._known_ids(operation)

    def _at_the_limits(self, operation: Any) -> None:
        """Each schema at its limits and just beyond, one parameter or member after another, and other methods."""
        generation = self._schema.config.generation
        for case in self._schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=generation
        ):
            if case.meta is None or case.meta.phase.data.parameter not in _PARTIES:
                _leave_out_parties(case)
            self._send(case, self._servers[0])

    def _drawn(self, cases: st.SearchStrategy[Case], count: int) -> None:
        def send(case: Case, for_whom: bool) -> None:
            if not for_whom:
                _leave_out_parties(case)
            self._send(case, self._servers[0])

        _each(st.tuples(cases, st.sampled_from([True, False, False])), count, send)

    def _good_bodies(self, operation: Any) -> None:
        """Good bodies go where the document takes them."""
        (content,) = self._definition(operation)["requestBody"]["content"].values()
        taken = jsonschema_rs.Draft202012Validator({**content["schema"], "components": self._document["components"]})
        bodies = [body for body in self._bodies if taken.is_valid(body)]
        assert bodies, f"no good body for {operation.label}"
        for strategy, count in ((variants(bodies), CHANGED), (broken_texts(bodies), BROKEN)):
            cases = st.builds(operation.Case, body=strategy, media_type=st.just(MEDIA_TYPE), headers=_headers())
            _each(st.tuples(cases, st.sampled_from(self._servers)), count, self._send)

    def _known_ids(self, operation: Any) -> None:
        collection, _, name = operation.path.partition("/{")
        if known := self._known[collection]:

            def send(one: tuple[str, str], headers: dict[str, str]) -> None:
                server, known_id = one
                self._send(operation.Case(path_parameters={name.rstrip("}"): known_id}, headers=headers), server)

            _each(st.tuples(st.sampled_from(known), _headers()), KNOWN, send)

    def _send(self, case: Case, server: str) -> None:
        definition = self._definition(case.operation)
        try:
            response = case.call(base_url=server, session=self._session)
        except requests.RequestException as error:
            self._note(case, type(error).__name__, f"{error}\n{case.as_curl_command(base_url=server)}")
            return
        self.answered[definition["operationId"]][response.status_code] += 1
        try:
            case.validate_response(response, checks=[*CHECKS, _of_the_document, self._in_the_standards_form])
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(case, f"{response.status_code} {failure}", str(group))
        else:
            self._remember(case, server, response)

    def _note(self, case: Case, kind: str, text: str) -> None:
        self.faults.setdefault(f"{case.operation.label}: {kind.splitlines()[0]}", text)

    def _remember(self, case: Case, server: str, response: Response) -> None:
        if response.status_code == HTTPStatus.CREATED:
            self._known[case.operation.path].append((server, response.json()["id"]))
            if isinstance(case.body, dict) and "instantSyncQualification" in case.body:
                self.created[case.body["instantSyncQualification"] is True] += 1

    def _in_the_standards_form(self, context: Any, response: Response, case: Case) -> None:
        """Beyond the document: what no answer may say, and headers that each has."""
        headers = {name.title(): ", ".join(values) for name, values in response.headers.items()}
        assert headers.get("X-Request-Id"), "an answer without X-Request-Id"
        assert headers.get("Server") == "poq-gateway", "an answer that names its server otherwise"
        if response.status_code == HTTPStatus.NO_CONTENT:
            assert not response.content, "204 with a body"
            assert "Content-Type" not in headers, "204 with a Content-Type"
            return
        assert headers.get("Content-Type") == MEDIA_TYPE, "an answer of another Content-Type"
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            answer = Answer(response.status_code, headers, response.content)
            self._runner.run(assert_standard_error(answer, response.status_code))

    def _definition(self, operation: Any) -> Mapping[str, Any]:
        return self._document["paths"][operation.path][operation.method]


def _of_the_document(context: Any, response: Response, case: Case) -> None:
    """A status that the operation lists, and no fault inside; 501 says that an operation is switched off."""
    status = response.status_code
    listed = {int(one) for one in case.operation.responses.status_codes if one != "default"}
    assert status in listed | OF_THE_MESSAGE, f"{status} is not documented"
    assert status < 500 or status == HTTPStatus.NOT_IMPLEMENTED, f"{status}: a fault inside"


def _headers() -> st.SearchStrategy[dict[str, str]]:
    return st.sampled_from(HEADERS).map(dict)


def _leave_out_parties(case: Case) -> None:
    """An unknown Buyer or Seller ends a request before anything else of it is looked at."""
    case.query = {name: value for name, value in (case.query or {}).items() if name not in _PARTIES}


def _each(drawn: st.SearchStrategy[tuple[Any, Any]], count: int, send: Callable[[Any, Any], None]) -> None:
    """Sends so many different ones of them, the same ones in each run."""

    @settings(REPEATABLE, max_examples=count)
    @given(drawn)
    def send_one(one: tuple[Any, Any]) -> None:
        send(*one)

    send_one()
