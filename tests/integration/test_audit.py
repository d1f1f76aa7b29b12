"""Who did what, over HTTP and by commands: entered with what was done, sealed, shown, verified; and what is purged."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from gateway.authentication.client_keys import hash_of, new_key
from gateway.cli import main
from tests.support.gateways import POQ, SONATA, Running, configuration, running
from tests.support.requests import valid_request

MAPPING = """
mapping: generic
version: 1
for: {product: any}
answer:
  - otherwise: {red: Not offered here}
"""
KEY = new_key()
LISTENER = {"callback": "https://192.0.2.1/buyer/s3cret"}


def settings(**changes: Any) -> dict[str, Any]:
    return configuration(
        products={"unknown_types": "accept"},
        clients=[{"id": "acme", "buyers": ["buyer-1"], "keys": [hash_of(KEY)]}],
        notifications={"allow": ["192.0.2.0/24"]},
        **changes,
    )


async def send(gateway: Running, method: str, path: str, body: Any = None, key: str | None = KEY) -> tuple[int, Any]:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    async with gateway.session.request(method, gateway.url + SONATA + path, json=body, headers=headers) as response:
        return response.status, await response.json() if response.content_length else None


async def audit(folder: Path, *words: str) -> tuple[int, Any]:
    return await said("audit", *words, folder=folder)


async def said(*words: str, folder: Path) -> tuple[int, Any]:
    """Exit code and JSON of a command, in this process: the log of a gateway that runs in it is passed over."""
    with redirect_stdout(StringIO()) as out:
        code = await asyncio.to_thread(main, [*words, "-c", str(folder / "gateway.yaml"), "--json"])
    lines = out.getvalue().splitlines()
    start = next(number for number, line in enumerate(lines) if line[:1] in ("[", "{"))
    return code, json.loads("\n".join(lines[start:]))


async def done(gateway: Running) -> tuple[str, str]:
    """A POQ, and a registration that was made and ended; gives their ids."""
    _, poq = await send(gateway, "POST", POQ, valid_request())
    status, registration = await send(gateway, "POST", "/hub", LISTENER)
    assert status == 201, registration
    assert (await send(gateway, "DELETE", f"/hub/{registration['id']}"))[0] == 204
    return poq["id"], registration["id"]


async def test_what_clients_did_is_entered_by_their_names(tmp_path: Path) -> None:
    async with running(tmp_path, settings(), {"generic": MAPPING}) as gateway:
        poq, registration = await done(gateway)

        _, entries = await audit(tmp_path, "show")

    assert [(one["actor"], one["action"], one["subject"], one["outcome"]) for one in entries] == [
        ("client acme", "poq created", poq, "done"),
        ("client acme", "listener registered", registration, "done"),
        ("client acme", "listener unregistered", registration, "done"),
    ]
    assert {(one["origin"], one["buyer"], one["seller"]) for one in entries} == {("127.0.0.1", "buyer-1", "seller-1")}
    assert entries[1]["detail"] == "192.0.2.1", "a path may hold a secret"
    assert all(one["request"] for one in entries)


async def test_what_is_refused_or_only_read_is_no_entry_and_what_is_denied_is_counted(tmp_path: Path) -> None:
    async with running(tmp_path, settings(), {"generic": MAPPING}) as gateway:
        assert (await send(gateway, "POST", POQ, {}))[0] == 422
        assert (await send(gateway, "GET", POQ))[0] == 200
        for _ in range(3):
            assert (await send(gateway, "GET", f"{POQ}/none", key=None))[0] == 401
        assert (await send(gateway, "GET", f"{POQ}?buyerId=another"))[0] == 403

    _, entries = await audit(tmp_path, "show")  # the gateway seals once more when it ends
    assert [(one["actor"], one["outcome"], one["detail"]) for one in entries] == [
        ("unknown", "401", "retrieveProductOfferingQualification 3x"),
        ("client acme", "403", "listProductOfferingQualification 1x"),
    ]


async def test_verify_finds_what_was_changed_in_the_database(tmp_path: Path) -> None:
    async with running(tmp_path, settings(), {"generic": MAPPING}) as gateway:
        await done(gateway)
    code, told = await audit(tmp_path, "verify")
    assert (code, told["problems"]) == (0, [])
    assert (await audit(tmp_path, "verify", "--head", told["hash"]))[0] == 0
    assert (await audit(tmp_path, "verify", "--head", "0" * 64))[0] == 1

    with sqlite3.connect(tmp_path / "poq.db") as database:
        database.execute("UPDATE audit_entry SET actor = 'client other' WHERE action = 'poq created'")
    database.close()

    code, told = await audit(tmp_path, "verify")
    assert code == 1
    assert len(told["problems"]) == 1


async def test_contacts_are_removed_on_request_and_that_is_entered(tmp_path: Path) -> None:
    async with running(tmp_path, settings(), {"generic": MAPPING}) as gateway:
        _, poq = await send(gateway, "POST", POQ, valid_request())
        names = {one["role"]: one["name"] for one in poq["relatedContactInformation"]}
        assert names["buyerContactInformation"] != "removed"

        told = await said("purge", "--contacts", poq["id"], "unknown", folder=tmp_path)

        assert told == (1, {poq["id"]: True, "unknown": False})
        _, shown = await send(gateway, "GET", f"{POQ}/{poq['id']}")
        assert {one["role"]: one["name"] for one in shown["relatedContactInformation"]} == names | {
            "buyerContactInformation": "removed"
        }
        _, entries = await audit(tmp_path, "show", "--action", "contacts removed")
        assert [one["subject"] for one in entries] == [poq["id"]]
        assert entries[0]["actor"].startswith("operator ")


@pytest.mark.parametrize(("kept", "left"), [("1 ms", 0), ("1 h", 1)])
async def test_purge_forgets_what_is_older_than_the_settings_say(tmp_path: Path, kept: str, left: int) -> None:
    async with running(tmp_path, settings(), {"generic": MAPPING}) as gateway:
        await send(gateway, "POST", POQ, valid_request())
        config = tmp_path / "gateway.yaml"
        config.write_text(f"{config.read_text()}\nretention: {{poqs: {kept}, audit: 30 d}}\n")

        code, gone = await said("purge", folder=tmp_path)

        assert (code, gone["poqs"]) == (0, 1 - left)
        assert len((await send(gateway, "GET", POQ))[1]) == left
        assert (await audit(tmp_path, "verify"))[0] == 0
