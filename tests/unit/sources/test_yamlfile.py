"""Strict YAML: what is read, what is refused, and where."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sources import yamlfile
from gateway.sources.findings import Finding, FindingsError, Location
from gateway.sources.yamlfile import read_yaml, read_yaml_file, survey_yaml
from tests.support.expressions import tried


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with the fast parser and with the one that is always there."""
    if request.param == "libyaml" and not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yamlfile, "_Parser", yaml.CLoader if request.param == "libyaml" else yaml.Loader)


def refused(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(FindingsError) as caught:
        read_yaml(text, "f.yaml")
    return [(found.code, found.location.line, found.location.column) for found in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("# only a comment\n", None, id="comment"),
        pytest.param("- 1\n- b\n", [1, "b"], id="list at the top"),
        pytest.param("on: off2\n", {"on": "off2"}, id="on is a key like any other"),
        pytest.param("a: 'no'\nb: \"on\"\n", {"a": "no", "b": "on"}, id="quoted words are texts"),
        pytest.param("a: true\nb: False\n", {"a": True, "b": False}, id="truth values"),
        pytest.param("a: ~\nb: null\nc:\n", {"a": None, "b": None, "c": None}, id="nulls"),
        pytest.param("a: 12\nb: -3\nc: 1.5\nd: 1e3\n", {"a": 12, "b": -3, "c": 1.5, "d": 1000.0}, id="numbers"),
        pytest.param("a: 2026-05-01\nb: 12:30\n", {"a": "2026-05-01", "b": "12:30"}, id="dates and times stay texts"),
        pytest.param("1: a\n'1': b\n", {1: "a", "1": "b"}, id="a number and a text as keys"),
        pytest.param("1.5: a\ntrue: b\n~: c\n", {"1.5": "a", "true": "b", "~": "c"}, id="other keys are texts"),
        pytest.param("a: {b: [1, {c: d}]}\n", {"a": {"b": [1, {"c": "d"}]}}, id="flow"),
        pytest.param("\ufeffa: 1\n", {"a": 1}, id="byte order mark"),
        pytest.param("a: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}, id="CRLF"),
        pytest.param("---\na: 1\n...\n", {"a": 1}, id="document marks"),
        pytest.param("a: café 😀\n", {"a": "café 😀"}, id="beyond ASCII"),
    ],
)
def test_reads_the_core_schema(text: str, data: object) -> None:
    assert read_yaml(text, "f.yaml").data == data


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", [("YAML-008", 3, 1)], id="key twice"),
        pytest.param("a: {b: 1, b: 2}\n", [("YAML-008", 1, 11)], id="key twice in flow"),
        pytest.param("1: a\n+1: b\n", [("YAML-008", 2, 1)], id="one number written in two ways"),
        pytest.param("a: &x 1\nb: *x\n", [("YAML-005", 1, 4), ("YAML-005", 2, 4)], id="anchor and alias"),
        pytest.param("&x a: 1\n", [("YAML-005", 1, 1)], id="anchor on a key"),
        pytest.param("a: 1\n<<: {b: 2}\n", [("YAML-005", 2, 1)], id="merge key"),
        pytest.param("a: !!str 1\n", [("YAML-006", 1, 4)], id="tag"),
        pytest.param("a: ! 5\n", [("YAML-006", 1, 4)], id="bare tag"),
        pytest.param("!!str a: 1\n", [("YAML-006", 1, 1)], id="tag on a key"),
        pytest.param("a: !!python/object/apply:os.system [x]\n", [("YAML-006", 1, 4)], id="a tag that would run code"),
        pytest.param("a: 1\n---\nb: 2\n", [("YAML-004", 2, 1)], id="second document"),
        pytest.param("[a, b]: 1\n", [("YAML-009", 1, 1)], id="a list as key"),
        pytest.param("a: yes\nb: [No, oN]\n", [("YAML-010", 1, 4), ("YAML-010", 2, 5), ("YAML-010", 2, 9)], id="yes"),
        pytest.param("a: 0123\n", [("YAML-010", 1, 4)], id="leading zero"),
        pytest.param("000073: AEL\n", [("YAML-010", 1, 1)], id="leading zero in a key"),
        pytest.param("a: 007.5\n", [("YAML-010", 1, 4)], id="leading zero before a point"),
        pytest.param("a: 1.10\n", [("YAML-010", 1, 4)], id="a version that would lose its zero"),
        pytest.param("a: 1_000\n", [("YAML-010", 1, 4)], id="underscore"),
        pytest.param("a: 0x1F\nb: 0o17\n", [("YAML-010", 1, 4), ("YAML-010", 2, 4)], id="hexadecimal, octal"),
        pytest.param("a: .inf\nb: -.INF\nc: .NaN\n", [("YAML-010", n, 4) for n in (1, 2, 3)], id="infinity, nan"),
        pytest.param("a: 1e999\n", [("YAML-012", 1, 4)], id="infinite by its exponent"),
        pytest.param("a: " + "9" * 5000 + "\n", [("YAML-012", 1, 4)], id="thousands of digits"),
        pytest.param("a: 12345678901234567890\n", [("YAML-012", 1, 4)], id="an id that is no number"),
        pytest.param("a: \x01\n", [("YAML-003", 1, 4)], id="control character"),
        pytest.param("a: 1\nb: x\ud800\n", [("YAML-003", 2, 5)], id="half a character"),
        pytest.param("a: 1\n\tb: 2\n", [("YAML-003", 2, 1)], id="tab as indentation"),
        pytest.param("a" * 2_000_001, [("YAML-011", 1, 1)], id="huge"),
    ],
)
def test_refuses_what_could_be_misread(text: str, found: list[tuple[str, int, int]]) -> None:
    assert refused(text) == found


