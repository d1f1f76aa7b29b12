"""A WSDL and all that it imports, read over HTTP or from files by somebody who asked for it; never while serving."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlparse

from adapters.described import DescriptionError
from adapters.http.documents import LONGEST, get_document, origin
from adapters.http.options import HttpOptions
from adapters.soap.vendoring import LARGEST, Collector, located_anywhere, read_file


async def fetched(source: str, options: HttpOptions | None = None, *, seconds: float = LONGEST) -> dict[str, bytes]:
    """The copies by their file names, the WSDL itself first. `source`: an http address, a file: address or a path.

    `options`: of a system, whose certificates hold everywhere, its credentials and headers at its own address and where
    `source` is. Raises DescriptionError in one line.
    """
    try:
        parsed = urlparse(source)
    except ValueError as error:
        raise DescriptionError(f"{source}: {error}") from error
    is_address = parsed.scheme in ("http", "https")
    if not is_address and parsed.scheme not in ("", "file"):
        raise DescriptionError(f"{source}: only http, https and files can be read")
    place = source if is_address else _file(unquote(parsed.path) if parsed.scheme else source)
    collector = Collector(place, source, located_anywhere)
    origins = {origin(one) for one in (*((source,) if is_address else ()), *(options.addresses if options else ()))}
    try:
        async with asyncio.timeout(seconds):
            while (wanted := collector.wanted()) is not None:
                where, said = wanted
                if where.startswith(("http://", "https://")):
                    is_ours = origin(where) in origins
                    collector.give(await get_document(where, options, is_ours=is_ours, largest=LARGEST))
                else:
                    collector.give(read_file(where, said))
    except TimeoutError as error:
        raise DescriptionError(f"{source} and what it imports could not be read in {seconds:.0f} s") from error
    return collector.files()


def _file(path: str) -> str:
    return str(Path(path).resolve())
