"""docs/mapping/tutorial.md, typed from its first line to its last: each command runs, and says what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest

from gateway.cli import main
from tests.support.ports import free_port

PAGE = Path("docs/mapping/tutorial.md")
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STARTS_WITHIN = 40.0
"""Seconds that a command in a terminal of its own has to say what the page shows."""


@dataclass(frozen=True)
class Typed:
    """A command and what the page shows of its output."""

    command: str
    shown: str


@dataclass
class Terminal:
    """Where the tutorial is typed: a folder, with other ports than those of the page."""

    folder: Path
    ports: dict[str, str]
    poq: str = ""
    stack: ExitStack = field(default_factory=ExitStack)

    def here(self, text: str) -> str:
        for page, port in self.ports.items():
            text = text.replace(page, port)
        return text.replace(" ID ", f" {self.poq} ")

    def on_the_page(self, text: str) -> str:
        for page, port in self.ports.items():
            text = text.replace(port, page)
        return text

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "200"}

    def run(self, typed: Typed) -> None:
        words = shlex.split(self.here(typed.command))
        told = _in_this_process(words[1:]) if words[0] == "poq-gateway" else self._as_a_process(words)
        said = self.on_the_page(told)
        assert _fits(typed.shown, said), f"$ {typed.command}\n{said}"
        found = re.match(r'\{"id":"([^"]+)"', said)
        self.poq = found[1] if found else self.poq

    def _as_a_process(self, words: list[str]) -> str:
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment(), capture_output=True, text=True, timeout=60
        )
        return done.stdout + done.stderr

    def start(self, typed: Typed) -> None:
        """A command that stays: it has started once it has said what the page shows."""
        words = self.here(typed.command)
        if "--estate" in words:  # on another port than the page says, which is the default
            words += f" --port {self.ports['8081']}"
        output = self.folder / f"terminal-{len(list(self.folder.glob('terminal-*')))}"
        with output.open("w") as file:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {words}"],
                cwd=self.folder, env=self.environment(), stdout=file, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        self.stack.callback(_stop, process)
        ends = time.monotonic() + _STARTS_WITHIN
        while not _fits(f"{typed.shown}…\n", self.on_the_page(output.read_text()) + "\n"):
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < ends, output.read_text()
            _pause(process)


def _in_this_process(words: list[str]) -> str:
    """What the command says: a process of its own for each would take most of the time to start."""
    with redirect_stdout(StringIO()) as said, redirect_stderr(said):
        main(words)
    return said.getvalue()


def _pause(process: subprocess.Popen[str]) -> None:
    """A moment, or less where the process ends."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(20)


def _fits(shown: str, said: str) -> bool:
    """Whether that was said. `…` on a line of its own stands for any lines, within a line for anything."""
    pattern = ""
    for line in shown.split("\n")[:-1]:
        pattern += r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\n"
    return re.fullmatch(pattern, said if said.endswith("\n") or not said else f"{said}\n") is not None


def _typed(block: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield Typed(command, shown)


@contextmanager
def _terminal(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder, {"8081": str(free_port()), "8080": str(free_port())})
    with terminal.stack:
        yield terminal


@pytest.mark.timeout(300)
def test_the_tutorial_works_as_it_is_written(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _BLOCK.findall((repository / PAGE).read_text(encoding="utf-8"))
    commands = 0
    with _terminal(tmp_path) as terminal:
        for language, name, content in blocks:
            if language != "console":
                file = tmp_path / name
                file.parent.mkdir(exist_ok=True)
                text = terminal.here(content)
                if name == "gateway.yaml":
                    text += f"listen: {{port: {terminal.ports['8080']}}}\n"
                file.write_text(text, encoding="utf-8")
                continue
            for typed in _typed(content):
                commands += 1
                (terminal.start if name == "terminal" else terminal.run)(typed)
    assert commands > 10


@pytest.mark.parametrize(
    ("shown", "said", "fits"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a\n…\nc\n", "a\nb\nb\nc\n", True),
        ("…\nc\n", "c\n", True),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b d\n", False),
        ("", "a\n", False),
    ],
)
def test_what_is_shown_is_held_against_what_is_said(shown: str, said: str, fits: bool) -> None:
    assert _fits(shown, said) is fits
