"""The statements behind answers that are given again: what a POST was answered, found by the marks it would bear again.

Buyer first. What is older than a Buyer's window is gone, and removed when the next answer of this Buyer is kept.
Windows are agreed with each Buyer: nobody's is measured by another's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.store.changes import Conflict
from gateway.store.records import JsonText, StoredQualification
from gateway.store.tables import given_answer


class MarkKind(StrEnum):
    """By what a request is recognised: the Idempotency-Key it bears, or its content."""

    KEY = "key"
    CONTENT = "content"


@dataclass(frozen=True)
class Mark:
    """`token` and `content` are SHA-256 in hex: of what is recognised, and of the whole request."""

    kind: MarkKind
    token: str
    content: str


@dataclass(frozen=True)
class GivenAnswer:
    """What a request with this mark was answered: the body of the 201, word for word."""

    mark: Mark
    poq_id: PoqId
    body: JsonText


@dataclass(frozen=True)
class Keeping:
    """What is kept with a new POQ, so that its answer can be given again. Older than `since` is forgotten."""

    marks: Sequence[Mark]
    body: JsonText
    since: datetime


class AnsweredBefore(Exception):
    """A request with one of these marks has been answered meanwhile: nothing was kept, and this is its answer."""

    def __init__(self, answer: GivenAnswer) -> None:
        super().__init__(f"answered before, as POQ {answer.poq_id}")
        self.answer = answer


def find_answer(
    connection: Connection,
    *,
    buyer: BuyerId,
    seller: SellerId,
    interface: Interface,
    marks: Sequence[Mark],
    since: datetime,
) -> GivenAnswer | None:
    """What this Buyer was answered to a request with the first of these marks that is known."""
    for mark in marks:
        row = connection.execute(
            select(given_answer).where(
                given_answer.c.buyer_id == buyer,
                given_answer.c.seller_id == seller,
                given_answer.c.interface == interface.value,
                given_answer.c.kind == mark.kind.value,
                given_answer.c.token == mark.token,
                given_answer.c.created >= since,
            )
        ).one_or_none()
        if row is not None:
            kept = Mark(mark.kind, row.token, row.content)
            return GivenAnswer(kept, PoqId(row.poq_id), JsonText(row.body))
    return None


def keep_answer(connection: Connection, record: StoredQualification, keeping: Keeping) -> None:
    """Keep what a new POQ is answered, in its transaction. Raises AnsweredBefore, or Conflict: look once more."""
    is_old = given_answer.c.created < keeping.since
    connection.execute(delete(given_answer).where(given_answer.c.buyer_id == record.buyer, is_old))
    given = find_answer(
        connection,
        buyer=record.buyer,
        seller=record.seller,
        interface=record.interface,
        marks=keeping.marks,
        since=keeping.since,
    )
    if given is not None:
        raise AnsweredBefore(given)
    try:
        connection.execute(insert(given_answer), [_row(record, mark, keeping.body) for mark in keeping.marks])
    except IntegrityError as error:
        raise Conflict("the same request was answered at the same moment") from error


def _row(record: StoredQualification, mark: Mark, body: JsonText) -> dict[str, object]:
    return {
        "buyer_id": record.buyer,
        "seller_id": record.seller,
        "interface": record.interface.value,
        "kind": mark.kind.value,
        "token": mark.token,
        "content": mark.content,
        "poq_id": record.id,
        "body": body,
        "created": record.creation_date,
    }
