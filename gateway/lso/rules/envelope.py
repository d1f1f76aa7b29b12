"""Rules about the request as a whole: dates, the wish for alternatives."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.lso.instants import parse_instant
from gateway.lso.problems import Problem, ProblemCode
from gateway.lso.rules.context import Context

INSTANT = "instantSyncQualification"
REQUESTED_DATE = "requestedPOQCompletionDate"


def immediate_responses_are_offered(context: Context) -> Iterator[Problem]:
    """P16: the types of responses are agreed at onboarding."""
    if context.document.get(INSTANT) is True and "immediate" not in context.agreement.response_types:
        yield Problem(ProblemCode.INVALID_VALUE, (INSTANT,), "must be false: only deferred responses are given here")


def deferred_needs_a_requested_date(context: Context) -> Iterator[Problem]:
    """P13, 87.1-R28."""
    if _is_deferred(context) and REQUESTED_DATE not in context.document:
        yield Problem(
            ProblemCode.MISSING_PROPERTY,
            (REQUESTED_DATE,),
            "is missing: a request that allows a deferred response says by when it is wanted",
        )


def requested_date_lies_ahead(context: Context) -> Iterator[Problem]:
    """P15; compared as instants, whatever the offset."""
    if context.agreement.past_completion_dates == "accept":
        return
    requested = context.request.text(REQUESTED_DATE) if _is_deferred(context) else None
    instant = parse_instant(requested) if requested else None
    if instant is not None and instant < context.received_at:
        yield Problem(ProblemCode.INVALID_VALUE, (REQUESTED_DATE,), "was already past when the request arrived")


def specification_items_need_alternatives(context: Context) -> Iterator[Problem]:
    """P17, 87.1-R26: once, however many items name a specification only."""
    if context.document.get("provideAlternative") is not False:
        return
    if any(one.object("productSpecification") and "productOffering" not in one.value for one in context.added):
        yield Problem(
            ProblemCode.INVALID_VALUE,
            ("provideAlternative",),
            "must be true: an item is to be qualified by its product specification",
        )


def _is_deferred(context: Context) -> bool:
    return context.document.get(INSTANT) is False
