"""Names and values as they are written in a mapping file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from adapters.described import Field

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?:[: ][A-Za-z0-9_./-]+)*\Z")
_AMBIGUOUS = frozenset({"yes", "no", "on", "off", "y", "n", "true", "false", "null", "otherwise"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")
_COLUMN = 50
_LONGEST_LIST = 70


def scalar(text: str) -> str:
    """A text as a YAML value or key, in quotes where it could be taken for something else."""
    if _PLAIN.match(text) and text.lower() not in _AMBIGUOUS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable() and character != "\ufeff":
        return character
    return f"\\U{ord(character):08x}"


def words(text: str) -> list[str]:
    """The words of a name in camel case, with dashes or blanks, in small letters."""
    return [word.lower() for word in _WORDS.findall(text)]


def name_of(text: str, taken: Iterable[str], instead: str) -> str:
    """A name for `let`, `lookups` and `steps` that is not taken yet."""
    base = "_".join(words(text)) or instead
    base = base if base[0].isalpha() else f"{instead}_{base}"
    name, number, known = base, 1, set(taken)
    while name in known:
        number += 1
        name = f"{base}_{number}"
    return name


def file_name(text: str, instead: str) -> str:
    """A name for a mapping or a system: small letters and dashes."""
    name = "-".join(words(text)) or instead
    return name if name[0].isalpha() else f"{instead}-{name}"


def remark(line: str, text: str) -> str:
    """A line with a comment behind it."""
    return f"{line.ljust(_COLUMN)}  # {one_line(text)}" if text else line


def one_line(text: str) -> str:
    """A text that ends no comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def kind_of(field: Field, *, listed: bool = True) -> str:
    """What stands in a field, in words; `listed`: with the values that are allowed."""
    said = f"a list of {_plural(field.kind)}" if field.many else field.kind
    values = shortened(field.enum) if listed and field.enum else ""
    return ", ".join(part for part in (said, f"one of {values}" if values else "", field.note) if part)


def _plural(kind: str) -> str:
    return {"true or false": "true or false", "of an unknown type": "an unknown type"}.get(kind, f"{kind}s")


def shortened(values: Iterable[str]) -> str:
    """The values, or the first of very many."""
    text = ""
    for value in map(one_line, values):
        if text and len(text) + len(value) > _LONGEST_LIST:
            return f"{text}, …"
        text = f"{text}, {value}" if text else value
    return text


class Todos:
    """Names that no mapping knows, so that lint refuses each expression they stand in. Each is used once."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def name(self, *parts: str) -> str:
        base = "TODO_" + "_".join(_NO_WORD.sub("_", part).strip("_") or "x" for part in parts)
        name, number = base, 1
        while name in self.names:
            number += 1
            name = f"{base}_{number}"
        self.names.append(name)
        return name
