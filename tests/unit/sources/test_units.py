"""Texts with a unit."""

from __future__ import annotations

import pytest

from gateway.sources.units import rate, seconds, share, size


@pytest.mark.parametrize(
    ("text", "value"),
    [("8 s", 8.0), ("500 ms", 0.5), ("2min", 120.0), ("1.5 h", 5400.0), ("30 d", 2_592_000.0), (" 3 s ", 3.0)],
)
def test_durations_are_seconds(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize(("text", "value"), [("8 MiB", 8 * 1024**2), ("512 KiB", 524_288), ("3 B", 3)])
def test_sizes_are_bytes(text: str, value: int) -> None:
    assert size(text) == value


@pytest.mark.parametrize("value", ["8", "8 S", "-1 s", "1e9 s", "s", "", "8 s s", 8, None, True, "9" * 400 + " s"])
def test_anything_else_is_refused_with_an_example(value: object) -> None:
    with pytest.raises(ValueError, match="8 s"):
        seconds(value)
    with pytest.raises(ValueError, match="8 MiB"):
        size(value)


@pytest.mark.parametrize(("text", "expected"), [("20 %", 0.2), ("12.5%", 0.125), ("100 %", 1.0), ("0 %", 0.0)])
def test_shares(text: str, expected: float) -> None:
    assert share(text) == pytest.approx(expected)


@pytest.mark.parametrize(("text", "expected"), [("20/s", (20, 1.0)), (" 600 / min ", (600, 60.0))])
def test_rates(text: str, expected: tuple[int, float]) -> None:
    assert rate(text) == expected


@pytest.mark.parametrize("text", ["20", 20, "0/s", "1.5/s", "20/h", "20 s", "-1/s", None])
def test_a_rate_is_a_whole_number_per_unit_of_time(text: object) -> None:
    with pytest.raises(ValueError, match="20/s"):
        rate(text)


@pytest.mark.parametrize("text", ["20", "101 %", "20 s", 0.2, None])
def test_a_share_has_its_sign_and_is_no_more_than_all(text: object) -> None:
    with pytest.raises(ValueError, match="%"):
        share(text)
