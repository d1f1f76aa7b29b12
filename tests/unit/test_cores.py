"""Work that is shared among processes: what comes of it is what one process would have made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

import pytest

from gateway import cores
from tests.conftest import REPOSITORY


def squares(numbers: Sequence[int]) -> list[int]:
    return [number * number for number in numbers]


@pytest.mark.parametrize(
    ("count", "processes"), [pytest.param(19, 8, id="few things"), pytest.param(100, 1, id="one core")]
)
def test_little_is_not_shared(count: int, processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_begin", lambda *_: pytest.fail("a process was begun"))

    assert cores.shared(squares, range(count), least=10, processes=processes) == squares(range(count))


def test_nothing_is_shared_by_a_process_that_has_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_can_fork", lambda: False)
    monkeypatch.setattr(cores, "_begin", lambda *_: pytest.fail("a process was begun"))

    assert cores.shared(squares, range(100), least=10, processes=4) == squares(range(100))


SHARED = """
import os, signal
from gateway.cores import shared

HERE = os.getpid()
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's job in the background is begun without

def told(numbers):
    return [(number, os.getpid()) for number in numbers]

def ended(numbers):
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return told(numbers)

def broken(numbers):
    raise ValueError(f"{os.getpid() == HERE} {numbers[0]}")

def broken_elsewhere(numbers):
    return told(numbers) if 0 in numbers else broken(numbers)

def interrupted(numbers):
    if os.getpid() == HERE:
        os.killpg(0, signal.SIGINT)
    signal.pause()

found = shared(told, range(35), least=10, processes=4)
assert [number for number, _ in found] == list(range(35)), found
assert len({process for _, process in found}) == 3, found

assert shared(ended, range(35), least=10, processes=4) == told(range(35))

for work, first in ((broken, 0), (broken_elsewhere, 1)):
    try:
        shared(work, range(35), least=10, processes=4)
    except ValueError as error:
        assert str(error) == f"True {first}", error
    else:
        raise AssertionError(work)

try:
    shared(interrupted, range(35), least=10, processes=4)
except KeyboardInterrupt:
    pass
else:
    raise AssertionError
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("nothing is left")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is shared here")
def test_results_come_in_order_and_what_goes_wrong_elsewhere_is_done_again_here() -> None:
    """In a process of its own: it has no threads, and may be interrupted."""
    done = subprocess.run(
        [sys.executable, "-c", SHARED], capture_output=True, text=True, cwd=REPOSITORY, start_new_session=True
    )

    assert (done.stdout, done.stderr, done.returncode) == ("nothing is left\n", "", 0)
