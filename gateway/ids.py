"""Where ids of POQs, requests, events and the rest come from: chance."""

from __future__ import annotations

import os

_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}


def new_id() -> str:
    """A random UUID (RFC 9562, version 4) as text. Made of its digits: the object of `uuid4`, which nobody needs here,
    takes three times as long as the chance itself.
    """
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:]}"
