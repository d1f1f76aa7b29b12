"""Secrets and persons are planted wherever they come in; a gateway goes through good and bad; what comes out is read.

What comes out: standard output and error, the log, answers to the Buyer, the store, and what each command says.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.authentication.client_keys import hash_of, new_key
from gateway.cli import main
from tests.support.canaries import ALL, CREDENTIALS, OURS, PERSONAL, THEIRS, kept, leaks
from tests.support.commands import Output
from tests.support.databases import sqlite_inventory
from tests.support.gateways import POQ, SONATA, configuration, write_configuration
from tests.support.http_server import HttpServer, http_server
from tests.support.listener import Listener, listening
from tests.support.requests import valid_contact, valid_item, valid_place, valid_product, valid_request
from tests.support.soap_server import WSDL_FOLDER, SoapServer, envelope, feasible, soap_server
from tests.unit.adapters.rest.services import OPENAPI

KEY = new_key()
HEAD = """
mapping: {name}
version: 1
for: {{product: 'urn:example:{name}'}}
let:
  who: =place(item, 'INSTALL_LOCATION').contact[0]
""".lstrip()
ANSWER = "answer:\n  - otherwise: {red: Not feasible}\n"
SOAP = """
steps:
  feasibility:
    soap: nimbus
    operation: CheckFeasibility
    with:
      Reference: =who.emailAddress
      Circuit: {ProductCode: AEL-P, BandwidthKbps: 1000, Site: [=item.id]}
    timeout: 500 ms
    on: {fault LOC-404: {red: Unknown}, fault WAIT: {wait: 1 h}, any fault: fail}
"""
REST = """
steps:
  availability:
    rest: {name}
    operation: checkAvailability
    with:
      path: {{site: =item.id}}
      query: {{mbps: 10}}
      headers: {{X-Area: =who.name}}
    on: {{fault 404: {{red: Unknown}}, any fault: fail}}
"""
SQL = """
steps:
  port:
    sql: {name}
    query: SELECT json_extract(metro, :path) AS metro FROM enni_port WHERE port_ref = 'P-1'
    with: {{path: =who.emailAddress}}
    rows: one
    on: {{no rows: {{red: No port}}, many rows: fail}}
