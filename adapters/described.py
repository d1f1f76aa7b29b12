"""An operation as somebody meets it who has never called it: each field with its type, what may be left out.

For skeletons of mappings; what is checked when a mapping is loaded is `adapters.base.Contract`.

Plain values only: knows no WSDL and no database.
"""

from __future__ import annotations

from dataclasses import dataclass


class DescriptionError(Exception):
    """What was asked for cannot be described. The text is one line that says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True)
class Branch:
    """A place in a choice: only the fields of one branch may stand in a message. `branch` counts from 0.

    `is_due`: one branch must be there; `is_needed`: the field must be there where its branch is.
    """

    choice: int
    branch: int
    is_due: bool
    is_needed: bool


@dataclass(frozen=True)
class Field:
    """A value that goes out or comes back. `kind` is its type in words; `parts` are its members where it has any.

    `required`: it must be there (or always is); `nillable`: it may be there and null; `enum`: the only values allowed.
    `note`: what else is to be known of it, in words. `is_cut`: it contains itself; what is below is not repeated.
    """

    name: str
    kind: str
    required: bool
    many: bool = False
    nillable: bool = False
    enum: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()
    branch: Branch | None = None
    note: str = ""
    is_cut: bool = False


@dataclass(frozen=True)
class Described:
    """One operation. `word`: the adapter's; `definition`: the adapter's own step fields, in order.

    `rows`: how many rows are meant, None for a system that answers with one value. `faults`: the codes it declares;
    `fault_values`: where in a fault its code may stand, if that has to be said.
    """

    word: str
    definition: tuple[tuple[str, str], ...]
    arguments: tuple[Field, ...]
    reply: tuple[Field, ...]
    faults: tuple[str, ...] = ()
    rows: str | None = None
    fault_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """An operation of a service. `problem`: why it cannot be called; empty where it can. `note`: what is special."""

    name: str
    service: str
    port: str
    problem: str = ""
    note: str = ""
