"""Which texts say something."""

from __future__ import annotations

import pytest

from gateway.lso.visible import says_something


@pytest.mark.requirement("P9")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(" \t\r\n", id="white space"),
        pytest.param("\u00a0\u2003\u3000", id="wide spaces"),
        pytest.param("\u200b", id="zero width space"),
        pytest.param("\u200d\u2060\ufeff", id="joiners"),
        pytest.param("\u202e", id="direction"),
        pytest.param("\x00\x7f", id="controls"),
        pytest.param("\u00ad", id="soft hyphen"),
        pytest.param("\u2028\u2029", id="separators"),
        pytest.param("\ufe0f\u0301", id="marks on nothing"),
        pytest.param("\u3164\u2800\u115f", id="fillers"),
        pytest.param("\U000e0041", id="tags"),
        pytest.param("\u200b" * 1000, id="long"),
    ],
)
def test_a_text_without_a_visible_character_says_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a", id="letter"),
        pytest.param("0", id="digit"),
        pytest.param("-", id="punctuation"),
        pytest.param("\u7dad\u65af", id="ideographs"),
        pytest.param("e\u0301", id="letter with a mark"),
        pytest.param("\u200f\u05d0", id="letter after a direction"),
        pytest.param("\U0001f3e0", id="emoji"),
        pytest.param(" " * 1000 + "x", id="late"),
    ],
)
def test_one_visible_character_is_enough(text: str) -> None:
    assert says_something(text)
