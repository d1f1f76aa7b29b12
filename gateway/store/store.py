"""The store as the rest of the gateway sees it: typed records in, typed records out, one call one transaction.

Knows no SQL (queries.py) and no engine (sqlite.py).
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, select

from gateway.lso.identifiers import BuyerId, Interface, SellerId
from gateway.store import queries
from gateway.store.database import Database
from gateway.store.records import StoredQualification


class Store:
    """All methods raise StoreUnavailable; none but `operator_*` reads without Buyer and Seller."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self) -> None:
        """Connect and bring the tables up to date. Raises StoreInUse, StoreTooNew."""
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def create(self, qualification: StoredQualification) -> None:
        """Keep a new POQ; on return it survives a crash. Raises IdTaken (87.1-R45)."""
        await self._database.write(partial(queries.insert_qualification, record=qualification))

    async def get(
        self, buyer: BuyerId, seller: SellerId, interface: Interface, poq_id: str
    ) -> StoredQualification | None:
        """One POQ of this Buyer with this Seller, or None: unknown and another's are the same (87.1-R59, C14)."""
        return await self._database.read(
            partial(queries.find_qualification, buyer=buyer, seller=seller, interface=interface, poq_id=poq_id)
        )

    async def operator_check(self) -> None:
        """Raises StoreUnavailable if the database cannot be read, or cannot be written now."""
        await self._database.read(_nothing)
        await self._database.write(_nothing)


def _nothing(connection: Connection) -> None:
    """A transaction that looks whether there is an answer; writing, it takes the lock and changes nothing."""
    connection.execute(select(1)).one()