def test_deep_nesting_ends_early() -> None:
    (code, line, column), *_ = refused("a: " + "[" * 500 + "]" * 500)
    assert (code, line) == ("YAML-007", 1)
    assert 50 < column < 60


def test_broken_syntax_is_told_once_with_its_line() -> None:
    ((code, line, _),) = refused("a: 1\nb: [1, 2\nc: 3\n")
    assert code == "YAML-003"
    assert line >= 2


def test_an_expression_that_does_not_fit_into_braces_is_told_what_to_do() -> None:
    with pytest.raises(FindingsError) as caught:
        read_yaml("a: {b: =place(item, 'x')}\n", "f.yaml")
    (found,) = caught.value.findings
    assert (found.code, found.location.line) == ("YAML-003", 1)
    assert "between { }" in found.hint


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        pytest.param("a:\n  b: 1\n c: 2\n", 3, "the indentation differs", id="less indented than the first"),
        pytest.param("  a: 1\nb: 2\n", 2, "the indentation differs", id="the first line is indented"),
        pytest.param("- a\nb: 1\n", 2, "the indentation differs", id="a key in a list"),
        pytest.param("a: b: c\n", 1, "under '>-' or into quotes", id="a colon in a text"),
        pytest.param("a: =x if y == 'a: b' else c\n", 1, "under '>-'", id="a colon in an expression"),
        pytest.param("a:\n\tb: 2\n", 2, "use spaces", id="a tab before the first key"),
        pytest.param("a: 1\n\tb: 2\n", 2, "use spaces", id="a tab before the second key"),
        pytest.param("a: >-\n\tb\n", 2, "use spaces", id="a tab in a folded text"),
        pytest.param("a: 1\nb: 'x\nc: 1\n", 2, "close it", id="a quote that is not closed"),
        pytest.param("a: 'A' == b\n", 1, "under '>-'", id="an expression that begins with a quote"),
        pytest.param('a: "\\d"\n', 1, "single quotes", id="a backslash in double quotes"),
        pytest.param("a: @x\n", 1, "quote the text", id="a sign that YAML keeps for itself"),
    ],
)
def test_broken_syntax_is_told_with_what_to_write(text: str, line: int, hint: str) -> None:
    with pytest.raises(FindingsError) as caught:
        read_yaml(text, "f.yaml")
    (found,) = caught.value.findings
    assert (found.code, found.location.line) == ("YAML-003", line)
    assert hint in found.hint


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a: b: c\nd: e: f\n", [("YAML-003", 1, 5), ("YAML-003", 2, 5)], id="colons in two texts"),
        pytest.param(
            "a: 'x\nb: 1\nc: 'y'\nd: e: f\n", [("YAML-003", 1, 4), ("YAML-003", 4, 5)], id="a quote before others"
        ),
        pytest.param("a: [1, 2\nb: 3\nc: @d\n", [("YAML-003", 1, 4), ("YAML-003", 3, 4)], id="a bracket"),
        pytest.param("a: {b: 1\nc: [2]]\n", [("YAML-003", 1, 4), ("YAML-003", 2, 7)], id="brackets"),
        pytest.param("a:1\nb: 2\nc: '\n", [("YAML-003", 1, 2), ("YAML-003", 3, 4)], id="no space behind a colon"),
        pytest.param("a: 1\nb\nc: `d\n", [("YAML-003", 2, 1), ("YAML-003", 3, 4)], id="no colon"),
        pytest.param(
            "a: 1\n  b: 2\nc: yes\na: 3\n",
            [("YAML-003", 2, 3), ("YAML-010", 3, 4), ("YAML-008", 4, 1)],
            id="a line too deep, a word, a key twice",
        ),
        pytest.param(
            "a:\n  - b: 1\n   c: 2\n  - d: e: f\n", [("YAML-003", 3, 4), ("YAML-003", 4, 9)], id="indented by one"
        ),
        pytest.param(
            "a:\n  b: 1\n c:\n   d: 2\n  e: 3\nf: g: h\n",
            [("YAML-003", 3, 2), ("YAML-003", 6, 5)],
            id="lines below one that is not indented enough",
        ),
        pytest.param("a:\n\tb: 1\n\tc: @\n", [("YAML-003", 2, 1), ("YAML-003", 3, 5)], id="behind tabs"),
        pytest.param("a: }\nb: c: d\n", [("YAML-003", 1, 4), ("YAML-003", 2, 5)], id="a bracket that opens nothing"),
    ],
)
def test_more_than_one_mistake_of_syntax_is_told(text: str, found: list[tuple[str, int, int]]) -> None:
    assert refused(text) == found


