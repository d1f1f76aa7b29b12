"""A trace as it is read: with the answer, which is kept once, with its item.

Knows no database: what is kept comes in.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.lso.agreement import SELLER_CONTACT_ROLE
from gateway.lso.document import read_document
from gateway.qualification.composition import CONTACTS
from gateway.qualification.redacting import Redactor
from gateway.qualification.tracing import ENDED
from gateway.store.records import JsonText, StoredQualification, StoredTrace

_NO_LIMIT = 10_000


def retold(trace: StoredTrace, record: StoredQualification, position: int) -> dict[str, Any]:
    """The trace of that item as JSON data; empty where nothing is kept of it. What is hidden in traces is hidden in
    the answer too.
    """
    told: dict[str, Any] = orjson.loads(trace.text) if trace.text else {}
    if told.get(ENDED, told) is not None:
        return told
    item = record.items[position]
    if item.answer is None:
        return {name: value for name, value in told.items() if name != ENDED}
    redactor = Redactor()
    redactor.learn(_tree(item.request))
    contacts = _tree(record.envelope).get(CONTACTS) or ()
    redactor.learn([one for one in contacts if one.get("role") != SELLER_CONTACT_ROLE])
    return {**told, ENDED: redactor.shown(_tree(item.answer))}


def _tree(text: JsonText) -> dict[str, Any]:
    return read_document(text.encode(), max_depth=_NO_LIMIT).plain
