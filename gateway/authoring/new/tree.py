"""What goes out, as it stands under `with:`: every field (optional ones commented out), and the value maps it needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from adapters.described import Branch, Field
from gateway.authoring.new.readable import Readable, proposals
from gateway.authoring.new.wording import Todos, kind_of, name_of, remark, scalar

_STEP = "  "


@dataclass(frozen=True)
class ValueMap:
    """A lookup of the skeleton. `is_out`: its values go out, else its keys come in; `is_used`: not commented out.

    `keys`: what the request may say, where that is likely meant; `source`: the expression that reads it.
    """

    name: str
    about: str
    values: tuple[str, ...]
    is_out: bool
    is_used: bool = True
    keys: tuple[str, ...] = ()
    source: str = ""


@dataclass
class ArgumentTree:
    """Writes the arguments of one operation. `taken`: names that its lookups must not have; `known`: what a request of
    the product says, for proposals.
    """

    todos: Todos
    taken: set[str]
    known: Sequence[Readable] = ()
    maps: list[ValueMap] = field(default_factory=list)

    def lines(self, fields: Sequence[Field], indent: str) -> list[str]:
        """The lines below `with:`."""
        return list(self._fields(fields, indent, (), active=True))

    def _fields(self, fields: Sequence[Field], indent: str, path: tuple[str, ...], *, active: bool) -> Iterator[str]:
        before: Branch | None = None
        for one in fields:
            yield from _choice(before, one.branch, indent)
            before = one.branch
            is_there = _is_there(one)
            lines = self._field(one, indent, (*path, one.name), active=active and is_there)
            yield from lines if is_there else _commented(lines, indent)

    def _field(self, one: Field, indent: str, path: tuple[str, ...], *, active: bool) -> list[str]:
        key = f"{indent}{scalar(one.name)}:"
        null = " or null" if one.nillable else ""
        about = f"{kind_of(one)}{null}, {'needed' if _is_there(one) else 'optional'}"
        if one.parts:
            below = indent + _STEP * (2 if one.many else 1)
            inner = list(self._fields(one.parts, below, path, active=active))
            return self._object(one, key, about, inner, indent)
        if one.kind == "object":
            value = "[{}]" if one.many else "{}"
            return [remark(f"{key} {value}", about)]
        proposed = proposals(one, path, self.known)[: None if active else 1]
        value = self._value(one, path, proposed, active=active)
        told = list(self._proposed(one, path, proposed, indent))
        if one.many:
            return [remark(key, about), f"{indent}{_STEP}- {value}", *told]
        return [remark(f"{key} {value}", about), *told]

    def _proposed(self, one: Field, path: tuple[str, ...], proposed: Sequence[Readable], indent: str) -> Iterator[str]:
        """What may be meant, as comments; values that the request lists get a value map."""
        if len(one.enum) == 1:
            return
        for number, reading in enumerate(proposed):
            yield f"{indent}#   {'or' if number else 'perhaps'} {reading.told}"
        if not one.enum and proposed and len(proposed[0].enum) > 1:
            best = proposed[0]
            name = self._named(one)
            self.maps.append(ValueMap(name, ".".join(path), (), True, False, best.enum, best.expression))
            yield f"{indent}#   or =lookup({name}, {best.expression})"

    def _object(self, one: Field, key: str, about: str, inner: list[str], indent: str) -> list[str]:
        has_any = any(not line.lstrip().startswith("#") for line in inner)
        if not has_any:
            empty = "[{}]" if one.many else "{}"
            return [remark(f"{key} {empty}", f"{about}; instead, as far as wanted:"), *inner]
        if not one.many:
            return [remark(key, about), *inner]
        dash = f"{indent}{_STEP}-"
        if inner[0].lstrip().startswith("#"):
            return [remark(key, about), dash, *inner]
        return [remark(key, about), f"{dash} {inner[0].lstrip()}", *inner[1:]]

    def _value(self, one: Field, path: tuple[str, ...], proposed: Sequence[Readable], *, active: bool) -> str:
        if len(one.enum) == 1:
            return scalar(one.enum[0])
        todo = self.todos.name(*path)
        if not one.enum:
            return f"={todo}"
        return f"=lookup({self._map(one, path, proposed, active=active)}, {todo})"

    def _map(self, one: Field, path: tuple[str, ...], proposed: Sequence[Readable], *, active: bool) -> str:
        """The lookup whose values are these; one that was commented out is used once it is needed."""
        for number, known in enumerate(self.maps):
            if known.is_out and known.values == one.enum != ():
                self.maps[number] = replace(known, is_used=known.is_used or active)
                return known.name
        name = self._named(one)
        best = proposed[0] if proposed and len(proposed[0].enum) > 1 else None
        listed = (best.enum, best.expression) if best else ((), "")
        self.maps.append(ValueMap(name, ".".join(path), one.enum, True, active, *listed))
        return name

    def _named(self, one: Field) -> str:
        name = name_of(one.name, self.taken, "values")
        self.taken.add(name)
        return name


def reply_maps(fields: Sequence[Field], taken: set[str]) -> list[ValueMap]:
    """A lookup for each list of values that the reply may have; fields with the same values share one."""
    maps: dict[tuple[str, ...], ValueMap] = {}
    for path, one in _below(fields, ()):
        if len(one.enum) > 1 and one.enum not in maps:
            name = name_of(one.name, taken, "values")
            taken.add(name)
            maps[one.enum] = ValueMap(name, ".".join(path), one.enum, is_out=False)
    return list(maps.values())


def _below(fields: Sequence[Field], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Field]]:
    for one in fields:
        yield (*path, one.name), one
        yield from _below(one.parts, (*path, one.name))


def _is_there(one: Field) -> bool:
    """Whether a message without it is not allowed; of a choice that has to be made, the first branch stands there."""
    if one.is_cut:
        return False
    branch = one.branch
    return one.required or (branch is not None and branch.branch == 0 and branch.is_due and branch.is_needed)


def _choice(before: Branch | None, branch: Branch | None, indent: str) -> Iterator[str]:
    if branch is None:
        return
    if before is None or before.choice != branch.choice:
        yield f"{indent}# One of these{'' if branch.is_due else ', or none'}:"
    elif before.branch != branch.branch:
        yield f"{indent}# or:"


def _commented(lines: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}# {line.removeprefix(indent).replace('    # ', '  # ', 1)}" for line in lines]
