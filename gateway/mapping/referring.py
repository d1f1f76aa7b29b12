"""One reference, one references file: does the id exist for this Buyer, and what does it stand for?

Driven as an item is (`evaluate`). Only a row whose conditions hold says that it exists, and only what names the case
says that it does not; whatever is missing, late or broken is a Failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

from gateway.mapping.engine import Evaluation, NamedValues
from gateway.mapping.kinds import ReferenceKey
from gateway.mapping.outcomes import Failure, KnownReference, ReferenceOutcome, UnknownReference
from gateway.mapping.plain import plain
from gateway.mapping.plan import (
    Action,
    Fail,
    Fields,
    Found,
    LoadedMapping,
    LookUp,
    Postpone,
    Red,
    Refuse,
    Retry,
    Unknown,
)
from gateway.sources.findings import Location


@dataclass(frozen=True)
class ReferenceContext:
    """All that the evaluation of a reference may read: the id with its kind, for whom it is asked, and when."""

    reference: ReferenceKey
    buyer: Mapping[str, Any]
    seller: Mapping[str, Any]
    now: datetime
    tries: Mapping[str, int] = field(default_factory=dict)


class ReferenceEvaluation(Evaluation[KnownReference | UnknownReference]):
    """The evaluation of one reference by one references file."""

    def __init__(self, mapping: LoadedMapping, context: ReferenceContext) -> None:
        kind, reference_id = context.reference
        scope = NamedValues(
            mapping,
            reference={"kind": str(kind), "id": reference_id},
            buyer=context.buyer,
            seller=context.seller,
            now=context.now,
        )
        super().__init__(mapping, scope, context.tries)

    def _outcome(self, action: Action, what: str, location: Location) -> ReferenceOutcome:
        match action:
            case Found(members=members):
                rendered = {name: plain(member.render(self._scope), location) for name, member in members.items()}
                return KnownReference(rendered, location)
            case Unknown(reason=reason):
                return UnknownReference(self._text(reason, location) if reason else what, location)
            case Fail(reason=reason):
                return Failure(self._text(reason, location) if reason else what, location)
            case Retry() | Fields() | Red() | Refuse() | Postpone() | LookUp():
                return Failure(what, location)
            case _:
                assert_never(action)
