"""The header by which a Buyer says that a POST is the same one again (draft-ietf-httpapi-idempotency-key-header).

The standard does not know it; whoever sends none is served by the letter: every POST is a new POQ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.api.errors import ErrorCode, bad_request

IDEMPOTENCY_KEY = "Idempotency-Key"
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_BARE = re.compile(r"[\x21\x23-\x7e]{1,255}")


def idempotency_key(values: Sequence[str]) -> str | None:
    """The key, in quotes as the draft has it or without them; None without the header. Raises ApiError 400."""
    if not values:
        return None
    value = values[0].strip() if len(values) == 1 else ""
    quoted, bare = _QUOTED.fullmatch(value), _BARE.fullmatch(value)
    if quoted:
        return quoted[1]
    if bare:
        return bare[0]
    raise bad_request(ErrorCode.INVALID_BODY, "Idempotency-Key must be one text of 1 to 255 visible ASCII characters")