def test_tabs_are_one_mistake_with_all_their_lines() -> None:
    with pytest.raises(FindingsError) as caught:
        read_yaml("a:\n\tb: 1\n\tc: 2\nd:\n\te: 3\n", "f.yaml")
    (found,) = caught.value.findings
    assert (found.location, found.hint) == (Location("f.yaml", 2, 1), "use spaces, in lines 3, 5 too")


def test_a_text_with_many_mistakes_ends_somewhere() -> None:
    assert len(refused("".join(f"k{number}: a: b\n" for number in range(500)))) == 20


def test_what_is_not_yaml_is_never_read() -> None:
    document, findings = survey_yaml("a: b: c\nd: 1\n", "f.yaml")
    assert document is not None
    assert document.data == {"a": "b: c", "d": 1}, "for those who tell more"
    with pytest.raises(FindingsError):
        read_yaml("a: b: c\nd: 1\n", "f.yaml")
    assert [found.code for found in findings] == ["YAML-003"]


@pytest.mark.parametrize("text", ["a:\n  b: 1\n c: 2\n", "a: 1\nb\nc: 2\n"])
def test_lines_that_belong_nowhere_leave_nothing_to_look_at(text: str) -> None:
    document, _ = survey_yaml(text, "f.yaml")
    assert document is None


def test_a_quote_that_is_not_closed_is_shown_where_it_was_opened() -> None:
    assert refused("a: 1\nb: 'x\nc: 1\n") == [("YAML-003", 2, 4)]


def test_all_mistakes_are_told_at_once() -> None:
    assert [code for code, *_ in refused("a: yes\nb: &x 1\nc: 0123\na: 1\n")] == [
        "YAML-010",
        "YAML-005",
        "YAML-010",
        "YAML-008",
    ]


def test_of_a_key_that_stands_twice_only_the_later_value_has_places() -> None:
    document, findings = yamlfile.survey_yaml("a:\n  b: {c: 1, d: [x]}\n  b: 2\n", "f.yaml")

    assert document is not None
    assert [finding.code for finding in findings] == ["YAML-008"]
    assert {path: document.value(path) for path in document.spans} == {
        (): {"a": {"b": 2}},
        ("a",): {"b": 2},
        ("a", "b"): 2,
    }
    assert document.keys == {("a",): (0, 0), ("a", "b"): (2, 2)}
    assert document.scalars.keys() == {("a", "b")}


def test_a_refused_word_says_what_to_write() -> None:
    with pytest.raises(FindingsError) as caught:
        read_yaml("a: no\nb: 0123\n", "f.yaml")
    assert [found.hint for found in caught.value.findings] == [
        "write true/false, or quote it: 'no'",
        'quote it: "0123"',
    ]


def test_locations_of_values_and_keys() -> None:
    document = read_yaml("a:\n  b: [x, y]\n  c: z\n", "f.yaml")
    assert document.location(("a", "b", 1)) == Location("f.yaml", 2, 10)
    assert document.location(("a", "c")) == Location("f.yaml", 3, 6)
    assert document.location(("a", "c"), key=True) == Location("f.yaml", 3, 3)


