"""How an explanation tells of replies that may be old."""

from __future__ import annotations

import pytest

from gateway.authoring.explain import Explained
from gateway.authoring.explain_telling import for_programs, told
from gateway.authoring.explain_trace import CallSeen, Run
from gateway.mapping.plan import CacheRule
from gateway.sources.findings import Location


@pytest.mark.parametrize(("shared", "whom"), [(False, "for each Buyer"), (True, "for all Buyers")])
def test_a_reply_that_may_be_old_is_told_with_its_age_and_for_whom_it_is_kept(shared: bool, whom: str) -> None:
    call = CallSeen("port", "db", "sql", "SELECT 1", Location("m.yaml"), {"a": 1}, CacheRule(600.0, shared))
    explained = Explained("item 1", runs=[Run(None, calls=[call])])
    assert f"    a reply may be up to 600 s old: kept {whom}" in list(told(explained))
    (data,) = for_programs([explained])
    assert data["runs"][0]["calls"][0]["cache"] == {"seconds": 600.0, "shared": shared}
