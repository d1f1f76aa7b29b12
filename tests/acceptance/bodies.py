"""Bodies for requests made by machine: good ones to start from, and what can be changed about them.

A body that is drawn from a schema alone hardly ever names an offering that exists; one that differs from a good body in
one or two places reaches what lies behind the first checks. Knows no operation: a body goes wherever a schema takes it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

Step = str | int
Pointer = tuple[Step, ...]

LEGACY_FAILURES = frozenset(
    {"nimbus-busy", "nimbus-html", "nimbus-slow", "nimbus-truncated", "no-lead-time", "not-completed"}
)
"""The demo's requests that end, as they should, in 500 or after seconds: a legacy system fails there on purpose."""

REGISTRATIONS: tuple[dict[str, Any], ...] = (
    {"callback": "https://127.0.0.1:9"},
    {"callback": "https://127.0.0.1:9/poq/", "query": "eventType = poqStateChangeEvent"},
    {"callback": "https://127.0.0.1:8443", "query": "eventType=poqStateChangeEvent,poqItemStateChangeEvent"},
)

_SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", " ", "\x00", "0", "-1", "null", "2024-02-30", "2099-12-31T23:59:60Z", "é" * 300, "urn:x:y"]),
)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
)


def good_bodies(requests: Path) -> list[dict[str, Any]]:
    """The demo's requests in `requests` that the demo's estate can answer, immediate and deferred; registrations."""
    files = sorted(path for path in requests.glob("*.json") if path.stem not in LEGACY_FAILURES)
    immediate = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    later = {"instantSyncQualification": False, "requestedPOQCompletionDate": "2099-01-01T00:00:00Z"}
    return [*immediate, *({**body, **later} for body in immediate), *REGISTRATIONS]


@st.composite
def variants(draw: st.DrawFn, bodies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One of the bodies, with up to three changes; every other one only exchanges parts with the rest."""
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    harmless = draw(st.booleans())
    for _ in range(draw(st.integers(0, 3))):
        paths = list(_paths(body))
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        change = _exchange if harmless else draw(st.sampled_from(_CHANGES))
        change(draw, body, path, bodies)
    return body


@st.composite
def broken_texts(draw: st.DrawFn, bodies: Sequence[dict[str, Any]]) -> bytes:
    """The JSON text of a body with some bytes put in the place of others; seldom JSON, or UTF-8, any more."""
    text = json.dumps(draw(st.sampled_from(bodies)), ensure_ascii=False).encode()
    start = draw(st.integers(0, len(text)))
    length = draw(st.sampled_from([0, 1, 5, len(text)]))
    put_in = draw(st.sampled_from([b"", b'"', b"}", b",", b"NaN", b"1e999", b"\xff", b"\x00", b"[" * 200]))
    return text[:start] + put_in + text[start + length :]


def _exchange(draw: st.DrawFn, body: Any, path: Pointer, bodies: Sequence[Any]) -> None:
    """What another body has at the same place."""
    found = [value for other in bodies for value in _at(other, path)]
    if found:
        _holder(body, path)[path[-1]] = copy.deepcopy(draw(st.sampled_from(found)))


def _replace(draw: st.DrawFn, body: Any, path: Pointer, bodies: Sequence[Any]) -> None:
    _holder(body, path)[path[-1]] = draw(_VALUES)


def _remove(draw: st.DrawFn, body: Any, path: Pointer, bodies: Sequence[Any]) -> None:
    del _holder(body, path)[path[-1]]


def _repeat(draw: st.DrawFn, body: Any, path: Pointer, bodies: Sequence[Any]) -> None:
    """A list gets an element twice, an object the same value under another name."""
    holder = _holder(body, path)
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[int(path[-1])]))
    else:
        holder[draw(st.text(min_size=1, max_size=10))] = copy.deepcopy(holder[path[-1]])


def _misplace(draw: st.DrawFn, body: Any, path: Pointer, bodies: Sequence[Any]) -> None:
    """A value from elsewhere in the same body."""
    source = draw(st.sampled_from(list(_paths(body))))
    _holder(body, path)[path[-1]] = copy.deepcopy(_holder(body, source)[source[-1]])


_CHANGES = (_exchange, _replace, _remove, _repeat, _misplace)


def _paths(value: Any, at: Pointer = ()) -> Iterator[Pointer]:
    """Where something stands in the document, however deep."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in members:
        yield (*at, step)
        yield from _paths(inner, (*at, step))


def _holder(body: Any, path: Pointer) -> Any:
    for step in path[:-1]:
        body = body[step]
    return body


def _at(body: Any, path: Pointer) -> list[Any]:
    """The value there, if there is one."""
    try:
        return [_holder(body, path)[path[-1]]]
    except (KeyError, IndexError, TypeError):
        return []
