"""Value maps in CSV files: what they give, and each mistake at its own line."""

from __future__ import annotations

import pytest

from gateway.mapping.loading import load_mapping_text
from gateway.mapping.outcomes import Answer
from gateway.mapping.shelf import Shelf
from gateway.mapping.tables import MAX_ROWS
from gateway.sources.findings import FindingsError
from tests.support.mappings import KINDS, drive, findings, loaded, outcome, shelf_of

LOOKUP = """\
lookups: {codes: codes.csv}
steps:
  port: {soap: s, operation: o, on: {any fault: fail}}
answer: [{otherwise: {red: "=lookup(codes, port.code)"}}]
"""


def reason(table: str | bytes, code: object) -> str | None:
    """What the lookup gives for a code; None where the item has no answer."""
    found, _ = drive(loaded(LOOKUP, files={"codes.csv": table}), {"port": {"code": code}})
    return str(found.fields["serviceabilityConfidenceReason"]) if isinstance(found, Answer) else None


@pytest.mark.parametrize(
    ("table", "code", "value"),
    [
        pytest.param("from,to\n000073,AEL-P\n", "000073", "AEL-P", id="a text with zeros"),
        pytest.param("to,from\nAEL-P,000073\n", "000073", "AEL-P", id="the columns the other way round"),
        pytest.param("from,to\n5,five\n", 5, "five", id="a number of the system"),
        pytest.param('from,to\nA,"one, two"\n', "A", "one, two", id="a comma in quotes"),
        pytest.param("from,to\nA,a\n\notherwise,rest\n\n", "Z", "rest", id="otherwise, and empty lines"),
        pytest.param("\ufefffrom,to\r\nA,a\r\n".encode(), "A", "a", id="as spreadsheets write it"),
        pytest.param("from,to\nA,a\n", "B", None, id="a code that is not there"),
        pytest.param("from,to\n05,a\n", 5, None, id="a number that is spelled otherwise"),
        pytest.param("from,to\nA,a\n", None, None, id="null"),
        pytest.param("from,to\ntrue,a\n", True, None, id="a truth value"),
    ],
)
def test_a_lookup_reads_its_file(table: str | bytes, code: object, value: str | None) -> None:
    assert reason(table, code) == value


MISTAKES = [
    ("MAP-506", "", "codes.csv:1:1", "first line", "an empty file"),
    ("MAP-507", "code,to\nA,a\n", "codes.csv:1:1", "from,to", "another name"),
    ("MAP-507", "from,to,note\nA,a,b\n", "codes.csv:1:9", "from,to", "one more column"),
    ("MAP-507", "from\nA\n", "codes.csv:1:1", "from,to", "one column less"),
    ("MAP-507", "from;to\nA;a\n", "codes.csv:1:1", "from,to", "semicolons"),
    ("MAP-507", "from,from\nA,a\n", "codes.csv:1:6", "from,to", "one column twice"),
    ("MAP-506", "from,to\nA,a\nB,b,c\n", "codes.csv:3:1", "quotes", "one cell more"),
    ("MAP-506", "from,to\nA,\n", "codes.csv:2:3", "value", "no value"),
    ("MAP-506", "from,to\n,a\n", "codes.csv:2:1", "value", "no key"),
    ("MAP-506", "from,to\nA, a\n", "codes.csv:2:3", "take it out", "a blank"),
    ("MAP-506", 'from,to\nA,"a\nB,b\n', "codes.csv:2:1", "quotes", "a quote that is not closed"),
    ("MAP-506", "from,to\n" + "".join(f"{n},a\n" for n in range(MAX_ROWS + 1)), "codes.csv:1:1", "", "too many"),
    ("MAP-508", "from,to\nA,a\nB,b\nA,c\n", "codes.csv:4:1", "keep one", "a key twice"),
    ("MAP-302", "from,to\nA,a\notherwise,green\n", "codes.csv:3:1", "codes that are meant", "a promise for the rest"),
    ("MAP-304", "from,to\nA,=item.id\n", "codes.csv:2:1", "let", "an expression"),
    ("MAP-501", b"from,to\nA,\xe4\n", "small.yaml:1:18", "UTF-8", "Latin-1"),
]


