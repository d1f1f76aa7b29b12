"""What one SOAP call costs a processor: ours, the zeep library by itself, and code written by hand for this message.

    python -m tests.benchmarks.soap_codec [--calls 2000] [--rounds 5] [--profile]

The service answers over loopback from a process of its own: a request of 0.6 KB, a reply of 2.3 KB with four options.
Ours checks both against the schema; the others check nothing. All contestants take turns in each round.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import multiprocessing
import pstats
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
import zeep
from aiohttp import web
from lxml import etree

from adapters.soap import SoapOptions, SoapStep, SoapSystem
from adapters.soap.transport import Answer

REPOSITORY = Path(__file__).resolve().parents[2]
WSDL = REPOSITORY / "config" / "demo" / "nimbus.wsdl"
TYPES = "urn:nimbus:planning:types:3"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
QUESTION: dict[str, Any] = {
    "Requestor": {"System": "POQGW", "Reference": "poq-000001/item-001"},
    "Circuit": {"ProductCode": "AEL-P", "BandwidthKbps": 100_000, "ASite": "NB-10001", "ZPort": 4711},
    "WithOptions": True,
}
AT_ONCE = 16

_OPTION = (
    "<t:Options><t:OptionId>OPT-{n}</t:OptionId><t:OfferingId>00016{n}</t:OfferingId><t:MaxKbps>{n}00000</t:MaxKbps>"
    "<t:LeadDays>{n}</t:LeadDays><t:NetStatus>NEAR</t:NetStatus>"
    "<t:Remark>Offering {n} can be built from the distribution point in the street, with a cabinet of its own, and "
    "the last metres go by the existing duct of the building (see plan {n}-2008, sheet 4, and what the surveyor wrote "
    "on the back of it about the cellar)</t:Remark></t:Options>"
)
REPLY = (
    f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{TYPES}"><s:Body>'
    "<t:CheckFeasibilityResponse><t:FeasCode>B</t:FeasCode><t:NetStatus>NEAR</t:NetStatus><t:LeadDays>20</t:LeadDays>"
    "<t:Remark>A build is planned for this street</t:Remark><t:ThirdParty><t:Name>Ductworks</t:Name></t:ThirdParty>"
    + "".join(_OPTION.format(n=number) for number in range(1, 5))
    + "</t:CheckFeasibilityResponse></s:Body></s:Envelope>"
).encode()


def serve(ready: Connection) -> None:
    """The service: reads the request, answers always the same."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=REPLY, headers={"Content-Type": "text/xml; charset=utf-8"})

    async def run() -> None:
        application = web.Application()
        application.router.add_post("/", answer)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


