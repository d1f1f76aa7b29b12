"""The stable codes of findings about test files: each one's meaning in a line. A code never means anything else."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.sources.codes import SHAPE_CODES

TEST_CODES: Mapping[str, str] = {
    "TEST-001": "A test file has no mapping beside it.",
    "TEST-002": "Two cases of a file have one name.",
    "TEST-003": "A test file is no list of cases.",
    **{f"TEST-{number}": meaning for number, meaning in SHAPE_CODES.items()},
    "TEST-201": "The mapping has no such step.",
    "TEST-202": "A file that a case names cannot be read.",
    "TEST-203": "The request has no such item.",
    "TEST-204": "The request breaks the standard: no mapping would ever see it.",
    "TEST-205": "A reply does not fit its step.",
    "TEST-206": "An expectation names what no outcome has.",
    "TEST-207": "A change leads to no part of the request.",
}
