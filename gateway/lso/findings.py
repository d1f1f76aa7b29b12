"""From the errors of a JSON Schema check to problems of a request (error model, section 4).

One table gives each keyword its code. Used for the envelope and for product schemas alike, so nothing here knows what
a document is about. Reasons name what the schema wants, never what the Buyer sent; whoever shows them cuts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from types import MappingProxyType
from typing import Any

import orjson
from jsonschema_rs import ValidationError, ValidationErrorKind, Validator

from gateway.lso.excerpt import excerpt
from gateway.lso.problems import MOST_PROBLEMS, Path, Problem, ProblemCode

MISSING = ProblemCode.MISSING_PROPERTY
UNEXPECTED = ProblemCode.UNEXPECTED_PROPERTY
FORMAT = ProblemCode.INVALID_FORMAT
VALUE = ProblemCode.INVALID_VALUE

LONGEST_WORD = 60

MOST_ELEMENTS = 5000
"""Of the lists of a document, for naming its problems; a request with 200 items at several places has fewer."""

LONGEST_CHOICE = 2000
"""Characters of a choice that is told whole; the largest of the standard's own has 1,400."""

Kind = ValidationErrorKind


def problems(validator: Validator, instance: Any, *, at: Path = ()) -> list[Problem]:
    """What is wrong with a document, one problem a pointer, `MOST_PROBLEMS` at most; empty if it is valid.

    The whole document is checked, whatever its size; if it is refused and has more than `MOST_ELEMENTS` elements in
    its lists, only the problems among the first ones are named, or the first problem there is.

    `instance` is JSON as orjson parses it (subclasses of `str` or `int` are refused by the checker); `at` is where it
    stands in the request, and leads every path. Raises RuntimeError where the checker itself fails:
    what it refuses never passes for valid.
    """
    if validator.is_valid(instance):
        return []
    found = _translated(_errors(validator, instance), at)
    if not found:
        raise RuntimeError("the checker refuses the document and names no error")
    return [finding.problem for finding in _without_echoes(found)]


def _errors(validator: Validator, instance: Any) -> Iterable[ValidationError]:
    """The errors of the part that is looked at, or the first one of all if that part has none."""
    part = excerpt(instance, MOST_ELEMENTS)
    errors = validator.iter_errors(part)
    if part is instance:
        return errors
    return list(errors) or _first_error(validator, instance)


def _first_error(validator: Validator, instance: Any) -> list[ValidationError]:
    try:
        validator.validate(instance)
    except ValidationError as error:
        return [error]
    return []


class Rank(IntEnum):
    """Of several findings at one node the lowest one is reported."""

    TYPE = 0
    KEYWORD = 1
    ALTERNATIVES = 2


@dataclass(frozen=True)
class Finding:
    rank: Rank
    problem: Problem


@dataclass(frozen=True)
class Row:
    """The code of a keyword whose problem stands at the node itself, and its reason, made of the error's kind."""

    code: ProblemCode
    reason: Callable[[Any], str]


_TYPES = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "array": "an array",
}

_FORMATS = {
    "date-time": "a date and time with an offset (RFC 3339)",
    "date": "a date (RFC 3339)",
    "uri": "an absolute URI",
}

