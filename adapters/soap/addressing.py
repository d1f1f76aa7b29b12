"""WS-Addressing 1.0 of requests, and what replies say of it. Knows no security."""

from __future__ import annotations

from lxml import etree

from adapters.base import Cause, NoAnswer

WSA = "http://www.w3.org/2005/08/addressing"
ANONYMOUS = f"{WSA}/anonymous"


def address(header: etree._Element, action: str, to: str, message_id: str, must_understand: str | None) -> None:
    """Add the headers. `must_understand`: the attribute that says so, None for none."""
    for name, text in (("Action", action), ("MessageID", message_id), ("To", to)):
        element = etree.SubElement(header, f"{{{WSA}}}{name}", nsmap={"wsa": WSA})
        element.text = text
        if must_understand is not None:
            element.set(must_understand, "1")
    reply_to = etree.SubElement(header, f"{{{WSA}}}ReplyTo", nsmap={"wsa": WSA})
    etree.SubElement(reply_to, f"{{{WSA}}}Address").text = ANONYMOUS


def check_relation(header: etree._Element | None, message_id: str, *, required: bool) -> None:
    """That a reply relates to our message. Raises NoAnswer(UNREADABLE)."""
    found = [] if header is None else [(one.text or "").strip() for one in header.iterchildren(f"{{{WSA}}}RelatesTo")]
    if not found and required:
        raise NoAnswer(Cause.UNREADABLE, "the reply does not say which message it relates to (wsa:RelatesTo)")
    if found and found != [message_id]:
        raise NoAnswer(Cause.UNREADABLE, "the reply relates to another message than ours (wsa:RelatesTo)")
