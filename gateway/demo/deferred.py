"""The demo's second part, told while it happens: a POQ that is answered later, and how its Buyer learns of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from gateway.demo.buyer import Acknowledged, Buyer
from gateway.demo.listener import Notice
from gateway.demo.story import Recorder, asked, title
from gateway.lso.request import ITEMS
from gateway.qualification.observing import LegacyCall

Say = Callable[[str], None]

_LONGEST_ITEM = 40


@dataclass(frozen=True)
class DeferredPoq:
    """What went over the wire, in the order of time."""

    request: Mapping[str, Any]
    acknowledged: Mapping[str, Any]
    notices: list[Notice]
    response: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "request": self.request,
            "acknowledged": self.acknowledged,
            "events": [notice.event.wire() for notice in self.notices],
            "response": self.response,
        }


async def tell_deferred(buyer: Buyer, request: Mapping[str, Any], recorder: Recorder, say: Say) -> DeferredPoq:
    """Register, send, hear of every change, read the answer; each line is said when it is true. Raises DemoFailed."""
    say(title("The Buyer asks for a deferred answer"))
    registration = await buyer.register()
    say(f"  POST /hub: registered, to be called back at {registration['callback']}")
    for line in asked(request):
        say(line)
    taken = await buyer.ask_for_later(request)
    poq = taken.qualification["id"]
    say(f"  POST: {taken.qualification['state']} after {taken.seconds * 1000:.0f} ms, id {poq}")
    say("")
    notices: list[Notice] = []

    def heard(notice: Notice) -> None:
        notices.append(notice)
        say(told_since(notice, taken))

    say(title("The Buyer's listener is told (seconds after the POST)"))
    await buyer.hear_the_end(poq, heard)
    response = await buyer.read(poq)
    for line in _end(response, recorder):
        say(line)
    return DeferredPoq(request, taken.qualification, notices, response)


def told_since(notice: Notice, taken: Acknowledged) -> str:
    """One event, with the seconds since the POQ was sent."""
    return f"  {notice.at - taken.sent:5.2f} s  {_what(notice)}"


def told_of_any(notice: Notice) -> str:
    """One event of any POQ, with the time of day (UTC) at which it happened."""
    event = notice.event
    return f"  {_time(event.event_time)}  {event.event.id}  {_what(notice)}"


def _what(notice: Notice) -> str:
    """An item's id is the Buyer's: however it looks, the line stays one line."""
    item = notice.item or ""
    shown = item if item.isprintable() else ascii(item)
    return f"{notice.event.event_type:<23}  {shown[:_LONGEST_ITEM]:<8}  {notice.event.event.state}"


def _end(response: Mapping[str, Any], recorder: Recorder) -> Iterator[str]:
    yield ""
    yield title("Meanwhile the legacy systems were asked")
    for item in response[ITEMS]:
        yield from _calls(item["id"], [call for call in recorder.calls if call.item == item["id"]])
    yield ""
    yield title("The Buyer reads the POQ")
    for item in response[ITEMS]:
        yield f"  {item['id']}: {_answer(item)}"
        yield f"  {' ' * len(item['id'])}  {_history(item)}"
    yield f"  the POQ: {_history(response)}"


def _calls(item: str, calls: list[LegacyCall]) -> Iterator[str]:
    """A line a step, with the results in turn."""
    results: dict[tuple[str, str], list[str]] = {}
    for call in calls:
        results.setdefault((call.system, call.step), []).append(_in_short(call.result))
    for (system, step), found in results.items():
        counts = [(result, len(list(same))) for result, same in groupby(found)]
        shown = ", ".join(result if count == 1 else f"{result} ({count} times)" for result, count in counts)
        yield f"  {item}: {system}, step '{step}': {shown}"


def _in_short(result: str) -> str:
    """A fault by its first code, without its text."""
    return result.partition(":")[0].partition(" / ")[0]


def _answer(item: Mapping[str, Any]) -> str:
    interval = item.get("installationInterval")
    days = f", {interval['amount']} {interval['units']}" if interval else ""
    return f"{item['state']}, {item.get('serviceabilityConfidence', 'no answer')}{days}"


def _history(shown: Mapping[str, Any]) -> str:
    return " > ".join(f"{entry['state']} {_time(entry['changeDate'])}" for entry in shown["stateChange"])


def _time(instant: str) -> str:
    """The time of day of an instant in UTC, as it stands there."""
    return instant.partition("T")[2]