ROWS: Mapping[type[ValidationErrorKind], Row] = MappingProxyType(
    {
        Kind.MinItems: Row(MISSING, lambda kind: f"must have at least {_count(kind.limit, 'element')}"),
        Kind.MinProperties: Row(MISSING, lambda kind: f"must have at least {_count(kind.limit, 'member')}"),
        Kind.Type: Row(FORMAT, lambda kind: f"must be {_alternatives(_TYPES.get(name, name) for name in kind.types)}"),
        Kind.Format: Row(FORMAT, lambda kind: f"must be {_FORMATS.get(kind.format, f'of the format {kind.format}')}"),
        Kind.Pattern: Row(FORMAT, lambda kind: f"must match the pattern {kind.pattern}"),
        Kind.MinLength: Row(FORMAT, lambda kind: f"must have at least {_count(kind.limit, 'character')}"),
        Kind.MaxLength: Row(FORMAT, lambda kind: f"must have at most {_count(kind.limit, 'character')}"),
        Kind.ContentEncoding: Row(FORMAT, lambda kind: f"must be encoded as {kind.content_encoding}"),
        Kind.ContentMediaType: Row(FORMAT, lambda kind: f"must be of the media type {kind.content_media_type}"),
        Kind.FromUtf8: Row(FORMAT, lambda kind: "must be UTF-8 once decoded"),
        Kind.BacktrackLimitExceeded: Row(FORMAT, lambda kind: "is too involved to be checked against its pattern"),
        Kind.RegexEngineFailure: Row(FORMAT, lambda kind: "cannot be checked against its pattern"),
        Kind.Enum: Row(VALUE, lambda kind: _one_of(kind.options)),
        Kind.Constant: Row(VALUE, lambda kind: f"must be {_shown(kind.expected_value)}"),
        Kind.Minimum: Row(VALUE, lambda kind: f"must be at least {kind.limit}"),
        Kind.ExclusiveMinimum: Row(VALUE, lambda kind: f"must be more than {kind.limit}"),
        Kind.Maximum: Row(VALUE, lambda kind: f"must be at most {kind.limit}"),
        Kind.ExclusiveMaximum: Row(VALUE, lambda kind: f"must be less than {kind.limit}"),
        Kind.MultipleOf: Row(VALUE, lambda kind: f"must be a multiple of {kind.multiple_of}"),
        Kind.MaxItems: Row(VALUE, lambda kind: f"must have at most {_count(kind.limit, 'element')}"),
        Kind.AdditionalItems: Row(VALUE, lambda kind: f"must have at most {_count(kind.limit, 'element')}"),
        Kind.UnevaluatedItems: Row(VALUE, lambda kind: "has elements that are not defined"),
        Kind.MaxProperties: Row(VALUE, lambda kind: f"must have at most {_count(kind.limit, 'member')}"),
        Kind.UniqueItems: Row(VALUE, lambda kind: "must not have the same element twice"),
        Kind.Contains: Row(VALUE, lambda kind: "lacks an element that it must have"),
        Kind.Not: Row(VALUE, lambda kind: "must not have this value"),
        Kind.OneOfMultipleValid: Row(VALUE, lambda kind: "must fit exactly one of the alternatives, and fits several"),
        Kind.Custom: Row(VALUE, lambda kind: str(kind.message)),
    }
)
"""All other kinds concern members or alternatives and are told apart in `_findings`."""


def _findings(error: ValidationError, at: Path) -> Iterator[Finding]:
    kind = error.kind
    path = (*at, *error.instance_path)
    match kind:
        case Kind.Required():
            yield _member(MISSING, path, kind.property, "is missing")
        case Kind.AdditionalProperties() | Kind.UnevaluatedProperties():
            yield from (_member(UNEXPECTED, path, name, "is not defined here") for name in kind.unexpected)
        case Kind.PropertyNames():
            yield _member(UNEXPECTED, path, str(kind.error.instance), "is no name of a member defined here")
        case Kind.FalseSchema():
            yield _forbidden(path, error.schema_path)
        case Kind.AnyOf() | Kind.OneOfNotValid():
            yield from _of_alternatives(kind.context, path, at)
        case Kind.Referencing():
            raise RuntimeError(f"the schema has a reference that leads nowhere: {error.message}")
        case _:
            row = ROWS[type(kind)]
            rank = Rank.TYPE if isinstance(kind, Kind.Type) else Rank.KEYWORD
            yield Finding(rank, Problem(row.code, path, row.reason(kind)))


def _member(code: ProblemCode, path: Path, name: str, reason: str) -> Finding:
    return Finding(Rank.KEYWORD, Problem(code, (*path, name), reason))


