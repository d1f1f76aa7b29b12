"""Today's OpenAPI file of a system against the stored copy, by meaning: operations, what they take, what they give."""

from __future__ import annotations

import asyncio
import posixpath
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

import yaml

from adapters.base import AdapterConfigurationError, Checked, CheckOutcome
from adapters.described import DescriptionError
from adapters.drift import first_of, schema_differences, told
from adapters.http.documents import get_document, origin
from adapters.rest.documents import Documents, references
from adapters.rest.openapi import Body, Described, OpenApi
from adapters.rest.options import RestOptions
from adapters.rest.schemas import flat

SUBJECT = "OpenAPI"
_LARGEST = 20 * 1024 * 1024  # bytes of one file
_MOST_FILES = 100
_DEEPEST = 200  # levels of a file

Place = tuple[str, str]
"""A method and a path."""


async def check_openapi(
    stored: OpenApi, options: RestOptions, address: str, used: Collection[Place], seconds: float
) -> list[Checked]:
    """A line for the file that the system gives at `address`, and one for each `used` operation that has changed.

    Sends nothing but GET requests. Raises nothing but cancellation.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="poq-gateway-openapi-") as folder:
            async with asyncio.timeout(seconds):
                file = await _fetched(address, options, Path(folder))
                changes, new = await asyncio.to_thread(_compared, stored, file)
    except TimeoutError:
        text = f"{address} and what it refers to could not be read in {seconds:.0f} s"
        return [Checked(SUBJECT, CheckOutcome.NOT_CHECKED, text)]
    except (DescriptionError, AdapterConfigurationError) as error:
        return [Checked(SUBJECT, CheckOutcome.NOT_CHECKED, " ".join(str(error).split()))]
    except Exception as error:  # a foreign document
        return [Checked(SUBJECT, CheckOutcome.NOT_CHECKED, f"{address} cannot be read: {type(error).__name__}")]
    return list(told(SUBJECT, changes, [" ".join(one) for one in used], new, "store today's file in its place"))


async def _fetched(address: str, options: RestOptions, folder: Path) -> Path:
    """The file and what it refers to below it, as files. Raises DescriptionError."""
    origins = {origin(one) for one in (address, *options.addresses)}
    first = posixpath.basename(urlsplit(address).path) or "openapi"
    waiting, there = [first], set[str]()
    while waiting:
        name = waiting.pop()
        where = address if name == first else urljoin(address, quote(name))
        there.add(name)
        if len(there) > _MOST_FILES:
            raise DescriptionError(f"{address} refers to more than {_MOST_FILES} files")
        content = await get_document(where, options, is_ours=origin(where) in origins, largest=_LARGEST)
        waiting += await asyncio.to_thread(_kept, content, folder, name, there | {*waiting})
    return folder / first


def _kept(content: bytes, folder: Path, name: str, known: Collection[str]) -> list[str]:
    """Write a file; gives the names of the files it refers to that are not known yet. Raises DescriptionError."""
    _refuse_endless(content, name)
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    found: dict[str, None] = {}
    for reference in references(Documents().root(file)):
        parts = urlsplit(reference)
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
        if parts.scheme or parts.netloc or other.startswith(("../", "/")) or other == "..":
            raise DescriptionError(f"{name} refers to {reference}, which is outside of its folder")
        if other not in known:
            found[other] = None
    return list(found)


def _refuse_endless(content: bytes, name: str) -> None:
    """What is small in bytes and large in memory is not read: aliases, and levels without end."""
    level = 0
    try:
        for event in yaml.parse(content.decode(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent):
                raise DescriptionError(f"{name} uses aliases of YAML, which are not followed here")
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if level > _DEEPEST:
                raise DescriptionError(f"{name} has more than {_DEEPEST} levels")
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise DescriptionError(f"{name} is neither YAML nor JSON") from error


def _compared(stored: OpenApi, file: Path) -> tuple[dict[str, list[str]], set[str]]:
    """What is different of each stored operation, and which are new. Raises AdapterConfigurationError."""
    try:
        today = OpenApi(file)
        there = {(method, path) for _, method, path in today.operations()}
    except AdapterConfigurationError as error:
        raise AdapterConfigurationError(f"today's file cannot be used: {error}") from error
    before = [(method, path) for _, method, path in stored.operations()]
    changes = {" ".join(one): _differences(stored, today, one, there) for one in before}
    return changes, {" ".join(one) for one in there.difference(before)}


def _differences(stored: OpenApi, today: OpenApi, place: Place, there: Collection[Place]) -> list[str]:
    try:
        before = stored.by_path(*place)
    except AdapterConfigurationError:
        return []  # it could not be called before: nobody relies on it
    if place not in there:
        return ["it is gone"]
    try:
        after = today.by_path(*place)
    except AdapterConfigurationError as error:
        return [f"today it cannot be called: {error}"]
    return first_of(_in_operation(before, after))


def _in_operation(before: Described, after: Described) -> Iterator[str]:
    was = {(one.place, one.name): one for one in before.parameters}
    now = {(one.place, one.name): one for one in after.parameters}
    for key in dict.fromkeys([*was, *now]):
        what = "/".join(key)
        if key not in now:
            yield f"{what} is gone"
        elif key not in was:
            yield f"{what} is new{' and needed' if now[key].required else ''}"
        else:
            if was[key].required != now[key].required:
                yield f"{what} is {'needed' if now[key].required else 'optional'} now"
            yield from schema_differences(flat(was[key].schema), flat(now[key].schema), what)
    yield from _in_bodies(before.bodies, after.bodies, "request")
    for status in dict.fromkeys([*before.replies, *after.replies]):
        if status not in after.replies or status not in before.replies:
            yield f"the reply {status} is {'gone' if status not in after.replies else 'new'}"
            continue
        yield from _in_bodies(before.replies[status], after.replies[status], f"reply {status}")
        yield from _in_headers(before.headers.get(status, {}), after.headers.get(status, {}), status)


def _in_bodies(before: Mapping[str, Body], after: Mapping[str, Body], what: str) -> Iterator[str]:
    for form in dict.fromkeys([*before, *after]):
        if form not in after or form not in before:
            yield f"{what}: {form.upper()} is {'gone' if form not in after else 'new'}"
            continue
        if before[form].required != after[form].required and what == "request":
            yield f"{what} is {'needed' if after[form].required else 'optional'} now"
        found = schema_differences(flat(before[form].schema), flat(after[form].schema), "")
        yield from (f"{what}: {text}" for text in found)


def _in_headers(before: Mapping[str, Any], after: Mapping[str, Any], status: str) -> Iterator[str]:
    was, now = ({name.lower() for name in names} for names in (before, after))
    yield from (f"reply {status}: the header {name} is gone" for name in sorted(was - now))