@pytest.mark.parametrize(("code", "table", "where", "hint"), [pytest.param(*rest, id=what) for *rest, what in MISTAKES])
def test_a_mistake_in_a_table_is_found_at_its_line(code: str, table: str | bytes, where: str, hint: str) -> None:
    found = findings(LOOKUP, files={"codes.csv": table})
    assert [(one.code, str(one.location)) for one in found] == [(code, where)]
    assert hint in found[0].hint
    assert "codes.csv" in str(found[0])
    assert "small.yaml" in str(found[0])


def test_all_mistakes_of_a_table_are_told_with_those_of_the_mapping() -> None:
    body = LOOKUP.replace("port.code", "itm.code")
    found = findings(body, files={"codes.csv": "from,to\nA\nB,b\nB,b\n"})
    assert [one.code for one in found] == ["MAP-506", "MAP-508", "MAP-203"]


@pytest.mark.parametrize("name", ["codes.csv", "../codes.csv", "tables/codes.csv"])
def test_a_table_that_is_not_there_is_told_where_it_is_named(name: str) -> None:
    (found,) = findings(LOOKUP.replace("codes.csv", name))
    assert (found.code, found.location.line, found.location.column) == ("MAP-501", 1, 18)


@pytest.mark.parametrize("name", ["/etc/codes.csv", "codes.xls", "''"])
def test_only_csv_files_by_a_relative_path_are_tables(name: str) -> None:
    assert [one.code for one in findings(LOOKUP.replace("codes.csv", name))] == ["MAP-106"]


def test_a_table_is_part_of_what_a_mapping_is() -> None:
    one, same, other = (loaded(LOOKUP, files={"codes.csv": f"from,to\nA,{value}\n"}) for value in ("a", "a", "b"))
    assert one.identity == same.identity
    assert one.identity != other.identity


def test_a_table_is_read_once_for_all_mappings() -> None:
    read: list[str] = []
    inner = shelf_of({"codes.csv": "from,to\nA,a\n"})

    def counted(path: object) -> bytes:
        read.append(str(path))
        return inner._read(path)  # type: ignore[arg-type]

    shelf = Shelf(counted)
    for name in ("a", "b"):
        head = f"mapping: {name}\nversion: 1\nfor: {{product: any}}\n"
        load_mapping_text(head + LOOKUP, f"{name}.yaml", KINDS, shelf=shelf)
    assert read == ["codes.csv"]


def test_a_text_that_stands_nowhere_has_no_files() -> None:
    with pytest.raises(FindingsError, match="MAP-501"):
        load_mapping_text("mapping: a\nversion: 1\nfor: {product: any}\n" + LOOKUP, "a.yaml", KINDS)


def test_a_lookup_with_a_rest_promises_nothing_for_it() -> None:
    body = """\
lookups: {codes: codes.csv}
steps:
  port: {soap: s, operation: o, on: {any fault: fail}}
answer:
  - when: lookup(codes, port.code) == 'ok'
    serviceabilityConfidence: green
  - otherwise: fail
"""
    (found,) = findings(body, files={"codes.csv": "from,to\nA,ok\notherwise,ok\n"})
    assert found.code == "MAP-308"
    assert not findings(body, files={"codes.csv": "from,to\nA,ok\notherwise,no\n"})


def test_the_outcome_of_a_mapping_with_a_table_is_as_without() -> None:
    written = LOOKUP.replace("codes.csv", "{A: a, otherwise: rest}")
    beside = {"codes.csv": "from,to\nA,a\notherwise,rest\n"}
    for code in ("A", "Z"):
        expected = outcome(written, {"port": {"code": code}})
        assert drive(loaded(LOOKUP, files=beside), {"port": {"code": code}})[0] == expected
