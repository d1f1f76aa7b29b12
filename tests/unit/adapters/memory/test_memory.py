"""The scripted twin: answers in turn, remembers its calls, and waits where it is told to."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.base import Cause, NoAnswer, SystemFault
from adapters.memory import Call, MemoryOptions, MemoryStep, MemorySystem, Scripted
from adapters.sql import SqlStep


async def twin(*answers: dict[str, Any], key: str = "Check") -> MemorySystem:
    system = MemorySystem("twin", MemoryOptions(replies={key: tuple(Scripted(**answer) for answer in answers)}))
    await system.open()
    return system


async def ask(system: MemorySystem, **arguments: Any) -> Any:
    return (await system.operation(MemoryStep(operation="Check")).call(arguments, timeout=5)).value


async def test_answers_are_given_in_turn_and_the_last_one_stays() -> None:
    system = await twin({"value": {"n": 1}}, {"rows": [{"n": 2}]})

    assert [await ask(system) for _ in range(3)] == [{"n": 1}, [{"n": 2}], [{"n": 2}]]


async def test_a_scripted_fault_has_its_codes() -> None:
    with pytest.raises(SystemFault) as raised:
        await ask(await twin({"fault": ("BUSY", "Client"), "text": "later"}))

    assert (raised.value.codes, raised.value.text) == (("BUSY", "Client"), "later")


async def test_a_single_fault_code_need_be_no_list() -> None:
    with pytest.raises(SystemFault) as raised:
        await ask(await twin({"fault": "BUSY"}))

    assert raised.value.codes == ("BUSY",)


@pytest.mark.parametrize("cause", list(Cause), ids=lambda cause: cause.name)
async def test_a_scripted_silence_has_its_cause(cause: Cause) -> None:
    with pytest.raises(NoAnswer) as raised:
        await ask(await twin({"no_answer": cause}))

    assert raised.value.cause is cause


async def test_every_call_is_remembered_as_it_was() -> None:
    system = await twin({"value": {}})
    sent = {"ref": ["P-1"]}
    await ask(system, **sent)
    sent["ref"].append("P-2")

    assert system.calls == [Call("Check", {"ref": ["P-1"]}, 5)]


async def test_a_held_operation_answers_when_it_is_let_go() -> None:
    system = await twin({"value": {"n": 1}})
    gate = system.hold("Check")
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(ask(system))
        done, _ = await asyncio.wait({asked}, timeout=0)
        assert system.calls
        assert not done
        gate.set()

    assert asked.result() == {"n": 1}


async def test_it_stands_in_for_a_query_by_its_text() -> None:
    system = await twin({"rows": []}, key="SELECT a FROM t")
    operation = system.operation(SqlStep(query="SELECT a FROM t"))

    assert (await operation.call({}, timeout=5)).value == []


@pytest.mark.parametrize(
    "answer",
    [{}, {"value": {}, "rows": []}, {"fault": "X", "no_answer": "timeout"}],
    ids=["none", "two", "two-failures"],
)
def test_an_answer_is_exactly_one_thing(answer: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        Scripted(**answer)
