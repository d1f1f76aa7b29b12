"""The time that a call would have if its caller had enough: who is asked cannot tell it from the time it is given.

A call that ends without an answer speaks against a system only if the system had its time. A caller may have less (its
own deadline is near), or none any more (it disconnects): both say nothing about who was asked.
"""

from __future__ import annotations

from contextvars import ContextVar

WHOLE: ContextVar[float | None] = ContextVar("WHOLE", default=None)
"""Seconds that the call under way may take where its caller has them; None: all that it is given."""

ALMOST = 0.05
"""Seconds; who gives up so near to the limit of a call gives up because of it."""


def had_its_time(took: float, given: float, whole: float) -> bool:
    """Whether a call that ran out of its time after `took` of the `given` seconds speaks against who was asked.

    `whole`: the seconds that it would have been given by a caller with enough of them. Half of those are enough.
    """
    return given >= whole or took >= whole / 2
