"""What is kept of a call says nothing secret, and nothing of who somebody is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.qualification.redacting import HIDDEN, Redactor, hides


@pytest.mark.parametrize(
    "key",
    [
        *(
            "name",
            "Name",
            "NAME",
            "firstName",
            "last_name",
            "customerName",
            "endCustomerName",
            "contactName",
            "surname",
        ),
        *("emailAddress", "e_mail", "EMAIL", "ContactEmail", "phoneNumber", "telephone", "mobile", "MobileNo", "fax"),
        *("password", "PASSWORD_HASH", "accessToken", "token", "apiKey", "api-key", "clientSecret", "Authorization"),
        *("placeContact", "relatedContactInformation", "contacts", "session_cookie", "userId", "username"),
    ],
)
def test_keys_of_persons_and_secrets_hide(key: str) -> None:
    assert hides(key)


@pytest.mark.parametrize(
    "key",
    [
        *("streetName", "classOfServiceName", "tokenShare", "port_key", "site_no", "number", "mobileBackhaul", "id"),
        *("PortKbps", "Requestor", "deliveryType", "productName", "hostname", "", "@type", "keys", "filename"),
    ],
)
def test_other_keys_do_not(key: str) -> None:
    assert not hides(key)


def shown(tree: Any) -> Any:
    redactor = Redactor()
    redactor.learn(tree)
    return redactor.shown(tree)


def test_all_of_a_contact_is_hidden_but_what_it_is_for() -> None:
    contact = {"role": "buyerContactInformation", "number": "+1 202", "postalAddress": {"city": "Bern"}, "x": [1, "y"]}

    assert shown({"contact": contact}) == {
        "contact": {
            "role": "buyerContactInformation",
            "number": HIDDEN,
            "postalAddress": {"city": HIDDEN},
            "x": [HIDDEN, HIDDEN],
        }
    }


def test_a_text_that_is_hidden_in_one_place_is_hidden_in_all() -> None:
    tree = {"customer": {"name": "Ada Byron"}, "remark": "Ask Ada Byron, or bob@x.example", "ref": "Ada Byron"}

    assert shown(tree) == {"customer": {"name": HIDDEN}, "remark": f"Ask {HIDDEN}, or {HIDDEN}", "ref": HIDDEN}


def test_values_of_systems_become_json() -> None:
    tree = {
        "rate": Decimal("1.50"),
        "whole": Decimal("7.00"),
        "none": Decimal("NaN"),
        "large": 2**70,
        "day": date(2026, 1, 2),
        "at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "flag": True,
        "gap": None,
        "half": "\ud800",
    }

    assert orjson.loads(orjson.dumps(shown(tree))) == {
        "rate": 1.5,
        "whole": 7,
        "none": "NaN",
        "large": str(2**70),
        "day": "2026-01-02",
        "at": "2026-01-02T03:04:00.000Z",
        "flag": True,
        "gap": None,
        "half": "?",
    }


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.dates() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(_VALUES, st.text("abcdefgh", min_size=6, max_size=12))
def test_whatever_stands_around_it_a_secret_is_not_shown(around: Any, secret: str) -> None:
    tree = {"x": around, "login": {"password": secret, "note": f"<{secret}>"}, secret: 1}

    assert secret not in json.dumps(orjson.loads(orjson.dumps(shown(tree))))
