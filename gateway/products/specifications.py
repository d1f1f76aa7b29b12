"""All product specifications of a Seller: loaded and compiled once, asked for each item (87.1 section 5.6, R18 to R23).

Every check runs on items that may be broken in other places: it looks at sound values only and leaves the rest to the
check of structure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import jsonschema_rs

from gateway.lso.findings import problems as schema_problems
from gateway.lso.problems import MOST_PROBLEMS, Path, Problem, ProblemCode
from gateway.lso.request import ITEMS
from gateway.lso.visible import says_something
from gateway.products import ordinary, places, relations
from gateway.products.files import SchemaFile, read_folders
from gateway.products.hints import Hints
from gateway.products.outline import Outlines, Schema
from gateway.products.references import tie
from gateway.products.rules import SpecificationRules, UnknownTypes
from gateway.sources.findings import Finding, FindingsError, Location, nearest
from gateway.values import value

MOST_WARNINGS = 20
"""How many warnings of one request are told; of the others there is only their number."""


@value(frozen=True)
class Checked:
    """What was found: `problems` refuse, `warnings` are for the log (`validation: warn`), `warning_count` of them."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    warning_count: int = 0


_NOTHING = Checked()


@dataclass(frozen=True)
class Specification:
    """One product specification, ready to be asked; `type` is the `$id` of its schema."""

    type: str
    rules: SpecificationRules
    validator: jsonschema_rs.Validator = field(repr=False, compare=False)
    ordinary: jsonschema_rs.Validator = field(repr=False, compare=False)
    """Of items, for relations and places."""
    uri: str = ""

    def check(self, configuration: Mapping[str, Any], at: Path, *, warn: bool = True) -> Checked:
        """The attributes of a product at `at`. Without `warn`, those that would only be warned of are not looked at."""
        if not warn and self.rules.validation == "warn":
            return _NOTHING
        attributes = dict(configuration)
        del attributes["@type"]
        found = tuple(schema_problems(self.validator, attributes, at=(*at, "productConfiguration")))
        if not found:
            return _NOTHING
        only_warns = self.rules.validation == "warn"
        return Checked(warnings=found, warning_count=len(found)) if only_warns else Checked(problems=found)

    def check_rest(self, item: Mapping[str, Any], at: Path) -> list[Problem]:
        """The relations of an item at `at`, and the places of its product, which has an `@type`."""
        if self.ordinary.is_valid(item):
            return []
        return [*_relations(item, self, at), *_places(item["product"], self, (*at, "product"))]


class ProductSpecifications:
    """The specifications by `@type`. Immutable; safe to share."""

    def __init__(
        self,
        specifications: Iterable[Specification],
        *,
        unknown_types: UnknownTypes,
        documents: Mapping[str, dict[str, Any]] | None = None,
    ) -> None:
        self.outlines = Outlines(documents or {})
        """What the schemas say of their attributes, by reference."""
        self._by_type = {specification.type: specification for specification in specifications}
        self._unknown_types = unknown_types
        self._canonical = {
            name: specification.type
            for specification in self._by_type.values()
            for name in (*specification.rules.aliases, specification.type)
        }
        self._named = {name: self._by_type[of] for name, of in self._canonical.items() if says_something(name)}
        """By name and alias, but for names that say nothing."""

    @classmethod
    def load(
        cls,
        folders: Sequence[FilePath],
        *,
        specifications: Mapping[str, SpecificationRules] | None = None,
        unknown_types: UnknownTypes = "refuse",
    ) -> ProductSpecifications:
        """Load every schema below the folders; `specifications` holds the rules of some of them, by `$id`.

        Raises FindingsError with everything that is wrong: files, references, names twice, rules for no schema.
        """
        findings: list[Finding] = []
        files = read_folders(folders, findings)
        schemas = tie(files, folders, findings)
        roots = _roots(files, findings)
        rules = specifications or {}
        _check_names(roots, rules, findings)
        loaded = [] if findings else list(_compiled(roots, schemas, rules, findings))
        if findings:
            raise FindingsError(findings)
        return cls(loaded, unknown_types=unknown_types, documents=schemas)

    @property
    def types(self) -> tuple[str, ...]:
        """The canonical `@type` values."""
        return tuple(self._by_type)

    def names(self, canonical_type: str) -> frozenset[str]:
        """All `@type` values that mean this specification, its own among them. Raises KeyError if it is not loaded."""
        return frozenset({canonical_type, *self._by_type[canonical_type].rules.aliases})

    def resolve(self, product_type: str) -> str | None:
        """The canonical `@type` of a name or alias; None if no specification has it."""
        return self._canonical.get(product_type)

    def refuses(self, product_type: str) -> bool:
        """Whether a product of this @type is refused because no specification has it."""
        return self._unknown_types == "refuse" and self.resolve(product_type) is None

    def outline(self, product_type: str) -> Schema | None:
        """What may stand in the `productConfiguration` of this @type or alias; None if no specification has it."""
        canonical = self.resolve(product_type)
        if canonical is None:
            return None
        schema = self.outlines.whole(self._by_type[canonical].uri)
        own = {"type": "string", "enum": sorted(self.names(canonical))}
        return {**schema, "properties": {"@type": own, **schema.get("properties", {})}}

    def rules(self, product_type: str) -> SpecificationRules | None:
        """What the configuration says of this @type or alias; None if no specification has it."""
        canonical = self.resolve(product_type)
        return None if canonical is None else self._by_type[canonical].rules

    def check_request(self, document: Mapping[str, Any]) -> Checked:
        """The items of a request: P22 to P24, P34 to P36, P40 (role). `document` is any JSON object.

        Ends at the item with which there are `MOST_PROBLEMS`; so many warnings are counted, the first are kept.
        """
        items = document.get(ITEMS)
        hints = Hints(self._canonical)
        problems: list[Problem] = []
        warnings: list[Problem] = []
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if len(problems) >= MOST_PROBLEMS:
                break
            if isinstance(item, dict):
                checked = self._check_item(item, (ITEMS, index), hints, warn=len(warnings) < MOST_PROBLEMS)
                problems += checked.problems
                warnings += checked.warnings
        return Checked(tuple(problems[:MOST_PROBLEMS]), tuple(warnings[:MOST_WARNINGS]), len(warnings))

    def _check_item(self, item: Mapping[str, Any], at: Path, hints: Hints, *, warn: bool) -> Checked:
        product: Any = item.get("product")
        specification, place = self._of_product(product), (*at, "product")
        if specification is None:
            return self._of_unknown(product, place, hints)
        found = specification.check(product["productConfiguration"], place, warn=warn)
        more = specification.check_rest(item, at)
        return Checked((*found.problems, *more), found.warnings, found.warning_count) if more else found

    def check(self, product: Mapping[str, Any], *, at: Path) -> Checked:
        """The `productConfiguration` of a product at `at` (P22 to P24, 87.1-R19, R20)."""
        specification = self._of_product(product)
        if specification is None:
            return self._of_unknown(product, at, Hints(self._canonical))
        return specification.check(product["productConfiguration"], at)

    def check_alternate(self, proposal: Mapping[str, Any], *, at: Path = ()) -> Checked:
        """The product that an alternate proposes; the Seller is bound too (87.1-R20)."""
        product = proposal.get("alternateProduct")
        return self.check(product, at=(*at, "alternateProduct")) if isinstance(product, dict) else _NOTHING

    def check_relations(self, item: Mapping[str, Any], *, at: Path) -> list[Problem]:
        """Relations of an item at `at`, to products and to other items together (P34, P35, 87.1-R23)."""
        specification = self._of_product(item.get("product"))
        return [] if specification is None else list(_relations(item, specification, at))

    def check_places(self, product: Mapping[str, Any], *, at: Path) -> list[Problem]:
        """Places of a product at `at` (P36, P40 role, 87.1-R23, R34)."""
        specification = self._of_product(product)
        return [] if specification is None else list(_places(product, specification, at))

    def _of_unknown(self, product: Any, at: Path, hints: Hints) -> Checked:
        """Of a product that no specification is for; where its type says nothing, its structure is at fault."""
        product_type = _type_of(product)
        if product_type is None or self._unknown_types == "accept":
            return _NOTHING
        return Checked((_unknown((*at, "productConfiguration"), hints.of(product_type)),))

    def _of_product(self, product: Any) -> Specification | None:
        product_type = _named_type(product)
        return None if product_type is None else self._named.get(product_type)


