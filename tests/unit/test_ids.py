import time
from uuid import RFC_4122, UUID

from gateway.ids import new_id


def test_an_id_is_a_uuid_as_it_is_written_that_begins_with_the_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(200)]
    after = time.time_ns() // 1_000_000

    read = [UUID(one) for one in ids]
    assert [str(one) for one in read] == ids
    assert {(one.version, one.variant) for one in read} == {(7, RFC_4122)}
    assert all(before <= one.int >> 80 <= after for one in read)
    assert len({one.int & (1 << 62) - 1 for one in read}) == len(ids)
