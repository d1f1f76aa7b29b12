"""Persons are removed from a stored POQ; everything else stays to the letter."""

from __future__ import annotations

import json

from gateway.lso.contacts import envelope_without_contacts, item_without_contacts
from tests.support.requests import valid_request

PERSON = {"name": "Ada Lovelace", "number": "+44 1", "emailAddress": "ada@buyer.example", "numberExtension": "7"}
EMPTY = {"name": "removed", "number": "removed", "emailAddress": "removed"}


def test_the_buyers_contacts_say_removed_and_the_sellers_stays() -> None:
    seller = PERSON | {"role": "sellerContactInformation"}
    buyer = PERSON | {"role": "buyerContactInformation", "postalAddress": {"city": "London"}}
    text = json.dumps({"projectId": "Ada", "relatedContactInformation": [buyer, seller]})

    rest = json.loads(envelope_without_contacts(text))

    assert rest["relatedContactInformation"] == [EMPTY | {"role": "buyerContactInformation"}, seller]
    assert rest["projectId"] == "Ada", "what is no contact is not guessed to be one"


def test_contacts_of_places_go_and_numbers_keep_their_spelling() -> None:
    place = (
        '{"role":"INSTALL_LOCATION","contact":[{"name":"Ada","number":"1","emailAddress":"a@b","organization":"X"}]}'
    )
    text = f'{{"id":"1","product":{{"productConfiguration":{{"contact":[{{"rate":1.50}}]}},"place":[{place}]}}}}'

    rest = item_without_contacts(text)

    assert json.loads(rest)["product"]["place"][0]["contact"] == [EMPTY]
    assert '"productConfiguration":{"contact":[{"rate":1.50}]}' in rest


def test_an_item_without_product_or_places_stays_as_it_is() -> None:
    for text in ('{"id":"1"}', '{"product":{"id":"7"}}', '{"product":{"place":[{"role":"X"}]}}'):
        assert item_without_contacts(text) == text


def test_what_is_left_is_still_a_request_of_the_standard() -> None:
    from gateway.lso.documents import check_create_request

    request = valid_request()
    emptied = json.loads(envelope_without_contacts(json.dumps(request)))
    emptied["productOfferingQualificationItem"] = [
        json.loads(item_without_contacts(json.dumps(item))) for item in request["productOfferingQualificationItem"]
    ]

    assert emptied != request
    assert check_create_request(emptied) == []
