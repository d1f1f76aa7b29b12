"""Where codes stand in the details of declared faults, and which. Knows no message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml import etree

from adapters.base import AdapterConfigurationError
from adapters.soap.shapes import Leaf, Shape, Struct

Faults = Sequence[tuple[str, Struct]]
"""The detail's element, by its local name, and its shape."""


def check_fault_code(path: str, faults: Faults) -> None:
    """Refuse a path that leads to nothing in any declared fault. Raises AdapterConfigurationError.

    A service that declares no fault, or lets its details hold undeclared elements, may send anything: no refusal there.
    """
    if not faults:
        return
    there = dict.fromkeys(found for element, shape in faults for found in _paths(element, shape))
    if None in there or path.lower() in (str(known).lower() for known in there):
        return
    raise AdapterConfigurationError(
        f"fault_code: no declared fault has {path}; there are: {', '.join(str(known) for known in there) or 'none'}"
    )


def _paths(here: str, shape: Shape, above: tuple[Struct, ...] = ()) -> Iterator[str | None]:
    """The paths of all values, by local names; None stands for those that are not known."""
    if isinstance(shape, Leaf):
        yield here
        return
    if shape in above or shape.wild is not None or shape.derived:
        yield None
        return
    if shape.text is not None:
        yield here
    for tag, member in shape.elements.items():
        yield from _paths(f"{here}/{etree.QName(tag).localname}", member.shape, (*above, shape))


def value_paths(faults: Faults) -> list[str]:
    """Where single values stand of which one may be a code, where none is called `...code`: those are found by name."""
    paths = dict.fromkeys(path for element, shape in faults for path in _leaves(element, shape))
    return [] if any(path.lower().endswith("code") for path in paths) else list(paths)


def _leaves(here: str, shape: Shape, above: tuple[Struct, ...] = ()) -> Iterator[str]:
    """The paths of the elements that hold a single value."""
    if isinstance(shape, Leaf):
        yield here
    elif shape not in above:
        for tag, member in shape.elements.items():
            yield from _leaves(f"{here}/{etree.QName(tag).localname}", member.shape, (*above, shape))


def listed_codes(shape: Shape, above: tuple[Struct, ...] = ()) -> Iterator[str]:
    """The allowed values of all elements called `...code` in a fault's detail: codes that a mapping may name."""
    if isinstance(shape, Leaf) or shape in above:
        return
    for member in shape.every().values():
        if isinstance(member.shape, Leaf) and member.name.lower().endswith("code"):
            yield from member.shape.enum
        yield from listed_codes(member.shape, (*above, shape))
