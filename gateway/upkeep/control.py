"""How a command asks a running gateway for something: two small files beside the store.

`poq-gateway mapping reload` writes `STORE.reload` with an id of its own, the gateway takes the file away, and writes
what came of it into `STORE.reloaded` under that id. `poq-gateway check` does the same with `STORE.state`. No socket and
no process id: whoever may write beside the store may ask, a gateway that is gone is asked in vain, and no other process
can be hit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

WORDS = ("reload", "state")
"""What a gateway can be asked for."""


@dataclass(frozen=True)
class Control:
    """The files beside one store. Blocking: to be used on a thread."""

    request: Path
    answer: Path

    @classmethod
    def beside(cls, store: Path, word: str = "reload") -> Control:
        """`store`: the store's file, also where it is not used (PostgreSQL): a place that both sides know.

        `word`: what is asked for.
        """
        answer = f"{word.removesuffix('e')}ed"
        return cls(store.with_name(f"{store.name}.{word}"), store.with_name(f"{store.name}.{answer}"))

    def ask(self, request_id: str) -> None:
        """Ask the gateway. Raises OSError."""
        _write(self.request, request_id.encode())

    def is_asked(self) -> bool:
        """Whether nobody has taken the request yet."""
        return self.request.exists()

    def withdraw(self) -> None:
        """Take a request away, whoever's it is."""
        self.request.unlink(missing_ok=True)

    def taken(self) -> str | None:
        """The gateway's side: the id of a request, which is gone then; None if there is none. Raises OSError."""
        try:
            request_id = self.request.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        self.withdraw()
        return request_id

    def tell(self, request_id: str, outcome: Mapping[str, Any]) -> None:
        """The gateway's side: what came of a request. Raises OSError."""
        _write(self.answer, orjson.dumps({"request": request_id, **outcome}))

    def told(self, request_id: str) -> dict[str, Any] | None:
        """What came of a request; None if nothing is told of it yet."""
        try:
            told = orjson.loads(self.answer.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return told if isinstance(told, dict) and told.get("request") == request_id else None


def withdraw_all(store: Path) -> None:
    """Take away what was asked of a gateway that is not here any more; the new one's first act."""
    for word in WORDS:
        with suppress(OSError):  # then it is answered late
            Control.beside(store, word).withdraw()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)
