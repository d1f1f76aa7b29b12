"""From an HTTP answer to a reply or a fault, or to the reason why it is neither.

Which statuses are what: the success ones give a reply; those by which a system says no about this request are faults
with their status as code (`404`, and `4xx` for all of them); everything else is no answer. A page of HTML is never the
system's own word, whatever its status.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from adapters.base import Cause, NoAnswer, Reply, SystemFault
from adapters.http.reading import HttpAnswer
from adapters.rest.headers import HeaderReader
from adapters.rest.jsonbody import read_json
from adapters.rest.openapi import Body
from adapters.rest.schemas import flat, problems, validator, with_absent
from adapters.rest.xmlbody import read_xml

OVERLOADED = frozenset({429, 503})
ABOUT_US = frozenset({401, 403, 405, 406, 407, 408, 411, 413, 414, 415, 417, 421, 425, 426, 428, 431, 451})
"""Statuses of 4xx that say nothing of what was asked, but of how: our credentials, our request, our configuration."""

_NO_CONTENT = (204, 205)
_PARTIAL = 206
_UTF_8 = frozenset({None, "utf-8", "utf8", "us-ascii"})


@dataclass(frozen=True)
class Agreed:
    """What a reply looks like: complete for validation, flat for everything else."""

    schema: Mapping[str, Any]
    flat: Mapping[str, Any]
    validator: Any

    @staticmethod
    def on(schema: Mapping[str, Any], what: str) -> Agreed:
        """Raises AdapterConfigurationError."""
        return Agreed(schema, flat(schema), validator(schema, what))


NOTHING_AGREED = Agreed({}, {}, None)


class Replies:
    """Reads the answers of one operation.

    `declared`: what the OpenAPI file says of each status, by format; None where there is no file. `agreed`: what holds
    for a reply where nothing is declared. `headers`: those that the step reads.
    """

    def __init__(
        self,
        *,
        format: str,
        declared: Declared | None,
        agreed: Agreed,
        headers: HeaderReader,
        fault_code: str | None,
        fault_statuses: Sequence[int],
        is_head: bool,
    ) -> None:
        self._format = format
        self._declared = declared
        self._agreed = agreed
        self._headers = headers
        self._fault_code = fault_code
        self._fault_statuses = frozenset(fault_statuses)
        self._is_head = is_head

    def read(self, answer: HttpAnswer) -> Reply:
        """Raises SystemFault or NoAnswer."""
        status = answer.status
        if status in self._fault_statuses or (400 <= status < 500 and status not in (*ABOUT_US, *OVERLOADED)):
            self._fault(answer)
        if not 200 <= status < 300:
            raise _no_reply(status)
        if self._declared is not None and not self._declared.knows(status):
            raise NoAnswer(Cause.UNREADABLE, f"HTTP {status}, which the OpenAPI file does not know")
        if status == _PARTIAL:
            raise NoAnswer(Cause.UNREADABLE, "HTTP 206: a part is no reply")
        return Reply(self._headers.added(self._value(answer), answer.headers), received=answer.text)

    def _value(self, answer: HttpAnswer) -> Any:
        agreed = self._agreed_for(answer.status)
        if agreed is None or self._is_head or answer.status in _NO_CONTENT:
            return with_absent({}, self._agreed.flat)
        if not answer.content.strip():
            raise NoAnswer(Cause.UNREADABLE, f"HTTP {answer.status} with an empty body")
        value = self._parsed(answer, agreed)
        wrong = problems(agreed.validator, value, "reply") if agreed.validator else ""
        if wrong:
            raise NoAnswer(Cause.UNREADABLE, f"the reply is not what was agreed: {wrong}")
        if not isinstance(value, dict | list):
            raise NoAnswer(Cause.UNREADABLE, f"an object or a list is needed, {type(value).__name__} came")
        return with_absent(value, agreed.flat)

    def _agreed_for(self, status: int) -> Agreed | None:
        """None where no body is to come."""
        return self._agreed if self._declared is None else self._declared.agreed(status, self._format)

    def _parsed(self, answer: HttpAnswer, agreed: Agreed) -> Any:
        if self._format not in _formats(answer.media_type):
            came = answer.media_type or "no content type"
            raise NoAnswer(Cause.UNREADABLE, f"HTTP {answer.status} with {came} instead of {self._format.upper()}")
        if self._format == "xml":
            return read_xml(answer.content, answer.charset, agreed.flat)
        if (answer.charset or "utf-8").lower() not in _UTF_8:
            raise NoAnswer(Cause.UNREADABLE, f"JSON in {answer.charset}: it is UTF-8 by definition")
        return read_json(answer.content)

    def _fault(self, answer: HttpAnswer) -> NoReturn:
        status = answer.status
        if self._declared is not None and status not in self._fault_statuses and not self._declared.knows(status):
            raise NoAnswer(Cause.BROKEN, f"HTTP {status}, which the OpenAPI file does not know")
        formats = _formats(answer.media_type)
        if answer.content.strip() and not formats and answer.media_type != "text/plain":
            raise NoAnswer(
                Cause.BROKEN, f"HTTP {status} with {answer.media_type or 'no content type'}: not its own word"
            )
        body = _leniently(answer, formats)
        codes = [*_codes(body, self._fault_code.split("/") if self._fault_code else []), str(status)]
        text = _title(body) or f"HTTP {status}"
        raise SystemFault(tuple(dict.fromkeys([*codes, f"{status // 100}xx"])), text, received=answer.text)


class Declared:
    """What the OpenAPI file says of statuses."""

    def __init__(self, replies: Mapping[str, Mapping[str, Body]]) -> None:
        """Raises AdapterConfigurationError."""
        self._agreed = {
            status: {name: Agreed.on(body.schema, f"the reply {status}") for name, body in bodies.items()}
            for status, bodies in replies.items()
        }

    def knows(self, status: int) -> bool:
        """`default` speaks of errors only: what it promises of a success is not known."""
        names = _names(status)
        return any(name in self._agreed for name in (names if status < 400 else (*names, "default")))

    def agreed(self, status: int, format: str) -> Agreed | None:
        """None where no body of this format is to come."""
        found = next((self._agreed[name] for name in _names(status) if name in self._agreed), {})
        return found.get(format)

    def first(self, format: str) -> Agreed:
        """What a step may read: the body of the first success that has one."""
        successes = [name for name in sorted(self._agreed) if name.startswith("2")]
        return next((found for name in successes if (found := self._agreed[name].get(format))), NOTHING_AGREED)

    @property
    def fault_codes(self) -> tuple[str, ...]:
        """The statuses by which the system may say no."""
        statuses = [int(name) for name in self._agreed if name.isdigit() and name.startswith("4")]
        return tuple(str(status) for status in sorted(statuses) if status not in (*ABOUT_US, *OVERLOADED))


def _names(status: int) -> tuple[str, ...]:
    return (str(status), f"{status // 100}XX", f"{status // 100}xx")


def _formats(media_type: str | None) -> tuple[str, ...]:
    kind, _, name = (media_type or "").lower().partition("/")
    if kind not in ("application", "text") or name == "xhtml+xml":
        return ()
    return tuple(one for one in ("json", "xml") if name == one or name.endswith(f"+{one}"))


def _no_reply(status: int) -> NoAnswer:
    if status in OVERLOADED:
        return NoAnswer(Cause.OVERLOADED, f"HTTP {status}")
    if status in (401, 403, 407):
        return NoAnswer(Cause.BROKEN, f"HTTP {status}: our credentials are refused")
    redirect = ": redirects are not followed" if 300 <= status < 400 else ""
    return NoAnswer(Cause.BROKEN, f"HTTP {status}{redirect}")


def _leniently(answer: HttpAnswer, formats: Sequence[str]) -> Any:
    """The body of a fault, for its code: one that cannot be read has none."""
    try:
        if "json" in formats:
            return read_json(answer.content)
        if "xml" in formats:
            (body,) = read_xml(answer.content, answer.charset, {}).values()
            return body
    except NoAnswer:
        return None
    return None


def _codes(body: Any, path: Sequence[str]) -> Iterator[str]:
    """The texts at a path, through lists."""
    if isinstance(body, list):
        for one in body:
            yield from _codes(one, path)
    elif path and isinstance(body, dict):
        yield from _codes(body.get(path[0]), path[1:])
    elif isinstance(body, str | int) and not isinstance(body, bool) and not path and str(body).strip():
        yield str(body).strip()


def _title(body: Any) -> str:
    """What a fault says of itself, in the words that are usual (RFC 9457 and others)."""
    said = body if isinstance(body, dict) else {}
    found = next(
        (said[name] for name in ("detail", "title", "message", "reason") if isinstance(said.get(name), str)), ""
    )
    return " ".join(found.split())[:300]
