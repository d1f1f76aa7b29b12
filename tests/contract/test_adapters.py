"""What every adapter owes its caller, whatever the system behind it speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.base import AdapterConfigurationError, BadArguments, Cause, CheckOutcome, NoAnswer
from tests.contract.subjects import (
    Subject,
    installed_subject,
    mariadb_subject,
    memory_subject,
    postgres_subject,
    rest_subject,
    soap_11_subject,
    soap_12_subject,
    sqlite_subject,
)

SHORT = 0.2  # seconds that a call is given where it must run out of them
ENOUGH = 10.0


@pytest.fixture(
    params=[
        pytest.param(memory_subject, id="memory"),
        pytest.param(sqlite_subject, id="sqlite"),
        pytest.param(postgres_subject, id="postgresql", marks=pytest.mark.server),
        pytest.param(mariadb_subject, id="mariadb", marks=pytest.mark.server),
        pytest.param(soap_11_subject, id="soap-1.1"),
        pytest.param(soap_12_subject, id="soap-1.2"),
        pytest.param(rest_subject, id="rest"),
        pytest.param(installed_subject, id="installed"),
    ]
)
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    async with request.param(tmp_path) as made:
        await made.system.open()
        yield made
        await made.system.close()
        await made.down.close()


async def test_a_reply_is_plain_data_with_every_declared_member(subject: Subject) -> None:
    reply = await subject.working.call(subject.arguments, timeout=ENOUGH)

    assert reply.value == subject.value
    assert reply.received


@pytest.mark.parametrize("which", ["missing", "extra"])
async def test_arguments_that_do_not_fit_are_refused_and_nothing_is_sent(subject: Subject, which: str) -> None:
    with pytest.raises(BadArguments):
        await subject.working.call(getattr(subject, which), timeout=ENOUGH)
    with pytest.raises(BadArguments):
        subject.working.render(getattr(subject, which))

    assert subject.sent is None or subject.sent() == 0


async def test_rendering_shows_the_values_and_sends_nothing(subject: Subject) -> None:
    shown = subject.working.render(subject.arguments)

    assert _a_value(subject.arguments) in shown
    assert subject.sent is None or subject.sent() == 0


def _a_value(arguments: Any) -> str:
    """The first one, however deep."""
    return _a_value(next(iter(arguments.values()))) if isinstance(arguments, dict) else str(arguments)


async def test_what_is_prepared_declares_its_arguments(subject: Subject) -> None:
    assert set(subject.arguments) <= set(subject.working.contract.arguments["properties"])


async def test_a_call_that_takes_too_long_ends_in_time_and_leaves_its_slot(subject: Subject) -> None:
    subject.before_slow()
    async with asyncio.timeout(ENOUGH):
        with pytest.raises(NoAnswer) as raised:
            await subject.slow.call(subject.slow_arguments, timeout=SHORT)
        subject.after_slow()
        reply = await subject.working.call(subject.arguments, timeout=ENOUGH)

    assert raised.value.cause is Cause.TIMEOUT
    assert reply.value == subject.value


async def test_a_cancelled_call_is_cancelled_at_once_and_leaves_its_slot(subject: Subject) -> None:
    subject.before_slow()
    async with asyncio.timeout(ENOUGH):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SHORT):
                await subject.slow.call(subject.slow_arguments, timeout=100 * ENOUGH)
        subject.after_slow()
        reply = await subject.working.call(subject.arguments, timeout=ENOUGH)

    assert reply.value == subject.value


async def test_a_call_that_gets_no_slot_in_time_is_a_timeout(subject: Subject) -> None:
    subject.before_slow()
    outcomes = await asyncio.gather(
        subject.slow.call(subject.slow_arguments, timeout=5 * SHORT),
        subject.slow.call(subject.slow_arguments, timeout=SHORT),
        return_exceptions=True,
    )

    assert [getattr(outcome, "cause", None) for outcome in outcomes] == [Cause.TIMEOUT, Cause.TIMEOUT]


async def test_calls_beyond_the_limit_wait_and_are_all_answered(subject: Subject) -> None:
    replies = await asyncio.gather(*(subject.working.call(subject.arguments, timeout=ENOUGH) for _ in range(8)))

    assert [reply.value for reply in replies] == [subject.value] * 8


async def test_a_system_that_is_down_opens_and_closes_and_is_unreachable_when_called(subject: Subject) -> None:
    operation = subject.down.operation(subject.down_step)
    if subject.down.name != "down":  # the twin is down until it is opened
        await subject.down.open()
    with pytest.raises(NoAnswer) as raised:
        await operation.call(subject.arguments, timeout=ENOUGH)

    assert raised.value.cause is Cause.UNREACHABLE
    assert "hidden" not in str(raised.value)


async def test_a_system_that_is_not_open_is_unreachable(subject: Subject) -> None:
    await subject.system.close()
    with pytest.raises(NoAnswer) as raised:
        await subject.working.call(subject.arguments, timeout=ENOUGH)

    assert raised.value.cause is Cause.UNREACHABLE


@pytest.mark.parametrize("live", [False, True])
async def test_a_check_finds_nothing_wrong_with_a_system_that_works(subject: Subject, live: bool) -> None:
    found = await subject.system.check(live=live, timeout=5)

    assert found
    assert {one.outcome for one in found} <= {CheckOutcome.OK, CheckOutcome.NOT_CHECKED}


async def test_a_check_of_a_system_that_is_down_never_says_that_it_connects(subject: Subject) -> None:
    if subject.down.name != "down":
        await subject.down.open()
    (connection,) = [one for one in await subject.down.check(live=False, timeout=5) if one.subject == "connection"]

    assert connection.outcome is not CheckOutcome.OK


async def test_opening_and_closing_may_be_repeated(subject: Subject) -> None:
    await subject.system.open()
    await subject.system.close()
    await subject.system.close()
    await subject.system.open()

    assert (await subject.working.call(subject.arguments, timeout=ENOUGH)).value == subject.value


@pytest.mark.parametrize("which", ["unknown", "foreign"])
async def test_an_operation_that_cannot_be_is_refused_while_loading(subject: Subject, which: str) -> None:
    with pytest.raises(AdapterConfigurationError, match=subject.system.name):
        subject.system.operation(getattr(subject, which))


async def test_a_changed_reply_changes_no_later_one(subject: Subject) -> None:
    first = (await subject.working.call(subject.arguments, timeout=ENOUGH)).value
    first.clear()

    assert (await subject.working.call(subject.arguments, timeout=ENOUGH)).value == subject.value
