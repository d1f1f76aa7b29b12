"""Headers of a reply that a step reads (`reply_headers`): texts, beside the members of its value, under `http_headers`.

A header is read where the step names it, and with an OpenAPI file where that declares it too: what a proxy adds on the
way must change no answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from multidict import CIMultiDictProxy

from adapters.base import AdapterConfigurationError, Cause, NoAnswer
from adapters.rest.schemas import problems, validator

MEMBER = "http_headers"


@dataclass(frozen=True)
class Header:
    """One that the OpenAPI file declares."""

    name: str
    required: bool = False
    schema: Mapping[str, Any] = field(default_factory=dict)


class HeaderReader:
    """The headers that one step reads."""

    def __init__(self, wanted: Sequence[str], declared: Sequence[Mapping[str, Header]] | None, members: Any) -> None:
        """`declared`: of each reply that is no fault, by name; None without a file. `members`: those of the reply.

        Raises AdapterConfigurationError.
        """
        self._wanted = {name: _declared(name, declared) for name in wanted}
        self._validators = {
            name: validator(one.schema, f"the header {name}")
            for name, one in self._wanted.items()
            if one.schema.get("type") == "string"
        }
        if wanted and MEMBER in members:
            raise AdapterConfigurationError(f"the reply has a member '{MEMBER}' of its own: its headers cannot be read")

    def contract(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        """What lint knows of a reply, with the headers. Raises AdapterConfigurationError for a list."""
        if not self._wanted:
            return reply
        if reply.get("type") == "array":
            raise AdapterConfigurationError("the reply is a list: its headers cannot be read")
        parts = {name: {"type": "string"} for name in self._wanted}
        needed = [name for name, one in self._wanted.items() if one.required]
        headers = {"type": "object", "properties": parts, "required": needed, "additionalProperties": False}
        is_open = {} if reply.get("properties") else {"additionalProperties": True}
        return {
            **reply,
            **is_open,
            "properties": {**reply.get("properties", {}), MEMBER: headers},
            "required": [*reply.get("required", ()), MEMBER],
        }

    def added(self, value: Any, came: CIMultiDictProxy[str]) -> Any:
        """The value with what came. Raises NoAnswer(UNREADABLE)."""
        if not self._wanted:
            return value
        if not isinstance(value, dict) or MEMBER in value:
            raise NoAnswer(Cause.UNREADABLE, f"the reply is no object, or has a '{MEMBER}': its headers are not read")
        return {**value, MEMBER: {name: self._value(name, one, came) for name, one in self._wanted.items()}}

    def _value(self, name: str, said: Header, came: CIMultiDictProxy[str]) -> str | None:
        """Of several lines of one name the values in a list (RFC 9110, 5.3)."""
        text = ", ".join(came.getall(name, ()))
        if name not in came:
            if said.required:
                raise NoAnswer(Cause.UNREADABLE, f"the reply lacks the header {name}")
            return None
        if not text.isascii() or not text.isprintable():
            raise NoAnswer(Cause.UNREADABLE, f"the header {name} has other characters than printable ASCII")
        wrong = problems(self._validators[name], text, name) if name in self._validators else ""
        if wrong:
            raise NoAnswer(Cause.UNREADABLE, f"a header is not what was agreed: {wrong}")
        return text


def _declared(name: str, declared: Sequence[Mapping[str, Header]] | None) -> Header:
    """What the file says of a header: it is always there if every reply needs it."""
    if declared is None:
        return Header(name)
    by_reply = [{one.lower(): header for one, header in headers.items()}.get(name.lower()) for headers in declared]
    found = [one for one in by_reply if one is not None]
    if not found:
        there = sorted({one for headers in declared for one in headers})
        raise AdapterConfigurationError(
            f"reply_headers: the OpenAPI file declares no {name}: there are {', '.join(there) or 'none'}"
        )
    is_needed = len(found) == len(declared) and all(one.required for one in found)
    return Header(name, is_needed, found[0].schema if len(found) == 1 else {})
