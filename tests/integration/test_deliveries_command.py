"""`poq-gateway deliveries`, beside a process that has the store open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from gateway.cli import main
from gateway.lso.identifiers import BuyerId, Interface, PoqId, SellerId
from gateway.store import deliveries
from gateway.store.notifications import DeliveryStore, SubscriptionStore
from gateway.store.queries import insert_qualification
from gateway.store.records import JsonText, NewEvent, StoredQualification
from gateway.store.records_notify import GiveUp, Settlement, Subscription, SubscriptionId, Turn, Unwanted, Verdict
from gateway.store.sqlite import SqliteDatabase
from tests.support.gateways import configuration, write_configuration
from tests.support.sqlite_tables import with_tables

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BUYER, SELLER = BuyerId("buyer-1"), SellerId("seller-1")


@dataclass(frozen=True)
class Desk:
    """A store in use, and the command on it."""

    database: SqliteDatabase
    config: Path
    output: pytest.CaptureFixture[str]

    async def command(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of `poq-gateway deliveries ...`."""
        self.output.readouterr()
        code = await asyncio.to_thread(main, ["deliveries", *words, "-c", str(self.config)])
        return code, *self.output.readouterr()

    async def json(self, *words: str) -> Any:
        code, out, _ = await self.command(*words, "--json")
        assert code == 0
        return json.loads(out)

    async def states(self) -> list[str]:
        listed = await self.json("list")
        return sorted(f"{one['id']} {one['state']}" for one in listed["deliveries"])

    async def turn(self, *verdicts: Verdict, claimed: Turn | None = None, at: datetime = NOW) -> Turn:
        settled = [Settlement(*one) for one in zip(claimed.claimed if claimed else (), verdicts, strict=True)]
        options: dict[str, Any] = {"until": at + timedelta(minutes=1), "at_once": 9, "room": {}, "most": 99}
        return await DeliveryStore(self.database).operator_turn(settled, now=at, **options)


def fill(connection: Connection, poq_id: str, ids: count[int]) -> None:
    """A POQ with two events."""
    head = (PoqId(poq_id), Interface.SONATA, BUYER, SELLER)
    insert_qualification(connection, StoredQualification(*head, "done", NOW, JsonText("{}"), JsonText("[]"), ()))
    body = JsonText('{"eventId":"x"}')
    deliveries.enqueue(
        connection,
        poq_id=head[0],
        interface=head[1],
        buyer=head[2],
        seller=head[3],
        first_number=1,
        events=[NewEvent(f"{poq_id}-{number}", "poqStateChangeEvent", NOW, body) for number in (1, 2)],
        expires=NOW + timedelta(hours=75),
        new_id=lambda: f"d{next(ids)}",
    )


@pytest.fixture
async def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Desk]:
    database = SqliteDatabase(with_tables(tmp_path / "poq.db"))
    await database.open()
    registration = Subscription(
        *(SubscriptionId("hub-1"), Interface.SONATA, BUYER, SELLER, "https://b.example", None, True, True, NOW)
    )
    await SubscriptionStore(database).add(registration, most=9)
    ids = count(1)
    for poq_id in ("poq-1", "poq-2"):
        await database.write(partial(fill, poq_id=poq_id, ids=ids))
    yield Desk(database, write_configuration(tmp_path, configuration(), {}), capsys)
    await database.close()


async def test_the_list_shows_where_each_event_is(desk: Desk) -> None:
    turn = await desk.turn()
    await desk.turn(GiveUp("HTTP 500"), GiveUp("HTTP 404"), claimed=turn)

    code, out, _ = await desk.command("list", "--state", "dead")

    assert code == 0
    header, *rows, counts = out.splitlines()
    assert header.split()[:2] == ["delivery", "state"]
    assert [" ".join(row.split()) for row in rows] == [
        "d1 dead poqStateChangeEvent poq-1 1 1 2026-05-01T12:00:00Z hub-1 buyer-1 HTTP 500",
        "d3 dead poqStateChangeEvent poq-2 1 1 2026-05-01T12:00:00Z hub-1 buyer-1 HTTP 404",
    ]
    assert counts == "2 shown; in all 0 waiting, 2 sending, 0 delivered, 2 dead"


