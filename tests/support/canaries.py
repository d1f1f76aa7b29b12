"""Texts that must not come out anywhere: one for each place where a secret, or a person, comes in.

Each is unlike any other text, so that a hit says which one leaked and how it may have got there.
"""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

OURS = {
    "SOAP_PASSWORD": "cnry01-basic",
    "WSS_PASSWORD": "cnry02-wss",
    "SOAP_HEADER": "cnry03-header",
    "API_KEY": "cnry04-apikey",
    "BEARER": "cnry05-bearer",
    "OAUTH_SECRET": "cnry06-oauth",
    "DB_PASSWORD": "cnry07-database",
    "PROXY_PASSWORD": "cnry08-proxy",
    "LISTENER_TOKEN": "cnry09-listener",
    "SIGNING_KEY": "whsec_" + b64encode(b"cnry10-signing-key-of-32-octets!").decode(),
}
"""Secrets of the configuration, by the environment's names for them."""

THEIRS = {
    "issued token": "cnry11-issued",
    "cookie": "cnry12-cookie",
    "fault text": "cnry13-faulttext",
    "fault detail": "cnry14-faultdetail",
    "HTML": "cnry15-html",
    "problem": "cnry16-problem",
    "reply": "cnry29-reply",
    "listener's answer": "cnry17-answer",
}
"""What legacy systems, issuers and listeners say."""

PERSONAL = {
    "name": "Cnryada Cnrylovelace",
    "e-mail": "cnry19@buyer.example",
    "phone": "+1-202-555-0119",
    "place's name": "Cnrygrace Cnryhopper",
    "place's e-mail": "cnry21@building.example",
    "place's phone": "+1-202-555-0121",
}
"""Of the Buyer's request."""

CREDENTIALS = {
    "wrong token": "cnry22-wrongtoken",
    "basic": "cnry23-wrongbasic",
    "query": "cnry24-querytoken",
    "cookie of the Buyer": "cnry25-buyercookie",
    "callback": "cnry26-callbackpath",
    "callback query": "cnry27-callbackquery",
    "repeat key": "cnry28-repeatkey",
}
"""Of the Buyer, in headers and URLs."""

ALL = {**OURS, **THEIRS, **PERSONAL, **CREDENTIALS}


def forms(text: str) -> set[str]:
    """How a text may be spelled on its way: as it is, in a URL, in base64 after a user's name."""
    return {text, quote(text, safe=""), quote(text), b64encode(f"poq:{text}".encode()).decode()}


_FORMS = {name: forms(text) for name, text in ALL.items()}


def leaks(text: str, names: Mapping[str, str] = ALL) -> list[str]:
    """Which of them stand in a text, each with what is around it."""
    places = ((name, text.find(form), form) for name in names for form in _FORMS[name])
    return sorted({f"{name}: …{text[max(at - 60, 0) : at + len(form) + 20]}…" for name, at, form in places if at >= 0})


def kept(store: Path) -> Iterator[tuple[str, str]]:
    """Each canary in a store, with `table.column`."""
    with closing(sqlite3.connect(store)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"')
            columns = [one[0] for one in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    said = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                    yield from ((name, f"{table}.{column}") for name in ALL if any(one in said for one in _FORMS[name]))
