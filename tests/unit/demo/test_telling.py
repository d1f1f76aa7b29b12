"""What the demo prints while it serves: it must not stop serving because nobody reads it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TextIO

import pytest

from gateway.cli.demo import say_if_read


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """Where it is read, and what stands for the standard output."""
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as output:
        yield reading, output
    os.close(reading)


def filled(writer: int) -> int:
    """Fill the pipe; gives how much it holds."""
    os.set_blocking(writer, False)
    held = 0
    try:
        while True:
            held += os.write(writer, b"." * 1024)
    except BlockingIOError:
        os.set_blocking(writer, True)
        return held


def test_a_line_that_would_have_to_wait_is_left_out_and_the_next_ones_are_not(
    pipe: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, output = pipe
    monkeypatch.setattr("sys.stdout", output)
    say_if_read("first")
    assert os.read(reader, 100) == b"first\n"
    held = filled(output.fileno())

    say_if_read("nobody reads this")

    assert os.read(reader, held + 100) == b"." * held
    say_if_read("last")
    assert os.read(reader, 100) == b"last\n"
