"""Reading bodies strictly, and writing them back exactly as they came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lso.document import InvalidBody, read_document, write_document

DEPTH = 64
PLAIN_SPELLINGS = [
    "0",
    "-0",
    "-0.0",
    "1",
    "1.0",
    "1.50",
    "1e2",
    "1E2",
    "1e+2",
    "1e16",
    "1e+16",
    "1e-05",
    "1e-5",
    "0.00001",
    "0.10",
    "1e-999",
    "123456789.00",
]
BEYOND_DOUBLE = [
    "12345678901234567890",
    "18446744073709551616",
    "-9223372036854775809",
    "3.141592653589793238462643383279",
    "999999999999999999999999999999999.0",
]


def echoed(raw: bytes) -> bytes:
    return write_document(read_document(raw, max_depth=DEPTH).sent)


@pytest.mark.requirement("C18")
@pytest.mark.parametrize(
    ("raw", "said"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \r\n\t", "empty", id="whitespace"),
        pytest.param(b'{"a":"\xff"}', "^The body is not UTF-8$", id="not-utf-8"),
        pytest.param('{"a":"é"}'.encode("latin-1"), "^The body is not UTF-8$", id="latin-1"),
        pytest.param('{"a":1}'.encode("utf-16"), "^The body is not UTF-8$", id="utf-16"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', "^The body is not UTF-8$", id="surrogate-as-bytes"),
        pytest.param(b'\xef\xbb\xbf{"a":1}', "byte order mark", id="bom"),
        pytest.param(b"{'a':1}", "not JSON", id="python"),
        pytest.param(b'{"a":1', "not JSON", id="cut-off"),
        pytest.param(b'{"a":1,}', "not JSON", id="trailing-comma"),
        pytest.param(b'{"a":1}/**/', "not JSON", id="comment"),
        pytest.param(b'{"a":1}{"b":2}', "not JSON", id="trailing-data"),
        pytest.param(b'{"a":NaN}', "not JSON", id="nan"),
        pytest.param(b'{"a":Infinity}', "not JSON", id="infinity"),
        pytest.param(b'{"a":-Infinity}', "not JSON", id="minus-infinity"),
        pytest.param(b'{"a":1e999}', "not JSON", id="float-overflow"),
        pytest.param(b'{"a":' + b"9" * 400 + b"}", "not JSON", id="integer-overflow"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", "not JSON", id="integer-beyond-pythons-limit"),
        pytest.param(b'{"a":01}', "not JSON", id="leading-zero"),
        pytest.param(b'{"a":+1}', "not JSON", id="plus-sign"),
        pytest.param(b'{"a":"\\ud800"}', "not JSON", id="lone-surrogate"),
        pytest.param(b'{"\\udc00":1}', "not JSON", id="lone-surrogate-in-a-name"),
        pytest.param(b'{"a":"\n"}', "not JSON", id="raw-control-character"),
        pytest.param(b'{"a":{"b":1,"c":2,"b":1}}', '"b" occurs twice', id="duplicate-name"),
        pytest.param(b'{"a":1,"\\u0061":1}', '"a" occurs twice', id="duplicate-name-escaped"),
        pytest.param(b"[]", "not a JSON object", id="array"),
        pytest.param(b"null", "not a JSON object", id="null"),
        pytest.param(b'"text"', "not a JSON object", id="string"),
        pytest.param(b"0." + b"0" * 5000 + b"1", "not a JSON object", id="number"),
        pytest.param(b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b"}", "deeper than 64", id="one-level-too-deep"),
        pytest.param(b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", "deeper than 64", id="far-too-deep"),
        pytest.param(b'{"a":' * 100_000, "not JSON", id="endless-opening"),
    ],
)
def test_what_is_no_json_object_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(InvalidBody, match=said):
        read_document(raw, max_depth=DEPTH)


def test_nesting_up_to_the_limit_is_read() -> None:
    raw = b'{"a":' + b"[" * (DEPTH - 1) + b"]" * (DEPTH - 1) + b"}"
    assert echoed(raw) == raw


NESTED = st.recursive(
    st.sampled_from(["{[", "}]", 1]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "[[", "{{{"]), inner, max_size=3),
    max_leaves=12,
)


def depth_of(tree: Any) -> int:
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else None
    return 0 if children is None else 1 + max(map(depth_of, children), default=0)


@given(NESTED, st.integers(1, 8), st.sampled_from([None, 1]))
def test_the_levels_of_a_body_are_counted_whatever_brackets_its_texts_have(
    tree: Any, limit: int, indent: int | None
) -> None:
    body = {"a": tree}
    raw = json.dumps(body, indent=indent).encode()
    if depth_of(body) <= limit:
        assert read_document(raw, max_depth=limit).plain == body
    else:
        with pytest.raises(InvalidBody, match=f"deeper than {limit}"):
            read_document(raw, max_depth=limit)


def test_a_depth_limit_beyond_pythons_stack_ends_in_a_refusal_not_in_a_crash() -> None:
    with pytest.raises(InvalidBody, match="deep"):
        read_document(b'{"a":' * 1020 + b"1" + b"}" * 1020, max_depth=5000)


@pytest.mark.requirement("87.1-R42")
@pytest.mark.parametrize(
    "number",
    [*PLAIN_SPELLINGS, *BEYOND_DOUBLE],
)
def test_numbers_come_back_as_they_were_written(number: str) -> None:
    raw = f'{{"a":[{number},{{"b":{number}}}]}}'.encode()
    assert echoed(raw) == raw


@pytest.mark.requirement("87.1-R42")
def test_order_of_members_and_text_come_back_as_sent() -> None:
    raw = '{"z":1,"a":{"y":"ü 😀 \u2028 / é","b":[]},"":null,"@type":true}'.encode()
    assert echoed(raw) == raw


def test_plain_numbers_are_ordinary_numbers() -> None:
    plain = read_document(b'{"a":1.50,"b":-0,"c":7,"d":1e2}', max_depth=DEPTH).plain
    assert plain == {"a": 1.5, "b": 0, "c": 7, "d": 100.0}
    assert [type(value) for value in plain.values()] == [float, int, int, float]


def test_sent_numbers_still_compare_as_numbers() -> None:
    document = read_document(b'{"a":1.50,"b":-0,"c":12345678901234567890}', max_depth=DEPTH)
    assert document.sent == {"a": 1.5, "b": 0, "c": 12345678901234567890}


def test_what_is_not_json_is_not_written() -> None:
    with pytest.raises(TypeError):
        write_document({"a": {1, 2}})


_SPELLINGS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)


@pytest.mark.requirement("87.1-R42")
@given(_SPELLINGS)
def test_any_spelling_of_a_number_comes_back(number: str) -> None:
    raw = f'{{"a":{number}}}'.encode()
    assert echoed(raw) == raw


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(_TEXT, _TREES, max_size=4))
def test_any_object_comes_back_byte_for_byte_once_written(tree: dict[str, Any]) -> None:
    written = echoed(json.dumps(tree, ensure_ascii=False).encode())
    assert echoed(written) == written
    assert json.loads(written) == tree


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        document = read_document(raw, max_depth=DEPTH)
    except InvalidBody:
        return
    assert json.loads(raw) == document.sent