def test_a_place_that_is_not_in_the_file_gives_its_parent() -> None:
    document = read_yaml("a:\n  b: 1\n", "f.yaml")
    assert document.location(("a", "x", "y")) == document.location(("a",))
    assert document.location(("a", "x"), key=True) == document.location(("a",))
    assert document.location_in(("a", "x"), 7) == document.location(("a",))


@pytest.mark.parametrize(
    ("text", "needle", "place"),
    [
        pytest.param("a: =one + two\n", "two", (1, 11), id="plain"),
        pytest.param("a: =one\n  + two\n\n  + six\n", "six", (4, 5), id="plain over lines"),
        pytest.param("a: '=f(''x'') + two'\n", "two", (1, 17), id="single quotes with a quote in them"),
        pytest.param("a: '=one +\n   two'\n", "two", (2, 4), id="single quotes over lines"),
        pytest.param('a: "=f(\\"x\\") + two"\n', "two", (1, 17), id="double quotes with escapes"),
        pytest.param('a: "=\\u0041\\x41 + two"\n', "two", (1, 19), id="double quotes with coded characters"),
        pytest.param('a: "=one \\\n   + two"\n', "two", (2, 6), id="double quotes with a continued line"),
        pytest.param('a: "=one\\n+ two"\n', "two", (1, 13), id="double quotes with a coded line break"),
        pytest.param("a: |\n  =one +\n\n    two\n", "two", (4, 5), id="literal block"),
        pytest.param("a: |-  # why\n  =one +\n  two\n", "two", (3, 3), id="literal block with a comment"),
        pytest.param("a: >-\n  =one\n  + two\n\n  + six\n", "six", (5, 5), id="folded block"),
        pytest.param("a:\n  - b: >\n      =x\n      + two\n", "two", (4, 9), id="folded block further in"),
        pytest.param("a: |2\n   =one + two\n", "two", (2, 11), id="block with an indentation of its own"),
        pytest.param("a: {b: =one + two, c: 1}\n", "two", (1, 15), id="flow"),
        pytest.param("a: ='é😀' + two\n", "two", (1, 12), id="beyond ASCII"),
        pytest.param("a: |\n  =one + one\n  + one\n", "one\n", (2, 10), id="a word that occurs before"),
    ],
)
def test_characters_of_a_value_are_found_in_the_file(text: str, needle: str, place: tuple[int, int]) -> None:
    document = read_yaml(text, "f.yaml")
    path = next(iter(document.scalars))
    value = document.value(path)
    where = document.location_in(path, value.index(needle))
    assert (where.line, where.column) == place


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab '\"\\+é\n\t", max_size=12), min_size=1, max_size=4).map("\n".join), st.data())
def test_visible_characters_are_found_in_any_style(value: str, data: st.DataObject) -> None:
    style = data.draw(st.sampled_from(["'", '"', "|", ">", None]))
    text = yaml.safe_dump({"key": value}, default_style=style, allow_unicode=True, width=10)
    document = read_yaml(text, "f.yaml")
    assert document.data == {"key": value}
    lines = document.text.split("\n")
    for offset, character in enumerate(value):
        where = document.location_in(("key",), offset)
        if character.isalpha() or character == "+":
            written = lines[where.line - 1][where.column - 1]
            assert written in (character, "\\")


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab:-[]{}'\"|>&*!#%@?,0.~ \n\t"), max_size=60))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    read = tried(FindingsError, lambda: read_yaml(text, "f.yaml"))
    if isinstance(read, FindingsError):
        assert read.findings
        assert all(1 <= found.location.line <= text.count("\n") + 2 for found in read.findings)
    else:
        for path, scalar in read.scalars.items():
            assert read.location_in(path, 1).line >= scalar.start[0] + 1


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(FindingsError) as caught:
        read_yaml_file(tmp_path / "none.yaml", name="none.yaml")
    assert caught.value.findings == (
        Finding(Location("none.yaml"), "YAML-001", "cannot be read: No such file or directory"),
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="YAML-001"):
        read_yaml_file(tmp_path)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("a: 1\nb: café\n".encode("latin-1"))
    with pytest.raises(FindingsError) as caught:
        read_yaml_file(path, name="latin.yaml")
    (found,) = caught.value.findings
    assert (found.code, found.location) == ("YAML-002", Location("latin.yaml", 2))


def test_a_file_of_windows_is_read_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "crlf.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  =x\r\n  + y\r\n")
    document = read_yaml_file(path, name="crlf.yaml")
    assert document.data == {"a": 1, "b": "=x\n+ y\n"}
    assert document.location_in(("b",), 5) == Location("crlf.yaml", 4, 5)
