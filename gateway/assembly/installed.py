"""The adapters that there are: the gateway's own, and those that installed packages offer as entry points.

A package that cannot be used stops nobody who does not use it: under its word stands an adapter that says why, at the
place in the configuration where a system asks for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict

from adapters.base import PORT, Adapter, AdapterConfigurationError
from adapters.guard.options import GuardOptions
from gateway.mapping.language import RowStepFields

GROUP = "poq_gateway.adapters"
"""The group of entry points; each is called by the adapter's word and leads to an `Adapter`."""

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_TAKEN = frozenset(
    {*GuardOptions.model_fields, *(field.alias or name for name, field in RowStepFields.model_fields.items())}
)


class _Anything(BaseModel):
    """What is said to an adapter that cannot be used is not looked at."""

    model_config = ConfigDict(frozen=True, extra="allow")


def with_installed(own: Sequence[Adapter], found: Iterable[EntryPoint] | None = None) -> tuple[Adapter, ...]:
    """The gateway's own adapters and those of packages, each word once, in the order of their words.

    `found`: the entry points; those of this environment where nothing is given.
    """
    offered = sorted(entry_points(group=GROUP) if found is None else found, key=lambda one: (one.name, _package(one)))
    words = Counter([adapter.word for adapter in own] + [one.name for one in offered])
    twice = {word for word, count in words.items() if count > 1}
    adapters = {adapter.word: adapter for adapter in own}
    for one in offered:
        adapters[one.name] = _ambiguous(one.name, own, offered) if one.name in twice else _loaded(one)
    return tuple(adapters.values())


def _loaded(found: EntryPoint) -> Adapter:
    """The adapter, or one that says why there is none."""
    who = f"the adapter '{found.name}' of {_package(found)}"
    try:
        adapter = found.load()
    except Exception as error:  # it may be anything: a package that is not ours
        line = " ".join(str(error).split())[:200]
        return _unusable(found.name, f"{who} cannot be loaded: {type(error).__name__}: {line}")
    reason = _unfit(adapter, found.name)
    return _unusable(found.name, f"{who} cannot be used: {reason}") if reason else adapter


def _unfit(adapter: Any, word: str) -> str:
    if not isinstance(adapter, Adapter):
        return f"{type(adapter).__name__} is no adapters.base.Adapter"
    if adapter.port != PORT:
        return f"it is made for port {adapter.port}, and this gateway has port {PORT}"
    if adapter.word != word:
        return f"it calls itself '{adapter.word}'"
    if not _WORD.match(word) or word in _TAKEN:
        return "this word is taken, or has other characters than small letters, digits and _"
    models: tuple[Any, ...] = (adapter.options, adapter.step)
    if not all(isinstance(model, type) and issubclass(model, BaseModel) for model in models):
        return "options and step must be pydantic models"
    return ""


def _ambiguous(word: str, own: Sequence[Adapter], offered: Sequence[EntryPoint]) -> Adapter:
    sources = ["the gateway"] if word in {adapter.word for adapter in own} else []
    sources += [_package(one) for one in offered if one.name == word]
    return _unusable(word, f"several adapters are called '{word}': of {' and '.join(sources)}; uninstall all but one")


def _unusable(word: str, reason: str) -> Adapter:
    def build(name: str, options: Any, *, calls_at_once: int) -> NoReturn:
        raise AdapterConfigurationError(f"{name}: {reason}")

    return Adapter(word=word, options=_Anything, step=_Anything, rows=False, build=build, port=PORT)


def _package(found: EntryPoint) -> str:
    return f"{found.dist.name} {found.dist.version}" if found.dist is not None else found.value
