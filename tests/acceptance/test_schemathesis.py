"""The running demo against its own OpenAPI document: thousands of requests, each answer as documented, no fault inside.

Requests are made of the document (at its limits, within them, against them), of good bodies that are changed, and of
ids that were answered before. No operation is named here: each one that the Seller serves is found in the document.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.demo.buyer import take_token
from gateway.demo.issuer import CLIENT, SECRET
from gateway.lso.operations import OPERATIONS, Side
from tests.acceptance.campaign import Campaign

CASES = 2_000
"""At least so many in all."""


@contextmanager
def running_demo(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """The demo in a process of its own; gives its URL, that of its issuer, and the file of its log with errors only."""
    log = folder / "demo.log"
    command = [sys.executable, "-u", "-m", "gateway", "demo", "--port", "0"]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=folder)
    try:
        assert process.stdout
        lines = (re.search(r"(http\S+)/(?:openapi\.json|token \|)", line) for line in process.stdout)
        urls = [found[1] for found in itertools.islice(filter(None, lines), 2)]
        assert len(urls) == 2, log.read_text(encoding="utf-8")
        yield urls[1], urls[0], log
        process.terminate()
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.timeout(600)
@pytest.mark.requirement("87.1-R22", "87.1-R24")
def test_every_answer_is_as_the_document_says(tmp_path: Path, repository: Path) -> None:
    good = repository / "config/demo/requests"
    with running_demo(tmp_path) as (url, issuer, log):
        token = asyncio.run(take_token(issuer, CLIENT, SECRET))
        with Campaign.against(url, good, token) as campaign:
            campaign.run()

    told = log.read_text(encoding="utf-8")
    assert not campaign.faults, "\n\n".join(campaign.faults.values()) + told[-5_000:]
    assert told == ""

    answered = campaign.answered
    assert set(answered) == {one.operation_id for one in OPERATIONS if one.side is Side.SELLER}
    assert sum(statuses.total() for statuses in answered.values()) >= CASES
    for operation, statuses in answered.items():
        assert statuses.total() >= 100, operation
        if set(statuses) - {405} != {501}:  # where it is offered
            assert sum(count for status, count in statuses.items() if status < 300) >= 5, (operation, statuses)
    assert min(campaign.created[True], campaign.created[False]) >= 50
