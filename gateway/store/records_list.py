"""What a list of POQs is asked by, and what a page of it holds: plain records, as the room that asks sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.lso.identifiers import PoqId


@dataclass(frozen=True)
class Criteria:
    """What a Buyer filters by; None filters nothing. Instants are aware, and the ends of a range belong to it."""

    state: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    requested_from: datetime | None = None
    requested_to: datetime | None = None
    external_id: str | None = None
    project_id: str | None = None


@dataclass(frozen=True)
class ListedQualification:
    """A POQ as far as a list shows it; `requested_completion_text` as the Buyer spelled it."""

    id: PoqId
    state: str
    creation_date: datetime
    requested_completion_text: str | None
    external_id: str | None
    project_id: str | None


@dataclass(frozen=True)
class FoundPage:
    """`more`: POQs match beyond this page. `total`: of all matches, None where there are more than were counted."""

    records: tuple[ListedQualification, ...]
    more: bool
    total: int | None
