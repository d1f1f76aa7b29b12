"""The stable codes of findings about product specifications: what each means, in one line."""

from __future__ import annotations

from collections.abc import Mapping

SPEC_CODES: Mapping[str, str] = {
    "SPEC-001": "A folder of product schemas is not there, or is empty.",
    "SPEC-002": "A product schema cannot be read.",
    "SPEC-003": "A file of product schemas is no JSON Schema.",
    "SPEC-004": "A product schema is written in another draft.",
    "SPEC-005": "A product schema breaks the rules of its draft.",
    "SPEC-006": "A product schema cannot be compiled.",
    "SPEC-011": "A `$ref` leads to another machine.",
    "SPEC-012": "A `$ref` leads out of the configured folders.",
    "SPEC-013": "A `$ref` leads to no file, or to one that cannot be used.",
    "SPEC-014": "A `$ref` leads to nothing in its file.",
    "SPEC-021": "Two product schemas have one `$id`.",
    "SPEC-022": "Rules are for a specification that is not there.",
    "SPEC-023": "An alias already means another specification.",
}
