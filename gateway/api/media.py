"""Media types: is JSON among what the client accepts, and is JSON what it sent?"""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from functools import lru_cache

_SPECIFICITY = {"*/*": 0, "application/*": 1, "application/json": 2}


def accepts_json(accept: Sequence[str]) -> bool:
    """Whether these Accept headers let JSON through; none at all lets everything through (RFC 9110, 12.5.1).

    Of the ranges that cover JSON the most specific one decides, and `q=0` there means no. An entry that cannot be read
    covers nothing.
    """
    ranges = [_parsed(entry) for header in accept for entry in header.split(",") if entry.strip()]
    if not ranges:
        return True
    covering = [(_SPECIFICITY[kind], _quality(entry)) for kind, entry in ranges if kind in _SPECIFICITY]
    return bool(covering) and max(covering)[1] > 0


@lru_cache(maxsize=64)
def is_json(content_type: str) -> bool:
    """Whether a body of this Content-Type is JSON in UTF-8; without a charset it is (RFC 8259)."""
    kind, parameters = _parsed(content_type)
    return kind == "application/json" and str(parameters.get_param("charset", "utf-8")).lower() == "utf-8"


def _parsed(text: str) -> tuple[str, Message]:
    entry = Message()
    entry["Content-Type"] = text.strip()
    return text.partition(";")[0].strip().lower(), entry


def _quality(entry: Message) -> float:
    try:
        return float(str(entry.get_param("q", "1")))
    except ValueError:
        return 0.0
