"""Steps that are called several times, that change something, or whose real operation is known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.base import BadArguments, Contract, Reply
from gateway.assembly.kinds import KINDS
from gateway.authoring.running import Surroundings
from gateway.authoring.suite import load_suite, run_suite
from gateway.qualification.legacy import PreparedMapping, PreparedStep
from tests.unit.authoring.files import case, result, told, written

EACH = """\
mapping: line
version: 1
for: {product: any}
steps:
  ports:
    each: {name: ref, from: "=['P-1', 'P-2', 'P-3']"}
    sql: inventory
    query: SELECT free FROM port WHERE ref = :ref
    with: {ref: =ref}
    rows: one
    on: {no rows: fail, many rows: fail}
answer:
  - when: all(port.free == 0 for port in ports)
    red: No port is free
  - otherwise: fail
"""


async def test_each_call_of_a_step_has_its_reply_in_turn(tmp_path: Path) -> None:
    legacy = "  legacy: {ports: {in turn: [[{free: 0}], [{free: 0}], [{free: 0}]]}}\n"
    sends = "  sends: {ports: [{ref: P-1}, {ref: P-2}, {ref: P-3}]}\n"
    found = await result(tmp_path, case(f"{legacy}{sends}  expect: red\n"), EACH)

    assert (told(found), list(found.sent_otherwise), found.passed) == ([], [], True)


WRITE = """\
mapping: line
version: 1
for: {product: any}
steps:
  booked:
    write: true
    soap: network
    operation: Book
    with: {Ref: =offering.id}
    on:
      fault FULL: {red: No port is free}
      any fault: fail
      unknown: {lookup: found}
  found:
    soap: network
    operation: Find
    with: {Ref: =offering.id}
    on: {any fault: fail, no answer: fail}
answer:
  - when: booked.Code == 'NONE'
    red: Nothing was booked
  - otherwise: fail
"""


@pytest.mark.parametrize(
    ("legacy", "sends", "expect"),
    [
        pytest.param("{booked: {Code: NONE}}", "{found: not asked}", "{red: Nothing was booked}", id="done"),
        pytest.param("{booked: {fault: FULL}}", "{found: not asked}", "{red: No port is free}", id="refused"),
        pytest.param("{booked: no answer, found: {Code: NONE}}", "{found: {}}", "red", id="silence is looked up"),
        pytest.param("{booked: already begun, found: {Code: NONE}}", "{booked: not asked}", "red", id="never twice"),
        pytest.param("{booked: already begun, found: no answer}", "{booked: not asked}", "fail", id="nobody knows"),
    ],
)
async def test_what_changes_something_is_never_called_twice(
    tmp_path: Path, legacy: str, sends: str, expect: str
) -> None:
    found = await result(tmp_path, case(f"  legacy: {legacy}\n  sends: {sends}\n  expect: {expect}\n"), WRITE)

    assert (told(found), list(found.sent_otherwise), list(found.troubles)) == ([], [], [])


class Strict:
    """An operation that takes no text with a hyphen, and must not be called."""

    contract = Contract()

    def render(self, arguments: Mapping[str, Any]) -> str:
        if "-" in arguments["ref"]:
            raise BadArguments("a hyphen does not fit")
        return ""

    async def call(self, arguments: Mapping[str, Any], *, timeout: float) -> Reply:  # noqa: ASYNC109 - the port's
        raise AssertionError("a real operation was called")


@pytest.mark.parametrize(
    ("offering", "error"),
    [("OFFER-1", "'port' cannot be asked: a hyphen does not fit"), ("OFFER", "")],
    ids=["does not fit", "fits"],
)
async def test_what_goes_out_must_fit_the_real_operation_once_it_is_known(
    tmp_path: Path, offering: str, error: str
) -> None:
    expect = "fail" if error else "red"
    text = case(f"  legacy: {{port: [{{free: 0}}]}}\n  expect: {expect}\n").replace("OFFER-1", offering)
    (tested,) = load_suite([written(tmp_path, text)], KINDS)
    steps = {"port": PreparedStep(tested.mapping.step("port"), Strict(), timeout=1.0, tries=1)}
    around = Surroundings(prepared={"line": PreparedMapping(tested.mapping, steps)})
    (found,) = (await run_suite([tested], around)).results

    assert (found.error, found.passed) == (error, True)
