"""A foreign document from bytes, within limits: no DTD, no entities, nothing fetched, known charsets only.

Knows no SOAP. What is refused is NoAnswer(UNREADABLE) or NoAnswer(TOO_LARGE), with what was found.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from lxml import etree

from adapters.base import Cause, NoAnswer

MOST_MARKUP = 200_000
"""Tags, comments and the like in one message: each costs many times its bytes in memory."""

LONGEST_TAG = 64 * 1024
"""Bytes of one tag with all its attributes."""

DEEPEST = 100
"""Levels of elements."""

# By Python's names. Others are either no charsets for XML (utf-7) or a sign that something is wrong.
CHARSETS = frozenset(
    {"utf-8", "ascii", "iso8859-1", "iso8859-2", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"}
)
ONE_BYTE = frozenset({"iso8859-1", "iso8859-2", "iso8859-15", "cp1252"})
MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}

_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_LONG_TAG = re.compile(rb"(?:\A|>)[^<>]*+<[^>]{%d}" % LONGEST_TAG)  # from the first `<` after a `>`: each byte once
_HTML = re.compile(rb"<(?:!doctype\s+html|html[\s>])", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_BEGINNING = 2048
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")


def parse(content: bytes, charset: str | None) -> etree._Element:
    """A document from bytes.

    `charset` is the HTTP header's: it goes before the XML declaration, a byte order mark before both (RFC 7303).
    """
    markup = content.count(b"<")
    if markup > MOST_MARKUP:
        raise NoAnswer(Cause.TOO_LARGE, f"the XML has more than {MOST_MARKUP} tags")
    if len(content) > LONGEST_TAG and _LONG_TAG.search(content):
        raise NoAnswer(Cause.TOO_LARGE, f"the XML has a tag of more than {LONGEST_TAG} bytes")
    try:
        root = etree.fromstring(content, _parser(_charset(content, charset)))
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        html = html_page(content)
        raise NoAnswer(Cause.UNREADABLE, html or f"no well-formed XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NoAnswer(Cause.UNREADABLE, html_page(content) or "the XML has a DOCTYPE, which is refused")
    # Each level has two tags, the last one at least one; a charset in which `<` is another byte is not ASCII.
    if (markup > 2 * DEEPEST or not content.isascii()) and _TOO_DEEP(root):
        raise NoAnswer(Cause.TOO_LARGE, f"the XML is nested more than {DEEPEST} levels deep")
    return root


def html_page(content: bytes) -> str:
    """That this is a page for people, with its title; empty for anything else."""
    if not _HTML.search(content[:_BEGINNING]):
        return ""
    title = _TITLE.search(content[:_BEGINNING].decode(errors="replace"))
    said = " ".join("".join(c if c.isprintable() else " " for c in title[1]).split()) if title else ""
    return f"an HTML page{f' ({said})' if said else ''} instead of XML"


def charset_of(content: bytes, header: str | None) -> str:
    """What a document says that it is, by Python's name. Raises NoAnswer(UNREADABLE)."""
    said = _marked(content) or header or _declared(content)
    return _known(said) if said else "utf-8"


def _charset(content: bytes, header: str | None) -> str | None:
    """What the parser is to take it for; None: what the document declares. Raises NoAnswer(UNREADABLE)."""
    if charset_of(content, header) in ONE_BYTE and not content.isascii() and _is_utf8(content):
        said = header or _declared(content)
        raise NoAnswer(Cause.UNREADABLE, f"it says that it is {said}, and is UTF-8: its texts cannot be trusted")
    # A byte order mark overrides what else is said, and the parser knows it by itself.
    return None if _marked(content) else header


def _marked(content: bytes) -> str | None:
    return next((name for mark, name in MARKS.items() if content.startswith(mark)), None)


def _declared(content: bytes) -> str | None:
    declared = _DECLARED.match(content[:200].lstrip())
    return declared[1].decode() if declared else None


@lru_cache(maxsize=32)
def _known(said: str) -> str:
    try:
        name = codecs.lookup(said).name
    except LookupError:
        name = said
    if name not in CHARSETS:
        raise NoAnswer(Cause.UNREADABLE, f"its charset {said[:40]!r} is none that is known here")
    return name


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=32)
def _parser(charset: str | None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=charset,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,  # a comment inside a value would cut it in two
        remove_pis=True,
    )
