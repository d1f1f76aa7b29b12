"""Whether a text says anything: a reader must see something of it. Knows Unicode, and nothing of requests."""

from __future__ import annotations

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"})
"""Controls, formats, spaces and separators; marks need a character that they stand on."""

_EMPTY_SYMBOLS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category that show nothing: fillers of Hangul, the Braille pattern without dots."""

_FIRST = 64


SAYS_SOMETHING = "^[!-~\u00c0-\u024f]"
"""As a pattern of a JSON Schema: texts that begin with a character which can be seen, as by far the most do; others may
say something, too.
"""


def says_something(text: str) -> bool:
    """Whether the text has a character that can be seen (error model, P9)."""
    if "!" <= text < "\x7f":  # as nearly all do, it begins with an ASCII character that can be seen
        return True
    # a long text repeats its characters: each is looked up once, however often it occurs
    return any(map(_is_visible, text[:_FIRST])) or any(map(_is_visible, set(text[_FIRST:])))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and character not in _EMPTY_SYMBOLS
