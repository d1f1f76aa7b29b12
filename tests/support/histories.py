"""Whether a POQ, as a Buyer reads it, can be: states, histories and attributes by the state model, sections 3 to 9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from gateway.lso.documents import check_qualification
from gateway.lso.instants import parse_instant
from gateway.lso.states import FINAL_POQ_STATES, ItemState, PoqState, check_step, poq_state_of

ITEMS = "productOfferingQualificationItem"

_ANSWER = {
    "serviceabilityConfidence",
    "serviceabilityConfidenceReason",
    "installationInterval",
    "guaranteedUntilDate",
    "deliveryType",
    "alternateProductOfferingProposal",
    "3rdPartyProvider",
    "3rdPartyProviderProductOffering",
}
_OF_STATE = {
    ItemState.DONE: _ANSWER,
    ItemState.TERMINATED_WITH_ERROR: {"terminationError"},
}


def check_lawful(shown: Mapping[str, Any]) -> None:
    """Fails unless this is a POQ that the standard allows, alone or as the next sight of one that moves on."""
    assert check_qualification(shown) == []
    items = shown[ITEMS]
    assert shown["state"] == poq_state_of(ItemState(item["state"]) for item in items)
    check_history(shown, PoqState)
    assert shown["creationDate"] == shown["stateChange"][0]["changeDate"]
    assert not ("expectedPOQCompletionDate" in shown and shown["state"] in FINAL_POQ_STATES)
    for item in items:
        check_history(item, ItemState)
        given = {*item} & (_ANSWER | {"terminationError"})
        assert given <= _OF_STATE.get(ItemState(item["state"]), set()), f"{item['state']} shows {given}"
        if item["state"] == ItemState.DONE:
            assert "serviceabilityConfidence" in item
        if item["state"] == ItemState.TERMINATED_WITH_ERROR:
            assert item["terminationError"]


def check_history(shown: Mapping[str, Any], kind: type[PoqState] | type[ItemState]) -> None:
    """Entries in order of time, each step one that the state machine has, the last one the state that is shown."""
    entries: Sequence[Mapping[str, str]] = shown["stateChange"]
    states = [kind(entry["state"]) for entry in entries]
    assert states[0] in (kind.ACKNOWLEDGED, kind.DONE)
    for before, after in pairwise(states):
        check_step(before, after)
    assert states[-1] == shown["state"]
    times = [parse_instant(entry["changeDate"]) for entry in entries]
    assert None not in times
    assert times == sorted(times)  # type: ignore[type-var]


def check_follows(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Fails unless a later sight of a POQ only adds to an earlier one."""
    for earlier, later in zip((before, *before[ITEMS]), (after, *after[ITEMS]), strict=True):
        count = len(earlier["stateChange"])
        assert later["stateChange"][:count] == earlier["stateChange"]
