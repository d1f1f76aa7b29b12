"""Drives one evaluation to its end: makes the calls it asks for, as many at once as it allows, and hands in replies.

Knows no mapping and no system: whoever starts it says how a call is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.mapping.engine import Ask, Evaluation
from gateway.mapping.outcomes import Call, Failure, StepResult

Ended = TypeVar("Ended")


async def drive(evaluation: Evaluation[Ended], ask: Callable[[Call], Awaitable[StepResult]]) -> Ended | Failure:
    """How the evaluation ends. `ask` makes one call and says what came of it; calls that nobody waits for any more are
    cancelled. Sets no time limit.
    """
    while isinstance(step := evaluation.advance(), Ask):
        if len(step.calls) > 1:
            return await _several(evaluation, step, ask)
        for call in step.calls:
            evaluation.settle(call.step, await ask(call), call.index)
    return step


async def _several(
    evaluation: Evaluation[Ended], asked: Ask, ask: Callable[[Call], Awaitable[StepResult]]
) -> Ended | Failure:
    """From the first moment on at which there are several calls to make at once."""

    async def one(call: Call) -> tuple[Call, StepResult]:
        return call, await ask(call)

    step: Ask | Ended | Failure = asked
    async with asyncio.TaskGroup() as group:
        running: set[asyncio.Task[tuple[Call, StepResult]]] = set()
        while isinstance(step, Ask):
            running |= {group.create_task(one(call)) for call in step.calls}
            finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                call, result = task.result()
                evaluation.settle(call.step, result, call.index)
            step = evaluation.advance()
        for task in running:
            task.cancel()
    return step
