"""WS-Security and WS-Addressing: what goes out, and that only what the right one has signed in time is believed."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64decode, b64encode
from copy import deepcopy
from datetime import timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

from adapters.base import AdapterConfigurationError, Cause, NoAnswer, SystemFault
from adapters.soap import SoapOptions, SoapSystem
from adapters.soap.envelope import SOAP_11
from adapters.soap.protection import Protection
from adapters.soap.protection_options import Signature, Timestamp, UsernameToken, WsAddressing, WsSecurity
from adapters.soap.security import ID, SECURITY
from adapters.soap.signature import DS
from tests.support.legacy import fault
from tests.support.soap_server import WSDL_FOLDER, envelope, feasible
from tests.unit.adapters.soap.protecting import (
    AMBIENT,
    NOW,
    SOAP,
    Change,
    asked,
    found,
    signature,
    signed_by,
    timestamped,
)


async def test_a_username_goes_out_with_a_digest_of_the_password() -> None:
    security = WsSecurity(username_token=UsernameToken(username="poq", password="geheim"))  # type: ignore[arg-type]
    _, sent = await asked(envelope(feasible()), security)

    header = found(sent, f"s:Header/{SECURITY}")
    nonce = b64decode(found(header, "o:UsernameToken/o:Nonce").text or "")
    created = found(header, "o:UsernameToken/u:Created").text or ""
    digest = b64encode(sha1(nonce + created.encode() + b"geheim").digest()).decode()
    assert header.get(f"{SOAP}mustUnderstand") == "1"
    assert found(header, "o:UsernameToken/o:Username").text == "poq"
    assert found(header, "o:UsernameToken/o:Password").text == digest
    assert (created, nonce) == ("2026-01-31T12:00:00.000Z", bytes(range(16)))
    assert "geheim" not in repr(security)


async def test_a_username_goes_out_with_the_password_where_that_is_wanted() -> None:
    token = UsernameToken(username="poq", password="geheim", type="text")  # type: ignore[arg-type]
    _, sent = await asked(envelope(feasible()), WsSecurity(username_token=token, must_understand=False))

    token_sent = found(sent, f"s:Header/{SECURITY}/o:UsernameToken")
    assert (found(token_sent, "o:Password").text, len(token_sent)) == ("geheim", 2)
    assert token_sent.getparent().get(f"{SOAP}mustUnderstand") is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("created", "expires"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:05:00Z"),
        ("2026-01-31T11:54:30Z", "2026-01-31T11:59:30Z"),  # expired, within what clocks may differ
        ("2026-01-31T12:00:30Z", None),
        ("2026-01-31T13:00:00+01:00", "2026-01-31T13:05:00+01:00"),
    ],
)
async def test_a_reply_in_time_is_taken(created: str, expires: str | None) -> None:
    reply, sent = await asked(timestamped(created, expires), WsSecurity(timestamp=Timestamp()))

    assert reply.value["FeasCode"] == "A"
    assert found(sent, f"s:Header/{SECURITY}/u:Timestamp/u:Expires").text == "2026-01-31T12:05:00.000Z"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(timestamped("2026-01-31T11:00:00Z", "2026-01-31T11:05:00Z"), "has expired", id="expired"),
        pytest.param(timestamped("2026-01-31T11:00:00Z", None), "has expired", id="old-without-an-end"),
        pytest.param(timestamped("2026-01-31T12:30:00Z", None), "in the future", id="future"),
        pytest.param(timestamped(None, "2026-01-31T12:05:00Z"), "does not say when", id="no-beginning"),
        pytest.param(timestamped("yesterday", None), "cannot be read", id="no-time"),
        pytest.param(envelope(feasible()), "has no timestamp", id="none"),
    ],
)
async def test_a_reply_that_is_not_in_time_is_no_answer(said: str, words: str) -> None:
    with pytest.raises(NoAnswer) as raised:
        await asked(said, WsSecurity(timestamp=Timestamp()))

    assert raised.value.cause is Cause.UNREADABLE
    assert words in raised.value.text


async def test_a_reply_without_a_timestamp_is_taken_where_none_is_required() -> None:
    reply, _ = await asked(envelope(feasible()), WsSecurity(timestamp=Timestamp(required=False)))

    assert reply.value["FeasCode"] == "A"


@pytest.mark.parametrize("theirs", ["theirs", "ec"])
async def test_a_signed_reply_is_taken(keys: dict[str, tuple[Path, Path]], theirs: str) -> None:
    security = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "stranger", theirs))
    reply, _ = await asked(signed_by(keys, theirs, feasible()), security)

    assert reply.value["FeasCode"] == "A"


@pytest.mark.parametrize("ours", ["ours", "ec"])
async def test_what_is_sent_is_signed_so_that_another_can_tell(keys: dict[str, tuple[Path, Path]], ours: str) -> None:
    security = WsSecurity(
        timestamp=Timestamp(),
        username_token=UsernameToken(username="a", password="b"),  # type: ignore[arg-type]
        signature=signature(keys, ours, "theirs", sign_headers=True),
    )
    _, sent = await asked(signed_by(keys, "theirs", feasible()), security, WsAddressing(relates_to=False))
    there = signature(keys, "theirs", ours)
    receiver = SoapOptions(
        wsdl=WSDL_FOLDER / "feasibility.wsdl", ws_security=WsSecurity(timestamp=Timestamp(), signature=there)
    )
    check = Protection(receiver, SOAP_11, AMBIENT).check
    header, body = sent[0], sent[1]

    check(sent, header, body, "", fault=False)
    references = [one.get("URI") for one in sent.iter(f"{{{DS}}}Reference")]
    signed = {str(etree.QName(one).localname) for one in sent.iter() if f"#{one.get(ID)}" in references}
    assert {"Body", "Timestamp", "UsernameToken", "Action", "To", "MessageID", "ReplyTo"} <= signed
    found(body, ".//{*}ProductCode").text = "AEL-X"
    with pytest.raises(NoAnswer, match="has been changed"):
        check(sent, header, body, "", fault=False)


def change_body(root: etree._Element) -> None:
    found(root, "s:Body//{*}LeadDays").text = "1"


def change_timestamp(root: etree._Element) -> None:
    found(root, f"s:Header/{SECURITY}/u:Timestamp/u:Expires").text = "2030-01-01T00:00:00Z"


def take_signature_away(root: etree._Element) -> None:
    one = found(root, f"s:Header/{SECURITY}/d:Signature")
    found(root, f"s:Header/{SECURITY}").remove(one)


def take_security_away(root: etree._Element) -> None:
    root.remove(root[0])


def sign_twice(root: etree._Element) -> None:
    one = found(root, f"s:Header/{SECURITY}/d:Signature")
    found(root, f"s:Header/{SECURITY}").append(deepcopy(one))


def other_body(root: etree._Element) -> etree._Element:
    body = deepcopy(found(root, "s:Body"))
    found(body, ".//{*}FeasCode").text = "A"
    found(body, ".//{*}LeadDays").text = "1"
    return body


def wrap_in_the_header(root: etree._Element) -> None:
    """The signed body moves into the header, where nobody reads it; another stands in its place."""
    other = other_body(root)
    del other.attrib[ID]
    signed = found(root, "s:Body")
    root.replace(signed, other)
    etree.SubElement(root[0], "{urn:attack}Wrapper").append(signed)


def wrap_with_the_same_id(root: etree._Element) -> None:
    other = other_body(root)
    signed = found(root, "s:Body")
    root.replace(signed, other)
    etree.SubElement(root[0], "{urn:attack}Wrapper").append(signed)


def wrap_with_another_id(root: etree._Element) -> None:
    other = other_body(root)
    other.set(ID, "other")
    signed = found(root, "s:Body")
    root.replace(signed, other)
    etree.SubElement(root[0], "{urn:attack}Wrapper").append(signed)


def wrap_with_an_id_without_namespace(root: etree._Element) -> None:
    other = other_body(root)
    other.set("Id", str(other.attrib.pop(ID)))
    signed = found(root, "s:Body")
    root.replace(signed, other)
    etree.SubElement(root[0], "{urn:attack}Wrapper").append(signed)


def wrap_inside_the_signature(root: etree._Element) -> None:
    other = other_body(root)
    del other.attrib[ID]
    signed = found(root, "s:Body")
    root.replace(signed, other)
    one = found(root, f"s:Header/{SECURITY}/d:Signature")
    etree.SubElement(one, f"{{{DS}}}Object").append(signed)


def second_body(root: etree._Element) -> None:
    other = other_body(root)
    del other.attrib[ID]
    root.insert(1, other)


def timestamp_replaced(root: etree._Element) -> None:
    """A fresh timestamp that nobody signed; the signed one is kept out of the way."""
    security = found(root, f"s:Header/{SECURITY}")
    signed = found(security, "u:Timestamp")
    fresh = deepcopy(signed)
    del fresh.attrib[ID]
    security.replace(signed, fresh)
    etree.SubElement(root[0], "{urn:attack}Wrapper").append(signed)


def second_security(root: etree._Element) -> None:
    root[0].append(deepcopy(found(root, f"s:Header/{SECURITY}")))


def only_timestamp_referenced(root: etree._Element) -> None:
    info = found(root, f"s:Header/{SECURITY}/d:Signature/d:SignedInfo")
    info.remove(found(info, "d:Reference"))


def whole_document_referenced(root: etree._Element) -> None:
    found(root, f"s:Header/{SECURITY}/d:Signature/d:SignedInfo/d:Reference").set("URI", "")


def xpath_transform(root: etree._Element) -> None:
    one = next(root.iter(f"{{{DS}}}Transform"))
    one.set("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")


def hmac_method(root: etree._Element) -> None:
    one = found(root, f"s:Header/{SECURITY}/d:Signature/d:SignedInfo/d:SignatureMethod")
    one.set("Algorithm", "http://www.w3.org/2000/09/xmldsig#hmac-sha1")


ATTACKS: list[tuple[Change, str]] = [
    (change_body, "has been changed"),
    (change_timestamp, "has been changed"),
    (take_signature_away, "it is not signed"),
    (take_security_away, "no timestamp"),
    (sign_twice, "signed several times"),
    (wrap_in_the_header, "its Body is not what was signed"),
    (wrap_with_the_same_id, "there twice"),
    (wrap_with_another_id, "its Body is not what was signed"),
    (wrap_with_an_id_without_namespace, "there twice"),
    (wrap_inside_the_signature, "objects of its own"),
    (second_body, "its Body is not what was signed"),
    (timestamp_replaced, "its Timestamp is not what was signed"),
    (second_security, "several security headers"),
    (only_timestamp_referenced, "its Body is not what was signed"),
    (whole_document_referenced, "refers to what is not there"),
    (xpath_transform, "is not accepted"),
    (hmac_method, "is not accepted"),
]


@pytest.mark.parametrize(("change", "words"), ATTACKS, ids=[change.__name__ for change, _ in ATTACKS])
async def test_a_reply_that_was_tampered_with_is_no_answer(
    keys: dict[str, tuple[Path, Path]], change: Change, words: str
) -> None:
    security = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs"))
    root = signed_by(keys, "theirs", feasible("<f:FeasCode>N</f:FeasCode><f:LeadDays>90</f:LeadDays>"))
    change(root)
    with pytest.raises(NoAnswer) as raised:
        await asked(root, security)

    assert raised.value.cause is Cause.UNREADABLE
    assert words in raised.value.text


async def test_a_stranger_is_not_believed_whatever_the_message_says_of_its_key(
    keys: dict[str, tuple[Path, Path]],
) -> None:
    security = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs"))
    with pytest.raises(NoAnswer, match="not that of a trusted certificate"):
        await asked(signed_by(keys, "stranger", feasible()), security)


async def test_a_certificate_that_has_expired_is_not_believed(keys: dict[str, tuple[Path, Path]]) -> None:
    security = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "expired"))
    with pytest.raises(NoAnswer, match="no trusted certificate is valid now"):
        await asked(signed_by(keys, "expired", feasible()), security)


async def test_sha_1_is_believed_only_where_somebody_said_so(keys: dict[str, tuple[Path, Path]]) -> None:
    root = signed_by(keys, "theirs", feasible(), algorithm="sha1")
    strict = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs"))
    with pytest.raises(NoAnswer, match="is not accepted"):
        await asked(root, strict)

    lax = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs", accept_sha1=True))
    reply, _ = await asked(root, lax)
    assert reply.value["FeasCode"] == "A"


async def test_an_old_signed_reply_is_not_taken_again(keys: dict[str, tuple[Path, Path]]) -> None:
    security = WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs"))
    old = signed_by(keys, "theirs", feasible(), now=lambda: NOW - timedelta(hours=1))
    with pytest.raises(NoAnswer, match="has expired"):
        await asked(old, security)


async def test_a_fault_that_nobody_signed_is_a_fault_only_where_that_is_allowed(
    keys: dict[str, tuple[Path, Path]],
) -> None:
    def security(**more: Any) -> WsSecurity:
        return WsSecurity(timestamp=Timestamp(), signature=signature(keys, "ours", "theirs", **more))

    with pytest.raises(NoAnswer):
        await asked(fault("LOC-404"), security(), status=500)
    with pytest.raises(SystemFault, match="LOC-404"):
        await asked(fault("LOC-404"), security(unsigned_faults=True), status=500)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"key": "stranger"}, "the certificate is not that of the key", id="another-key"),
        pytest.param({"key": None}, "No such file", id="no-key"),
    ],
)
def test_keys_that_cannot_be_used_are_told_when_the_gateway_starts(
    keys: dict[str, tuple[Path, Path]], change: dict[str, str | None], words: str
) -> None:
    said = signature(keys, "ours", "theirs").model_dump()
    said["key"] = keys[change["key"]][0] if change["key"] else Path("/absent.pem")
    options = SoapOptions(
        wsdl=WSDL_FOLDER / "feasibility.wsdl", ws_security=WsSecurity(signature=Signature.model_validate(said))
    )
    with pytest.raises(AdapterConfigurationError) as raised:
        SoapSystem("nimbus", options)

    assert words in str(raised.value)
    assert str(raised.value).startswith("nimbus: ws_security.signature: ")


@pytest.mark.parametrize("said", [{}, {"username_token": {"username": "a", "password": "b", "nonce": False}}])
def test_options_that_make_no_sense_are_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WsSecurity.model_validate(said)


def test_without_the_extra_only_signatures_are_refused(keys: dict[str, tuple[Path, Path]]) -> None:
    code = (
        "import sys; sys.modules['xmlsec'] = None\n"
        "from pathlib import Path\n"
        "from adapters.base import AdapterConfigurationError\n"
        "from adapters.soap import SoapOptions, SoapSystem\n"
        f"wsdl, key = Path({str(WSDL_FOLDER / 'feasibility.wsdl')!r}), Path({str(keys['ours'][0])!r})\n"
        "signature = {'key': key, 'certificate': key, 'trusted': [key]}\n"
        "try:\n"
        "    SoapSystem('n', SoapOptions(wsdl=wsdl, ws_security={'signature': signature}))\n"
        "except AdapterConfigurationError as error:\n"
        "    print(error)\n"
        "SoapSystem('n', SoapOptions(wsdl=wsdl, ws_security={'timestamp': {}}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "needs the extra `wssecurity`" in done.stdout
