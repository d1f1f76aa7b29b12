"""Copies of WSDLs: fetched whole, named apart, locked; what cannot be fetched is said in one line."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from adapters.base import AdapterConfigurationError
from adapters.described import DescriptionError
from adapters.http.options import HttpOptions
from adapters.locks import changed
from adapters.soap import SoapOptions, SoapSystem
from adapters.soap.fetching import fetched
from adapters.soap.vendoring import LARGEST, MOST_FILES
from gateway.cli import main
from gateway.demo.loopback import Loopback
from tests.support.soap_server import WSDL_FOLDER

SPREAD = WSDL_FOLDER / "spread"
ONE_SCHEMA = '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:n{n}">{inside}</xsd:schema>'
Handler = Callable[[web.Request], web.Response]


class Site:
    """A web server with documents by path and query, as old application servers give WSDLs out."""

    def __init__(self) -> None:
        self.url = ""
        self.documents: dict[str, bytes | Handler] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, dict(request.headers)))
        found = self.documents.get(request.path_qs)
        if callable(found):
            return found(request)
        if found is None:
            return web.Response(status=404)
        return web.Response(body=found.replace(b"SITE", self.url.encode()), content_type="text/xml")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    one = Site()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", one.answer)
    async with Loopback(application) as served:
        one.url = served.url
        yield one


def spread(site: Site) -> str:
    """The spread WSDL behind addresses with queries, absolute and relative ones mixed."""
    names = {
        "spread.wsdl": "/svc/Spread?wsdl",
        "inner/interface.wsdl": "/svc/Spread?wsdl=interface",
        "b1.xsd": "/svc/Spread?xsd=1",
        "b2.xsd": "/svc/Spread?xsd=2",
        "a2.xsd": "/svc/Spread?xsd=3",
        "chameleon.xsd": "/other/common.xsd",
    }
    for number, (file, address) in enumerate(names.items()):
        text = (SPREAD / file).read_text(encoding="utf-8")
        for other, where in names.items():
            said = f"SITE{where}" if number % 2 else where
            text = re.sub(rf'ocation="(\.\./)?{re.escape(other)}"', f'ocation="{said}"', text)
        site.documents[address] = text.encode()
    return f"{site.url}/svc/Spread?wsdl"


async def test_a_wsdl_is_stored_with_all_that_it_imports(site: Site, tmp_path: Path) -> None:
    files = await fetched(spread(site))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    assert list(files) == [
        "Spread.wsdl",
        "Spread-wsdl_interface.wsdl",
        "Spread-xsd_1.xsd",
        "common.xsd",
        "Spread-xsd_2.xsd",
        "Spread-xsd_3.xsd",
    ]
    assert len(site.asked) == 6
    named = {where for content in files.values() for where in re.findall(rb'[lL]ocation="(?!http)([^"]*)"', content)}
    assert {name.decode() for name in named} == set(files) - {"Spread.wsdl"}
    assert SoapSystem("spread", SoapOptions(wsdl=tmp_path / "Spread.wsdl")).wsdl.operations == ("Look",)


async def test_a_file_may_import_from_a_network_when_it_is_fetched(site: Site, tmp_path: Path) -> None:
    site.documents["/odd.xsd"] = (WSDL_FOLDER / "odd.xsd").read_bytes()
    text = (WSDL_FOLDER / "odd.wsdl").read_text(encoding="utf-8")
    file = tmp_path / "odd.wsdl"
    file.write_text(text.replace('"odd.xsd"', f'"{site.url}/odd.xsd"'), encoding="utf-8")

    assert list(await fetched(str(file))) == ["odd.wsdl", "odd.xsd"]
    assert list(await fetched(file.as_uri())) == ["odd.wsdl", "odd.xsd"]


async def test_credentials_go_to_the_system_only(site: Site, tmp_path: Path) -> None:
    elsewhere = site.url.replace("127.0.0.1", "localhost")
    site.documents["/a?wsdl"] = (
        (WSDL_FOLDER / "odd.wsdl").read_bytes().replace(b'"odd.xsd"', f'"{elsewhere}/odd.xsd"'.encode())
    )
    site.documents["/odd.xsd"] = (WSDL_FOLDER / "odd.xsd").read_bytes()
    options = HttpOptions.model_validate(
        {"endpoint": site.url, "authentication": {"basic": {"username": "a", "password": "b"}}}
    )
    await fetched(f"{site.url}/a?wsdl", options)

    assert [("Authorization" in headers) for _, headers in site.asked] == [True, False]


def redirect(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "https://login.test/"})


def endless(site: Site) -> None:
    """Each document imports two more."""

    def more(request: web.Request) -> web.Response:
        number = int(request.query["n"])
        inside = "".join(
            f'<xsd:import namespace="urn:n{next_one}" schemaLocation="/x?n={next_one}"/>'
            for next_one in (2 * number, 2 * number + 1)
        )
        return web.Response(text=ONE_SCHEMA.format(n=number, inside=inside), content_type="text/xml")

    class Any_(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return more

    site.documents = Any_()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param(None, "HTTP 404", id="not-there"),
        pytest.param(b"<html>", "no well-formed XML", id="no-xml"),
        pytest.param(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "DOCTYPE", id="dtd"),
        pytest.param(redirect, "leads to https://login.test/: fetch that instead", id="redirect"),
        pytest.param(b" " * (LARGEST + 1), "sent more than", id="too-large"),
        pytest.param(
            ONE_SCHEMA.format(n=1, inside='<xsd:import schemaLocation="file:///etc/hostname"/>').encode(),
            "no http address",
            id="file-of-this-machine",
        ),
    ],
)
async def test_what_cannot_be_fetched_is_said_in_one_line(
    site: Site, document: bytes | Handler | None, words: str
) -> None:
    if document is not None:
        site.documents["/a?wsdl"] = document
    with pytest.raises(DescriptionError, match=words) as raised:
        await fetched(f"{site.url}/a?wsdl")

    assert "\n" not in str(raised.value)


async def test_there_is_an_end_to_what_is_fetched(site: Site) -> None:
    endless(site)
    with pytest.raises(DescriptionError, match=f"more than {MOST_FILES} files"):
        await fetched(f"{site.url}/x?n=1")

    assert len(site.asked) == MOST_FILES


async def test_there_is_a_time_limit_for_everything(site: Site) -> None:
    endless(site)
    with pytest.raises(DescriptionError, match="could not be read in"):
        await fetched(f"{site.url}/x?n=1", seconds=0.01)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    folder = tmp_path / "contracts" / "spread"
    assert main(["wsdl", "fetch", str(SPREAD / "spread.wsdl"), "-o", str(folder)]) == 0
    return folder


def test_the_command_stores_with_a_lock_and_the_copy_can_be_loaded(stored: Path) -> None:
    lock = json.loads((stored / "contract.lock.json").read_bytes())

    assert lock["source"] == str(SPREAD / "spread.wsdl")
    assert len(lock["files"]) == 6
    assert changed(stored) == []
    assert SoapSystem("spread", SoapOptions(wsdl=stored / "spread.wsdl")).wsdl.operations == ("Look",)
    assert main(["wsdl", "fetch", str(SPREAD / "spread.wsdl"), "-o", str(stored)]) == 0


def test_a_copy_that_was_changed_is_not_loaded_until_somebody_says_that_it_is_meant(stored: Path) -> None:
    file = stored / "b1.xsd"
    file.write_bytes(file.read_bytes().replace(b"Colour", b"Color") + b"\n")
    (stored / "interface.wsdl").write_bytes((stored / "interface.wsdl").read_bytes().replace(b"b:Colour", b"b:Color"))
    with pytest.raises(AdapterConfigurationError) as raised:
        SoapSystem("spread", SoapOptions(wsdl=stored / "spread.wsdl"))

    assert "is not the file that was stored" in str(raised.value)
    assert f"poq-gateway wsdl lock {stored}" in str(raised.value)

    assert main(["wsdl", "lock", str(stored)]) == 0
    assert SoapSystem("spread", SoapOptions(wsdl=stored / "spread.wsdl")).wsdl.operations == ("Look",)


def test_a_file_that_the_lock_does_not_know_is_not_loaded(stored: Path) -> None:
    lock = stored / "contract.lock.json"
    said = json.loads(lock.read_bytes())
    del said["files"]["b1.xsd"]
    lock.write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(AdapterConfigurationError, match=r"b1\.xsd was not stored with the others"):
        SoapSystem("spread", SoapOptions(wsdl=stored / "spread.wsdl"))


def test_a_lock_that_cannot_be_read_is_told(stored: Path) -> None:
    (stored / "contract.lock.json").write_text("{", encoding="utf-8")
    with pytest.raises(AdapterConfigurationError, match=r"contract\.lock\.json cannot be read"):
        SoapSystem("spread", SoapOptions(wsdl=stored / "spread.wsdl"))
    assert main(["wsdl", "lock", str(stored)]) == 2


def test_another_copy_is_replaced_only_when_that_is_said(
    stored: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "spread.wsdl"
    other.write_bytes((WSDL_FOLDER / "feasibility.wsdl").read_bytes())

    assert main(["wsdl", "fetch", str(other), "-o", str(stored)]) == 1
    assert "is there already and is another one" in capsys.readouterr().err
    assert main(["wsdl", "fetch", str(other), "-o", str(stored), "--replace"]) == 0
    assert "CheckFeasibility" in SoapSystem("n", SoapOptions(wsdl=stored / "spread.wsdl")).wsdl.operations


@pytest.mark.parametrize("source", ["ftp://x.test/a.wsdl", "http://127.0.0.1:9/a?wsdl", "/absent.wsdl", "http://[x/"])
def test_the_command_says_in_one_line_what_cannot_be_done(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wsdl", "fetch", source]) == 2
    said = capsys.readouterr().err

    assert said.startswith("wsdl fetch: ")
    assert said.count("\n") == 1


async def test_nothing_is_fetched_while_a_wsdl_is_loaded(site: Site, tmp_path: Path) -> None:
    text = (WSDL_FOLDER / "odd.wsdl").read_text(encoding="utf-8")
    file = tmp_path / "odd.wsdl"
    file.write_text(text.replace('"odd.xsd"', f'"{site.url}/odd.xsd"'), encoding="utf-8")
    with pytest.raises(AdapterConfigurationError, match="would be fetched over a network"):
        SoapSystem("odd", SoapOptions(wsdl=file, service="First"))

    assert site.asked == []
