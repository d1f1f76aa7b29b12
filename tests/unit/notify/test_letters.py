"""Where an event goes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.notify.letters import letter
from gateway.notify.policy import CallbackPolicy
from gateway.store.records import JsonText
from gateway.store.records_notify import ClaimedDelivery, DeliveryId, Subscription, SubscriptionId

NOW = datetime(2026, 5, 1, tzinfo=UTC)
VERSIONS = {Interface.SONATA: "v8", Interface.CANTATA: "v2"}


def claimed(callback: str, interface: Interface, buyer: str | None, seller: str | None) -> ClaimedDelivery:
    registration = Subscription(
        *(
            SubscriptionId("hub-1"),
            interface,
            BuyerId("b"),
            SellerId("s"),
            callback,
            None,
            True,
            True,
            NOW,
            buyer,
            seller,
        )
    )
    poq_id, event_type = PoqId("poq-1"), "poqStateChangeEvent"
    body = JsonText('{"eventId":"é"}')
    return ClaimedDelivery(DeliveryId("d"), registration, poq_id, "event-1", event_type, body, 1, NOW, NOW)


SONATA = "/mefApi/sonata/productOfferingQualificationNotification/v8/listener/poqStateChangeEvent"
CANTATA = "/mefApi/cantata/productOfferingQualificationNotification/v2/listener/poqStateChangeEvent"


@pytest.mark.parametrize(
    ("callback", "interface", "buyer", "seller", "url"),
    [
        pytest.param("https://b.example", Interface.SONATA, None, None, f"https://b.example{SONATA}", id="host"),
        pytest.param("https://b.example/", Interface.SONATA, None, None, f"https://b.example{SONATA}", id="slash"),
        pytest.param("https://b.example/a//", Interface.SONATA, None, None, f"https://b.example/a{SONATA}", id="path"),
        pytest.param("http://b:1/%41", Interface.CANTATA, None, None, f"http://b:1/%41{CANTATA}", id="cantata"),
        pytest.param("https://b", Interface.SONATA, "b-1", None, f"https://b{SONATA}?buyerId=b-1", id="buyer"),
        pytest.param("https://b", Interface.SONATA, None, "s", f"https://b{SONATA}?sellerId=s", id="seller"),
        pytest.param(
            *("https://b", Interface.SONATA, "b &é/", "s=1"),
            f"https://b{SONATA}?buyerId=b%20%26%C3%A9%2F&sellerId=s%3D1",
            id="both-encoded",
        ),
    ],
)
def test_the_path_of_the_listener_is_appended_to_the_callback(
    callback: str, interface: Interface, buyer: str | None, seller: str | None, url: str
) -> None:
    made = letter(claimed(callback, interface, buyer, seller), VERSIONS, CallbackPolicy())

    assert made.url == url
    assert made.body == '{"eventId":"é"}'.encode()
