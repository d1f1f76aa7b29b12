"""Reading the query part of a target."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.errors import ApiError
from gateway.api.query import read_query

DEFINED = {"buyerId", "sellerId", "state"}


@pytest.mark.parametrize(
    ("raw", "values"),
    [
        pytest.param("", {}, id="nothing"),
        pytest.param("buyerId=b", {"buyerId": "b"}, id="one"),
        pytest.param("buyerId=b&sellerId=s", {"buyerId": "b", "sellerId": "s"}, id="two"),
        pytest.param("&buyerId=b&", {"buyerId": "b"}, id="stray-separators"),
        pytest.param("buyerId=a%20b+c", {"buyerId": "a b c"}, id="spaces"),
        pytest.param("buyerId=%C3%BC=%26", {"buyerId": "ü=&"}, id="escapes"),
        pytest.param("buyer%49d=b", {"buyerId": "b"}, id="escaped-name"),
    ],
)
def test_parameters_are_read(raw: str, values: dict[str, str]) -> None:
    assert read_query(raw, defined=DEFINED) == values


@pytest.mark.parametrize(
    ("raw", "code", "named"),
    [
        pytest.param("", "missingQueryParameter", ["buyerId is required"], id="absent"),
        pytest.param("buyerId=", "missingQueryValue", ["buyerId has no value"], id="empty"),
        pytest.param("buyerId", "missingQueryValue", ["buyerId has no value"], id="no-equals-sign"),
        pytest.param("buyerId=b&state=", "missingQueryValue", ["state has no value"], id="other-empty"),
        pytest.param("buyerId=b&buyerId=b", "invalidQuery", ["more than once"], id="twice"),
        pytest.param("buyerId=b&buyerId=", "invalidQuery", ["more than once"], id="twice-second-empty"),
        pytest.param("buyerId=b&buyerid=b", "invalidQuery", ["'buyerid' is not defined"], id="other-case"),
        pytest.param("buyerId=b&sort=", "invalidQuery", ["'sort' is not defined"], id="undefined-and-empty"),
        pytest.param("buyerId=b&=x", "invalidQuery", ["'' is not defined"], id="no-name"),
        pytest.param("buyerId=%ff", "missingQueryParameter", ["cannot be decoded"], id="not-utf-8"),
        pytest.param("buyerId=b&state=%zz", "invalidQuery", ["cannot be decoded"], id="broken-escape"),
        pytest.param("buyerId=b&state=1%", "invalidQuery", ["cannot be decoded"], id="cut-escape"),
        pytest.param("buyerId=b&state=\udcff", "invalidQuery", ["cannot be decoded"], id="raw-bytes"),
        pytest.param(
            "sort=x&state=",
            "missingQueryParameter",
            ["buyerId is required", "state has no value", "'sort' is not defined"],
            id="all-kinds-in-the-order-of-the-codes",
        ),
    ],
)
@pytest.mark.requirement("C6", "C8", "C12", "C13", "87.1-R5", "87.1-R22")
def test_faults_share_one_error_that_names_them_all(raw: str, code: str, named: list[str]) -> None:
    with pytest.raises(ApiError) as caught:
        read_query(raw, defined=DEFINED, required=lambda _: ["buyerId"])
    body = json.loads(caught.value.reply.body)
    assert caught.value.reply.status == 400
    assert body["code"] == code
    places = [body.get("message", body["reason"]).find(text) for text in named]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize(
    "raw",
    [pytest.param("buyerId=", id="one"), pytest.param("buyerId=b&sort=%ff&sort=%ff", id="the-same-twice")],
)
def test_a_single_fault_is_told_once(raw: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_query(raw, defined=DEFINED, required=lambda _: ["buyerId"])
    assert set(json.loads(caught.value.reply.body)) == {"reason", "code"}


@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=40) | st.text(max_size=40))
def test_any_text_is_read_or_refused(raw: str) -> None:
    answer: Any = None
    try:
        answer = read_query(raw, defined=DEFINED)
    except ApiError as error:
        assert error.reply.status == 400  # noqa: PT017
    else:
        assert set(answer) <= DEFINED
