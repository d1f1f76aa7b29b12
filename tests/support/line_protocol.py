"""The example of docs/adapters/writing-an-adapter.md as an installed package, and a system for it to ask."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "adapters" / "writing-an-adapter.md"


def example() -> str:
    """The adapter as the page has it."""
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(block)


def install(folder: Path, points: Mapping[str, str], *, name: str = "poq-lines", **modules: str) -> None:
    """A package with these modules and entry points (`word: module:attribute`), for a folder of the path."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    listed = "".join(f"{word} = {where}\n" for word, where in points.items())
    (info / "entry_points.txt").write_text(f"[poq_gateway.adapters]\n{listed}")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text, encoding="utf-8")


class LineServer:
    """Answers each line with `answer`, once `released`; None: it hangs up. `asked` has the lines."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []
        self.answer: str | None = "OK A 10\n"
        self.released = asyncio.Event()
        self.released.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if line := await reader.readline():
                self.asked.append(line.decode())
                await self.released.wait()
                writer.write((self.answer or "").encode("latin-1"))
        finally:
            writer.close()


@asynccontextmanager
async def line_server() -> AsyncIterator[LineServer]:
    made = LineServer()
    async with await asyncio.start_server(made.serve, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
        made.released.set()
