"""What the store keeps of who did what: entries that are only ever added, and seals over them. No I/O, no SQL.

An entry is written in the transaction of what it is about. Seconds later a seal covers it: each seal holds a hash over
its entries and the hash of the seal before it, so that afterwards no entry is changed, added or taken away unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

import orjson

from gateway.values import value

FIRST = "0" * 64
"""Stands in the place of the hash of a seal before the first one."""


@value(frozen=True)
class Actor:
    """Who did it: `client acme` or `operator root`; from which address or command; in which request."""

    name: str
    origin: str = ""
    request_id: str = ""


GATEWAY = Actor("gateway")


class Action(StrEnum):
    """What was done."""

    POQ_CREATED = "poq created"
    ITEM_ANSWERED = "item answered"
    LISTENER_REGISTERED = "listener registered"
    LISTENER_UNREGISTERED = "listener unregistered"
    DELIVERIES_REPLAYED = "deliveries replayed"
    MAPPINGS_RELOADED = "mappings reloaded"
    ACCESS_DENIED = "access denied"
    CONTACTS_REMOVED = "contacts removed"
    PURGED = "purged"


@value(frozen=True)
class AuditEntry:
    """One act. `subject`: the id of what it was done to; `outcome`: what came of it. No payload, no secret."""

    at: datetime
    actor: Actor
    action: Action
    outcome: str
    subject: str = ""
    buyer: str = ""
    seller: str = ""
    detail: str = ""


@value(frozen=True)
class KeptEntry:
    """An entry with its number, and the number of its seal once it has one."""

    number: int
    seal: int | None
    entry: AuditEntry


@dataclass(frozen=True)
class Seal:
    """`hash` covers `previous` and all entries of this seal; `entries` says how many."""

    number: int
    at: datetime
    entries: int
    previous: str
    hash: str


def sealed(previous: str, entries: Iterable[tuple[int, bytes]]) -> str:
    """The hash of a seal over these entries in the order of their numbers: each its number, and what is covered."""
    digest = sha256(previous.encode())
    for number, text in entries:
        digest.update(b"\n%d " % number)
        digest.update(text)
    return digest.hexdigest()


def covered(at: datetime, texts: Sequence[str]) -> bytes:
    """What a seal covers of an entry: the same bytes whenever and wherever it is read.

    `texts`: the actor's name, origin and request id, the action, the outcome, the subject, Buyer, Seller and detail.
    """
    at = at.astimezone(UTC)
    when = at if at.microsecond else at.isoformat(timespec="microseconds")  # which orjson writes without a fraction
    return orjson.dumps([when, *texts])


def forgotten(seal: Seal) -> str:
    """What an entry about forgotten entries says of the last seal among them: where the chain begins since."""
    return f"audit to seal {seal.number} {seal.hash}"
