"""From a step's arguments to what goes out: path, query, headers, body. Sends nothing.

Arguments stand where they go: `{path: {...}, query: {...}, headers: {...}, body: ...}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from adapters.base import AdapterConfigurationError, BadArguments, NoAnswer
from adapters.rest.jsonbody import plain, write_json
from adapters.rest.openapi import Body, Parameter
from adapters.rest.schemas import flat, problems, validator
from adapters.rest.xmlbody import read_xml, write_xml

PLACES = ("path", "query", "headers")
MEDIA_TYPES = {"json": "application/json", "xml": "application/xml"}
_SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_HEADER_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?\Z")
_OURS = frozenset(
    {
        "accept",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "proxy-authorization",
        "transfer-encoding",
    }
)


@dataclass(frozen=True)
class Outgoing:
    """A request, ready to be sent. `target` is percent-encoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    content: bytes | None
    body: str = ""

    def shown(self, address: str) -> str:
        """As somebody reads it: the first line, the headers of the step, the body with lines."""
        head = [f"{self.method} {address.rstrip('/')}{self.target}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\n".join([*head, "", self.body] if self.content is not None else head)


def slots(path: str) -> list[str]:
    """The names in a path's braces. Raises AdapterConfigurationError."""
    names = _SLOT.findall(path)
    if re.search(r"[{}]", _SLOT.sub("", path)):
        raise AdapterConfigurationError(f"the path {path} has a brace that is no {{name}}")
    if len(set(names)) != len(names):
        raise AdapterConfigurationError(f"the path {path} has a name twice")
    if any(segment in (".", "..") for segment in path.split("/")):
        raise AdapterConfigurationError(f"the path {path} has a '.' or '..' in it")
    return names


class Requests:
    """Makes requests of one operation. `parameters` None: whatever a step gives goes into query and headers."""

    def __init__(
        self,
        method: str,
        path: str,
        parameters: tuple[Parameter, ...] | None,
        body: Body | None,
        *,
        takes_body: bool,
        format: str,
    ) -> None:
        """Raises AdapterConfigurationError."""
        self._method = method
        self._path = path
        self._slots = slots(path)
        self._parameters = {(one.place, one.name): one for one in parameters or ()}
        self._is_open = parameters is None
        self._body = body
        self._takes_body = takes_body
        self._format = format
        self._flat_body = flat(body.schema) if body is not None else {}
        self._validators = {key: validator(one.schema, f"'{one.name}'") for key, one in self._parameters.items()}
        self._body_validator = validator(body.schema, "the body") if body is not None and body.schema else None
        missing = [name for name in self._slots if not self._is_open and ("path", name) not in self._parameters]
        if missing:
            raise AdapterConfigurationError(f"the path {path} has '{missing[0]}', which is no parameter of it")

    def make(self, arguments: Mapping[str, Any]) -> Outgoing:
        """Raises BadArguments, with what does not fit by its path."""
        unknown = [name for name in arguments if name not in (*PLACES, "body")]
        if unknown:
            raise BadArguments(f"{unknown[0]}: not known; there are path, query, headers and body")
        given = {place: self._given(arguments, place) for place in PLACES}
        self._check(given)
        headers = dict(self._headers(given["headers"]))
        content, shown = self._content(arguments)
        accept = {"Accept": MEDIA_TYPES[self._format]}
        if content is not None:
            accept["Content-Type"] = _with_charset(self._body.media_type if self._body else MEDIA_TYPES[self._format])
        target = self._filled(given["path"]) + self._query(given["query"])
        return Outgoing(self._method, target, {**accept, **headers}, content, shown)

    def _given(self, arguments: Mapping[str, Any], place: str) -> dict[str, Any]:
        """What is to go there; a null is left out."""
        said = arguments.get(place)
        if said is None:
            return {}
        if not isinstance(said, Mapping):
            raise BadArguments(f"{place}: an object (name: value) is needed")
        return {str(name): value for name, value in said.items() if value is not None}

    def _check(self, given: Mapping[str, Mapping[str, Any]]) -> None:
        wrong = [*self._missing(given), *self._misfits(given)]
        if wrong:
            raise BadArguments("; ".join(wrong[:10]))

    def _missing(self, given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        yield from (f"path/{name}: missing" for name in self._slots if name not in given["path"])
        for (place, name), parameter in self._parameters.items():
            if parameter.required and place != "path" and name not in given[place]:
                yield f"{place}/{name}: missing"

    def _misfits(self, given: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
        for place, values in given.items():
            for name, value in values.items():
                is_known = (
                    name in self._slots if place == "path" else self._is_open or (place, name) in self._parameters
                )
                if not is_known:
                    yield f"{place}/{name}: not known"
                elif (place, name) in self._validators:
                    wrong = problems(self._validators[place, name], plain(value, name), f"{place}/{name}")
                    yield from [wrong] if wrong else []

    def _filled(self, values: Mapping[str, Any]) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[1]
            text = self._joined(values[name], f"path/{name}")
            if not text:
                raise BadArguments(f"path/{name}: an empty text would name another resource")
            if any(part in (".", "..") for part in re.split(r"[/\\]", text)):
                raise BadArguments(f"path/{name}: '.' and '..' would leave the path")
            return quote(text, safe="")

        return _SLOT.sub(fill, self._path)

    def _query(self, values: Mapping[str, Any]) -> str:
        pairs = [(name, text) for name, value in values.items() for text in self._texts(name, value)]
        return "?" + "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in pairs) if pairs else ""

    def _texts(self, name: str, value: Any) -> list[str]:
        parameter = self._parameters.get(("query", name))
        if not isinstance(value, list | tuple) or (parameter is not None and parameter.joined):
            return [self._joined(value, f"query/{name}")]
        return [_text(one, f"query/{name}") for one in value]

    @staticmethod
    def _joined(value: Any, path: str) -> str:
        listed = value if isinstance(value, list | tuple) else [value]
        return ",".join(_text(one, path) for one in listed)

    def _headers(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, value in values.items():
            text = self._joined(value, f"headers/{name}")
            if not _HEADER_NAME.match(name) or name.lower() in _OURS:
                raise BadArguments(f"headers/{name}: a step cannot send this header")
            if not _HEADER_VALUE.match(text):
                raise BadArguments(f"headers/{name}: a header holds printable ASCII, without spaces around it")
            yield name, text

    def _content(self, arguments: Mapping[str, Any]) -> tuple[bytes | None, str]:
        """The body as it is sent, and as it is shown."""
        said = arguments.get("body")
        if not self._takes_body:
            if said is not None:
                raise BadArguments(f"body: {self._method} is sent without one")
            return None, ""
        if said is None:
            if self._body is not None and self._body.required:
                raise BadArguments("body: missing")
            return None, ""
        if self._format == "xml":
            return self._xml(said)
        value = plain(said, "body", self._flat_body)
        wrong = problems(self._body_validator, value, "body") if self._body_validator else ""
        if wrong:
            raise BadArguments(wrong)
        return write_json(value).encode(), write_json(value, indent=2)

    def _xml(self, said: Any) -> tuple[bytes, str]:
        """Held against its schema as one reads it who has the same file."""
        content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + write_xml(said).encode()
        if self._body_validator is not None:
            try:
                value = read_xml(content, None, self._flat_body)
            except NoAnswer as error:
                raise BadArguments(f"body: {error.text}") from error
            if wrong := problems(self._body_validator, value, "body"):
                raise BadArguments(wrong)
        return content, write_xml(said, is_indented=True).rstrip()


def _with_charset(media_type: str) -> str:
    """JSON is UTF-8 and says nothing of it; of XML old systems want to hear it."""
    return f"{media_type}; charset=utf-8" if "xml" in media_type and "charset" not in media_type else media_type


def _text(value: Any, path: str) -> str:
    """One value as it stands in an address or a header."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            if not value.is_finite():
                raise BadArguments(f"{path}: {value} is no number")
            return format(value, "f")
        case str() if not re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value):
            return value
        case str():
            raise BadArguments(f"{path}: the text has a control character")
        case int():
            return str(value)
        case float() if value == value and abs(value) != float("inf"):
            return format(Decimal(str(value)), "f")
        case datetime() | date():
            return value.isoformat()
    raise BadArguments(f"{path}: a text, number or date is needed, not {type(value).__name__}")