async def test_the_list_can_be_paged_and_filtered(desk: Desk) -> None:
    whole = (await desk.json("list"))["deliveries"]
    pages = [(await desk.json("list", "--limit", "3", "--offset", offset))["deliveries"] for offset in ("0", "3")]

    assert pages[0] + pages[1] == whole
    assert len(whole) == 4
    of_one = (await desk.json("list", "--poq", "poq-2"))["deliveries"]
    assert {one["poq_id"] for one in of_one} == {"poq-2"}
    assert (await desk.json("list", "--registration", "hub-2"))["deliveries"] == []


async def test_one_delivery_is_shown_with_its_notification(desk: Desk) -> None:
    shown = await desk.json("show", "d1")
    code, text, _ = await desk.command("show", "d1")

    assert (shown["event_id"], shown["callback"], shown["body"]) == ("poq-1-1", "https://b.example", {"eventId": "x"})
    assert code == 0
    assert "event_id: poq-1-1" in text


async def test_a_delivery_that_is_not_there_is_said(desk: Desk) -> None:
    code, out, error = await desk.command("show", "d9")

    assert (code, out, error) == (1, "", "deliveries: there is no delivery d9\n")


async def test_dead_letters_are_sent_again(desk: Desk) -> None:
    turn = await desk.turn()
    await desk.turn(GiveUp("HTTP 500"), GiveUp("HTTP 500"), claimed=turn)

    assert await desk.json("replay", "d1") == {"waiting": 1, "disabled": 0, "passed_over": 0}
    assert await desk.states() == ["d1 waiting", "d2 sending", "d3 dead", "d4 sending"]
    code, out, _ = await desk.command("replay", "d1", "d3", "unknown")
    assert (code, out.split(";")[0]) == (1, "1 wait(s) to be sent again")
    assert await desk.states() == ["d1 waiting", "d2 sending", "d3 waiting", "d4 sending"]


async def test_all_dead_letters_of_a_poq_are_sent_again(desk: Desk) -> None:
    turn = await desk.turn()
    await desk.turn(GiveUp("x"), GiveUp("x"), claimed=turn)

    assert (await desk.json("replay", "--all", "--poq", "poq-2"))["waiting"] == 1
    assert await desk.states() == ["d1 dead", "d2 sending", "d3 waiting", "d4 sending"]


async def test_a_disabled_registration_has_to_be_enabled(desk: Desk) -> None:
    turn = await desk.turn()
    await desk.turn(Unwanted("HTTP 410"), GiveUp("x"), claimed=turn)

    code, out, _ = await desk.command("replay", "--all")
    assert (code, "--enable" in out) == (1, True)
    assert "registration disabled" in (await desk.command("list"))[1]
    assert (await desk.json("replay", "--all", "--enable"))["waiting"] == 4
    [first, second] = (await desk.turn(at=datetime(2099, 1, 1, tzinfo=UTC))).claimed
    assert {first.event_id, second.event_id} == {"poq-1-1", "poq-2-1"}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="nothing-named"),
        pytest.param(["d1", "--all"], id="both"),
        pytest.param(["d1", "--poq", "poq-1"], id="a-filter-without-all"),
    ],
)
async def test_arguments_that_do_not_go_together_are_refused(desk: Desk, words: list[str]) -> None:
    assert (await desk.command("replay", *words))[0] == 2


async def test_without_a_store_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_configuration(tmp_path, configuration(), {})

    code = await asyncio.to_thread(main, ["deliveries", "list", "-c", str(config)])

    assert code == 1
    assert capsys.readouterr().err.startswith("deliveries: ")
