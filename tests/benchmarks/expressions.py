"""How long typical expressions of mappings take: `python -m tests.benchmarks.expressions`."""

from __future__ import annotations

import sys
from time import thread_time
from timeit import repeat

from gateway.mapping.expressions.compiler import compile_expression
from gateway.mapping.expressions.functions.requests import Lookup
from tests.support.expressions import ITEM, TestScope

TYPICAL = (
    "port.free_mbps >= cir",
    "feasibility.FeasCode == 'A' and port.free_mbps >= cir",
    "item.product.productConfiguration.maximumFrameSize",
    "feasibility.LeadDays in ['A', 'B', 'C']",
    "lookup(codes, port.state)",
    "mbps(item.product.productConfiguration.flow[0].cir)",
    "relation(item, 'CONNECTS_TO_ENNI').id",
    "place(related('CONNECTS_TO_UNI'), 'INSTALL_LOCATION').place.id",
    "default(port.floor, 'ground') + ', ' + upper(port.city)",
    "all([o.ok for o in options])",
)
TIMES = 20_000


def main() -> None:
    scope = TestScope(
        item=ITEM,
        cir=10,
        port={"free_mbps": 100, "state": "A", "floor": None, "city": "Bonn"},
        feasibility={"FeasCode": "A", "LeadDays": "C"},
        options=[{"ok": True}] * 5,
        codes=Lookup("codes", {"A": 1}),
    )
    for text in TYPICAL:
        expression = compile_expression(text)
        expression.evaluate(scope)
        best = (
            min(repeat(lambda run=expression.evaluate: run(scope), number=TIMES, repeat=5, timer=thread_time)) / TIMES
        )
        sys.stdout.write(f"| `{text}` | {best * 1e6:.1f} |\n")


if __name__ == "__main__":
    main()
