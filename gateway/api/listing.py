"""The list of POQs over HTTP: its query parameters become typed values, its page becomes a body with three headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus

from gateway.api.context import RequestContext
from gateway.api.errors import ErrorCode, not_implemented
from gateway.api.handlers import Handler
from gateway.api.query import Fault
from gateway.api.replies import Reply
from gateway.lso.instants import parse_instant
from gateway.lso.models.states import MEFPOQTaskStateType
from gateway.qualification.port import Listing, ListPage, ListQuery
from gateway.store.records_list import Criteria

_LARGEST_INT32 = 2**31 - 1
_INTEGER = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)
_SPACE_FOR_PLUS = re.compile(r" (?=\d\d:\d\d$)", re.ASCII)
_STATES = [state.value for state in MEFPOQTaskStateType]


def read_list_query(values: Mapping[str, str]) -> tuple[ListQuery, list[Fault]]:
    """What is asked for, and what is wrong with the values (L2 to L4); a value with a fault filters nothing."""
    reader = _Reader(values)
    criteria = Criteria(
        state=reader.state(),
        created_from=reader.instant("creationDate.gt"),
        created_to=reader.instant("creationDate.lt"),
        requested_from=reader.instant("requestedPOQCompletionDate.gt"),
        requested_to=reader.instant("requestedPOQCompletionDate.lt"),
        external_id=values.get("externalId"),
        project_id=values.get("projectId"),
    )
    return ListQuery(criteria, reader.integer("offset") or 0, reader.integer("limit")), reader.faults


def list_reply(page: ListPage) -> Reply:
    """200 with the records; the total is left out where it is not known (87.1-CR3)."""
    headers = {
        "X-Pagination-Throttled": "true" if page.throttled else "false",
        "X-Result-Count": str(page.count),
        **({} if page.total is None else {"X-Total-Count": str(page.total)}),
    }
    return Reply(HTTPStatus.OK, page.body, headers)


class _Reader:
    """Reads values one by one and keeps the faults."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.faults: list[Fault] = []

    def state(self) -> str | None:
        value = self._values.get("state")
        if value is not None and value not in _STATES:
            self._fault("state", f"is none of {', '.join(_STATES)}")
            return None
        return value

    def instant(self, name: str) -> datetime | None:
        """An unencoded plus sign before the offset has arrived as a space."""
        value = self._values.get(name)
        if value is None:
            return None
        instant = parse_instant(_SPACE_FOR_PLUS.sub("+", value))
        if instant is None:
            self._fault(name, "is no date-time with an offset (RFC 3339)")
        return instant

    def integer(self, name: str) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value) or int(value) > _LARGEST_INT32:
            self._fault(name, f"is no integer from 0 to {_LARGEST_INT32}")
            return None
        return int(value)

    def _fault(self, name: str, what: str) -> None:
        self.faults.append((ErrorCode.INVALID_QUERY, f"The query parameter {name} {what}"))


def _check_filters(context: RequestContext, values: Mapping[str, str]) -> Iterable[Fault]:
    context.list_query, faults = read_list_query(values)
    return faults


async def _find_list(context: RequestContext) -> None:
    """L8, where other Buyers may list."""
    if not _listing(context).offered_to(context.caller.dealing):
        raise not_implemented("This operation is not offered")


async def _list(context: RequestContext) -> Reply:
    return list_reply(await _listing(context).page(context.caller, context.list_query))


def _listing(context: RequestContext) -> Listing:
    assert context.parts.listing is not None, "check_offered has answered"
    return context.parts.listing


LIST_HANDLERS = {
    "listProductOfferingQualification": Handler(_list, find=_find_list, check_values=_check_filters),
}
"""By operationId."""
