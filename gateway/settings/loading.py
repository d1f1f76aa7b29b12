"""From the configuration file to `Settings`: secrets filled in, paths made absolute, every mistake at its place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Union

from pydantic import BaseModel, Discriminator, Field, SecretStr, Tag, create_model

from adapters.base import Adapter
from gateway.settings.base import SystemName
from gateway.settings.models import Settings
from gateway.settings.secrets import REFERENCE
from gateway.settings.systems import SystemSettings
from gateway.sources.findings import Finding, FindingsError
from gateway.sources.models import validate
from gateway.sources.yamlfile import Path as YamlPath
from gateway.sources.yamlfile import SourceDocument, read_yaml_file

_SQLITE = "sqlite:///"


def load_settings(path: Path, adapters: Iterable[Adapter], *, environment: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration file. `${env:NAME}` and `${file:PATH}` stand for what the file itself must not hold.

    Raises FindingsError with every mistake.
    """
    environment = os.environ if environment is None else environment
    written = read_yaml_file(path)
    document, findings = _filled(written, path.parent, environment)
    if findings:
        raise FindingsError(findings)
    read = validate(settings_model(adapters), document, "CFG")
    if isinstance(read, list):
        raise FindingsError(read)
    settings: Settings = _absolute(read, path.resolve().parent)
    settings._document = written
    return settings


def settings_model(adapters: Iterable[Adapter]) -> type[Settings]:
    """The model of a configuration whose systems may use these adapters."""
    return _settings_model(tuple(adapters))


@lru_cache(maxsize=8)
def _settings_model(adapters: tuple[Adapter, ...]) -> type[Settings]:
    words = [adapter.word for adapter in adapters]

    def word_of(value: Any) -> str | None:
        said = value if isinstance(value, dict) else getattr(value, "__dict__", {})
        return next((f"<{word}>" for word in words if word in said), None)

    models = tuple(Annotated[_system_model(adapter), Tag(f"<{adapter.word}>")] for adapter in adapters)
    union: Any = Union[models]  # noqa: UP007 - made at run time
    known = Discriminator(
        word_of, custom_error_type="system_kind", custom_error_message=f"a system says what it is: {' or '.join(words)}"
    )
    field: Any = (dict[SystemName, Annotated[union, known]], Field(default_factory=dict))
    return create_model("Settings", __base__=Settings, systems=field)


def _system_model(adapter: Adapter) -> type[SystemSettings]:
    options: Any = {adapter.word: (adapter.options, ...)}
    return create_model(f"{adapter.word.capitalize()}System", __base__=SystemSettings, **options)


def _filled(
    document: SourceDocument, folder: Path, environment: Mapping[str, str]
) -> tuple[SourceDocument, list[Finding]]:
    findings: list[Finding] = []

    def fill(value: Any, path: YamlPath) -> Any:
        if isinstance(value, dict):
            return {key: fill(part, (*path, key)) for key, part in value.items()}
        if isinstance(value, list):
            return [fill(part, (*path, number)) for number, part in enumerate(value)]
        if isinstance(value, str) and "${" in value:
            return REFERENCE.sub(lambda match: read(match, path), value)
        return value

    def read(match: re.Match[str], path: YamlPath) -> str:
        kind, name = match[1], match[2].strip()
        try:
            return environment[name] if kind == "env" else (folder / name).read_text(encoding="utf-8").strip()
        except KeyError:
            message = f"the environment has no '{name}'"
        except (OSError, UnicodeDecodeError) as error:
            message = f"the file '{name}' cannot be read: {getattr(error, 'strerror', 'it is not UTF-8')}"
        findings.append(Finding(document.location(path), "CFG-201", message))
        return ""

    return replace(document, data=fill(document.data, ())), findings


def _absolute(value: Any, folder: Path) -> Any:
    """The value with all paths in it, adapters' options included, relative to the folder; itself where it has none."""
    match value:
        case Path():
            return (folder / value).resolve()
        case SecretStr() if value.get_secret_value().startswith(_SQLITE):
            file = value.get_secret_value().removeprefix(_SQLITE)
            return SecretStr(f"{_SQLITE}{(folder / file).resolve()}")
        case BaseModel():
            said = {name: getattr(value, name) for name in type(value).model_fields}
            changed = {name: new for name, old in said.items() if (new := _absolute(old, folder)) is not old}
            return value.model_copy(update=changed) if changed else value
        case tuple() | list():
            parts = [_absolute(one, folder) for one in value]
            return type(value)(parts) if _differ(parts, value) else value
        case dict():
            entries = {name: _absolute(one, folder) for name, one in value.items()}
            return entries if _differ(entries.values(), value.values()) else value
    return value


def _differ(new: Iterable[Any], old: Iterable[Any]) -> bool:
    return any(one is not other for one, other in zip(new, old, strict=True))