def _forbidden(path: Path, schema_path: Sequence[str | int]) -> Finding:
    """`false` as the schema of a member says that it must be absent; anywhere else, that nothing fits."""
    is_member = len(schema_path) > 1 and schema_path[-2] in ("properties", "patternProperties")
    code, reason = (UNEXPECTED, "must be absent here") if is_member else (VALUE, "must not have any value here")
    return Finding(Rank.KEYWORD, Problem(code, path, reason))


def _of_alternatives(branches: Sequence[Sequence[ValidationError]], path: Path, at: Path) -> list[Finding]:
    """The findings of the branch that the Buyer must have meant; else what all branches agree on; else the node's."""
    meant = [branch for branch in branches if not _is_ruled_out(branch, path, at)]
    if len(meant) == 1:
        return _translated(meant[0], at)
    translated = [_translated(branch, at) for branch in meant or branches]
    agreed = _agreed(translated)
    if agreed:
        return agreed
    if translated and all(finding.problem.code is MISSING for branch in translated for finding in branch):
        names = sorted({str(finding.problem.path[-1]) for branch in translated for finding in branch})
        return [Finding(Rank.ALTERNATIVES, Problem(MISSING, path, f"needs one of: {', '.join(names)}"))]
    return [Finding(Rank.ALTERNATIVES, Problem(VALUE, path, "fits none of the alternatives"))]


def _translated(errors: Iterable[ValidationError], at: Path) -> list[Finding]:
    return list(islice((finding for error in errors for finding in _findings(error, at)), MOST_PROBLEMS))


def _is_ruled_out(branch: Iterable[ValidationError], path: Path, at: Path) -> bool:
    """Whether the node's type, or the value of one of its members that names the branch, is another branch's."""
    for error in branch:
        depth = len(at) + len(error.instance_path) - len(path)
        if isinstance(error.kind, Kind.Type) and depth == 0:
            return True
        if isinstance(error.kind, Kind.Constant | Kind.Enum) and depth <= 1:
            return True
    return False


def _agreed(branches: Sequence[Sequence[Finding]]) -> list[Finding]:
    """What every branch finds at the same pointer with the same code, the reasons joined."""
    reasons: dict[tuple[Path, ProblemCode], list[str]] = {}
    ranks: dict[tuple[Path, ProblemCode], Rank] = {}
    keys = [{(finding.problem.path, finding.problem.code) for finding in branch} for branch in branches]
    for finding in (finding for branch in branches for finding in branch):
        key = (finding.problem.path, finding.problem.code)
        if all(key in of_branch for of_branch in keys):
            ranks.setdefault(key, finding.rank)
            if finding.problem.reason not in reasons.setdefault(key, []):
                reasons[key].append(finding.problem.reason)
    return [Finding(ranks[key], Problem(key[1], key[0], ", or ".join(texts))) for key, texts in reasons.items()]


def _without_echoes(findings: Sequence[Finding]) -> Iterator[Finding]:
    """One finding a pointer, and nothing below a node of the wrong type (error model, section 3)."""
    mistyped = {finding.problem.path for finding in findings if finding.rank is Rank.TYPE}
    best: dict[Path, Finding] = {}
    for finding in findings:
        path = finding.problem.path
        if any(path[:length] in mistyped for length in range(len(path))):
            continue
        if path not in best or finding.rank < best[path].rank:
            best[path] = finding
    yield from best.values()


def _alternatives(words: Iterable[str]) -> str:
    return " or ".join(words)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _shown(value: Any) -> str:
    """A value of the schema, briefly."""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= LONGEST_WORD else text[: LONGEST_WORD - 1] + "…"


def _one_of(options: Sequence[Any]) -> str:
    """All values of a choice, or the first of so many that the schema itself is the better place to read them."""
    whole = ", ".join(map(_shown, options))
    if len(whole) <= LONGEST_CHOICE:
        return f"must be one of: {whole}"
    return f"must be one of {len(options)} values: {whole[:LONGEST_CHOICE].rpartition(', ')[0]}, ..."
