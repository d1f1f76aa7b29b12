"""The members of an answer, or of an alternate: computed as JSON, in one piece of code.

Nearly all that expressions give is JSON as it stands, and what the mapping writes around them is known beforehand: so
the code passes over texts and whole numbers itself, and asks `PlainValues` for the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from gateway.mapping.expressions import flat
from gateway.mapping.expressions.flat import Scope
from gateway.mapping.plain import LARGEST, LEAST, Place, PlainValues, is_plain
from gateway.mapping.template import Constant, ListTemplate, ObjectTemplate, Template, Together
from gateway.sources.findings import Location

_PART, _WHERE = "_part", "_where"


class Members(Together):
    """The members that an answer is given, by name."""

    takes = (_PART, _WHERE)

    def __init__(self, members: Mapping[str, Template]) -> None:
        super().__init__(ObjectTemplate(members))

    def json(self, scope: Scope, values: PlainValues, location: Location) -> dict[str, Any]:
        """The members that have a value; one computed as null is left out (the standard has no nulls).

        Raises EvaluationError, with the location for what JSON cannot hold.
        """
        found: dict[str, Any] = self.render(scope, values.part, location)
        return found if None not in found.values() else {name: one for name, one in found.items() if one is not None}

    def _of(self, template: Template, place: Place = ()) -> ast.expr:
        if isinstance(template, ObjectTemplate) and all(name.isascii() for name in template.members):
            parts = [self._of(member, (*place, name)) for name, member in template.members.items()]
            return ast.Dict([ast.Constant(name) for name in template.members], parts)
        if isinstance(template, ListTemplate):
            count = len(template.items)
            return ast.List(
                [self._of(item, (*place, (number, count))) for number, item in enumerate(template.items)], ast.Load()
            )
        value = self._part(template)
        if isinstance(template, Constant) and is_plain(template.value):
            return value
        return flat.plain_or(value, (LEAST, LARGEST), flat.held_by(_PART, flat.taken(_WHERE), self._keeping(place)))
