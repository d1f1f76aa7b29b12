"""Secrets that a configuration file holds itself, where it should say where they are: `${env:NAME}`, `${file:PATH}`.

What is a secret: a field that hides its value, the password of any URL, and query parameters that are called like one.
URLs without a password, and headers that are not called like a secret (Accept, X-Tenant), may stand there as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, SecretStr

from gateway.sources.findings import Finding

if TYPE_CHECKING:
    from gateway.settings.models import Settings

Path = tuple[str | int, ...]

REFERENCE = re.compile(r"\$\{(env|file):([^}]+)\}")
"""What stands in the file for a value that is somewhere else."""

_HINT = "write ${env:NAME} or ${file:PATH}"
_REFERRED = "\ue000"
"""In the place of a reference, while the rest is looked at."""

_ADDRESSES = re.compile(r"(?:url|uri|dsn|proxy|endpoint)s?$", re.IGNORECASE)
_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^:/@?#]*:([^@]*)@")
"""As drivers read it: a password may have characters that a URL would end at."""

_SECRET_PARAMETER = re.compile(r"(?:password|passwd|pwd|passphrase|secret|token|key|sig|signature)$", re.IGNORECASE)
_SECRET_HEADER = re.compile(r"auth|cookie|key|token|secret|passw|credential|session|signature", re.IGNORECASE)


def literal_secrets(settings: Settings) -> list[Finding]:
    """Each secret that stands in the file itself, at its place; in the order of the file."""
    found = []
    for path, hides in _texts(settings, ()):
        written = settings.written(*path)
        if isinstance(written, str) and (what := _in_clear(REFERENCE.sub(_REFERRED, written), path, hides=hides)):
            found.append(Finding(settings.location(*path), "CFG-202", f"{what} stands in the file itself", _HINT))
    return sorted(set(found))


def secrets_in_url(url: str) -> Iterator[str]:
    """The password and the secret parameters of a URL, as they stand in it; nothing where it is none."""
    if "://" not in url:
        return
    if password := _PASSWORD.match(url):
        yield password[1]
    try:
        query = urlsplit(url).query
    except ValueError:
        return
    yield from (value for name, value in parse_qsl(query) if _SECRET_PARAMETER.search(name))


def _texts(value: Any, path: Path) -> Iterator[tuple[Path, bool]]:
    """Where texts are, and whether the field hides them."""
    match value:
        case SecretStr():
            yield path, True
        case str():
            yield path, False
        case BaseModel():
            for name in type(value).model_fields:
                yield from _texts(getattr(value, name), (*path, name))
        case dict():
            for key, one in value.items():
                yield from _texts(one, (*path, key))
        case list() | tuple():
            for number, one in enumerate(value):
                yield from _texts(one, (*path, number))


def _in_clear(text: str, path: Path, *, hides: bool) -> str:
    """What stands there in clear text; empty where nothing does. References are `_REFERRED` in the text."""
    if any(one and _REFERRED not in one for one in secrets_in_url(text)):
        return "a secret in a URL"
    last = str(path[-1])
    is_header = len(path) > 1 and path[-2] == "headers"
    may_stand = (
        not hides
        or not text
        or _REFERRED in text
        or (not is_header and _ADDRESSES.search(last))
        or (is_header and not _SECRET_HEADER.search(last))
    )
    return "" if may_stand else "a secret"
