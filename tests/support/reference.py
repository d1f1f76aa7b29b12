"""docs/mapping/reference.md: the language as its own models, functions and codes say it. A test holds it fresh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gateway.app import ADAPTERS
from gateway.mapping import language, reference_language
from gateway.mapping.codes import CODES
from gateway.mapping.expressions.functions import FUNCTIONS
from gateway.mapping.names import GIVEN, REFERENCE_GIVEN

PAGE = Path("docs/mapping/reference.md")

_HEAD = """# The mapping language

One file answers one kind of POQ item (or the ids that items name: references files, below). It is YAML (1.2: `on`,
`yes`, `no` are plain texts) and reads from top to bottom.
Generated from the code (`make docs`); what is not here is refused by `poq-gateway mapping lint`.

1. A text that starts with `=` is an expression, any other value is a literal. `when:` is always an expression.
2. What may be missing or may fail must say what happens then. Nothing defaults to a promise.
3. Rules are written for one item. The gateway repeats them, keeps outcomes apart and derives the POQ's state.

An expression with commas does not fit between `{ }`: write it on a line of its own. Anchors, tags, duplicate keys and
ambiguous scalars (`no`, `0123`) are refused: quote them.
"""

_OUTCOMES = """
## What a row or an `on:` entry may say

| words | immediate response |
| --- | --- |
| the members of the answer | the item is answered so |
| `red: reason` | the item is answered red |
| `refuse: code`, `reason`, `at` | 422 with that code; `at` is a JSON Pointer (`=pointer(…)`), else the item |
| `retry` (on a fault only) | asked again, as often as the system's `tries` allow in all, then `fail` |
| `fail`, or `fail: reason` | 500; nothing is kept, the Buyer is told nothing of the cause, the log is |
| `wait: 30 s`, `ask an operator` | 422 otherIssue at /instantSyncQualification (they need a deferred response) |
| `lookup: step` (under `unknown` only) | the step is asked, and its reply is that of the step that writes |

Rows of `answer` are read from the top; the first that holds answers. The last one is `otherwise`; it must not promise.