"""
RESTS = ("planning", "portal", "login", "proxied")
MAPPINGS = {
    "nimbus": HEAD.format(name="nimbus") + SOAP + ANSWER,
    **{name: HEAD.format(name=name) + REST.format(name=name) + ANSWER for name in RESTS},
    **{name: HEAD.format(name=name) + SQL.format(name=name) + ANSWER for name in ("inventory", "dark")},
}

_SITE = re.compile(rb"Site>([^<]*)<")


def _fault(code: str) -> str:
    text, detail = THEIRS["fault text"], THEIRS["fault detail"]
    inner = f"<c:AddressFault><c:FaultCode>{code}</c:FaultCode><c:Note>{detail}</c:Note></c:AddressFault>{detail}"
    return envelope(
        f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text} {PERSONAL['e-mail']}</faultstring>"
        f"<detail>{inner}</detail></s:Fault>"
    )


async def soap_answer(request: web.Request) -> web.StreamResponse:
    """By the item: a sound reply, a fault, a page, nothing for long."""
    found = _SITE.search(await request.read())
    item = found[1].decode() if found else ""
    headers = {"Set-Cookie": f"session={THEIRS['cookie']}"}
    if item == "slow":
        await asyncio.sleep(3600)  # until the gateway gives up and the request is cancelled
    if item == "html":
        page = f"<html><body>{THEIRS['HTML']}</body></html>"
        return web.Response(text=page, status=502, content_type="text/html", headers=headers)
    if item == "other":
        wrong = f"<f:FeasCode>A</f:FeasCode><f:LeadDays>{THEIRS['reply']}</f:LeadDays>"
        return web.Response(text=envelope(feasible(wrong)), content_type="text/xml", headers=headers)
    known = {"fault": "LOC-300", "said": "LOC-404", "wait": "WAIT"}
    if item in known:
        return web.Response(text=_fault(known[item]), status=500, content_type="text/xml", headers=headers)
    return web.Response(text=envelope(feasible()), content_type="text/xml", headers=headers)


async def rest_answer(request: web.Request) -> web.StreamResponse:
    """A token endpoint, and by the item: a sound reply, a problem, a page, a refusal of our credentials."""
    if request.path == "/token":
        return web.json_response({"access_token": THEIRS["issued token"], "token_type": "Bearer", "expires_in": 60})
    headers = {"Set-Cookie": f"session={THEIRS['cookie']}"}
    problem = {"title": f"{THEIRS['problem']} {PERSONAL['e-mail']}", "code": "E-17"}
    item = request.path.split("/")[2]
    if item == "html":
        return web.Response(text=f"<html>{THEIRS['HTML']}</html>", content_type="text/html", headers=headers)
    statuses = {"fault": 409, "said": 404, "refused": 401, "broken": 500}
    if item in statuses:
        return web.json_response(
            problem, status=statuses[item], headers=headers, content_type="application/problem+json"
        )
    if item == "other":
        return web.json_response({"status": THEIRS["reply"]}, headers=headers)
    return web.json_response({"status": "no"}, headers=headers)


def seller(folder: Path, soap: SoapServer, rest: HttpServer) -> dict[str, Any]:
    """Every kind of secret that a configuration may have, each from the environment."""
    common = {"endpoint": rest.url, "openapi": str(OPENAPI)}
    login = {"token_url": f"{rest.url}/token", "client_id": "poq", "client_secret": "${env:OAUTH_SECRET}"}
    ways: dict[str, dict[str, Any]] = {
        "planning": {"authentication": {"api_key": {"query": "apikey", "key": "${env:API_KEY}"}}},
        "portal": {"authentication": {"bearer": {"token": "${env:BEARER}"}}},
        "login": {"authentication": {"oauth2": login}},
        "proxied": {"proxy": "http://poq:${env:PROXY_PASSWORD}@127.0.0.1:1"},
    }
    nimbus = {
        "wsdl": str(WSDL_FOLDER / "feasibility.wsdl"),
        "endpoint": soap.url,
        "headers": {"X-Internal-Key": "${env:SOAP_HEADER}"},
        "authentication": {"basic": {"username": "poq", "password": "${env:SOAP_PASSWORD}"}},
        "ws_security": {"username_token": {"username": "poq", "password": "${env:WSS_PASSWORD}"}},
    }
    return configuration(
        products={"unknown_types": "accept"},
        clients=[{"id": "acme", "buyers": ["buyer-1"], "keys": [hash_of(KEY)]}],
        notifications={
            "schemes": ["http", "https"],
            "allow": ["127.0.0.0/8"],
            "authentication": {"bearer": {"token": "${env:LISTENER_TOKEN}"}},
            "signing_keys": ["${env:SIGNING_KEY}"],
        },
        work={"first_pause": "1 h", "longest_pause": "1 h"},
        delivery={"first_pause": "50 ms", "longest_pause": "1 h"},
        systems={
            "nimbus": {"tries": 1, "soap": nimbus},
            **{name: {"tries": 1, "rest": {**common, **way}} for name, way in ways.items()},
            "inventory": {"sql": {"url": sqlite_inventory(folder)}},
            "dark": {"tries": 1, "sql": {"url": "postgresql://poq:${env:DB_PASSWORD}@127.0.0.1:1/x"}},
        },
    )


@dataclass
class Run:
    """A gateway in a process of its own; `said`: all that came out of it, and of the commands, by where."""

    folder: Path
    session: aiohttp.ClientSession
    url: str = ""
    said: dict[str, str] = field(default_factory=dict)

    async def ask(self, what: str, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """One request, and its answer remembered under `what`."""
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **options.pop("headers", {})}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        url = self.url + SONATA + path
        async with self.session.request(method, url, data=data, headers=headers, **options) as response:
            text = await response.text()
            self.said[f"answer: {what} {response.status}"] = f"{response.headers} {text}"
            return response.status, json.loads(text) if text else None

    async def command(self, *words: str) -> Output:
        """A command of the operator, in this process: the gateway writes its log in another one."""
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            code = await asyncio.to_thread(main, [*words, "-c", str(self.folder / "gateway.yaml")])
        output = Output(code, out.getvalue(), err.getvalue())
        self.said[f"command: {' '.join(words)}"] = f"{output.out}\n{output.err}"
        return output


async def _process(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**24,
    )


@asynccontextmanager
async def gateway(folder: Path, said: dict[str, Any]) -> AsyncIterator[Run]:
    config = write_configuration(folder, said, MAPPINGS)
    process = await _process("serve", "-c", str(config))
    assert process.stderr is not None
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(150):
            run = Run(folder, session)
            while not run.url:
                lines.append((await process.stderr.readline()).decode())
                assert lines[-1], "".join(lines)
                found = re.search(r'"url":"([^"]+)"', lines[-1]) if '"serving"' in lines[-1] else None
                run.url = found[1] if found else ""
            yield run
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        out, err = await process.communicate()
    run.said["log"] = "".join(lines) + err.decode()
    run.said["standard output"] = out.decode()


def request(system: str, *items: str, wanted: bool = False, **changes: Any) -> dict[str, Any]:
    """A POQ with persons in it; `wanted`: deferred."""
    reachable = {"name": PERSONAL["place's name"], "emailAddress": PERSONAL["place's e-mail"]}
    place = valid_place(contact=[{**reachable, "number": PERSONAL["place's phone"]}])
    configured = {"@type": f"urn:example:{system}"}
    product = valid_product(place=[place], productConfiguration=configured)
    contact = valid_contact(name=PERSONAL["name"], emailAddress=PERSONAL["e-mail"], number=PERSONAL["phone"])
    later = {"instantSyncQualification": False, "requestedPOQCompletionDate": "2099-01-01T00:00:00Z"} if wanted else {}
    lines = [valid_item(id=item, product=product) for item in items]
    return valid_request(
        relatedContactInformation=[contact], productOfferingQualificationItem=lines, **later, **changes
    )


async def go_through_good_and_bad(run: Run, listener: Listener) -> str:
    """All that can happen to a request; gives the id of a deferred POQ whose items failed, wait and are answered."""
    for system, items in {
        "nimbus": ("good", "said", "fault", "html", "slow", "other"),
        "planning": ("good", "said", "fault", "html", "refused", "broken", "other"),
        "portal": ("good", "refused"),
        "login": ("good", "refused"),
        **dict.fromkeys(("proxied", "inventory", "dark"), ("good",)),
    }.items():
        for item in items:
            status, _ = await run.ask(f"{system} {item}", "POST", POQ, request(system, item))
            wanted = {201} if item in ("good", "said") and system not in ("proxied", "inventory", "dark") else {500}
            assert status in wanted, run.said
    await _refused(run)
    for path in (f"/hook/{CREDENTIALS['callback']}", f"/gone/{CREDENTIALS['callback']}"):
        status, _ = await run.ask("register", "POST", "/hub", {"callback": listener.url + path})
        assert status == 201
    await run.ask("register nowhere", "POST", "/hub", {"callback": f"http://127.0.0.1:1/{CREDENTIALS['callback']}"})
    with_query = f"{listener.url}/x?token={CREDENTIALS['callback query']}"
    await run.ask("register with a query", "POST", "/hub", {"callback": with_query})
    repeated = {"headers": {"Idempotency-Key": CREDENTIALS["repeat key"]}}
    deferred = request("nimbus", "good", "said", "fault", "html", "slow", "wait", wanted=True)
    status, poq = await run.ask("deferred", "POST", POQ, deferred, **repeated)
    assert status == 201
    await run.ask("deferred again", "POST", POQ, deferred, **repeated)
    await run.ask("deferred otherwise", "POST", POQ, request("dark", "good", wanted=True), **repeated)
    return str(poq["id"])


async def _refused(run: Run) -> None:
    """Requests that are turned away: for their credentials, and for what they say."""
    for name, given in {
        "wrong token": f"Bearer {CREDENTIALS['wrong token']}",
        "wrong JWT": f"Bearer ey.{CREDENTIALS['wrong token']}.x",
        "basic": f"Basic {CREDENTIALS['basic']}",
    }.items():
        cookie = {"Authorization": given, "Cookie": f"a={CREDENTIALS['cookie of the Buyer']}"}
        assert (await run.ask(name, "GET", f"{POQ}/none", headers=cookie))[0] == 401
    token = {"access_token": CREDENTIALS["query"]}
    await run.ask("token in the query", "GET", f"{POQ}/none", params=token)
    await run.ask("token in the query of a list", "GET", POQ, params=token)
    wrong = request("nimbus", "good")
    wrong["relatedContactInformation"][0].pop("role")
    assert (await run.ask("no role", "POST", POQ, wrong))[0] in (400, 422)
    assert (await run.ask("half a body", "POST", POQ, json.dumps(wrong).encode()[:-9]))[0] == 400
    nobody = request("nimbus", "good", provideAlternative=PERSONAL["e-mail"])
    assert (await run.ask("wrong type", "POST", POQ, nobody))[0] in (400, 422)


async def until_it_rests(run: Run, poq: str) -> None:
    """Until all items that can be answered are, and events were tried: by the store, which says more than the API."""
    tried = "SELECT count(*) FROM poq_item WHERE poq_id = ? AND (answer IS NOT NULL OR note IS NOT NULL)"
    sent = "SELECT count(*) FROM delivery WHERE attempts > 0"
    with closing(sqlite3.connect(run.folder / "poq.db")) as store:
        async with asyncio.timeout(20):
            while store.execute(tried, (poq,)).fetchone()[0] < 6 or not store.execute(sent).fetchone()[0]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


async def ask_as_operator(run: Run, poq: str) -> None:
    """Every command that shows something of a running gateway, or of its store."""
    commands = (
        ("poq", "trace", poq, "--json"),
        ("poq", "trace", poq),
        ("poq", "waiting"),
        ("poq", "writes"),
        ("deliveries", "list", "--json"),
        ("audit", "show", "--json"),
        ("audit", "verify"),
        ("check", "--json", "--live", "--timeout", "2 s"),
        ("mapping", "reload"),
    )
    done = [await run.command(*words) for words in commands]
    assert [output.code for output in done] == [0, 0, 0, 0, 0, 0, 0, 1, 0], run.said
    listed = json.loads(run.said["command: deliveries list --json"])["deliveries"]
    shown = await run.command("deliveries", "show", listed[0]["id"])
    run.said["command: deliveries show"] = shown.out.replace(CREDENTIALS["callback"], "(the callback is shown)")
    del run.said[f"command: deliveries show {listed[0]['id']}"]


ECHO = ("poq.envelope", "poq_item.request", "given_answer.body")
MAY_KEEP = {
    **{(name, place): "what the Buyer asked, and is told again" for name in PERSONAL for place in ECHO},
    ("callback", "subscription.callback"): "where events go",
}
"""What the store cannot do without."""


@pytest.mark.timeout(180)
async def test_no_secret_and_no_person_comes_out_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, secret in OURS.items():
        monkeypatch.setenv(name, secret)
    async with (
        soap_server() as soap,
        http_server() as rest,
        listening([500, 410] * 50) as listener,
    ):
        soap.answer, rest.answer = soap_answer, rest_answer
        async with gateway(tmp_path, seller(tmp_path, soap, rest)) as run:
            poq = await go_through_good_and_bad(run, listener)
            await until_it_rests(run, poq)
            await ask_as_operator(run, poq)
        calls = [str(dict(call.headers)) for call in listener.calls]

    arrived = f"{soap.asked} {[(one.target, one.headers) for one in rest.asked]} {calls}"
    sent = {name for name in OURS if any(leak.startswith(f"{name}:") for leak in leaks(arrived))}
    assert sent >= {"SOAP_PASSWORD", "SOAP_HEADER", "API_KEY", "BEARER", "LISTENER_TOKEN"}, "planted"
    own = {**OURS, **THEIRS}
    found = {
        where: hits
        for where, text in run.said.items()
        if (hits := leaks(text, own if where.startswith("answer:") else ALL))
    }
    assert found == {}
    assert set(kept(tmp_path / "poq.db")) - set(MAY_KEEP) == set()