def _relations(item: Mapping[str, Any], specification: Specification, at: Path) -> Iterable[Problem]:
    rules = specification.rules.relations
    return () if rules is None else relations.check(item, rules, at)


def _places(product: Mapping[str, Any], specification: Specification, at: Path) -> Iterable[Problem]:
    rules = specification.rules.places
    return () if rules is None else places.check(product, rules, at)


def _unknown(configuration: Path, hint: str) -> Problem:
    reason = "names no product specification that was agreed"
    return Problem(ProblemCode.INVALID_VALUE, (*configuration, "@type"), reason, hint)


def _type_of(product: Any) -> str | None:
    """The `@type` of the product's configuration, if it says something."""
    product_type = _named_type(product)
    return product_type if product_type is not None and says_something(product_type) else None


def _named_type(product: Any) -> str | None:
    configuration = product.get("productConfiguration") if isinstance(product, dict) else None
    product_type = configuration.get("@type") if isinstance(configuration, dict) else None
    return product_type if isinstance(product_type, str) else None


def _roots(files: Sequence[SchemaFile], findings: list[Finding]) -> dict[str, SchemaFile]:
    """The files with a name; the two trees of the standard carry the same ones, so equal content is one file."""
    roots: dict[str, SchemaFile] = {}
    for file in files:
        if file.name is None:
            continue
        first = roots.setdefault(file.name, file)
        if first.content != file.content:
            message = f"has the $id of {first.path}: {file.name}"
            findings.append(Finding(Location(str(file.path)), "SPEC-021", message, "remove one, or rename it"))
    return roots


def _check_names(
    roots: Mapping[str, SchemaFile], rules: Mapping[str, SpecificationRules], findings: list[Finding]
) -> None:
    """Rules belong to a schema, and no name means two specifications."""
    meanings = {name: name for name in roots}
    for product_type, rule in rules.items():
        where = Location(product_type)
        if product_type not in roots:
            hint = nearest(product_type, roots) or "name the $id of a schema"
            findings.append(Finding(where, "SPEC-022", "has rules, but no schema has this $id", hint))
        for alias in rule.aliases:
            other = meanings.setdefault(alias, product_type)
            if other != product_type:
                findings.append(Finding(where, "SPEC-023", f"alias {alias!r} already means {other}"))


def _compiled(
    roots: Mapping[str, SchemaFile],
    schemas: Mapping[str, dict[str, Any]],
    rules: Mapping[str, SpecificationRules],
    findings: list[Finding],
) -> Iterator[Specification]:
    registry = jsonschema_rs.Registry(list(schemas.items()), draft=jsonschema_rs.Draft7)
    for name, file in roots.items():
        try:
            validator = jsonschema_rs.Draft7Validator(
                {"$ref": file.path.as_uri()}, registry=registry, validate_formats=True, offline=True
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            findings.append(Finding(Location(str(file.path)), "SPEC-006", f"cannot be compiled: {error}"))
        else:
            own = rules.get(name, SpecificationRules())
            yield Specification(name, own, validator, ordinary.validator(own), file.path.as_uri())
