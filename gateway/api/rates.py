"""How fast each Buyer may ask: a bucket of tokens, one for each request, filled again at a steady rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gateway.api.admission import TooManyRequests

MOST = 10_000
"""Names; as long as they are those of the configuration there are far less."""


@dataclass
class _Bucket:
    tokens: float
    at: float


class Rates:
    """`rate`: requests a second, None: any number; `burst`: how many may come at once. One event loop only."""

    def __init__(self, rate: float | None, burst: int, monotonic: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._monotonic = monotonic
        self._buckets: dict[str, _Bucket] = {}

    def take(self, name: str) -> None:
        """One request. Raises TooManyRequests that says when the next one may come."""
        if self._rate is None:
            return
        now = self._monotonic()
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= MOST:
                self._buckets.clear()
            bucket = self._buckets[name] = _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens < 1:
            raise TooManyRequests("Too many requests a second", math.ceil((1 - bucket.tokens) / self._rate))
        bucket.tokens -= 1
