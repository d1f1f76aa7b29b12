"""`kill -9` at random moments: nothing is lost, nothing is stuck, no history unlawful, every event told in order.

A short campaign by default, the long one by `make faults`: POQ_FAULTS_KILLS and POQ_FAULTS_POQS say how many of both,
POQ_FAULTS_SEED which ones.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from random import SystemRandom

import pytest

from tests.faults.campaign import Campaign

KILLS = int(os.environ.get("POQ_FAULTS_KILLS", "8"))
POQS = int(os.environ.get("POQ_FAULTS_POQS", "40"))


@pytest.mark.timeout(120 + 10 * KILLS)
async def test_killed_at_random_moments_the_gateway_loses_nothing_and_tells_everything(tmp_path: Path) -> None:
    seed = int(os.environ.get("POQ_FAULTS_SEED") or SystemRandom().randrange(10**6))
    sys.stdout.write(f"\nPOQ_FAULTS_SEED={seed} POQ_FAULTS_KILLS={KILLS} POQ_FAULTS_POQS={POQS}\n")
    async with Campaign.prepared(tmp_path, seed=seed, kills=KILLS) as campaign:
        await campaign.kill_again_and_again(KILLS, POQS)
        await campaign.finish()
        sys.stdout.write(campaign.told() + "\n")
        judged = campaign.judge()

    assert judged >= POQS
    assert len(campaign.summary.open_at_kill) == KILLS