Under `on:` stand `no rows` (with `rows: one`), `many rows`, `fault CODE`, `any fault` and `no answer` (a timeout, a
refused connection, an unreadable or oversized reply, after the system's own tries), or `unknown` instead of it on a
step that writes. `no rows` and `many rows` must be said where they can happen, `any fault` on every step whose system
has faults; `no answer` is `fail` where nothing is said.

Steps run as soon as the steps that they read have answered, independent ones at the same time. Their decisions count in
the order of the file, whatever the order of the replies.

## Dimensions

`dimensions:` stands instead of `answer:`. Each dimension has rows of its own, the last one `otherwise`, and gives a
partial verdict on the whole delivery.

| of the answer | comes from |
| --- | --- |
| `serviceabilityConfidence` | the worst |
| `serviceabilityConfidenceReason` | those that are worst, by name: `technical: No free port; commercial` |
| `installationInterval` | the longest; units that cannot be compared (business days and calendar days) fail the item |
| `guaranteedUntilDate` | the earliest |
| `deliveryType` | off-net if one of them is, with building if one of them needs it |
| other members | all that give one must give the same |

A red answer has the confidence and the reason only. A member that a row names and that is null fails the item. The
first dimension, in the order of the file, that says `refuse`, `fail`, `wait` or `ask an operator` decides alone.

## A call for each element of a list

`each: {name: site, from: =sites, most: 10}` makes one call of the step for each element, at the same time; `site` is
the element under `with` and `on`. The name of the step is the list of replies, in the order of the elements; for an
empty list it is `[]`. The first element, in their order, whose call does not answer well decides as `on` says, for the
whole step. `retry` asks again for that element alone. A list that is null, has a null in it or is longer than `most`
fails the item: nothing is cut off, since what is left out could be what says no.

## A step that changes something

`write: true` says that a call changes something. It is made after every step above has answered, and not at all where
one of them has decided. Before it an intent is kept for good, and after it what came of it. Whoever works on the item
again (a later step failed, the gateway was restarted) is given the reply that was kept: the call is not made again. So
the reply is what it was then; what changes with time is asked by a step of its own, below. A fault that is named under
`on` (`fault FULL`) has changed nothing: the intent is forgotten, and `retry` may stand there; so it is where nothing
could be sent. `any fault`, no answer, and an earlier try of which nothing is known (a crash) are `unknown` to whoever
comes again; that must be said: `fail`, or `{lookup: step}`.

The step that looks up is asked only then. It asks for one thing (`rows: one`, no `when`, no `each`) and changes
nothing; its reply takes the place of the reply that never came, and is read by the name of the step that writes.

## A reply that is kept

`cache: 10 min` keeps a usable reply that long: no fault, no missing answer, the rows that are meant. It answers the
same question of the same Buyer; with `shared: true` that of every Buyer. Say it where an old reply cannot make a wrong
promise. Traces and `mapping explain` tell how old a reply is, or may be. A step that writes keeps nothing.

## Tables and libraries

`lookups: {codes: codes.csv}` reads a CSV file beside the file that names it: UTF-8, parted by commas, `from,to` in the
first line (in either order), one entry a line, `otherwise` for all others. Cells are texts; `lookup(codes, 5)` finds
the line that begins with `5`. Empty cells, white space at the ends and keys that stand twice are refused.

`include: {places.yaml: [spot, key]}` takes names from a library: a YAML file that begins with `library: name` and has
`include`, `let`, `lookups` and `steps` like any other. Only what is listed is taken, of whatever section; it must not
be there already, and what it reads of its library must be taken with it. Other names that it reads are those of the
taking file. Paths are relative to the file that names them. A library is no mapping: nothing is answered by it.

## What a step gets and gives

| | SQL | SOAP |
| --- | --- | --- |
| the name of the step is | a row, or null (`rows: optional`), or a list of rows (`rows: many`) | the reply's body |
| members | the columns, in lower case; each must be named in the query | elements and attributes, by local name |
| what is not there | a column always is; NULL is null | an absent element is null, an absent list is `[]` |
| numbers, dates | as the database has them; texts stay texts: `number(…)`, `date(…, '%Y%m%d')` | by the XSD types |
| texts | without the blanks at their end | as they are |
| null in `with` | fails the item: nothing compares with null | left out; fails the item where it is required |
| not as agreed | more rows than meant: `many rows` | a reply that the WSDL's schema forbids: `no answer` |

A query is one SELECT that can only read: no `*`, no `LIMIT` (it would hide that there are more rows), arguments as
`:name`, functions from a list of harmless ones (the system's `functions` adds to it).

## What an answer needs

| confidence | members |
| --- | --- |
| green, yellow | `installationInterval`, `deliveryType`; in use case 2b the offering, which the gateway adds |
| red | nothing more |

`serviceabilityConfidenceReason` gets a neutral text where it is left out or null; other members that are null are left
out. `3rdPartyProvider` and its offering go with `offNet…` only. Alternates are green or yellow, never red; the gateway
leaves them out where the standard does not allow them and gives them ids. An answer that breaks this fails the item.

## Expressions

What null, numbers, texts and dates do: [values.md](values.md).

Python's expression syntax: literals, names, `a.b`, `a[0]`, `a['k']`, `+ - * / // %`, comparisons, `and or not in`,
`x if c else y`, lists, objects, one comprehension, and the functions below. A member that is not there is null, and
reading on from null is null. *Using* null is an error that fails the item: in arithmetic, in a comparison, as a truth
value, as an argument. `x == None` tests for it, `default(x, y)` replaces it. Operands of `and`, `or`, `not`, `if` and
`when` must be truth values; a text is never compared with a number.
"""

_REFERENCES = """
## References files

A request names places, products and offerings by an id. A file that begins with `references:` instead of `mapping:`
says whether such an id exists for this Buyer, and what it stands for, so that no mapping has to. It has the same `let`,
`lookups`, `steps` and `on:`; its rows say one of three things:

| words | what comes of it |
| --- | --- |
| `found: {members}` | the id exists; mappings read the members by `known(…)` and `existing` |
| `unknown`, or `unknown: reason` | 422 referenceNotFound at the id; the reason is for the operator |
| `fail`, or `fail: reason` | it cannot be told: neither found nor unknown, and no item that names it is answered |

The Buyer is told no reason, so that an id of another Buyer looks like one that nobody has. `found: {}` is enough where
nothing more is known. `found` stands in rows of `answer` only, never under `on:` or `otherwise`. `unknown` goes with
`no rows` and `fault CODE`: a system that is silent, busy or broken has not said that an id is unknown. Each id is asked
for once in a request. Kinds that no file answers are not checked.

An expression reads `reference.kind`, `reference.id`, `buyer`, `seller`, `now` and the names of the file.
related(), pointer() and known() read an item and do not work here. A member that is null stays null.

A mapping reads a place or a relation of the request by `known(place(item, 'INSTALL_LOCATION').place).site_no`, and the
product that an item modifies by `existing.status`. Where nothing was found, known() fails the item; `existing` is null
for an item that adds a product.

### Keys of a references file
"""

_NAMES = {
    "item": "the POQ item, as the Buyer sent it",
    "poq": "the whole request",
    "buyer": "the Buyer: `buyer.id`",
    "seller": "the Seller: `seller.id`",
    "now": "the moment of the request, a date-time in UTC",
    "catalogue": "the Seller's offerings of the item's specification, each with `id`, `name`, `attributes`",
    "offering": "the offering that is asked for, or that is tried (use case 2b)",
    "existing": "what a references file found for the product that the item modifies; null for `action: add`",
    "reference": "the id that is asked for: `reference.kind`, `reference.id`",
}


def page() -> str:
    """The whole page."""
    lines = [_HEAD, "## Keys of a file\n", *_table(language.MappingFile)]
    for title, model in (
        ("`for`", language.For),
        ("a row of `answer`, an entry under `on:`", language.Row),
        ("`each` of a step", language.Each),
        ("a library", language.Library),
        ("`alternates`", language.Alternates),
        ("`alternates.proposal`", language.Proposal),
        ("`candidates`", language.Candidates),
    ):
        lines += [f"\n### {title}\n", *_table(model)]
    lines += ["\n### A step\n", *_table(language.RowStepFields)]
    for adapter in ADAPTERS:
        lines += [f"\n### A step with `{adapter.word}: system`\n", *_table(adapter.step, beside=language.StepFields)]
    lines += [_OUTCOMES, "### Names\n", "| name | what it is |", "| --- | --- |"]
    lines += [f"| `{name}` | {_NAMES[name]} |" for name in GIVEN]
    lines += ["\nBesides: the names under `let`, `lookups` and `steps` of the file itself.\n", "### Functions\n"]
    lines += ["| function | gives | what it does | example |", "| --- | --- | --- | --- |"]
    for function in sorted(FUNCTIONS.values(), key=lambda one: one.name):
        lines.append(f"| `{function.signature}` | {function.returns} | {function.doc} | `{_cell(function.example)}` |")
    lines += [*_references(), "\n## Findings of lint\n", "| code | meaning |", "| --- | --- |"]
    lines += [f"| {code} | {meaning} |" for code, meaning in sorted(CODES.items())]
    return "\n".join(lines) + "\n"


def _references() -> Iterator[str]:
    yield _REFERENCES
    yield from _table(reference_language.ReferencesFile)
    for title, model in (
        ("`for`", reference_language.ForReferences),
        ("a row of `answer`", reference_language.ReferenceRow),
        ("`found`", reference_language.FoundMembers),
    ):
        yield f"\n### {title} of a references file\n"
        yield from _table(model)
    yield "\n### Names in a references file\n\n| name | what it is |\n| --- | --- |"
    yield from (f"| `{name}` | {_NAMES[name]} |" for name in REFERENCE_GIVEN)


def _table(model: type[BaseModel], beside: type[BaseModel] | None = None) -> Iterator[str]:
    """The keys of a model, but those of the model `beside`, which has a table of its own."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    required = set(schema.get("required", ()))
    yield "| key | value | |"
    yield "| --- | --- | --- |"
    for name, member in schema["properties"].items():
        if beside is not None and name in beside.model_fields:
            continue
        star = " (needed)" if name in required else ""
        yield f"| `{name}`{star} | {_cell(_kind(member, definitions))} | {_cell(member.get('description', ''))} |"


def _kind(member: dict[str, Any], definitions: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in member:
        return _kind(definitions[member["$ref"].rsplit("/", 1)[1]], definitions)
    if "enum" in member or "const" in member:
        listed = member.get("enum", [member.get("const")])
        return ", ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in listed)
    if "anyOf" in member or "oneOf" in member:
        parts = [_kind(part, definitions) for part in member.get("anyOf", member.get("oneOf"))]
        return ", ".join(dict.fromkeys(part for part in parts if part != "null")) or "any"
    if member.get("pattern") == "^=":
        return "an expression"
    if "ms|s|min" in str(member.get("pattern")):
        return "a time (`8 s`)"
    names = {"string": "text", "integer": "integer", "array": "list", "object": "mapping", "null": "null"}
    return names.get(str(member.get("type")), "any value")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")
