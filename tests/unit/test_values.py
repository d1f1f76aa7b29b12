from dataclasses import dataclass, field, replace

import pytest

from gateway.values import value


@value(frozen=True)
class _Point:
    x: int
    labels: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class _Frozen:
    x: int
    labels: tuple[str, ...] = field(default=(), compare=False)


def test_a_value_is_compared_copied_and_kept_in_sets_as_a_frozen_dataclass_is() -> None:
    one, other = _Point(1, ("a",)), _Point(1, ("b",))
    assert one == other
    assert {one, other} == {_Point(1)}
    assert replace(one, x=2) == _Point(2)
    assert repr(one) == repr(_Frozen(1, ("a",))).replace("_Frozen", "_Point")


def test_a_value_has_no_other_members_than_it_says() -> None:
    with pytest.raises(AttributeError):
        _Point(1).y = 2  # type: ignore[attr-defined]
