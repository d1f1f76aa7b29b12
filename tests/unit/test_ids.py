from uuid import RFC_4122, UUID

from gateway.ids import new_id


def test_an_id_is_a_random_uuid_as_it_is_written() -> None:
    ids = [new_id() for _ in range(200)]
    read = [UUID(one) for one in ids]
    assert [str(one) for one in read] == ids
    assert {(one.version, one.variant) for one in read} == {(4, RFC_4122)}
    assert len(set(ids)) == len(ids)
