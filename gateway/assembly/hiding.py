"""Takes the secrets of a configuration out of texts of others: whatever a driver says, none of them is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, unquote

from pydantic import BaseModel, SecretStr

from gateway.settings import Settings
from gateway.settings.secrets import secrets_in_url

_HIDDEN = "***"


class Hiding:
    """Takes every secret of the configuration out of a text, and what is secret in its URLs; however it is encoded."""

    def __init__(self, settings: Settings) -> None:
        known = {secret for secret in _secrets(settings) if secret}
        known |= {form for secret in known for form in (unquote(secret), quote(secret, safe=""))}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


def _secrets(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
            yield from secrets_in_url(value.get_secret_value())
        case str():
            yield from secrets_in_url(value)
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
