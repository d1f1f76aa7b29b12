"""The WS-Security header without signatures: who we are, and when a message was made. `signature` does the rest."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha1

from lxml import etree

from adapters.base import Cause, NoAnswer
from adapters.soap.ambient import Ambient
from adapters.soap.protection_options import Timestamp, UsernameToken

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
SECURITY, TIMESTAMP, ID = f"{{{WSSE}}}Security", f"{{{WSU}}}Timestamp", f"{{{WSU}}}Id"
_PROFILE = f"{_OASIS}-username-token-profile-1.0"
_BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"


def security_header(header: etree._Element, must_understand: str | None) -> etree._Element:
    """A new, empty header; the first one, since what follows may need it."""
    security = etree.Element(SECURITY, nsmap={"wsse": WSSE, "wsu": WSU})
    if must_understand is not None:
        security.set(must_understand, "1")
    header.insert(0, security)
    return security


def add_username(security: etree._Element, said: UsernameToken, ambient: Ambient) -> etree._Element:
    """Who we are. The digest is Base64(SHA-1(nonce + time + password)), as the profile has it."""
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = said.username
    password = etree.SubElement(token, f"{{{WSSE}}}Password")
    secret = said.password.get_secret_value()
    password.set("Type", f"{_PROFILE}#{'PasswordDigest' if said.type == 'digest' else 'PasswordText'}")
    password.text = secret
    if said.has_nonce:
        nonce, created = ambient.chance(16), _written(ambient.now())
        element = etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=_BASE64)
        element.text = b64encode(nonce).decode()
        etree.SubElement(token, f"{{{WSU}}}Created").text = created
        if said.type == "digest":
            password.text = b64encode(sha1(nonce + created.encode() + secret.encode()).digest()).decode()  # noqa: S324 (the profile's)
    return token


def add_timestamp(security: etree._Element, said: Timestamp, ambient: Ambient) -> etree._Element:
    """When this was made, and how long it holds."""
    now = ambient.now()
    element = etree.SubElement(security, TIMESTAMP)
    etree.SubElement(element, f"{{{WSU}}}Created").text = _written(now)
    etree.SubElement(element, f"{{{WSU}}}Expires").text = _written(now + timedelta(seconds=said.lifetime))
    return element


def reply_security(header: etree._Element | None) -> etree._Element | None:
    """The one security header of a reply. Raises NoAnswer(UNREADABLE) for several."""
    found = [] if header is None else list(header.iterchildren(SECURITY))
    if len(found) > 1:
        raise NoAnswer(Cause.UNREADABLE, "the reply has several security headers")
    return found[0] if found else None


def check_timestamp(security: etree._Element | None, said: Timestamp, now: datetime) -> etree._Element | None:
    """The timestamp of a reply, which holds now. Raises NoAnswer(UNREADABLE)."""
    found = [] if security is None else list(security.iterchildren(TIMESTAMP))
    if not found and not said.required:
        return None
    if len(found) != 1:
        raise NoAnswer(Cause.UNREADABLE, f"the reply has {'no timestamp' if not found else 'several timestamps'}")
    created, expires = (_time(found[0], name) for name in ("Created", "Expires"))
    skew = timedelta(seconds=said.skew)
    if created is None:
        raise NoAnswer(Cause.UNREADABLE, "the timestamp of the reply does not say when it was made")
    if created > now + skew:
        raise NoAnswer(Cause.UNREADABLE, "the reply was made in the future, by its timestamp")
    if (expires or created + timedelta(seconds=said.lifetime)) < now - skew:
        raise NoAnswer(Cause.UNREADABLE, "the reply has expired, by its timestamp")
    return found[0]


def _time(timestamp: etree._Element, name: str) -> datetime | None:
    found = list(timestamp.iterchildren(f"{{{WSU}}}{name}"))
    if not found:
        return None
    try:
        (one,) = found
        time = datetime.fromisoformat((one.text or "").strip())
    except ValueError as error:
        raise NoAnswer(Cause.UNREADABLE, f"the timestamp of the reply cannot be read ({name})") from error
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _written(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
