"""Takes the secrets of a configuration out of texts of others: whatever a driver says, none of them is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from gateway.settings import Settings

_HIDDEN = "***"


class Hiding:
    """Takes every secret of the configuration out of a text, and the passwords in its URLs."""

    def __init__(self, settings: Settings) -> None:
        whole = {secret for secret in _secrets(settings) if secret}
        parts = {part for secret in whole if "://" in secret for part in _passwords(secret)}
        self._secrets = sorted(whole | parts, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(getattr(value, name))
        case dict():
            yield from _each(value.values())
        case list() | tuple():
            yield from _each(value)


def _each(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _secrets(value)


def _passwords(url: str) -> Iterator[str]:
    with suppress(ValueError):
        password = urlsplit(url).password
        if password:
            yield password
            yield unquote(password)
