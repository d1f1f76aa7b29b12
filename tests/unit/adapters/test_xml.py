"""What may come as XML, and what is refused before anything is read of it: limits, charsets, pages for people."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from adapters.base import Cause, NoAnswer
from adapters.xml import DEEPEST, LONGEST_TAG, MOST_MARKUP, html_page, parse

BOMB = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
    b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'
)


def nested(levels: int) -> bytes:
    return b"<a>" * levels + b"</a>" * levels


@pytest.mark.parametrize(
    ("content", "cause", "words"),
    [
        pytest.param(BOMB, Cause.UNREADABLE, "DOCTYPE", id="entities"),
        pytest.param(b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', Cause.UNREADABLE, "DOCTYPE", id="external-dtd"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
            Cause.UNREADABLE,
            "DOCTYPE",
            id="external-entity",
        ),
        pytest.param(BOMB.decode().encode("utf-16"), Cause.UNREADABLE, "DOCTYPE", id="entities-in-utf-16"),
        pytest.param(nested(DEEPEST + 1), Cause.TOO_LARGE, "levels deep", id="deep"),
        pytest.param(
            b"<a>" * DEEPEST + b"<b/>" + b"</a>" * DEEPEST, Cause.TOO_LARGE, "levels deep", id="deep-with-an-empty-end"
        ),
        pytest.param(nested(DEEPEST + 1).decode().encode("utf-16"), Cause.TOO_LARGE, "levels deep", id="deep-utf-16"),
        pytest.param(nested(5000), Cause.UNREADABLE, "no well-formed XML", id="deeper-than-the-parser-goes"),
        pytest.param(b"<a>" + b"<b/>" * MOST_MARKUP + b"</a>", Cause.TOO_LARGE, "tags", id="many-elements"),
        pytest.param(b'<a b="' + b"x" * LONGEST_TAG + b'"/>', Cause.TOO_LARGE, "a tag of more", id="long-attribute"),
        pytest.param(
            b"<a " + b" ".join(b'b%d=""' % n for n in range(10_000)) + b"/>",
            Cause.TOO_LARGE,
            "a tag of more",
            id="many-attributes",
        ),
        pytest.param(b"", Cause.UNREADABLE, "no well-formed XML", id="nothing"),
        pytest.param(b"<a>", Cause.UNREADABLE, "no well-formed XML", id="cut-off"),
        pytest.param(b"\x00\x01", Cause.UNREADABLE, "no well-formed XML", id="binary"),
    ],
)
def test_what_is_not_safe_or_no_xml_is_refused(content: bytes, cause: Cause, words: str) -> None:
    with pytest.raises(NoAnswer) as raised:
        parse(content, None)

    assert raised.value.cause is cause
    assert words in raised.value.text


@pytest.mark.parametrize("charset", ["cp037", "cp500", "utf-32", "utf-32-be"])
def test_in_no_other_charset_is_a_deep_document_read(charset: str) -> None:
    content = f"<?xml version='1.0'?>{nested(DEEPEST + 1).decode()}".encode(charset)

    with pytest.raises(NoAnswer):
        parse(content, None)


def test_what_is_within_the_limits_is_read() -> None:
    assert len(parse(b"<a>" + b"<b/>" * (MOST_MARKUP - 2) + b"</a>", None)) == MOST_MARKUP - 2
    assert parse(nested(DEEPEST), None).tag == "a"
    assert parse(b'<a b="' + b"x" * (LONGEST_TAG - 20) + b'"/>', None).get("b")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param((b"<" * (LONGEST_TAG - 2) + b">") * 3, id="tags-in-tags"),
        pytest.param(((b"<" + b"x" * 49) * 1_300 + b">") * 150, id="tags-that-never-end"),
    ],
)
def test_tags_without_an_end_take_no_time_before_they_are_refused(content: bytes) -> None:
    began = time.process_time()
    with pytest.raises(NoAnswer):
        parse(b"<a>" + content, None)

    assert time.process_time() - began < 0.5, "where each is followed to its end, 200,000 of them take 2 s"


def test_a_document_of_tags_only_costs_nothing_before_it_is_refused() -> None:
    content = b"<a/>" * 2_000_000
    tracemalloc.start()
    try:
        with pytest.raises(NoAnswer):
            parse(content, None)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


@pytest.mark.parametrize(
    ("declared", "header", "encoding", "words"),
    [
        pytest.param("utf-7", None, "utf-8", "'utf-7' is none that is known", id="declared-utf-7"),
        pytest.param("utf-8", "utf-7", "utf-8", "'utf-7' is none that is known", id="header-utf-7"),
        pytest.param("cp037", None, "utf-8", "'cp037' is none that is known", id="declared-ebcdic"),
        pytest.param("x-unheard-of", None, "utf-8", "'x-unheard-of' is none that is known", id="unknown"),
        pytest.param("utf-8", None, "latin-1", "no well-formed XML", id="declared-utf-8-and-is-latin-1"),
        pytest.param("utf-8", "utf-8", "cp1252", "no well-formed XML", id="header-utf-8-and-is-windows-1252"),
        pytest.param("iso-8859-1", None, "utf-8", "and is UTF-8", id="declared-latin-1-and-is-utf-8"),
        pytest.param("utf-8", "windows-1252", "utf-8", "and is UTF-8", id="header-windows-1252-and-is-utf-8"),
        pytest.param("us-ascii", None, "utf-8", "no well-formed XML", id="declared-ascii-and-is-not"),
    ],
)
def test_a_charset_that_is_not_known_or_not_true_is_refused(
    declared: str, header: str | None, encoding: str, words: str
) -> None:
    content = f'<?xml version="1.0" encoding="{declared}"?><a>Zürich</a>'.encode(encoding)
    with pytest.raises(NoAnswer) as raised:
        parse(content, header)

    assert raised.value.cause is Cause.UNREADABLE
    assert words in raised.value.text


@pytest.mark.parametrize(
    ("declared", "header", "encoding"),
    [
        ("utf-8", None, "utf-8"),
        ("UTF8", "UTF-8", "utf-8"),
        ("iso-8859-1", None, "latin-1"),
        ("ISO-8859-15", None, "iso-8859-15"),
        ("windows-1252", None, "cp1252"),
        ("utf-16", None, "utf-16"),
        ("utf-8", "iso-8859-1", "latin-1"),
    ],
)
def test_a_charset_that_is_known_and_true_is_read(declared: str, header: str | None, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{declared}"?><a>Zürich</a>'.encode(encoding)

    assert parse(content, header).text == "Zürich"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(
            b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><br></body></html>",
            "an HTML page (Sign in) instead of XML",
            id="html-5",
        ),
        pytest.param(b"<HTML><BODY>\n<P>Bad gateway</BODY></HTML>", "an HTML page instead of XML", id="html-3"),
        pytest.param(
            b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html xmlns="http://www.w3.org/1999/xhtml"/>',
            "an HTML page instead of XML",
            id="xhtml",
        ),
    ],
)
def test_a_page_for_people_is_told_as_such(content: bytes, told: str) -> None:
    with pytest.raises(NoAnswer) as raised:
        parse(content, None)

    assert raised.value.text == told


def test_xml_that_speaks_of_html_is_none() -> None:
    assert html_page(b"<a>html</a>") == ""
