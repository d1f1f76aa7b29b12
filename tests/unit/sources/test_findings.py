"""Findings: their order, their excerpt, the nearest name."""

from __future__ import annotations

import pytest

from gateway.sources.findings import Finding, FindingsError, Location, as_annotation, as_data, nearest, show


def test_findings_stand_in_the_order_of_the_file_and_once() -> None:
    late, early = Finding(Location("f", 10, 1), "X-1", "late"), Finding(Location("f", 9, 80), "X-2", "early")
    error = FindingsError([late, early, late])
    assert error.findings == (early, late)
    assert str(error) == "f:9:80 X-2 early\nf:10:1 X-1 late"


@pytest.mark.parametrize(
    ("text", "column", "shown"),
    [
        pytest.param("ab: cd", 5, "    ab: cd\n        ^", id="inside the line"),
        pytest.param("\tab", 2, "    \tab\n    \t^", id="behind a tab"),
        pytest.param("ab", 9, "    ab\n            ^", id="behind the line"),
    ],
)
def test_an_excerpt_has_a_caret_below_the_place(text: str, column: int, shown: str) -> None:
    finding = Finding(Location("f", 1, column), "X-1", "wrong")
    assert show(finding, text) == f"f:1:{column} X-1 wrong\n{shown}"


def test_a_line_separator_counts_as_yaml_counts_it() -> None:
    finding = Finding(Location("f", 2, 1), "X-1", "wrong")
    assert show(finding, "a\x0cb\nc") == "f:2:1 X-1 wrong\n    c\n    ^"


def test_a_place_beyond_the_text_is_told_without_an_excerpt() -> None:
    assert show(Finding(Location("f", 7), "X-1", "wrong", "do it"), "a") == "f:7:1 X-1 wrong (do it)"


@pytest.mark.parametrize(
    ("name", "valid", "hint"),
    [
        pytest.param("serviceabilityConfidense", ["serviceabilityConfidence", "x"], "Confidence'?", id="a slip"),
        pytest.param("zzz", ["b", "a"], "known: a, b", id="far from all of a few"),
        pytest.param("zzz", [f"n{i}" for i in range(20)], "", id="far from all of many"),
        pytest.param("zzz", [], "", id="nothing is valid"),
    ],
)
def test_the_nearest_valid_name_is_named(name: str, valid: list[str], hint: str) -> None:
    assert nearest(name, valid).endswith(hint) if hint else nearest(name, valid) == ""


@pytest.mark.parametrize(
    ("before", "caret"),
    [
        pytest.param("東京", "    ", id="characters of two columns"),
        pytest.param("e\u0301x", "  ", id="an accent of its own"),
        pytest.param("a\tb", " \t ", id="a tab between"),
        pytest.param("\u200bab", "  ", id="a character that is not seen"),
    ],
)
def test_a_caret_stands_below_its_place_on_a_terminal(before: str, caret: str) -> None:
    finding = Finding(Location("f", 1, len(before) + 1), "X-1", "wrong")
    assert show(finding, f"{before}!").splitlines()[-1] == f"    {caret}^"


def test_an_annotation_cannot_be_broken_out_of() -> None:
    finding = Finding(Location("a,b:c%.yaml", 3, 7), "X-1", "100% of\nit: wrong::", "a, b")
    assert as_annotation(finding) == (
        "::error file=a%2Cb%3Ac%25.yaml,line=3,col=7,title=X-1::100%25 of%0Ait: wrong:: (a, b)"
    )


def test_a_finding_for_programs_has_all_its_parts() -> None:
    assert as_data(Finding(Location("f", 3, 7), "X-1", "wrong", "do it")) == {
        "file": "f",
        "line": 3,
        "column": 7,
        "code": "X-1",
        "message": "wrong",
        "hint": "do it",
    }
