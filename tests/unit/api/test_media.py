"""Which Accept and Content-Type headers mean JSON."""

from __future__ import annotations

import pytest

from gateway.api.media import accepts_json, is_json


@pytest.mark.requirement("C15")
@pytest.mark.parametrize(
    "accept",
    [
        pytest.param([], id="absent"),
        pytest.param([""], id="empty"),
        pytest.param(["*/*"], id="anything"),
        pytest.param(["application/*"], id="any-application"),
        pytest.param(["application/json"], id="json"),
        pytest.param(["Application/JSON; charset=utf-8"], id="json-with-charset"),
        pytest.param(["text/html, application/json;q=0.1"], id="json-least-wanted"),
        pytest.param(["text/html", "application/json"], id="two-headers"),
        pytest.param(["*/*;q=0, application/json"], id="json-and-nothing-else"),
        pytest.param(["application/*;q=0, */*;q=0, application/json;q=0.001"], id="json-just-so"),
        pytest.param(["text/html, */*;q=0.8"], id="browser"),
    ],
)
def test_json_is_accepted(accept: list[str]) -> None:
    assert accepts_json(accept)


@pytest.mark.requirement("C15")
@pytest.mark.parametrize(
    "accept",
    [
        pytest.param(["text/html"], id="html"),
        pytest.param(["application/xml, text/*"], id="others"),
        pytest.param(["application/json;q=0"], id="json-refused"),
        pytest.param(["application/json;q=0.0, */*"], id="all-but-json"),
        pytest.param(["application/json; Q=0"], id="upper-case-q"),
        pytest.param(["*/*;q=0"], id="nothing"),
        pytest.param(["application/json;q=much"], id="unreadable-quality"),
        pytest.param(["application/problem+json"], id="another-json"),
        pytest.param(["json"], id="no-type"),
    ],
)
def test_json_is_not_accepted(accept: list[str]) -> None:
    assert not accepts_json(accept)


@pytest.mark.requirement("C16")
@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        pytest.param("application/json", True, id="plain"),
        pytest.param("application/json;charset=utf-8", True, id="utf-8"),
        pytest.param('APPLICATION/json ; Charset="UTF-8"', True, id="quoted-and-upper-case"),
        pytest.param("application/json; profile=x", True, id="other-parameter"),
        pytest.param("application/json;charset=iso-8859-1", False, id="latin-1"),
        pytest.param("application/json;charset=", False, id="empty-charset"),
        pytest.param("application/merge-patch+json", False, id="another-json"),
        pytest.param("text/json", False, id="text"),
        pytest.param("application/json, application/json", False, id="two-in-one"),
        pytest.param("", False, id="empty"),
    ],
)
def test_content_types(content_type: str, json: bool) -> None:
    assert is_json(content_type) is json