def by_hand_request() -> bytes:
    """The request, with nothing but lxml."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP, "t": TYPES})
    body = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{TYPES}}}CheckFeasibility")
    requestor, circuit = QUESTION["Requestor"], QUESTION["Circuit"]
    one = etree.SubElement(body, f"{{{TYPES}}}Requestor")
    etree.SubElement(one, f"{{{TYPES}}}System").text = requestor["System"]
    etree.SubElement(one, f"{{{TYPES}}}Reference").text = requestor["Reference"]
    two = etree.SubElement(body, f"{{{TYPES}}}Circuit")
    for name in ("ProductCode", "BandwidthKbps", "ASite", "ZPort"):
        etree.SubElement(two, f"{{{TYPES}}}{name}").text = str(circuit[name])
    etree.SubElement(body, f"{{{TYPES}}}WithOptions").text = "true"
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


def by_hand_reply(content: bytes) -> dict[str, Any]:
    """The reply, with nothing but lxml."""
    body = etree.fromstring(content).find(f"{{{SOAP}}}Body/{{{TYPES}}}CheckFeasibilityResponse")
    assert body is not None
    text = {name: body.findtext(f"{{{TYPES}}}{name}") for name in ("FeasCode", "NetStatus", "Remark")}
    options = [
        {
            "OptionId": one.findtext(f"{{{TYPES}}}OptionId"),
            "OfferingId": one.findtext(f"{{{TYPES}}}OfferingId"),
            "MaxKbps": int(one.findtext(f"{{{TYPES}}}MaxKbps") or 0),
            "LeadDays": int(one.findtext(f"{{{TYPES}}}LeadDays") or 0),
            "NetStatus": one.findtext(f"{{{TYPES}}}NetStatus"),
            "Remark": one.findtext(f"{{{TYPES}}}Remark"),
        }
        for one in body.iterfind(f"{{{TYPES}}}Options")
    ]
    name = body.findtext(f"{{{TYPES}}}ThirdParty/{{{TYPES}}}Name")
    days = int(body.findtext(f"{{{TYPES}}}LeadDays") or 0)
    return {**text, "LeadDays": days, "ThirdParty": {"Name": name, "Product": None}, "Options": options}


def micros(calls: int, started: float) -> float:
    return (time.process_time() - started) / calls * 1e6


async def asked(call: Callable[[], Awaitable[Any]], calls: int) -> float:
    """Processor time of this process for one call, with some under way at once."""
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await call()

    started = time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return micros(calls, started)


def repeated(call: Callable[[], Any], calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        call()
    return micros(calls, started)


class Contestants:
    """Each way to ask, ready to be measured."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.system = SoapSystem("nimbus", SoapOptions(wsdl=WSDL, endpoint=url), calls_at_once=AT_ONCE)
        self.operation = self.system.operation(SoapStep(operation="CheckFeasibility"))
        self._url, self._session = url, session
        self._client = zeep.Client(str(WSDL))
        self._service = self._client.create_service("{urn:nimbus:planning:service:3}NimbusPlanningBinding", url)
        self._answer = Answer(200, "text/xml", "utf-8", REPLY)

    async def ours(self) -> Any:
        return (await self.operation.call(QUESTION, timeout=10)).value

    async def by_hand(self) -> Any:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        async with self._session.post(self._url, data=by_hand_request(), headers=headers) as response:
            return by_hand_reply(await response.read())

    async def nothing(self) -> Any:
        async with self._session.post(self._url, data=b"x") as response:
            return await response.read()

    async def transport(self) -> Any:
        return await self.system.transport.post(b"x", {}, 10)

    def zeep(self) -> Any:
        return zeep.helpers.serialize_object(self._service.CheckFeasibility(**QUESTION), dict)

    def codec(self) -> Any:
        self.operation.written(QUESTION)
        return self.operation.understood(self._answer)

    def codec_by_hand(self) -> Any:
        by_hand_request()
        return by_hand_reply(REPLY)

    def codec_zeep(self) -> Any:
        binding = self._service._binding
        operation = binding.get("CheckFeasibility")
        etree.tostring(operation.create(**QUESTION).content)
        return zeep.helpers.serialize_object(operation.process_reply(etree.fromstring(REPLY)), dict)


async def measure(url: str, calls: int, rounds: int, profile: bool) -> None:
    async with aiohttp.ClientSession() as session:
        all_of_them = Contestants(url, session)
        await all_of_them.system.open()
        try:
            same = [await all_of_them.ours(), await all_of_them.by_hand(), all_of_them.zeep()]
            assert plain(same[0]) == plain(same[1]) == plain(same[2]), same
            if profile:
                await profiled(all_of_them, calls)
                return
            tell_all([await one_round(all_of_them, calls) for _ in range(rounds)])
        finally:
            await all_of_them.system.close()


def plain(value: Any) -> Any:
    """Without what is not there, so that the three can be held against each other."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if one is not None}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return int(value) if isinstance(value, Decimal) else value


async def one_round(all_of_them: Contestants, calls: int) -> dict[str, float]:
    few = max(calls // 10, 20)
    return {
        "ours, with both messages checked": await asked(all_of_them.ours, calls),
        "lxml by hand, nothing checked": await asked(all_of_them.by_hand, calls),
        "zeep over its own transport": repeated(all_of_them.zeep, few),
        "an empty POST with the gateway's HTTP client": await asked(all_of_them.transport, calls),
        "an empty POST with aiohttp": await asked(all_of_them.nothing, calls),
        "messages only: ours, checked": repeated(all_of_them.codec, calls),
        "messages only: lxml by hand": repeated(all_of_them.codec_by_hand, calls),
        "messages only: zeep": repeated(all_of_them.codec_zeep, few),
    }


async def profiled(all_of_them: Contestants, calls: int) -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    await asked(all_of_them.ours, calls)
    profiler.disable()
    pstats.Stats(profiler, stream=sys.stdout).sort_stats("tottime").print_stats(40)


def tell_all(rounds: list[dict[str, float]]) -> None:
    tell("| | us of processor time a call (median) | fastest round | to ours |")
    tell("| --- | ---: | ---: | ---: |")
    ours = [one["ours, with both messages checked"] for one in rounds]
    for name in rounds[0]:
        taken = [one[name] for one in rounds]
        ratio = statistics.median(mine / first for mine, first in zip(taken, ours, strict=True))
        tell(f"| {name} | {statistics.median(taken):.0f} | {min(taken):.0f} | {ratio:.2f} |")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="where the time of ours goes, instead")
    said = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        asyncio.run(measure(f"http://127.0.0.1:{here.recv()}/", said.calls, said.rounds, said.profile))
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
